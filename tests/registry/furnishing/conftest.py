"""The fixtures of `branch.py`, for the tests of this folder."""

from tests.registry.furnishing.branch import branch  # noqa: F401 - fixtures
