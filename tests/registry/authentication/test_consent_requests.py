"""Consents asked for by OAuth: a code is good once, for who asked, and a merchant learns of nobody but who agreed."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select
from tests.registry.authentication.assertions import ISSUER, OTHER_FIRM
from tests.registry.office import HandClock, Office

from goodstanding.errors import AgainstTheLaw, BadInput, Conflict, NotFound, StandingError
from goodstanding.registry.authentication.consent_requests import (
    CODE_LASTS,
    DETAIL_TYPE,
    REQUEST_LASTS,
    REQUEST_URI,
    ConsentRequest,
    Detail,
    answer_authorisation,
    asked_by,
    fetch_consent,
    push,
    refuse_authorisation,
)
from goodstanding.registry.consent import Consent, Frequency, Period, consents_of
from goodstanding.registry.database.schema import authorisations, consents, deliveries, log
from goodstanding.registry.parties import admit, set_party_state, set_redirects
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry

BACK, OTHER_BACK = "https://bikes.example/back", "https://bikes.example/back?shop=1"
VERIFIER = "v" * 43
MICROSECOND = timedelta(microseconds=1)


def challenge_of(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Asking:
    """A merchant that asks for consents, and another."""

    office: Office
    other: UUID

    def detail(self, **other: Any) -> Detail:
        now = self.office.clock.now
        detail = Detail(
            DETAIL_TYPE,
            "sesame",
            ["admittance", "score"],
            "deposit_waiver",
            "rent_item",
            now + timedelta(days=30),
            Frequency("DAY", 9),
            Period("DAY", 7),
        )
        return msgspec.structs.replace(detail, **other)

    def push(self, detail: Detail | None = None, party: UUID | None = None, **other: Any) -> str:
        values = {"redirect_uri": BACK, "state": None, "code_challenge": challenge_of(VERIFIER)} | other
        asked, who = detail or self.detail(), party or self.office.merchant
        return self.office.registry.do(lambda transaction: push(transaction, who, asked, **values))

    def asked(self, request: str) -> ConsentRequest | None:
        with self.office.registry.read() as transaction:
            return none_if(NotFound, lambda: asked_by(transaction, request))

    def answer(self, request: str, person: UUID, choice: Any = "approve") -> dict[str, str]:
        """What the merchant is told by way of the browser."""
        work = self.office.registry.do
        return told(work(lambda transaction: answer_authorisation(transaction, request, person, choice, ISSUER)))

    def refuse(self, request: str) -> dict[str, str]:
        return told(self.office.registry.do(lambda transaction: refuse_authorisation(transaction, request, ISSUER)))

    def code(self, person: UUID, **other: Any) -> str:
        return self.answer(self.push(**other), person)["code"]

    def fetch(self, code: str, *, party: UUID | None = None, **other: str) -> Consent | None:
        who, values = party or self.office.merchant, {"redirect_uri": BACK, "verifier": VERIFIER} | other
        return self.office.registry.do(lambda transaction: fetch_consent(transaction, who, code, **values))

    def rows(self, table: Any) -> list[Any]:
        with self.office.registry.engine.connect() as connection:
            return list(connection.execute(select(table)))


def none_if(error: type[StandingError], work: Callable[[], Any]) -> Any:
    try:
        return work()
    except error:
        return None


def told(address: str) -> dict[str, str]:
    """The values of an address that leads back, each once."""
    found = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values())
    return {"to": address.partition("?")[0]} | {name: values[0] for name, values in found.items()}


@pytest.fixture
def asking(office: Office) -> Asking:
    with office.registry.write() as transaction:
        kind = {"code_kind": "cn_social_credit_code", "code": OTHER_FIRM}
        other = admit(transaction, "Boats", "merchant", **kind, contexts=["deposit_waiver"], by="ann")
        for id_ in (office.merchant, other.id):
            set_redirects(transaction, id_, [BACK, OTHER_BACK], by="ann")
    return Asking(office, other.id)


def test_a_person_agrees_and_the_merchant_fetches_the_consent_once(asking: Asking) -> None:
    person, detail = asking.office.person(), asking.detail(threshold=650)
    request = asking.push(detail, state="s t&u=1")
    found = asking.asked(request)
    assert found is not None
    end = asking.office.clock.now + REQUEST_LASTS
    assert found == ConsentRequest(asking.office.merchant, "Bicycles of Beijing", detail, end, BACK)
    said = asking.answer(request, person)
    assert said == {"to": BACK, "code": said["code"], "state": "s t&u=1", "iss": ISSUER}
    consent = asking.fetch(said["code"])
    assert consent is not None
    assert (consent.state, consent.terms.person, consent.terms.threshold) == ("ACTIVE", person, 650)
    assert consent.terms == detail.terms(person, asking.office.merchant, asking.office.clock.now)
    assert asking.fetch(said["code"]) is None
    assert asking.rows(authorisations) == []
    assert verify_registry(asking.office.registry).findings == []


def test_a_request_is_answered_once_and_by_its_own_name(asking: Asking) -> None:
    person, other = asking.office.person(), asking.office.person()
    request = asking.push()
    assert asking.answer(request, person)["code"]
    for again in ("approve", "reject"):
        with pytest.raises(NotFound):
            asking.answer(request, other, again)
    with pytest.raises(NotFound):
        asking.refuse(request)
    assert asking.asked(request) is None
    assert [row.person_id for row in asking.rows(consents)] == [person]
    for unknown in ("", REQUEST_URI, f"{request}x", request[:-1], request.upper(), "urn:other:request"):
        assert asking.asked(unknown) is None


def test_only_the_right_verifier_fetches_and_a_wrong_one_uses_the_code_up(asking: Asking) -> None:
    person = asking.office.person()
    for wrong in ("w" * 43, VERIFIER[:-1], f"{VERIFIER}=", "", challenge_of(VERIFIER), VERIFIER.upper(), "é"):
        code = asking.code(person)
        assert asking.fetch(code, verifier=wrong) is None, wrong
        assert asking.fetch(code) is None, wrong
    # A challenge that is sent as it is (`plain`) is none.
    assert asking.fetch(asking.code(person, code_challenge=VERIFIER)) is None
    other = "a-._~" * 9
    assert asking.fetch(asking.code(person, code_challenge=challenge_of(other)), verifier=other) is not None


def test_only_who_asked_fetches_and_from_where_they_said(asking: Asking) -> None:
    person = asking.office.person()
    for wrong in ({"party": asking.other}, {"redirect_uri": OTHER_BACK}, {"redirect_uri": ""}):
        code = asking.code(person)
        assert asking.fetch(code, **wrong) is None, wrong
        assert asking.fetch(code) is None, wrong
    own = asking.code(person, party=asking.other)
    assert asking.fetch(own, party=asking.other) is not None


def test_what_is_no_code_fetches_nothing(asking: Asking) -> None:
    request = asking.push()
    code = asking.code(asking.office.person())
    for wrong in ("", request, request.removeprefix(REQUEST_URI), f"{code} ", code[:-1], code.swapcase()):
        assert asking.fetch(wrong) is None, wrong
    assert asking.fetch(code) is not None
    assert asking.asked(request) is not None


def test_a_code_is_good_for_a_minute_and_a_request_for_half_an_hour(asking: Asking, clock: HandClock) -> None:
    person = asking.office.person()
    code = asking.code(person)
    clock.now += CODE_LASTS
    assert asking.fetch(code) is None
    code = asking.code(person)
    clock.now += CODE_LASTS - MICROSECOND
    assert asking.fetch(code) is not None
    requests = [asking.push() for _ in range(3)]
    clock.now += REQUEST_LASTS - MICROSECOND
    # The minute of a code begins when the person agrees.
    late = asking.answer(requests[0], person)["code"]
    clock.now += MICROSECOND
    assert asking.fetch(late) is not None
    assert asking.asked(requests[1]) is None
    for work in (lambda: asking.answer(requests[1], person), lambda: asking.refuse(requests[1])):
        with pytest.raises(NotFound):
            work()
    # What has run out is forgotten with the next that is asked.
    asking.push()
    assert len(asking.rows(authorisations)) == 1


def test_an_answer_leads_only_to_an_address_that_was_registered(asking: Asking) -> None:
    person = asking.office.person()
    wrong = (f"{BACK}/", f"{BACK}?a=1", BACK.upper(), "https://bikes.example", "https://evil.example/back", "")
    for address in wrong:
        with pytest.raises(BadInput, match=r"redirect_uri: found .*expected one of the addresses"):
            asking.push(redirect_uri=address)
    # One that has a question mark already gets no second, and without a state none comes back.
    request = asking.push(redirect_uri=OTHER_BACK)
    said = asking.answer(request, person)
    assert said == {"to": BACK, "shop": "1", "code": said["code"], "iss": ISSUER}
    assert asking.fetch(said["code"], redirect_uri=OTHER_BACK) is not None
    assert asking.refuse(asking.push(state=""))["state"] == ""


def test_what_nobody_may_be_asked_is_refused_before_anybody_is(asking: Asking) -> None:
    office, now = asking.office, asking.office.clock.now
    wrong: list[tuple[type[StandingError], dict[str, Any]]] = [
        (BadInput, {"context": "tenancy", "purpose": "let_home"}),
        (AgainstTheLaw, {"purpose": "marketing"}),
        (BadInput, {"expires_at": now}),
        (BadInput, {"expires_at": datetime(2027, 1, 1)}),  # noqa: DTZ001 - that is what is wrong
        (BadInput, {"scopes": ["score", "score"]}),
        (BadInput, {"programme": "No Such"}),
        (BadInput, {"scopes": ["score"], "threshold": 650}),
    ]
    for error, other in wrong:
        with pytest.raises(error):
            asking.push(asking.detail(**other))
    office.registry.do(lambda transaction: set_party_state(transaction, office.merchant, "suspended", by="ann"))
    with pytest.raises(Conflict):
        asking.push()
    assert asking.rows(authorisations) == []


def test_who_refuses_without_a_name_leaves_nothing_behind(asking: Asking) -> None:
    request, lines = asking.push(state="s"), len(asking.rows(log))
    assert asking.refuse(request) == {"to": BACK, "error": "access_denied", "state": "s", "iss": ISSUER}
    assert asking.rows(authorisations) == asking.rows(consents) == asking.rows(deliveries) == []
    # But for a line that the request is gone, which says no more than whose it was.
    *_, (_, _, kind, of, *_) = after = asking.rows(log)
    assert (len(after), kind, of) == (lines + 1, "authorisation.refused", str(asking.office.merchant))


def test_the_merchant_is_told_the_same_whoever_refuses_and_never_who(asking: Asking) -> None:
    office = asking.office
    person = office.person()
    gone = office.person()
    by_name = asking.answer(asking.push(state="s"), person, "reject")
    assert by_name == asking.refuse(asking.push(state="s"))
    assert asking.rows(authorisations) == asking.rows(deliveries) == []
    # The person finds what they refused under their name.
    with office.registry.read() as transaction:
        assert [one.state for one in consents_of(transaction, person=person)] == ["REJECTED"]
    office.registry.do(lambda transaction: leave(transaction, gone))
    request = asking.push()
    with pytest.raises(NotFound, match="a person who has joined"):
        asking.answer(request, gone)
    assert asking.asked(request) is not None


def test_nothing_that_is_kept_tells_a_request_or_a_code(asking: Asking) -> None:
    request = asking.push()
    code = asking.answer(asking.push(), asking.office.person())["code"]
    held = repr(asking.rows(authorisations)).encode() + repr(asking.rows(log)).encode()
    for secret in (request.removeprefix(REQUEST_URI), code):
        assert secret.encode() not in held
