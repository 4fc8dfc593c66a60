"""The fixtures of `variants.py`, for the tests of this folder."""

from tests.programmes.variants import added, variant  # noqa: F401 - fixtures
