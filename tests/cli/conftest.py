"""The fixtures of `verbs.py`, for the tests of this folder."""

from tests.cli.verbs import command, own, run, scored, standing  # noqa: F401 - fixtures
