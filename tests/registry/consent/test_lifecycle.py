"""Consents taken through every step at random, held against a plain model of what must come of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from tests.registry.office import Office, Refusal

from goodstanding.errors import Conflict, NotFound
from goodstanding.registry.answers import Refused
from goodstanding.registry.consent import (
    Consent,
    Frequency,
    ask_consent,
    expire_consents,
    grant_consent,
    take_step,
)
from goodstanding.registry.database.schema import consents, log, receipts
from goodstanding.registry.rights import leave

# From which state a step leads to which. What is not here must be refused.
LEADS = {
    ("PENDING", "approve"): "ACTIVE",
    ("PENDING", "reject"): "REJECTED",
    ("ACTIVE", "pause"): "PAUSED",
    ("PAUSED", "resume"): "ACTIVE",
    ("ACTIVE", "revoke"): "REVOKED",
    ("PAUSED", "revoke"): "REVOKED",
}
STEPS = ["approve", "reject", "pause", "resume", "revoke"]
OVER = ("REJECTED", "REVOKED", "EXPIRED")


@dataclass
class Model:
    """What a consent should be: `written` is the state last written down, which may have run out since."""

    person: UUID
    starts_at: datetime
    expires_at: datetime
    written: str
    receipts: int
    given: bool

    def state(self, now: datetime) -> str:
        return "EXPIRED" if self.written not in OVER and now >= self.expires_at else self.written

    def settle(self, state: str) -> None:
        self.written = state
        self.receipts += 1
        self.given = self.given or state == "ACTIVE"


class Consents(RuleBasedStateMachine):
    """Two people, their consents, and time."""

    office: Office
    known = Bundle("known")

    @initialize(target=known)
    def begin(self) -> UUID:
        self.people = [self.office.person(), self.office.person()]
        self.models: dict[UUID, Model] = {}
        self.artefacts: dict[UUID, str] = {}
        return self.a_consent(0, -1, 12, given=False)

    @rule(target=known, who=st.integers(0, 1), begins=st.integers(-1, 2), lasts=st.integers(3, 12), given=st.booleans())
    def a_consent_is_asked_for_or_given(self, who: int, begins: int, lasts: int, given: bool) -> UUID:  # noqa: FBT001
        return self.a_consent(who, begins, lasts, given=given)

    def a_consent(self, who: int, begins: int, lasts: int, *, given: bool) -> UUID:
        person, now = self.people[who], self.office.clock.now
        starts_at, expires_at = now + timedelta(hours=begins), now + timedelta(hours=lasts)
        terms = self.office.terms(
            person, starts_at=starts_at, expires_at=expires_at, frequency=Frequency("YEAR", 100_000)
        )
        self.office.clock.move(microseconds=1)  # what is signed anew is signed at another time
        work = grant_consent if given else ask_consent
        found = self.office.registry.do(lambda transaction: work(transaction, terms))
        model = Model(person, starts_at, expires_at, "PENDING", 0, given=False)
        if given:
            model.settle("ACTIVE")
        self.models[found.id] = model
        return found.id

    def take(self, consent: UUID, step: Any, person: UUID) -> Consent:
        return self.office.registry.do(lambda transaction: take_step(transaction, consent, step, person=person))

    @rule(consent=known, steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
    def its_person_takes_steps(self, consent: UUID, steps: list[str]) -> None:
        model = self.models[consent]
        for step in steps:
            then = LEADS.get((model.state(self.office.clock.now), step))
            before = self.kept(consent)
            if then is None:
                with pytest.raises(Conflict):
                    self.take(consent, step, model.person)
                assert self.kept(consent) == before
            else:
                assert self.take(consent, step, model.person).state == then
                model.settle(then)

    @rule(consent=known, step=st.sampled_from(STEPS))
    def another_person_takes_a_step(self, consent: UUID, step: str) -> None:
        (other,) = set(self.people) - {self.models[consent].person}
        before, said = self.kept(consent), []
        for one in (consent, uuid4()):
            with pytest.raises(NotFound) as refusal:
                self.take(one, step, other)
            said.append(str(refusal.value).replace(str(one), "ID"))
        assert said[0] == said[1]
        assert self.kept(consent) == before

    @rule(hours=st.integers(1, 4))
    def time_passes(self, hours: int) -> None:
        self.office.clock.move(hours=hours)

    @rule()
    def what_has_run_out_is_swept(self) -> None:
        now = self.office.clock.now
        due = [one for one in self.models.values() if one.written not in OVER and now >= one.expires_at]
        assert self.office.registry.do(expire_consents) == len(due)
        for one in due:
            one.settle("EXPIRED")

    @rule(consent=known)
    def the_merchant_asks(self, consent: UUID) -> None:
        now, model = self.office.clock.now, self.models[consent]
        state = model.state(now)
        expected = "answered" if state == "ACTIVE" else f"consent_{state.lower()}"
        if state == "ACTIVE" and now < model.starts_at:
            expected = "consent_not_started"
        try:
            self.office.ask(self.office.question(consent=consent))
            found = "answered"
        except Refused as refusal:
            found = refusal.code
        assert found == expected

    def kept(self, consent: UUID) -> tuple[Any, ...]:
        """All that is kept of a consent, and how long the log is."""
        with self.office.registry.engine.connect() as connection:
            row = connection.execute(select(consents).where(consents.c.id == consent)).one()
            own = select(receipts).where(receipts.c.consent_id == consent).order_by(receipts.c.log_index)
            lines = connection.scalar(select(func.count()).select_from(log))
            return tuple(row), list(connection.execute(own)), lines

    @invariant()
    def every_consent_is_as_the_model_says(self) -> None:
        with self.office.registry.engine.connect() as connection:
            chosen = consents.c.id.in_(self.models)
            rows = connection.execute(select(consents).where(chosen)).all()
            count = select(receipts.c.consent_id, func.count()).group_by(receipts.c.consent_id)
            counted = {row[0]: row[1] for row in connection.execute(count)}
        assert len(rows) == len(self.models)
        for row in rows:
            model = self.models[row.id]
            assert (row.state, counted.get(row.id, 0)) == (model.written, model.receipts)
            assert (row.artefact is not None) == model.given
            if row.artefact is not None:
                assert self.artefacts.setdefault(row.id, row.artefact) == row.artefact

    def teardown(self) -> None:
        # What is left in force would be swept by the next example, whose model does not know it.
        for person in self.people:
            self.office.registry.do(lambda transaction, p=person: leave(transaction, p))


def test_consents_go_through_their_states_as_the_model_says(office: Office) -> None:
    class OfThisOffice(Consents):
        pass

    OfThisOffice.office = office
    run_state_machine_as_test(
        OfThisOffice,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# The steps to each state from asking; `wait` until a day later, when time has run out.
WAYS = {
    "PENDING": [],
    "ACTIVE": ["approve"],
    "PAUSED": ["approve", "pause"],
    "REVOKED": ["approve", "revoke"],
    "REJECTED": ["reject"],
    "EXPIRED": ["wait"],
}


def reached(office: Office, state: str) -> tuple[UUID, UUID]:
    """Somebody new, and a consent of theirs in a state."""
    person = office.person()
    terms = office.terms(person, expires_at=office.clock.now + timedelta(days=1))
    consent = office.registry.do(lambda transaction: ask_consent(transaction, terms)).id
    for step in WAYS[state]:
        if step == "wait":
            office.clock.move(days=1)
        else:
            office.registry.do(lambda transaction, s=step: take_step(transaction, consent, s, person=person))
    return person, consent


def test_every_step_from_every_state_leads_where_it_should_or_nowhere(
    office: Office, subtests: pytest.Subtests
) -> None:
    for state, step in product(WAYS, STEPS):
        with subtests.test(state, step=step):
            person, consent = reached(office, state)
            try:
                found = office.registry.do(
                    lambda transaction, c=consent, s=step, p=person: take_step(transaction, c, s, person=p)
                )
                assert found.state == LEADS.get((state, step), "refused")
            except Conflict:
                assert (state, step) not in LEADS


def test_what_has_ended_stays_as_it_ended_when_its_time_has_passed(office: Office, refusal: Refusal) -> None:
    ended = {state: reached(office, state)[1] for state in ("REVOKED", "REJECTED")}
    office.clock.move(days=2)
    assert office.registry.do(expire_consents) == 0
    for state, consent in ended.items():
        assert refusal(office.question(consent=consent)) == f"consent_{state.lower()}"


def test_a_consent_cannot_be_made_to_expire_before_its_time(office: Office) -> None:
    person = office.person()
    terms = office.terms(person)
    consent = office.registry.do(lambda transaction: grant_consent(transaction, terms))
    with pytest.raises(Conflict):
        office.registry.do(lambda transaction: take_step(transaction, consent.id, "expire", person=person))
