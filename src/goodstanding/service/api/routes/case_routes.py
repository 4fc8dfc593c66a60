"""Cases: what a person contests, and the answers of who furnished the record, who decided, or a case officer."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct, convert

from goodstanding.registry import WriteTransaction
from goodstanding.registry.authentication import Caller
from goodstanding.registry.rights import (
    Case,
    Item,
    block,
    cases_of,
    dispute,
    end_case,
    find_case,
    find_cases,
    review,
    take_back,
)
from goodstanding.service.http.context import ApiRequest, caller_of, desk_of, id_of
from goodstanding.service.http.cursors import key_of, next_of, tagged
from goodstanding.service.http.route import DEFAULT_LIMIT, Cursor, IdempotencyKey, IfNoneMatch, Limit, route

CaseId = Annotated[UUID, PathParameter()]
CaseWords = Annotated[str, Meta(max_length=4000)]


class Disputing(Struct, forbid_unknown_fields=True):
    """A record that is wrong, as the report lists it, and why."""

    item: Item
    words: CaseWords


class Blocking(Struct, forbid_unknown_fields=True):
    """The records that a fraud left, and what happened."""

    items: Annotated[list[Item], Meta(min_length=1, max_length=200)]
    words: CaseWords


class Reviewing(Struct, forbid_unknown_fields=True):
    """An answer that a person is to look at, by its id in the access log, and why."""

    answer: Annotated[str, Meta(pattern="^(0|[1-9][0-9]{0,17})$")]
    words: CaseWords


class Ending(Struct, forbid_unknown_fields=True):
    """An end: a dispute deleted, corrected or confirmed; a block proven or lifted; a review changed or upheld.

    What ended as corrected counts when the correction does, and not before.
    """

    outcome: Literal["deleted", "corrected", "confirmed", "proven", "lifted", "changed", "upheld"]
    words: CaseWords


class CaseShape(Struct):
    """A case: what it is about, both sides' words, the day it is due, and how it ended."""

    id: UUID
    kind: str
    state: str
    party: UUID | None
    about: dict[str, Any]
    words: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    answer: str | None


class Cases(Struct):
    """A person's cases, the first opened first."""

    items: list[CaseShape]


class CasePage(Struct):
    """A page of cases."""

    items: list[CaseShape]
    next: str | None


@route("GET", "/v1/me/cases", allowed={"person"})
async def my_cases(request: ApiRequest) -> Cases:
    """What I contest, and how it ended."""
    found = await desk_of(request).list(lambda transaction, left: cases_of(transaction, id_of(request), left))
    return Cases([case_shape(one) for one in found])


@route("GET", "/v1/me/cases/{case:uuid}", allowed={"person"}, raises={404}, tagged=True)
async def my_case(request: ApiRequest, case: CaseId, if_none_match: IfNoneMatch = None) -> Response[CaseShape]:
    """A case of mine."""
    found = await desk_of(request).read(lambda transaction: find_case(transaction, case, person=id_of(request)))
    return tagged(if_none_match, case_shape(found))


@route("POST", "/v1/me/cases/{case:uuid}/take-back", allowed={"person"}, raises={404, 409})
async def take_back_case(request: ApiRequest, case: CaseId) -> CaseShape:
    """Take back a case of mine."""
    return case_shape(
        await desk_of(request).write(lambda transaction: take_back(transaction, case, person=id_of(request)))
    )


@route("POST", "/v1/me/disputes", allowed={"person"}, raises={404, 409, 422}, status=201, body="json")
async def dispute_record(
    request: ApiRequest, data: JSONBody[Disputing], key: IdempotencyKey = None
) -> Response[CaseShape]:
    """Contest a record: it is marked at once, and its furnisher is told."""
    person = id_of(request)
    return await desk_of(request).once(
        request, key, 201, lambda transaction: case_shape(dispute(transaction, person, data.item, data.words))
    )


@route("POST", "/v1/me/blocks", allowed={"person"}, raises={404, 409, 422}, status=201, body="json")
async def block_records(
    request: ApiRequest, data: JSONBody[Blocking], key: IdempotencyKey = None
) -> Response[CaseShape]:
    """Block the records that a fraud left: they stop counting at once."""
    person = id_of(request)
    return await desk_of(request).once(
        request, key, 201, lambda transaction: case_shape(block(transaction, person, data.items, data.words))
    )


@route("POST", "/v1/me/reviews", allowed={"person"}, raises={404, 409, 422}, status=201, body="json")
async def ask_review(request: ApiRequest, data: JSONBody[Reviewing], key: IdempotencyKey = None) -> Response[CaseShape]:
    """Ask that a person looks at an answer about me, and at what was decided on it."""
    person = id_of(request)
    return await desk_of(request).once(
        request, key, 201, lambda transaction: case_shape(review(transaction, person, int(data.answer), data.words))
    )


@route("GET", "/v1/cases", allowed={"case_officer", "furnisher", "merchant"})
async def list_cases(
    request: ApiRequest,
    which: Annotated[Literal["open", "closed"], QueryParameter(name="state")] = "open",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CasePage:
    """The cases that wait for an answer, or have ended: a firm's own, an officer's all."""
    after, party = key_of(cursor, UUID), _party(caller_of(request))
    found = await desk_of(request).list(
        lambda transaction, left: find_cases(
            transaction, is_open=which == "open", party=party, after=after, most=limit, left=left
        )
    )
    return CasePage([case_shape(one) for one in found], next_of(found, limit, lambda one: one.id))


@route("GET", "/v1/cases/{case:uuid}", allowed={"case_officer", "furnisher", "merchant"}, raises={404}, tagged=True)
async def one_case(request: ApiRequest, case: CaseId, if_none_match: IfNoneMatch = None) -> Response[CaseShape]:
    """A case."""
    party = _party(caller_of(request))
    return tagged(
        if_none_match,
        case_shape(await desk_of(request).read(lambda transaction: find_case(transaction, case, party=party))),
    )


@route(
    "POST",
    "/v1/cases/{case:uuid}/end",
    allowed={"case_officer", "furnisher", "merchant"},
    raises={404, 409, 422},
    body="json",
)
async def end_a_case(request: ApiRequest, case: CaseId, data: JSONBody[Ending]) -> CaseShape:
    """End a case, in words that the person will read."""
    caller = caller_of(request)

    def work(transaction: WriteTransaction) -> CaseShape:
        ended = end_case(transaction, case, data.outcome, words=data.words, by=caller.name, party=_party(caller))
        return case_shape(ended)

    return await desk_of(request).write(work)


def _party(caller: Caller) -> UUID | None:
    """A firm sees its own cases alone."""
    return caller.id if caller.kind == "party" else None


def case_shape(one: Case) -> CaseShape:
    """A case as it is told."""
    return convert(one, CaseShape, from_attributes=True)


ROUTES = (
    my_cases,
    my_case,
    take_back_case,
    dispute_record,
    block_records,
    ask_review,
    list_cases,
    one_case,
    end_a_case,
)
