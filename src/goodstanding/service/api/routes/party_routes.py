"""Merchants and furnishers, as an admin admits and suspends them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from goodstanding.registry import WriteTransaction
from goodstanding.registry.parties import (
    Party,
    admit,
    all_parties,
    find_party,
    set_party_keys,
    set_party_state,
    set_redirects,
)
from goodstanding.service.http.context import ApiRequest, caller_of, desk_of
from goodstanding.service.http.cursors import check_match, key_of, next_of, tagged
from goodstanding.service.http.route import DEFAULT_LIMIT, Cursor, IdempotencyKey, IfMatch, IfNoneMatch, Limit, route

PartyId = Annotated[UUID, PathParameter()]
Address = Annotated[str, Meta(max_length=2000)]
Jwks = Annotated[list[dict[str, Any]], Meta(max_length=5)]


class Admitting(Struct, forbid_unknown_fields=True):
    """A firm: its name, role, public number, the contexts it may ask in, its public keys (JWK) and addresses."""

    name: Annotated[str, Meta(min_length=1, max_length=480)]
    role: Literal["merchant", "furnisher"]
    code_kind: Annotated[str, Meta(max_length=32)]
    code: Annotated[str, Meta(max_length=256)]
    keys: Jwks
    contexts: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=50)] = []
    redirects: Annotated[list[Address], Meta(max_length=20)] = []


class PartyKeys(Struct, forbid_unknown_fields=True):
    """Public keys (JWK) in place of those before."""

    keys: Jwks


class Redirects(Struct, forbid_unknown_fields=True):
    """Addresses that an answer may lead back to, in place of those before."""

    redirects: Annotated[list[Address], Meta(max_length=20)]


class PartyPage(Struct):
    """A page of firms."""

    items: list[Party]
    next: str | None


@route("GET", "/v1/parties", allowed={"admin", "auditor"})
async def list_parties(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> PartyPage:
    """Merchants and furnishers."""
    after = key_of(cursor, UUID)
    found = await desk_of(request).list(
        lambda transaction, left: all_parties(transaction, after=after, most=limit, left=left)
    )
    return PartyPage(list(found), next_of(found, limit, lambda one: one.id))


@route("POST", "/v1/parties", allowed={"admin"}, raises={409, 422}, status=201, body="json")
async def admit_party(request: ApiRequest, data: JSONBody[Admitting], key: IdempotencyKey = None) -> Response[Party]:
    """Admit a merchant or a furnisher."""
    by = caller_of(request).name

    def work(transaction: WriteTransaction) -> Party:
        party = admit(
            transaction, data.name, data.role, code_kind=data.code_kind, code=data.code, contexts=data.contexts, by=by
        )
        set_redirects(transaction, party.id, data.redirects, by=by)
        return set_party_keys(transaction, party.id, data.keys, by=by)

    return await desk_of(request).once(request, key, 201, work)


@route("GET", "/v1/parties/{party:uuid}", allowed={"admin", "auditor"}, raises={404}, tagged=True)
async def one_party(request: ApiRequest, party: PartyId, if_none_match: IfNoneMatch = None) -> Response[Party]:
    """A merchant or a furnisher."""
    return tagged(if_none_match, await desk_of(request).read(lambda transaction: find_party(transaction, party)))


@route("POST", "/v1/parties/{party:uuid}/suspend", allowed={"admin"}, raises={404})
async def suspend_party(request: ApiRequest, party: PartyId) -> Party:
    """Suspend a firm: at once nothing is answered to it, and nothing taken from it."""
    by = caller_of(request).name
    return await desk_of(request).write(lambda transaction: set_party_state(transaction, party, "suspended", by=by))


@route("POST", "/v1/parties/{party:uuid}/reinstate", allowed={"admin"}, raises={404})
async def reinstate_party(request: ApiRequest, party: PartyId) -> Party:
    """Reinstate a firm."""
    by = caller_of(request).name
    return await desk_of(request).write(lambda transaction: set_party_state(transaction, party, "active", by=by))


@route("PUT", "/v1/parties/{party:uuid}/keys", allowed={"admin"}, raises={404, 412, 422}, body="json")
async def put_party_keys(
    request: ApiRequest, party: PartyId, data: JSONBody[PartyKeys], if_match: IfMatch = None
) -> Party:
    """Put other public keys in place of a firm's."""
    by = caller_of(request).name

    def work(transaction: WriteTransaction) -> Party:
        check_match(if_match, find_party(transaction, party))
        return set_party_keys(transaction, party, data.keys, by=by)

    return await desk_of(request).write(work)


@route("PUT", "/v1/parties/{party:uuid}/redirects", allowed={"admin"}, raises={404, 412, 422}, body="json")
async def put_redirects(
    request: ApiRequest, party: PartyId, data: JSONBody[Redirects], if_match: IfMatch = None
) -> Party:
    """Register the addresses that an answer may lead back to."""
    by = caller_of(request).name

    def work(transaction: WriteTransaction) -> Party:
        check_match(if_match, find_party(transaction, party))
        return set_redirects(transaction, party, data.redirects, by=by)

    return await desk_of(request).write(work)


ROUTES = (
    list_parties,
    admit_party,
    one_party,
    suspend_party,
    reinstate_party,
    put_party_keys,
    put_redirects,
)
