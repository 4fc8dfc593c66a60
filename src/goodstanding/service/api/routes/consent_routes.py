"""Consents: a person's own, to give and to take back, and a merchant's, to look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct, convert

from goodstanding.registry import ReadTransaction, WriteTransaction
from goodstanding.registry.authentication.consent_requests import Detail
from goodstanding.registry.consent import (
    Consent,
    Frequency,
    Period,
    Scope,
    State,
    Step,
    consents_of,
    find_consent,
    grant_consent,
    receipts_of,
    state_at,
    take_step,
)
from goodstanding.registry.consent.terms import Fetch, Mode
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.cursors import check_match, key_of, next_of, tagged
from goodstanding.service.http.route import DEFAULT_LIMIT, Cursor, IdempotencyKey, IfMatch, IfNoneMatch, Limit, route

ConsentId = Annotated[UUID, PathParameter()]
StepName = Literal["approve", "reject", "pause", "resume", "revoke"]


class Giving(Detail, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A consent that a person gives of their own accord, to a party."""

    party: UUID
    type: Literal["goodstanding_consent"] = "goodstanding_consent"


class TermsShape(Struct):
    """What a consent allows."""

    programme: str
    scopes: list[Scope]
    context: str
    purpose: str
    starts_at: datetime
    expires_at: datetime
    frequency: Frequency
    data_life: Period
    mode: Mode
    fetch: Fetch
    threshold: Annotated[int, Meta(ge=0)] | None


class ConsentShape(Struct):
    """A consent as it stands; `artefact` is the signed text (JWS) that never changes, null until it is given."""

    id: UUID
    party: UUID
    state: State
    terms: TermsShape
    artefact: str | None
    asked_at: datetime
    changed_at: datetime


class ConsentPage(Struct):
    """A page of consents."""

    items: list[ConsentShape]
    next: str | None


class Receipts(Struct):
    """The signed receipts of a consent in the fields of ISO/IEC TS 27560, one for each step."""

    items: list[str]


@route("GET", "/v1/me/consents", allowed={"person"})
async def my_consents(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> ConsentPage:
    """My consents, given, asked for and ended."""
    after = key_of(cursor, UUID)
    found = await desk_of(request).list(
        lambda transaction, left: consents_of(transaction, person=id_of(request), after=after, most=limit, left=left)
    )
    return _page(request, found, limit)


@route("POST", "/v1/me/consents", allowed={"person"}, raises={404, 409, 422}, status=201, body="json")
async def give_consent(
    request: ApiRequest, data: JSONBody[Giving], key: IdempotencyKey = None
) -> Response[ConsentShape]:
    """Give a consent of my own accord, in one step."""
    person = id_of(request)

    def work(transaction: WriteTransaction) -> ConsentShape:
        return consent_shape(
            grant_consent(transaction, data.terms(person, data.party, transaction.now)), transaction.now
        )

    return await desk_of(request).once(request, key, 201, work)


@route("GET", "/v1/me/consents/{consent:uuid}", allowed={"person"}, raises={404}, tagged=True)
async def my_consent(
    request: ApiRequest, consent: ConsentId, if_none_match: IfNoneMatch = None
) -> Response[ConsentShape]:
    """A consent of mine."""
    desk = desk_of(request)
    found = await desk.read(lambda transaction: find_consent(transaction, consent, person=id_of(request)))
    return tagged(if_none_match, consent_shape(found, desk.registry.clock()))


@route("GET", "/v1/me/consents/{consent:uuid}/receipts", allowed={"person"}, raises={404})
async def my_receipts(request: ApiRequest, consent: ConsentId) -> Receipts:
    """The receipts of a consent of mine."""

    def work(transaction: ReadTransaction) -> Receipts:
        return Receipts(list(receipts_of(transaction, find_consent(transaction, consent, person=id_of(request)).id)))

    return await desk_of(request).read(work)


@route("POST", "/v1/me/consents/{consent:uuid}/{step:str}", allowed={"person"}, raises={404, 409, 412})
async def step_consent(
    request: ApiRequest, consent: ConsentId, step: Annotated[StepName, PathParameter()], if_match: IfMatch = None
) -> ConsentShape:
    """Approve, reject, pause, resume or revoke a consent of mine; nobody asks why."""
    taken: Step = step

    def work(transaction: WriteTransaction) -> ConsentShape:
        if if_match is not None:
            check_match(
                if_match, consent_shape(find_consent(transaction, consent, person=id_of(request)), transaction.now)
            )
        return consent_shape(take_step(transaction, consent, taken, person=id_of(request)), transaction.now)

    return await desk_of(request).write(work)


@route("GET", "/v1/consents", allowed={"merchant"})
async def given_consents(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> ConsentPage:
    """The consents that were given to me."""
    after = key_of(cursor, UUID)
    found = await desk_of(request).list(
        lambda transaction, left: consents_of(transaction, party=id_of(request), after=after, most=limit, left=left)
    )
    return _page(request, found, limit)


@route("GET", "/v1/consents/{consent:uuid}", allowed={"merchant"}, raises={404}, tagged=True)
async def given_consent(
    request: ApiRequest, consent: ConsentId, if_none_match: IfNoneMatch = None
) -> Response[ConsentShape]:
    """A consent that was given to me."""
    desk = desk_of(request)
    found = await desk.read(lambda transaction: find_consent(transaction, consent, party=id_of(request)))
    return tagged(if_none_match, consent_shape(found, desk.registry.clock()))


def _page(request: ApiRequest, found: Sequence[Consent], limit: int) -> ConsentPage:
    now = desk_of(request).registry.clock()
    return ConsentPage([consent_shape(one, now) for one in found], next_of(found, limit, lambda one: one.id))


def consent_shape(one: Consent, now: datetime) -> ConsentShape:
    """A consent as it is told: what has run out is EXPIRED, whether or not that was written yet."""
    terms = one.terms
    return ConsentShape(
        id=one.id,
        party=terms.party,
        state=state_at(one.state, terms.expires_at, now),
        terms=convert(terms, TermsShape, from_attributes=True),
        artefact=one.artefact,
        asked_at=one.asked_at,
        changed_at=one.changed_at,
    )


ROUTES = (my_consents, give_consent, my_consent, my_receipts, step_consent, given_consents, given_consent)
