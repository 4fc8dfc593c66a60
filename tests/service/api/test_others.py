"""What is another's is not there: the same answer as for an id that never was, and nothing changes."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select
from tests.registry.office import AS_OF
from tests.service.api.caller import ASSERTION, BACK, LENDER, Api, Device, read_base64
from tests.service.api.test_matrix import name_of

from goodstanding.registry.authentication import Caller
from goodstanding.registry.database.schema import METADATA
from goodstanding.service.application import ROUTES

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
OTHER_SHOP, OTHER_LENDER = "91440300708461136T", "91310115591673066E"
NEVER = 10**15
PASSKEY = urlsafe_b64encode(b"n" * 16).decode().strip("=")

# Routes that name something, where there is no other's to be kept from: why.
ANYBODYS = {
    "POST /v1/people": "names who is to join",
    "POST /v1/people/find": "a registrar may look for anybody",
    "POST /v1/people/{person}/codes": "a registrar may print codes for anybody",
    "POST /v1/sign-in/passkey": "names nobody: the passkey itself proves whose it is",
    "POST /v1/sign-in/code": "names nobody: the code itself proves whose it is",
    "POST /v1/oauth/par": "names the caller alone",
    "PUT /v1/me/words": "the caller's own",
    "PUT /v1/webhook": "the caller's own",
    "POST /v1/me/passkeys": "the caller's own",
    "POST /v1/me/consents": "merchants are public",
    "GET /v1/programmes/{name}/{version}": "programmes are public",
    "POST /v1/programmes": "programmes are public",
    "POST /v1/programmes/{name}/{version}/review": "any reviewer but who drafted it",
    "POST /v1/programmes/{name}/{version}/publish": "any reviewer",
    "POST /v1/programmes/{name}/{version}/reject": "any reviewer",
    "POST /v1/programmes/{name}/{version}/withdraw": "any who may",
    "POST /v1/parties": "any admin",
    "GET /v1/parties/{party}": "any admin",
    "POST /v1/parties/{party}/suspend": "any admin",
    "POST /v1/parties/{party}/reinstate": "any admin",
    "PUT /v1/parties/{party}/keys": "any admin",
    "PUT /v1/parties/{party}/redirects": "any admin",
    "POST /v1/operators": "any admin",
    "POST /v1/operators/{operator}/suspend": "any admin",
    "POST /v1/operators/{operator}/reinstate": "any admin",
    "PUT /v1/operators/{operator}/keys": "any admin",
    "GET /v1/log/lines/{index}/proof": "an auditor reads all of the log",
    "GET /v1/log/tile/{level}/{place}": "hashes of the log are public",
}


@dataclass(frozen=True)
class Try:
    """A call by somebody whose it is not: about what is another's, and about what never was."""

    route: str
    caller: Caller | None
    real: str
    never: str
    body: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    query: str = ""
    status: int = 404
    path: Mapping[str, str] = field(default_factory=dict)

    def call(self, api: Api, named: str) -> tuple[int, str]:
        """What is answered, without the id that was asked for."""
        method, path = self.route.split()
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", value)
        path = re.sub(r"{\w+}", named, path) + self.query.replace("ID", named)
        body, form = self._with(self.body, named), self._with(self.form, named)
        if form is not None and "client_assertion_type" in form:
            assert self.caller is not None
            form["client_assertion"] = api.assertion(self.caller)
        caller = None if form is not None else self.caller
        found = api.call(method, path, caller, body, form=form)
        return found.status_code, _without(found, named)

    def _with(self, body: Mapping[str, Any] | None, named: str) -> dict[str, Any] | None:
        return None if body is None else json.loads(json.dumps(body).replace("ID", named))


def _without(found: httpx.Response, named: str) -> str:
    """An answer without the id, which a passkey's is told in hex."""
    text = found.text.replace(named, "ID")
    return text.replace(read_base64(named).hex(), "ID") if len(named) == len(PASSKEY) else text


def all_that_is_kept(api: Api) -> str:
    """Every row but what lasts for minutes and proves nothing."""
    passing = ("sessions", "spent", "requests")
    with api.registry.engine.connect() as connection:
        rows = {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
            if table.name not in passing
        }
    return sha256(repr(rows).encode()).hexdigest()


def pushed(api: Api) -> str:
    form = {
        "client_assertion_type": ASSERTION,
        "client_assertion": api.assertion(api.merchant),
        "response_type": "code",
        "redirect_uri": BACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "authorization_details": json.dumps([api.detail()]),
    }
    return str(api.good("POST", "/v1/oauth/par", form=form)["request_uri"])


def code_of(api: Api, person: Caller, request_uri: str) -> str:
    body = {"request_uri": request_uri, "choice": "approve"}
    leads = api.good("POST", "/v1/me/authorisations", person, body)["redirect_to"]
    return str(httpx.URL(leads).params["code"])


def dues(api: Api, person: Caller, record_id: str) -> dict[str, Any]:
    values = {
        "happened_on": "2026-06-01",
        "kind": "loan",
        "amount_minor": "10000",
        "paid_on": "2026-06-01",
        "paid_minor": "10000",
        "currency": "CNY",
    }
    known_by = {"kind": "record_id", "value": api.office.record_ids[person.id]}
    return {"records": [{"identifier": known_by, "table": "dues", "record_id": record_id, "values": values}]}


def tries(api: Api) -> list[Try]:
    """Somebody has one of everything; somebody else of the same role tries to get at each."""
    owner, other = api.person(), api.person()
    shop, lender = api.firm("Books of Xian", "merchant", OTHER_SHOP), api.firm("Bank", "furnisher", OTHER_LENDER)
    api.office.publish({owner.id: 700})
    consent = api.give(owner)
    answer = api.good("POST", "/v1/answers", api.merchant, api.question(consent=consent))
    device = Device()
    options = api.good("POST", "/v1/me/passkeys/options", owner)["options"]
    passkey = api.good("POST", "/v1/me/passkeys", owner, {"credential": device.add(options), "label": "Own"})["id"]
    api.good("POST", "/v1/records", api.furnisher, dues(api, owner, "d1"))
    item = {"table": "dues", "source": LENDER, "record_id": "d1"}
    disputed = api.good("POST", "/v1/me/disputes", owner, {"item": item, "words": "Not mine."})["id"]
    reviewed = api.good("POST", "/v1/me/reviews", owner, {"answer": answer["id"], "words": "Look again."})["id"]
    api.good("POST", f"/v1/cases/{disputed}/end", api.furnisher, {"outcome": "deleted", "words": "Sorry."})
    message = api.good("GET", "/v1/me/messages", owner)["items"][0]["id"]
    told = {one: api.good("GET", "/v1/deliveries", one)["items"][0]["id"] for one in (api.merchant, api.furnisher)}
    answered = pushed(api)
    code = code_of(api, owner, answered)
    uuid, secret = str(uuid4()), "urn:ietf:params:oauth:request_uri:" + "x" * len(answered.rpartition(":")[2])
    end = {"outcome": "upheld", "words": "No."}
    question = api.question(consent="ID")
    known_by = api.question(identifier={"kind": "record_id", "value": "ID"})
    token = {
        "client_assertion_type": ASSERTION,
        "grant_type": "authorization_code",
        "code": "ID",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return [
        *(Try(f"GET /v1/me/consents/{{consent}}{end}", other, consent, uuid) for end in ("", "/receipts")),
        *(
            Try("POST /v1/me/consents/{consent}/{step}", other, consent, uuid, path={"step": step})
            for step in ("approve", "reject", "pause", "resume", "revoke")
        ),
        Try("GET /v1/consents/{consent}", shop, consent, uuid),
        Try("GET /v1/me/cases/{case}", other, disputed, uuid),
        Try("POST /v1/me/cases/{case}/take-back", other, reviewed, uuid),
        *(Try("GET /v1/cases/{case}", firm, case, uuid) for firm in (shop, lender) for case in (disputed, reviewed)),
        # Who is told of a dispute is not told of a review of the same person's, and the other way round.
        Try("GET /v1/cases/{case}", api.merchant, disputed, uuid),
        Try("GET /v1/cases/{case}", api.furnisher, reviewed, uuid),
        *(Try("POST /v1/cases/{case}/end", firm, reviewed, uuid, body=end) for firm in (shop, lender, api.furnisher)),
        Try("POST /v1/me/messages/{number}/read", other, message, str(NEVER)),
        Try("DELETE /v1/me/passkeys/{passkey}", other, passkey, PASSKEY),
        *(Try("POST /v1/deliveries/{number}/replay", shop, one, str(NEVER)) for one in told.values()),
        *(Try("POST /v1/deliveries/{number}/replay", lender, one, str(NEVER)) for one in told.values()),
        Try("GET /v1/me/scores/{programme}/{as_of}/proof", other, AS_OF, "2019-01", path={"programme": "sesame"}),
        Try("POST /v1/me/reviews", other, answer["id"], str(NEVER), body={"answer": "ID", "words": ""}),
        Try("POST /v1/answers", shop, consent, uuid, body=question, status=403),
        # Nor can it be told who has joined.
        Try("POST /v1/answers", shop, api.office.record_ids[owner.id], "nobody", body=known_by, status=403),
        Try("POST /v1/records/withdraw", lender, "d1", "d2", body={"table": "dues", "record_id": "ID"}),
        Try("GET /v1/me/authorisations", other, answered, secret, query="?request_uri=ID"),
        Try("POST /v1/me/authorisations", other, answered, secret, body={"request_uri": "ID", "choice": "approve"}),
        Try("GET /v1/oauth/authorize", None, answered, secret, query="?request_uri=ID"),
        Try("POST /v1/oauth/authorize", None, answered, secret, form={"request_uri": "ID", "choice": "reject"}),
        # Last: a code that another fetched with is used up, so that nobody can go on trying.
        Try("POST /v1/oauth/token", shop, code, "x" * len(code), form=token, status=400),
    ]


ELSEWHERE = {
    "POST /v1/me/disputes": "test_who_contests_a_record_of_anothers_changes_nothing_for_them",
    "POST /v1/me/blocks": "test_who_contests_a_record_of_anothers_changes_nothing_for_them",
    "POST /v1/records": "test_a_record_under_the_id_of_another_firms_record_is_another_record",
}


def test_what_is_anothers_is_answered_as_what_never_was_and_nothing_changes(api: Api) -> None:
    tried = tries(api)
    naming = {name_of(one) for one in ROUTES if "{" in name_of(one) or one.opt["body"] is not None}
    naming |= {"GET /v1/me/authorisations", "GET /v1/oauth/authorize"}
    assert {one.route for one in tried} | set(ANYBODYS) | set(ELSEWHERE) == naming
    before = all_that_is_kept(api)
    for one in tried:
        real, never = one.call(api, one.real), one.call(api, one.never)
        assert real == never, one
        assert real[0] == one.status, (one, real)
        if one.route != "POST /v1/oauth/token":
            assert all_that_is_kept(api) == before, one


def test_every_list_is_the_callers_own(api: Api) -> None:
    tries(api)
    other, shop = api.person(), api.firm("Shop", "merchant", "91110108717743469K")
    lender = api.firm("Lender", "furnisher", "91420100177685405Q")
    for path in ("cases", "consents", "accesses", "messages", "passkeys", "scores"):
        assert api.good("GET", f"/v1/me/{path}", other)["items"] == [], path
    for firm, paths in ((shop, ("consents", "cases", "deliveries")), (lender, ("cases", "deliveries"))):
        for path in paths:
            for query in ("", "?state=closed") if path == "cases" else ("",):
                assert api.good("GET", f"/v1/{path}{query}", firm)["items"] == [], path


def test_who_contests_a_record_of_anothers_changes_nothing_for_them(api: Api) -> None:
    owner, other = api.person(), api.person()
    api.good("POST", "/v1/records", api.furnisher, dues(api, owner, "d1"))
    before = api.good("GET", "/v1/me", owner)
    item = {"table": "dues", "source": LENDER, "record_id": "d1"}
    bodies = {"/v1/me/disputes": {"item": item, "words": ""}, "/v1/me/blocks": {"items": [item], "words": ""}}
    said = {}
    for path, body in bodies.items():
        for person, record in ((other, "d1"), (api.person(), "d2")):
            sent = json.loads(json.dumps(body).replace('"d1"', f'"{record}"'))
            found = api.call("POST", path, person, sent)
            text = json.dumps({name: value for name, value in found.json().items() if name != "id"})
            said[path, record] = found.status_code, text.replace(f'"{record}"', '"ID"')
            api.call("POST", f"/v1/me/cases/{found.json()['id']}/take-back", person)
        assert said[path, "d1"] == said[path, "d2"]
    assert api.good("GET", "/v1/me", owner) == before
    assert api.good("GET", "/v1/me/cases", owner)["items"] == []
    # Whose record it is can still contest it.
    assert api.call("POST", "/v1/me/disputes", owner, bodies["/v1/me/disputes"]).status_code == 201


def test_a_record_under_the_id_of_another_firms_record_is_another_record(api: Api) -> None:
    owner, other = api.person(), api.person()
    lender = api.firm("Bank", "furnisher", OTHER_LENDER)
    first = api.good("POST", "/v1/records", api.furnisher, dues(api, owner, "d1"))["items"][0]["number"]
    # Were it the same record, it could not go to another person.
    second = api.good("POST", "/v1/records", lender, dues(api, other, "d1"))["items"][0]["number"]
    assert first != second
    assert api.call("POST", "/v1/records", api.furnisher, dues(api, other, "d1")).status_code == 409
