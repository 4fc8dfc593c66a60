"""Programmes: read by anybody, drafted by an analyst, reviewed and published by a second person."""

from typing import Annotated

from litestar import Response
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from goodstanding.registry import WriteTransaction
from goodstanding.registry.programme_versions import (
    ProgrammeStep,
    Version,
    draft,
    find_version,
    take_programme_step,
    versions,
)
from goodstanding.service.api.routes.score_routes import ProgrammeName
from goodstanding.service.http.context import ApiRequest, caller_of, desk_of
from goodstanding.service.http.cursors import tagged
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.route import IdempotencyKey, IfNoneMatch, route

VersionNumber = Annotated[str, PathParameter(pattern=r"^[0-9A-Za-z.+-]{1,32}$")]
ProgrammeText = Annotated[str, Meta(min_length=1, max_length=400_000)]


class Drafting(Struct, forbid_unknown_fields=True):
    """A programme's files: programme.toml, with law packs of its own as tables `[law.NAME]`, and the expert card."""

    programme: ProgrammeText
    expert: Annotated[str, Meta(max_length=400_000)] = ""


class Reasoning(Struct, forbid_unknown_fields=True):
    """Why a step is taken, for everybody to read; needed to reject and to withdraw."""

    reason: Annotated[str, Meta(max_length=2000)] | None = None


class Versions(Struct):
    """Every version of every programme, the latest change last."""

    items: list[Version]


@route("GET", "/v1/programmes", allowed=ANYBODY)
async def list_programmes(request: ApiRequest) -> Versions:
    """Every version of every programme, and its state."""
    return Versions(list(await desk_of(request).list(lambda transaction, left: versions(transaction, left=left))))


@route("GET", "/v1/programmes/{name:str}/{version:str}", allowed=ANYBODY, raises={404}, tagged=True)
async def one_programme(
    request: ApiRequest, name: ProgrammeName, version: VersionNumber, if_none_match: IfNoneMatch = None
) -> Response[Version]:
    """A version of a programme."""
    return tagged(
        if_none_match, await desk_of(request).read(lambda transaction: find_version(transaction, name, version))
    )


@route("POST", "/v1/programmes", allowed={"analyst"}, raises={409, 422}, status=201, body="json")
async def draft_programme(
    request: ApiRequest, data: JSONBody[Drafting], key: IdempotencyKey = None
) -> Response[Version]:
    """Put a programme up for review."""
    by = caller_of(request).name
    return await desk_of(request).once(
        request, key, 201, lambda transaction: draft(transaction, data.programme, data.expert, by=by)
    )


async def _step(
    request: ApiRequest, name: str, version: str, step: ProgrammeStep, reason: str | None = None
) -> Version:
    by = caller_of(request).name

    def work(transaction: WriteTransaction) -> Version:
        return take_programme_step(transaction, name, version, step, by=by, reason=reason)

    return await desk_of(request).write(work)


@route("POST", "/v1/programmes/{name:str}/{version:str}/review", allowed={"reviewer"}, raises={404, 409})
async def review_programme(request: ApiRequest, name: ProgrammeName, version: VersionNumber) -> Version:
    """Agree to a draft of somebody else's."""
    return await _step(request, name, version, "review")


@route("POST", "/v1/programmes/{name:str}/{version:str}/publish", allowed={"reviewer"}, raises={404, 409})
async def publish_programme(request: ApiRequest, name: ProgrammeName, version: VersionNumber) -> Version:
    """Put a reviewed version in force; the one before is superseded."""
    return await _step(request, name, version, "publish")


@route(
    "POST",
    "/v1/programmes/{name:str}/{version:str}/reject",
    allowed={"reviewer"},
    raises={404, 409, 422},
    body="json",
)
async def reject_programme(
    request: ApiRequest, name: ProgrammeName, version: VersionNumber, data: JSONBody[Reasoning]
) -> Version:
    """Send a draft back, with a reason."""
    return await _step(request, name, version, "reject", data.reason)


@route(
    "POST",
    "/v1/programmes/{name:str}/{version:str}/withdraw",
    allowed={"admin", "auditor", "reviewer"},
    raises={404, 409, 422},
    body="json",
)
async def withdraw_programme(
    request: ApiRequest, name: ProgrammeName, version: VersionNumber, data: JSONBody[Reasoning]
) -> Version:
    """Take a version out of force everywhere at once, with a reason."""
    return await _step(request, name, version, "withdraw", data.reason)


ROUTES = (
    list_programmes,
    one_programme,
    draft_programme,
    review_programme,
    publish_programme,
    reject_programme,
    withdraw_programme,
)
