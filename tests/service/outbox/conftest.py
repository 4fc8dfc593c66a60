"""The fixtures of a registry and of its API, for the tests of this folder."""

from tests.registry.office import clock, engine, office, registry  # noqa: F401 - fixtures
from tests.registry.verification.built import attacker  # noqa: F401 - a fixture
from tests.service.api.caller import api  # noqa: F401 - a fixture
