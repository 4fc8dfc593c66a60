"""Who may use which route: written down here once more, and held against every route that there is."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler
from tests.service.api.caller import Api

from goodstanding.registry.authentication import Caller
from goodstanding.registry.authentication.operators import ROLES, set_operator_state
from goodstanding.registry.parties import set_party_state
from goodstanding.registry.rights import leave
from goodstanding.service import application
from goodstanding.service.application import ROUTES, build_service, guarded_routes, specification

PROBLEM = "urn:goodstanding:problem:"
EVERYBODY = {"nobody", "person", "merchant", "furnisher", *ROLES}
ANYBODY = ""

# A route that is not here fails, and so does a line without a route.
TABLE = {
    "GET /health": ANYBODY,
    "GET /ready": ANYBODY,
    "GET /.well-known/oauth-authorization-server": ANYBODY,
    "GET /v1/oauth/keys": ANYBODY,
    "POST /v1/oauth/token": ANYBODY,
    "POST /v1/oauth/par": ANYBODY,
    "GET /v1/oauth/authorize": ANYBODY,
    "POST /v1/oauth/authorize": ANYBODY,
    "POST /v1/sign-in/passkey/options": ANYBODY,
    "POST /v1/sign-in/passkey": ANYBODY,
    "POST /v1/sign-in/code": ANYBODY,
    "GET /v1/notice": ANYBODY,
    "GET /v1/programmes": ANYBODY,
    "GET /v1/programmes/{name}/{version}": ANYBODY,
    "GET /v1/log/head": ANYBODY,
    "GET /v1/log/consistency": ANYBODY,
    "GET /v1/log/keys": ANYBODY,
    "GET /v1/log/checkpoint": ANYBODY,
    "GET /v1/log/checkpoint/cosigned": ANYBODY,
    "GET /v1/log/tile/{level}/{place}": ANYBODY,
    "GET /v1/me": "person",
    "DELETE /v1/me": "person",
    "DELETE /v1/me/session": "person",
    "GET /v1/me/authorisations": "person",
    "POST /v1/me/authorisations": "person",
    "PUT /v1/me/words": "person",
    "POST /v1/me/freeze": "person",
    "POST /v1/me/thaw": "person",
    "GET /v1/me/export": "person",
    "GET /v1/me/accesses": "person",
    "GET /v1/me/messages": "person",
    "POST /v1/me/messages/{number}/read": "person",
    "GET /v1/me/passkeys": "person",
    "POST /v1/me/passkeys/options": "person",
    "POST /v1/me/passkeys": "person",
    "DELETE /v1/me/passkeys/{passkey}": "person",
    "POST /v1/me/codes": "person",
    "GET /v1/me/scores": "person",
    "GET /v1/me/scores/{programme}/{as_of}/proof": "person",
    "GET /v1/me/report": "person",
    "GET /v1/me/consents": "person",
    "POST /v1/me/consents": "person",
    "GET /v1/me/consents/{consent}": "person",
    "GET /v1/me/consents/{consent}/receipts": "person",
    "POST /v1/me/consents/{consent}/{step}": "person",
    "GET /v1/me/cases": "person",
    "GET /v1/me/cases/{case}": "person",
    "POST /v1/me/cases/{case}/take-back": "person",
    "POST /v1/me/disputes": "person",
    "POST /v1/me/blocks": "person",
    "POST /v1/me/reviews": "person",
    "GET /v1/consents": "merchant",
    "GET /v1/consents/{consent}": "merchant",
    "POST /v1/answers": "merchant",
    "POST /v1/records": "furnisher",
    "POST /v1/records/withdraw": "furnisher",
    "GET /v1/deliveries": "merchant furnisher",
    "POST /v1/deliveries/{number}/replay": "merchant furnisher",
    "GET /v1/webhook": "merchant furnisher",
    "PUT /v1/webhook": "merchant furnisher",
    "GET /v1/cases": "merchant furnisher case_officer",
    "GET /v1/cases/{case}": "merchant furnisher case_officer",
    "POST /v1/cases/{case}/end": "merchant furnisher case_officer",
    "POST /v1/people": "registrar",
    "POST /v1/people/find": "registrar",
    "POST /v1/people/{person}/codes": "registrar",
    "POST /v1/programmes": "analyst",
    "POST /v1/programmes/{name}/{version}/review": "reviewer",
    "POST /v1/programmes/{name}/{version}/publish": "reviewer",
    "POST /v1/programmes/{name}/{version}/reject": "reviewer",
    "POST /v1/programmes/{name}/{version}/withdraw": "reviewer admin auditor",
    "GET /v1/parties": "admin auditor",
    "POST /v1/parties": "admin",
    "GET /v1/parties/{party}": "admin auditor",
    "POST /v1/parties/{party}/suspend": "admin",
    "POST /v1/parties/{party}/reinstate": "admin",
    "PUT /v1/parties/{party}/keys": "admin",
    "PUT /v1/parties/{party}/redirects": "admin",
    "GET /v1/operators": "admin auditor",
    "POST /v1/operators": "admin",
    "POST /v1/operators/{operator}/suspend": "admin",
    "POST /v1/operators/{operator}/reinstate": "admin",
    "PUT /v1/operators/{operator}/keys": "admin",
    "GET /v1/log/lines": "auditor",
    "GET /v1/log/lines/{index}/proof": "auditor",
}


def plain(path: str) -> str:
    """A path without the types of its parameters."""
    return re.sub(r"{(\w+):\w+}", r"{\1}", path)


def name_of(handler: HTTPRouteHandler) -> str:
    (method,), (path,) = handler.http_methods, handler.paths
    return f"{method!s} {plain(path)}"


def may(handler: HTTPRouteHandler) -> set[str]:
    return set(TABLE[name_of(handler)].split()) or EVERYBODY


def called(api: Api, handler: HTTPRouteHandler, caller: Caller | None) -> httpx.Response:
    """Call a route about something that is not there, with a body of the right kind that says nothing."""
    (method,), (path,) = handler.http_methods, handler.paths
    for kind, value in (("uuid", str(uuid4())), ("int", "0"), ("str", "none"), ("path", "none")):
        path = re.sub(rf"{{\w+:{kind}}}", value, path)
    body: dict[str, Any] = {"json": {"body": {}}, "form": {"form": {"nothing": ""}}, None: {}}[handler.opt["body"]]
    return api.call(str(method), path, caller, **body)


def turned_away(found: httpx.Response) -> tuple[int, str] | None:
    """How the guard turned a call away; None if it let it in."""
    if found.headers.get("content-type") != "application/problem+json":
        return None
    kind = found.json()["type"].removeprefix(PROBLEM)
    return (found.status_code, kind) if kind in ("not-authenticated", "not-allowed") else None


def test_the_table_has_every_route_and_no_other() -> None:
    assert {name_of(handler) for handler in ROUTES} == set(TABLE)
    assert len(ROUTES) == len(TABLE)
    assert {role for roles in TABLE.values() for role in roles.split()} | {"nobody"} == EVERYBODY


def test_every_route_lets_in_whom_the_table_names_and_nobody_else(api: Api) -> None:
    wrong = []
    for handler in ROUTES:
        for role in sorted(EVERYBODY):
            # A person of their own for each: some routes sign out, or let them leave.
            found = called(api, handler, None if role == "nobody" else api.caller(role))
            expected = (401, "not-authenticated") if role == "nobody" else (403, "not-allowed")
            if turned_away(found) != (None if role in may(handler) else expected) or found.status_code >= 500:
                wrong.append((name_of(handler), role, found.status_code, found.text))
            if turned_away(found) == (401, "not-authenticated"):
                assert found.headers["www-authenticate"].startswith("Bearer")
    assert not wrong


def test_an_operator_of_several_roles_may_do_what_each_may_and_no_more(api: Api) -> None:
    caller = api.operator("registrar", "auditor")
    let_in = {name_of(one) for one in ROUTES if turned_away(called(api, one, caller)) is None}
    assert let_in == {name_of(one) for one in ROUTES if may(one) & caller.roles}


def test_whoever_was_suspended_left_signed_out_or_stayed_too_long_is_let_in_nowhere(api: Api) -> None:
    gone = {"person": api.person(), "out": api.person(), "late": api.person()}
    gone |= {role: api.caller(role) for role in EVERYBODY - {"nobody", "person"}}
    last = api.operator("admin", "reviewer")
    api.registry.do(lambda transaction: leave(transaction, gone["person"].id))
    api.good("DELETE", "/v1/me/session", gone["out"])
    for caller in gone.values():
        if caller.kind == "party":
            api.registry.do(
                lambda transaction, id_=caller.id: set_party_state(transaction, id_, "suspended", by="test")
            )
        if caller.kind == "operator":
            api.registry.do(
                lambda transaction, id_=caller.id: set_operator_state(transaction, id_, "suspended", by="test")
            )
    api.office.clock.move(hours=2)
    checked = [one for one in ROUTES if not one.opt["checks_caller"] and may(one) != EVERYBODY]
    for caller in gone.values():
        own = [one for one in checked if may(one) & caller.roles]
        assert own
        for handler in own:
            assert turned_away(called(api, handler, caller)) == (401, "not-authenticated"), (name_of(handler), caller)
    assert api.call("GET", "/v1/operators", last).status_code == 200


def test_the_one_route_that_looks_after_its_callers_itself_answers_none_who_is_suspended(api: Api) -> None:
    assert [name_of(one) for one in ROUTES if one.opt["checks_caller"]] == ["POST /v1/answers"]
    consent, question = api.give(api.person()), api.question()
    api.registry.do(lambda transaction: set_party_state(transaction, api.merchant.id, "suspended", by="test"))
    found = api.call("POST", "/v1/answers", api.merchant, question | {"consent": consent})
    assert (found.status_code, found.json()["code"]) == (403, "party_suspended")


def test_an_api_with_a_route_without_a_rule_is_not_built(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    @get("/v1/open-by-mistake")
    async def open_by_mistake() -> None:
        """A route that says nothing of who may use it."""

    monkeypatch.setattr(application, "ROUTES", [*ROUTES, open_by_mistake])
    with pytest.raises(KeyError, match="allowed"):
        build_service(api.desk)


def test_nothing_is_served_beside_the_routes_but_the_specification_and_the_methods_that_there_are(api: Api) -> None:
    own = {plain(path) for handler in ROUTES for path in handler.paths}
    served = {plain(route.path) for route in guarded_routes(api.desk).routes}
    assert own <= served
    for path in served - own:
        assert path.startswith("/v1")
        assert path.removeprefix("/v1") in ("", "/openapi.json", "/{path}")
    for path in own:
        found = api.call("OPTIONS", re.sub(r"{\w+}", str(uuid4()), path))
        assert found.status_code in (204, 404), (path, found.text)
        assert not found.content or found.status_code == 404


def test_the_specification_asks_for_a_token_exactly_where_the_table_does(api: Api) -> None:
    found = specification(api.desk)
    assert found["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert not found.get("security")
    for name, roles in TABLE.items():
        method, path = name.split()
        declared = found["paths"][path][method.lower()].get("security")
        assert declared == ([{"bearer": []}] if roles else None), name
