"""The fixtures of a registry, of the command line and of `caller.py`, for the tests of this folder."""

from tests.cli.verbs import command, run  # noqa: F401 - fixtures
from tests.registry.office import clock, engine, office, registry  # noqa: F401 - fixtures
from tests.service.api.caller import _quiet, api  # noqa: F401 - fixtures
