"""Whether the service lives, and whether it can do its work."""

from typing import Literal

from msgspec import Struct

from goodstanding import __version__
from goodstanding.service.http.context import ApiRequest, desk_of
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.route import route


class Health(Struct):
    """The service answers; `version` is the program's."""

    status: Literal["ok"]
    version: str


class Readiness(Struct):
    """The database can be written, its log ends as it was signed, and `lines` is how long it is."""

    status: Literal["ready"]
    database: str
    lines: int


@route("GET", "/health", allowed=ANYBODY)
async def health() -> Health:
    """Whether the service lives."""
    return Health("ok", __version__)


# Whoever asks all the time is to be told the truth all the time: what was found is kept for a second anyway.
@route("GET", "/ready", allowed=ANYBODY, raises={422}, counted=False)
async def ready(request: ApiRequest) -> Readiness:
    """Whether the service can do its work."""
    desk = desk_of(request)
    lines = await desk.probe.lines(desk.writer, desk.workspace)
    return Readiness("ready", desk.registry.engine.dialect.name, lines)


ROUTES = (health, ready)
