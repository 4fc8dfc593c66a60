"""The fixtures of `assertions.py`, for the tests of this folder."""

from tests.registry.authentication.assertions import clients  # noqa: F401 - fixtures
