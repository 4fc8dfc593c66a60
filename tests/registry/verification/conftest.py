"""The fixtures of `built.py`, for the tests of this folder."""

from tests.registry.verification.built import _small_tiles, attacker, built, module_engine, on_postgresql, on_sqlite  # noqa: F401 - fixtures
