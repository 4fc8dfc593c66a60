"""For every operation of the API a request that works, made of things that are there: fresh where it uses them up."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count, cycle
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from joserfc.jwk import OKPKey
from stdnum.iso7064 import mod_97_10
from tests.registry.cosigning import witnessed
from tests.registry.office import AS_OF
from tests.service.api.caller import ASSERTION, BACK, LENDER, Api, Device

from goodstanding.programmes import programme_texts
from goodstanding.registry.authentication import Caller
from goodstanding.registry.authentication.operators import admit_operator
from goodstanding.registry.authentication.printed_codes import print_codes
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION
from goodstanding.registry.programme_versions import draft, take_programme_step
from goodstanding.registry.rights import Item, dispute, end_case

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PEOPLE = 3


@dataclass(frozen=True)
class Parts:
    """The parts of a request; without a `caller` anybody of a role that may."""

    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Any = None
    caller: Caller | None = None


class Working:
    """A filled registry, and by the operation's name the parts of a request to it that works."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.numbers = count(1)
        api.key_for(api.office.merchant)
        self.renew()

    def renew(self) -> None:
        """Others come in the place of those who are there, whose files have grown long."""
        people = [self.api.person() for _ in range(PEOPLE)]
        scores = {one.id: 600 + 40 * place for place, one in enumerate(people)}
        self.api.office.publish(scores, run=f"run {next(self.numbers)}")
        self.people = cycle(people)
        self.holder, self.device = people[0], Device()
        self.add_a_passkey(self.holder, self.device, keep=True)
        for one in people:
            self._answer(one)
            self._ended_case(one)
            self._dispute(one)

    def of(self, operation: str) -> Parts:
        """The parts of a request that works, as of now."""
        make = getattr(self, operation, None)
        return Parts() if make is None else make()

    def person(self) -> Caller:
        """One of those who are there all the time."""
        return next(self.people)

    def _item(self) -> dict[str, str]:
        return {"table": "dues", "source": LENDER, "record_id": f"d{next(self.numbers)}"}

    def _dispute(self, person: Caller) -> UUID:
        item = Item(**self._item())
        return self.api.registry.do(lambda transaction: dispute(transaction, person.id, item, "Not mine.")).id

    def _ended_case(self, person: Caller) -> UUID:
        case = self._dispute(person)
        return self.api.registry.do(
            lambda transaction: end_case(transaction, case, "corrected", words="Right now.", by="Ann")
        ).id

    def _answer(self, person: Caller) -> str:
        consent = self.api.give(person)
        question = self.api.question(consent=consent, scope="score", threshold=None)
        return self.api.good("POST", "/v1/answers", self.api.merchant, question)["id"]

    def _codes(self) -> tuple[Caller, list[str]]:
        person = self.api.person()
        return person, list(self.api.registry.do(lambda transaction: print_codes(transaction, person.id)))

    def _firm(self) -> dict[str, Any]:
        base = f"{next(self.numbers):018d}"
        return {
            "name": f"Firm {base}",
            "role": "merchant",
            "code_kind": "lei",
            "code": base + mod_97_10.calc_check_digits(base),
            "keys": [self._key()],
            "contexts": ["deposit_waiver"],
            "redirects": [BACK],
        }

    def _party(self) -> Parts:
        firm = {name: value for name, value in self._firm().items() if name not in ("keys", "redirects")}
        return Parts({"party": str(self.api.registry.do(lambda transaction: admit(transaction, **firm, by="test")).id)})

    def _operator(self) -> Parts:
        name, key = f"Operator {next(self.numbers)}", self._key()
        found = self.api.registry.do(
            lambda transaction: admit_operator(transaction, name, ["auditor"], [key], by="test")
        )
        return Parts({"operator": str(found.id)})

    def _key(self) -> dict[str, Any]:
        return dict(OKPKey.generate_key("Ed25519", private=True).as_dict(private=False))

    def _texts(self) -> tuple[str, str]:
        text, expert = programme_texts("sesame")
        return text.replace('name = "sesame"', f'name = "fennel{next(self.numbers)}"', 1), expert

    def _programme(self, *steps: Any) -> Parts:
        text, expert = self._texts()
        found = self.api.registry.do(lambda transaction: draft(transaction, text, expert, by="ann"))
        for step in steps:
            self.api.registry.do(lambda c, s=step: take_programme_step(c, found.name, found.version, s, by="bob"))
        return Parts({"name": found.name, "version": found.version}, body={"reason": "A fault."})

    def _assertion(self, **other: str) -> dict[str, str]:
        return {"client_assertion_type": ASSERTION, "client_assertion": self.api.assertion(self.api.merchant)} | other

    def _request_uri(self) -> str:
        return str(self.api.good("POST", "/v1/oauth/par", form=self.par().body)["request_uri"])

    # OAuth

    def par(self) -> Parts:
        return Parts(
            body=self._assertion(
                response_type="code",
                redirect_uri=BACK,
                code_challenge=CHALLENGE,
                code_challenge_method="S256",
                state="s",
                authorization_details=json.dumps([self.api.detail()]),
            )
        )

    def token(self) -> Parts:
        if next(self.numbers) % 2:
            return Parts(body=self._assertion(grant_type="client_credentials"))
        body = {"request_uri": self._request_uri(), "choice": "approve"}
        led = self.api.good("POST", "/v1/me/authorisations", self.person(), body)["redirect_to"]
        code = parse_qs(urlsplit(led).query)["code"][0]
        form = self._assertion(grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER)
        return Parts(body=form)

    def what_is_asked(self) -> Parts:
        return Parts(query={"request_uri": self._request_uri()})

    def authorize(self) -> Parts:
        return self.what_is_asked()

    def choose(self) -> Parts:
        return Parts(body={"request_uri": self._request_uri(), "choice": "approve"})

    def authorize_by_form(self) -> Parts:
        return Parts(body={"request_uri": self._request_uri(), "choice": "approve", "code": self._codes()[1][0]})

    # People

    def sign_in_by_passkey(self) -> Parts:
        options = self.api.good("POST", "/v1/sign-in/passkey/options")["options"]
        return Parts(body={"credential": self.device.enter(options)})

    def sign_in_by_code(self) -> Parts:
        return Parts(body={"code": self._codes()[1][0]})

    def join_person(self) -> Parts:
        known_by = [{"kind": "record_id", "value": f"joined {next(self.numbers)}"}]
        body = {"identifiers": known_by, "notice_version": NOTICE_VERSION, "language": "en", "jurisdiction": "cn"}
        return Parts(body=body)

    def find_a_person(self) -> Parts:
        return Parts(body={"kind": "record_id", "value": self.api.office.record_ids[self.person().id]})

    def print_codes_for(self) -> Parts:
        return Parts({"person": str(self.api.person().id)})

    def _alone(self) -> Parts:
        return Parts(caller=self.api.person())

    sign_out = leave_for_good = freeze_me = thaw_me = print_my_codes = _alone

    def put_words(self) -> Parts:
        return Parts(body={"words": "I was in hospital."})

    def read_message(self) -> Parts:
        person = self.person()
        found = self.api.good("GET", "/v1/me/messages?limit=1", person)["items"][0]["id"]
        return Parts({"number": found}, caller=person)

    def add_a_passkey(self, person: Caller | None = None, device: Device | None = None, *, keep: bool = False) -> Parts:
        who = person or self.api.person()
        options = self.api.good("POST", "/v1/me/passkeys/options", who)["options"]
        body = {"credential": (device or Device()).add(options), "label": "My phone"}
        if keep:
            return Parts({"passkey": self.api.good("POST", "/v1/me/passkeys", who, body)["id"]}, caller=who)
        return Parts(body=body, caller=who)

    def remove_a_passkey(self) -> Parts:
        return self.add_a_passkey(keep=True)

    def score_proof(self) -> Parts:
        return Parts({"programme": "sesame", "as_of": AS_OF}, caller=self.person())

    # Consents and answers

    def give_consent(self) -> Parts:
        return Parts(body=self.api.detail(party=str(self.api.office.merchant)))

    def my_consent(self) -> Parts:
        person = self.person()
        return Parts({"consent": self.api.give(person)}, caller=person)

    my_receipts = my_consent

    def given_consent(self) -> Parts:
        return Parts({"consent": self.api.give(self.person())}, caller=self.api.merchant)

    def step_consent(self) -> Parts:
        found = self.my_consent()
        return Parts({**found.path, "step": "pause"}, caller=found.caller)

    def ask_question(self) -> Parts:
        consent = self.api.give(self.person(), scopes=["admittance", "band", "score", "dimensions", "report"])
        return Parts(body=self.api.question(consent=consent, scope="report", threshold=None))

    # Cases

    def my_case(self) -> Parts:
        person = self.person()
        return Parts({"case": str(self._dispute(person))}, caller=person)

    take_back_case = my_case

    def one_case(self) -> Parts:
        who = "case_officer" if next(self.numbers) % 2 else "furnisher"
        return Parts({"case": str(self._dispute(self.person()))}, caller=self.api.caller(who))

    def end_a_case(self) -> Parts:
        case = self.one_case()
        return Parts(case.path, body={"outcome": "confirmed", "words": "It is right."}, caller=case.caller)

    def dispute_record(self) -> Parts:
        return Parts(body={"item": self._item(), "words": "Not mine."})

    def block_records(self) -> Parts:
        return Parts(body={"items": [self._item(), self._item()], "words": "Stolen."})

    def ask_review(self) -> Parts:
        person = self.person()
        return Parts(body={"answer": self._answer(person), "words": "Why?"}, caller=person)

    # Records and deliveries

    def send_records(self) -> Parts:
        values = {
            "happened_on": "2026-06-01",
            "kind": "loan",
            "amount_minor": "10000",
            "paid_on": "2026-06-01",
            "paid_minor": "10000",
            "currency": "CNY",
        }
        record = {
            "identifier": self.find_a_person().body,
            "table": "dues",
            "record_id": f"d{next(self.numbers)}",
            "values": values,
            "told_on": "2026-06-01",
        }
        return Parts(body={"records": [record]})

    def withdraw_a_record(self) -> Parts:
        sent = self.send_records().body
        self.api.good("POST", "/v1/records", self.api.furnisher, sent)
        return Parts(body={"table": "dues", "record_id": sent["records"][0]["record_id"]})

    def replay_delivery(self) -> Parts:
        self._dispute(self.person())
        found = self.api.good("GET", "/v1/deliveries?limit=1", self.api.furnisher)["items"][0]["id"]
        return Parts({"number": found}, caller=self.api.furnisher)

    def put_webhook(self) -> Parts:
        return Parts(body={"url": "https://bikes.example/hook"})

    # Programmes, firms, operators, the log

    def draft_programme(self) -> Parts:
        text, expert = self._texts()
        return Parts(body={"programme": text, "expert": expert})

    def one_programme(self) -> Parts:
        return Parts({"name": "sesame", "version": "1.0.0"})

    def review_programme(self) -> Parts:
        return self._programme()

    reject_programme = review_programme

    def publish_programme(self) -> Parts:
        return self._programme("review")

    def withdraw_programme(self) -> Parts:
        return self._programme("review", "publish")

    def admit_party(self) -> Parts:
        return Parts(body=self._firm())

    one_party = suspend_party = reinstate_party = _party

    def put_party_keys(self) -> Parts:
        return Parts(self._party().path, body={"keys": [self._key()]})

    def put_redirects(self) -> Parts:
        return Parts(self._party().path, body={"redirects": [BACK]})

    def admit_an_operator(self) -> Parts:
        body = {"name": f"Operator {next(self.numbers)}", "roles": ["auditor"], "keys": [self._key()]}
        return Parts(body=body)

    suspend_operator = reinstate_operator = _operator

    def put_operator_keys(self) -> Parts:
        return Parts(self._operator().path, body={"keys": [self._key()]})

    def log_consistency(self) -> Parts:
        return Parts(query={"first": 3, "second": 20})

    def log_proof(self) -> Parts:
        return Parts({"index": "5"})

    def log_checkpoint_cosigned(self) -> Parts:
        witnessed(self.api.registry)
        return Parts()

    def log_tile(self) -> Parts:
        return Parts({"level": "0", "place": "000.p/1"})
