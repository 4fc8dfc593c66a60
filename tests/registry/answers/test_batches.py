"""Many questions in one transaction: as if each had come alone, and none can spoil it for the others."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, select
from tests.registry.answers.consented import another_merchant, ask_for, grant, known_as, take
from tests.registry.office import Office

from goodstanding.errors import BadInput
from goodstanding.registry import Job, WriteTransaction
from goodstanding.registry.answers import Answer, Ask, Refused, answer_all, check_ask
from goodstanding.registry.consent import Frequency
from goodstanding.registry.database.schema import log, uses
from goodstanding.registry.people import identifier
from goodstanding.registry.rights import freeze

# Consents between which a question finds its way, and what was done to some of them.
TERMS: list[dict[str, object]] = [
    {},
    {"threshold": 600},
    {"fetch": "ONETIME"},
    {"frequency": Frequency("DAY", 2)},
    {"purpose": "book_room"},
    {"scopes": ["band", "score"]},
    {"programme": "trade"},
]
Kind = tuple[int, dict[str, object], str | None]
KINDS = st.tuples(
    st.integers(0, 1),
    st.one_of(st.just(TERMS[0]), st.sampled_from(TERMS)),
    st.sampled_from([None, None, None, "pause", "revoke", "pending"]),
)


@dataclass(frozen=True)
class Draw:
    """A question, by numbers: under which consent (or of whom, by name), and what it asks."""

    consent: int | None = 0
    person: int = 0
    of_other: bool = False
    scope: str = "admittance"
    threshold: int = 600
    purpose: str = "rent_item"
    transaction: str = "A"
    programme: str = "sesame"


DRAWS = st.builds(
    Draw,
    consent=st.one_of(st.none(), st.integers(0, 5)),
    person=st.integers(0, 2),
    of_other=st.sampled_from([False] * 7 + [True]),
    scope=st.sampled_from(["admittance", "admittance", "admittance", "band", "score"]),
    threshold=st.sampled_from([600, 600, 610, 620]),
    purpose=st.sampled_from(["rent_item"] * 5 + ["book_room"]),
    transaction=st.sampled_from("ABCDEF"),
    programme=st.sampled_from(["sesame"] * 7 + ["trade"]),
)


# One batch in which what came before matters at every step.
TELLING = [
    Draw(transaction="A"),
    Draw(transaction="A"),
    Draw(transaction="A", threshold=610),
    Draw(transaction="B", threshold=610),
    Draw(transaction="C", threshold=620),
    Draw(transaction="A"),
    Draw(transaction="D"),
    Draw(transaction="E", scope="band"),
    Draw(transaction="F", scope="score"),
    Draw(transaction="E", of_other=True),
    Draw(transaction="G", consent=None, person=2),
]
OUTCOMES = [False, True, "transaction_reused", False, "probing", True, "probing", False, "frequency_used_up"]
OUTCOMES += ["no_consent", "no_consent"]


class TakenBack(Exception):
    """Ends a transaction so that nothing of it stays."""


def written_down(connection: Connection, start: int) -> list[tuple[Any, ...]]:
    """The use lines from an index of the log on."""
    chosen = select(uses).where(uses.c.log_index >= start).order_by(uses.c.log_index)
    return [tuple(row) for row in connection.execute(chosen)]


def plain(found: Sequence[object]) -> list[object]:
    """Outcomes that can be compared: a refusal by its code and its line."""
    return [(one.code, one.use) if isinstance(one, Refused) else one for one in found]


def as_one_batch(office: Office, asks: Sequence[Ask]) -> tuple[list[object], list[Any], list[Any]]:
    """What comes of the questions in one transaction, which is then taken back."""
    kept: list[tuple[list[object], list[Any], list[Any]]] = []

    def work(transaction: WriteTransaction) -> None:
        found = plain(answer_all(transaction, asks))
        lines = [(line.at, line.kind, line.object, line.body) for line in transaction.lines]
        kept.append((found, written_down(transaction.connection, transaction.before.size), lines))
        raise TakenBack

    with pytest.raises(TakenBack):
        office.registry.do(work)
    return kept[0]


def one_by_one(office: Office, asks: Sequence[Ask]) -> tuple[list[object], list[Any], list[Any]]:
    """What comes of the questions each in a transaction of its own."""
    start = office.registry.do(lambda transaction: transaction.before.size)
    found = [one for ask in asks for one in office.registry.do(lambda transaction, a=ask: answer_all(transaction, [a]))]
    with office.registry.engine.connect() as connection:
        chosen = select(log.c.at, log.c.kind, log.c.object, log.c.body).where(log.c.log_index >= start)
        lines = [tuple(row) for row in connection.execute(chosen.order_by(log.c.log_index))]
        return plain(found), written_down(connection, start), lines


def setting(office: Office, kinds: Sequence[Kind]) -> tuple[list[UUID], list[UUID]]:
    """Two people, one of whom has a score, and their consents, each a minute after the other."""
    people = [office.person(), office.person()]
    office.publish({people[0]: 615}, run=f"run {office.joined}")
    consents: list[UUID] = []
    for who, terms, then in kinds:
        office.clock.move(minutes=1)
        if then == "pending":
            consents.append(ask_for(office, people[who], **terms))
            continue
        consents.append(grant(office, people[who], **terms))
        if then is not None:
            take(office, people[who], consents[-1], then)
    return people, consents


def questions(
    office: Office, other: UUID, draws: Sequence[Draw], people: Sequence[UUID], consents: Sequence[UUID]
) -> list[Ask]:
    names = [*(known_as(office, person) for person in people), identifier("record_id", "nobody")]
    return [
        office.question(
            party=other if draw.of_other else office.merchant,
            programme=draw.programme,
            consent=None if draw.consent is None else consents[draw.consent % len(consents)],
            identifier=names[draw.person] if draw.consent is None else None,
            scope=draw.scope,
            threshold=draw.threshold if draw.scope == "admittance" else None,
            purpose=draw.purpose,
            transaction_id=f"{draw.transaction}{office.joined}",
        )
        for draw in draws
    ]


def test_a_batch_is_answered_as_if_each_question_had_come_alone(office: Office) -> None:
    other = another_merchant(office)

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(KINDS, min_size=1, max_size=4),
        st.lists(DRAWS, max_size=2),
        st.lists(DRAWS, min_size=2, max_size=10),
        st.sampled_from([False] * 4 + [True]),
    )
    def alike(
        kinds: list[Kind],
        before: list[Draw],
        draws: list[Draw],
        frozen: bool,  # noqa: FBT001 - drawn
    ) -> None:
        people, consents = setting(office, kinds)
        one_by_one(office, questions(office, other, before, people, consents))
        office.clock.move(hours=1)
        if frozen:
            office.registry.do(lambda transaction: freeze(transaction, people[1]))
        asks = questions(office, other, draws, people, consents)
        together = as_one_batch(office, asks)
        assert one_by_one(office, asks) == together

    alike()


def test_a_batch_knows_at_every_step_what_came_before(office: Office) -> None:
    other = another_merchant(office)
    people, consents = setting(office, [(0, {"frequency": Frequency("DAY", 3)}, None)])
    asks = questions(office, other, TELLING, people, consents)
    together = as_one_batch(office, asks)
    assert [one.repeated if isinstance(one, Answer) else one[0] for one in together[0]] == OUTCOMES
    assert one_by_one(office, asks) == together


def test_in_one_batch_nobody_is_answered_under_the_consent_of_another(office: Office) -> None:
    person, other = office.person(), another_merchant(office)
    consent = grant(office, person)
    by_name = office.question(identifier=known_as(office, person))
    by_id = office.question(consent=consent)
    theirs = [replace(by_name, party=other, transaction_id="A"), replace(by_id, party=other, transaction_id="B")]
    for asks in ([*theirs, by_name, by_id], [by_name, by_id, *theirs]):
        found = office.registry.do(lambda transaction, several=asks: answer_all(transaction, several))
        answered = [ask.party for ask, one in zip(asks, found, strict=True) if isinstance(one, Answer)]
        assert answered == [office.merchant, office.merchant]


SPOILING: dict[str, dict[str, object]] = {
    "a threshold that no column holds": {"threshold": 40_000},
    "a threshold that no database holds": {"threshold": 2**70},
    "a programme that no text column holds": {"programme": "sesame\0"},
    "a programme of half a character": {"programme": "\ud800"},
    "a purpose of half a character": {"purpose": "\ud800"},
    "a language there is not": {"language": "tlh"},
}


def test_no_question_that_passes_its_check_can_spoil_the_batch_for_the_others(office: Office) -> None:
    person, neighbour = office.person(), office.person()
    office.publish({person: 600, neighbour: 600})
    of_person, of_neighbour = grant(office, person), grant(office, neighbour)
    spoilt: list[str] = []
    for name, other in SPOILING.items():
        good, bad = office.question(consent=of_neighbour), replace(office.question(consent=of_person), **other)
        try:
            check_ask(bad)
        except BadInput:
            continue
        jobs = [Job(answer_all, one, Future()) for one in (good, bad)]
        office.registry.run(jobs)
        if jobs[0].done.exception() is not None:
            spoilt.append(name)
    assert spoilt == []
