"""Operators, as an admin admits and suspends them."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from goodstanding.registry.authentication.operators import (
    Operator,
    OperatorRole,
    admit_operator,
    all_operators,
    set_operator_keys,
    set_operator_state,
)
from goodstanding.service.api.routes.party_routes import Jwks, PartyKeys
from goodstanding.service.http.context import ApiRequest, caller_of, desk_of
from goodstanding.service.http.route import IdempotencyKey, route

OperatorId = Annotated[UUID, PathParameter()]


class AdmittingOperator(Struct, forbid_unknown_fields=True):
    """An operator: name, roles and public keys (JWK)."""

    name: Annotated[str, Meta(min_length=1, max_length=480)]
    roles: Annotated[list[OperatorRole], Meta(min_length=1, max_length=6)]
    keys: Jwks


class Operators(Struct):
    """Every operator, by name."""

    items: list[Operator]


@route("GET", "/v1/operators", allowed={"admin", "auditor"})
async def list_operators(request: ApiRequest) -> Operators:
    """Every operator."""
    return Operators(list(await desk_of(request).list(all_operators)))


@route("POST", "/v1/operators", allowed={"admin"}, raises={409, 422}, status=201, body="json")
async def admit_an_operator(
    request: ApiRequest, data: JSONBody[AdmittingOperator], key: IdempotencyKey = None
) -> Response[Operator]:
    """Admit an operator."""
    by = caller_of(request).name
    return await desk_of(request).once(
        request,
        key,
        201,
        lambda transaction: admit_operator(transaction, data.name, data.roles, data.keys, by=by),
    )


@route("POST", "/v1/operators/{operator:uuid}/suspend", allowed={"admin"}, raises={404, 409})
async def suspend_operator(request: ApiRequest, operator: OperatorId) -> Operator:
    """Suspend an operator, at once."""
    by = caller_of(request).name
    return await desk_of(request).write(
        lambda transaction: set_operator_state(transaction, operator, "suspended", by=by)
    )


@route("POST", "/v1/operators/{operator:uuid}/reinstate", allowed={"admin"}, raises={404})
async def reinstate_operator(request: ApiRequest, operator: OperatorId) -> Operator:
    """Reinstate an operator."""
    by = caller_of(request).name
    return await desk_of(request).write(lambda transaction: set_operator_state(transaction, operator, "active", by=by))


@route("PUT", "/v1/operators/{operator:uuid}/keys", allowed={"admin"}, raises={404, 422}, body="json")
async def put_operator_keys(request: ApiRequest, operator: OperatorId, data: JSONBody[PartyKeys]) -> Operator:
    """Put other public keys in place of an operator's."""
    by = caller_of(request).name
    return await desk_of(request).write(lambda transaction: set_operator_keys(transaction, operator, data.keys, by=by))


ROUTES = (list_operators, admit_an_operator, suspend_operator, reinstate_operator, put_operator_keys)
