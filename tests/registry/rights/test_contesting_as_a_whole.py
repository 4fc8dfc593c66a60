"""Whatever people contest in whatever order, cases, marks and answers are as a plain model says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from tests.registry.office import Office

from goodstanding.errors import Conflict
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import marks
from goodstanding.registry.rights import (
    ENDINGS,
    TAKEN_BACK,
    Item,
    block,
    cases_of,
    close_overdue,
    dispute,
    end_case,
    freeze,
    take_back,
    thaw,
)
from goodstanding.registry.verification import verify_registry

ITEMS = [Item("dues", "bank", "1"), Item("dues", "bank", "2"), Item("orders", "shop", "1")]
DAYS = 20  # China's


@dataclass
class Model:
    """A case as anybody would note it on paper."""

    kind: str
    items: list[Item]
    due: datetime
    state: str = "open"


class Contesting(RuleBasedStateMachine):
    """One person, three records, whatever comes."""

    opened = Bundle("opened")
    office: Office

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[UUID, Model] = {}
        self.frozen = False

    @initialize()
    def join(self) -> None:
        self.person = self.office.person()
        self.office.publish({self.person: 640}, run=str(self.person))
        far = self.office.clock.now + timedelta(days=1000)
        terms = self.office.terms(self.person, expires_at=far)
        self.consent = self.office.registry.do(lambda transaction: grant_consent(transaction, terms)).id

    def standing(self, item: Item) -> str:
        """Whether a record counts: open, deleted, or neither; and whether a block of it was lifted last."""
        about = [case for case in self.model.values() if item in case.items]
        if any(case.state == "open" for case in about):
            return "open"
        if any(case.state in ("deleted", "proven") for case in about):
            return "deleted"
        return "lifted" if about and about[-1].kind == "block" else "counts"

    @rule(
        target=opened,
        kind=st.sampled_from(["dispute", "block"]),
        items=st.lists(st.sampled_from(ITEMS), min_size=1, unique=True),
    )
    def open(self, kind: str, items: list[Item]) -> UUID | None:
        items = items[:1] if kind == "dispute" else items
        refused = {"open", "deleted"} | ({"lifted"} if kind == "block" else set())
        allowed = not any(self.standing(item) in refused for item in items)
        work: Callable[..., object] = (
            (lambda transaction: dispute(transaction, self.person, items[0], "why"))
            if kind == "dispute"
            else (lambda transaction: block(transaction, self.person, items, "why"))
        )
        if not allowed:
            with pytest.raises(Conflict):
                self.office.registry.do(work)
            return None
        case = self.office.registry.do(work)
        self.model[case.id] = Model(kind, items, self.office.clock.now + timedelta(days=DAYS))
        return case.id

    @rule(case=consumes(opened), pick=st.integers(0, 9), by_person=st.booleans())
    def end(self, case: UUID | None, pick: int, *, by_person: bool) -> None:
        if case is None:
            return
        model = self.model[case]
        outcomes = sorted(set(ENDINGS[model.kind]) - {TAKEN_BACK})
        outcome = TAKEN_BACK if by_person else outcomes[pick % len(outcomes)]
        if by_person:
            work = lambda transaction: take_back(transaction, case, person=self.person)  # noqa: E731
        else:
            work = lambda transaction: end_case(transaction, case, outcome, words="", by="bob")  # noqa: E731
        if model.state != "open":
            with pytest.raises(Conflict):
                self.office.registry.do(work)
            return
        self.office.registry.do(work)
        model.state = outcome

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        self.office.clock.move(days=days)

    @rule()
    def sweep(self) -> None:
        due = [case for case in self.model.values() if case.state == "open" and case.due <= self.office.clock.now]
        assert self.office.registry.do(close_overdue) == len(due)
        for case in due:
            case.state = "deleted" if case.kind == "dispute" else "lifted"

    @rule(frozen=st.booleans())
    def freeze_or_thaw(self, *, frozen: bool) -> None:
        changed = self.office.registry.do(lambda transaction: (freeze if frozen else thaw)(transaction, self.person))
        assert changed is (frozen != self.frozen)
        self.frozen = frozen

    @invariant()
    def cases_are_as_the_model_says(self) -> None:
        if not hasattr(self, "person"):
            return
        found = {
            case.id: case.state
            for case in self.office.registry.do(lambda transaction: cases_of(transaction, self.person))
        }
        assert found == {case: model.state for case, model in self.model.items()}

    @invariant()
    def marks_are_as_the_model_says(self) -> None:
        if not hasattr(self, "person"):
            return
        expected = {"open": "disputed", "deleted": "withdrawn", "lifted": "valid", "counts": "valid"}
        keyring = self.office.registry.keyring
        with self.office.registry.engine.connect() as connection:
            own = select(marks).where(marks.c.person_id == self.person)
            found = {row.item_hash: row.state for row in connection.execute(own)}
        touched = [item for item in ITEMS if any(item in case.items for case in self.model.values())]
        assert found == {item.hash(keyring): expected[self.standing(item)] for item in touched}

    @invariant()
    def answers_are_as_the_model_says(self) -> None:
        if not hasattr(self, "person") or self.frozen or self.office.clock.now >= self.latest:
            return
        told = self.office.ask(self.office.question(consent=self.consent, scope="band", threshold=None)).disclosed
        still = [case.kind for case in self.model.values() if case.state == "open"]
        assert ("contested" in told) is bool(still)
        assert (told["outcome"] == "given") is ("block" not in still)

    @property
    def latest(self) -> datetime:
        """From when on the score is too old to be told."""
        return datetime(2026, 9, 1, tzinfo=self.office.clock.now.tzinfo)

    def teardown(self) -> None:
        # The clock is turned back for the next example, whose sweep must find only its own.
        for case, model in self.model.items():
            if model.state == "open":
                self.office.registry.do(lambda transaction, case=case: take_back(transaction, case, person=self.person))


def test_cases_marks_and_answers_are_as_a_plain_model_says(office: Office) -> None:
    begun = office.clock.now

    class OfOffice(Contesting):
        def __init__(self) -> None:
            super().__init__()
            self.office = office
            office.clock.now = begun

    run_state_machine_as_test(
        OfOffice,
        settings=settings(
            max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert verify_registry(office.registry).findings == []
