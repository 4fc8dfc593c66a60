"""The fixtures of `office.py`, for the tests of this folder."""

from tests.registry.office import clock, engine, office, refusal, registry  # noqa: F401 - fixtures
