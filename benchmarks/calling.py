"""Clients that note what they were told once they have read it, and look for it again later."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from nursery import HOST, LENDER, Callers, Token

from goodstanding.registry.clock import instant_text, system_clock
from goodstanding.service.http.cursors import cursor_of

Kind: TypeAlias = Literal["consent", "revocation", "dispute", "answer"]
KINDS: tuple[Kind, ...] = ("consent", "revocation", "dispute", "answer")
SHARES = (30, 15, 15, 40)
# Where the service says when it was done.
WHEN: Mapping[Kind, str] = {"consent": "asked_at", "revocation": "changed_at", "dispute": "opened_at", "answer": "at"}
TIMEOUT = 30


@dataclass(frozen=True)
class Request:
    """A write that can be sent again as it is: under its key, its transaction id, or of a step that is taken once."""

    kind: Kind
    path: str
    token: Token
    body: dict[str, Any] | None
    key: str | None = None
    consent: str | None = None
    person: Token | None = None


@dataclass(frozen=True)
class Noted:
    """A write, and what the service told of it."""

    request: Request
    told: dict[str, Any]


@dataclass
class Client:
    """One of those who call at the same time, each for people of their own, so that each knows what has to be."""

    merchant: Token
    people: list[Token]
    chance: random.Random
    noted: list[Noted] = field(default_factory=list[Noted])
    """What was acknowledged, all of it."""
    checked: int = 0
    unanswered: Request | None = None
    active: dict[str, Token] = field(default_factory=dict[str, Token])
    revoked: dict[str, Token] = field(default_factory=dict[str, Token])
    wrong: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    _connection: HTTPConnection | None = None

    def write_until_killed(self, port: int, on_noted: Callable[[], None]) -> None:
        """Send one write after another, until there is no answer."""
        self._open(port)
        while True:
            if (sent := self._send_next()) is None:
                return
            if self._note(*sent):
                on_noted()

    def _send_next(self) -> tuple[Request, int, dict[str, Any]] | None:
        """Send the next write; gives it with what was answered, None if nothing was."""
        request = self._next()
        self.unanswered = request
        try:
            return request, *self._send("POST", request.path, request.token, request.body, request.key)
        except (OSError, HTTPException):
            return None

    def settle(self, port: int) -> None:
        """Send again what had no answer, then look for all that was acknowledged since the last time."""
        self._open(port)
        if self.unanswered is not None:
            self._send_again(self.unanswered)
        for noted in self.noted[self.checked :]:
            if not self._holds(noted):
                self.wrong.append(f"{noted.request.kind} {noted.told['id']} is lost")
        self.checked = len(self.noted)

    def _send_again(self, request: Request) -> None:
        """Send again what had no answer: done or not, now it is done, and once."""
        now = system_clock()
        status, told = self._send("POST", request.path, request.token, request.body, request.key)
        if request.kind == "revocation" and status == 409:
            # The step had been taken: what it led to is told instead.
            status, told = self._send("GET", request.path.removesuffix("/revoke"), request.token)
        self.counts["unanswered"] += 1
        if self._note(request, status, told):
            self.counts["done already"] += datetime.fromisoformat(told[WHEN[request.kind]]) < now

    def _next(self) -> Request:
        """The next write, by chance."""
        (kind,) = self.chance.choices(KINDS, SHARES)
        person, key = self.chance.choice(self.people), uuid4().hex
        if kind == "dispute":
            item = {"table": "dues", "source": LENDER, "record_id": key}
            return Request(kind, "/v1/me/disputes", person, {"item": item, "words": f"Not mine: {key}."}, key)
        if kind == "consent" or not self.active:
            return Request("consent", "/v1/me/consents", person, consent_to(self.merchant), key)
        consent = self.chance.choice(list(self.active))
        person = self.active[consent]
        if kind == "revocation":
            return Request(kind, f"/v1/me/consents/{consent}/revoke", person, None, consent=consent)
        return Request(kind, "/v1/answers", self.merchant, question(consent, key), consent=consent, person=person)

    def _note(self, request: Request, status: int, told: dict[str, Any]) -> bool:
        """Note what was acknowledged; gives whether it was."""
        self.unanswered = None
        if status not in (200, 201):
            self.wrong.append(f"{request.kind} {request.path}: {status} {told}")
            self.active.pop(request.consent or "", None)
            return False
        self.noted.append(Noted(request, told))
        self.counts[request.kind] += 1
        match request.kind:
            case "consent":
                self.active[told["id"]] = request.token
            case "revocation":
                self.revoked[told["id"]] = self.active.pop(told["id"])
            case _:
                pass
        return True

    def _holds(self, noted: Noted) -> bool:
        """Whether what was acknowledged is there, and says what it said; asked again, it is the same."""
        request, told = noted.request, noted.told
        match request.kind:
            case "consent":
                state = "REVOKED" if told["id"] in self.revoked else "ACTIVE"
                status, found = self._send("GET", f"/v1/me/consents/{told['id']}", request.token)
                there = status == 200 and (found["state"], found["artefact"]) == (state, told["artefact"])
                return there and self._repeats(request, told)
            case "dispute":
                there = self._send("GET", f"/v1/me/cases/{told['id']}", request.token) == (200, told)
                return there and self._repeats(request, told)
            case "revocation":
                status, found = self._send("GET", f"/v1/me/consents/{told['id']}", request.token)
                asked = question(told["id"], uuid4().hex)
                refused, why = self._send("POST", "/v1/answers", self.merchant, asked)
                self.counts["after a revocation"] += 1
                return (status, found.get("state"), refused, why.get("code")) == (
                    200,
                    "REVOKED",
                    403,
                    "consent_revoked",
                )
            case "answer":
                number, plain = int(told["id"]), without_repeated(told)
                assert request.person is not None
                path = f"/v1/me/accesses?limit=1&cursor={cursor_of(number + 1)}"
                _, found = self._send("GET", path, request.person)
                line = next(iter(found.get("items", ())), None)
                there = line is not None and (line["id"], line["answer"]) == (told["id"], plain)
                return there and (request.consent in self.revoked or self._repeats(request, told))

    def _repeats(self, request: Request, told: dict[str, Any]) -> bool:
        _, again = self._send("POST", request.path, request.token, request.body, request.key)
        self.counts["asked again"] += 1
        return without_repeated(again) == without_repeated(told)

    def _open(self, port: int) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=TIMEOUT)

    def _send(
        self, method: str, path: str, token: Token, body: dict[str, Any] | None = None, key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        assert self._connection is not None
        headers = {"Authorization": f"Bearer {token.text}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())


def clients(callers: Callers, how_many: int, seed: int) -> list[Client]:
    """Clients, with the people shared out among them."""
    return [
        Client(callers.merchant, callers.people[place::how_many], random.Random(f"{seed} {place}"))  # noqa: S311
        for place in range(how_many)
    ]


def consent_to(merchant: Token) -> dict[str, Any]:
    return {
        "party": str(merchant.id),
        "programme": "sesame",
        "scopes": ["admittance", "score"],
        "context": "deposit_waiver",
        "purpose": "rent_item",
        "expires_at": instant_text(system_clock() + timedelta(days=7)),
        "frequency": {"unit": "DAY", "value": 1000},
        "data_life": {"unit": "DAY", "value": 1},
    }


def question(consent: str, transaction: str) -> dict[str, Any]:
    return {
        "transaction_id": transaction,
        "consent": consent,
        "programme": "sesame",
        "scope": "score",
        "context": "deposit_waiver",
        "purpose": "rent_item",
    }


def without_repeated(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "repeated"}
