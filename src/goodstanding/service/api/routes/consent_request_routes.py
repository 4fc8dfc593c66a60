"""Where a person's own programs answer what a merchant asks; for browsers there is a page."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar.params import JSONBody
from msgspec import Meta, Struct

from goodstanding.registry import WriteTransaction
from goodstanding.registry.authentication.consent_requests import (
    Detail,
    answer_authorisation,
    asked_by,
)
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.route import RequestUri, route

HTML = "text/html"


class AskedShape(Struct):
    """What a person is asked: by which firm, and for what."""

    party: UUID
    name: str
    detail: Detail
    expires_at: datetime


class Choosing(Struct, forbid_unknown_fields=True):
    """The person's answer."""

    request_uri: Annotated[str, Meta(min_length=1, max_length=200)]
    choice: Literal["approve", "reject"]


class LedBack(Struct):
    """Where the person's browser is to go on to."""

    redirect_to: str


@route("GET", "/v1/me/authorisations", allowed={"person"}, raises={404})
async def what_is_asked(request: ApiRequest, request_uri: RequestUri) -> AskedShape:
    """What a merchant asks me."""
    found = await desk_of(request).read(lambda transaction: asked_by(transaction, request_uri))
    return AskedShape(found.party, found.name, found.detail, found.expires_at)


@route("POST", "/v1/me/authorisations", allowed={"person"}, raises={404, 409, 422}, body="json")
async def choose(request: ApiRequest, data: JSONBody[Choosing]) -> LedBack:
    """Agree to what a merchant asks me, or refuse it, in one step."""
    desk, person = desk_of(request), id_of(request)

    def work(transaction: WriteTransaction) -> str:
        return answer_authorisation(transaction, data.request_uri, person, data.choice, desk.issuer)

    return LedBack(await desk.write(work))


ROUTES = (what_is_asked, choose)
