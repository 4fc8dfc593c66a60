"""The fixtures of `lived.py`, for the tests of this folder."""

from tests.registry.people.lived import lived, stolen  # noqa: F401 - fixtures
