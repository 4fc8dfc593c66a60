"""The fixtures of `office.py`, for the tests of this folder."""

from tests.registry.office import clock, engine, keyring, migrated, office, postgresql, refusal, registry  # noqa: F401 - fixtures
