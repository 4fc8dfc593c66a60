"""The five invariants of consent, each as a law that holds whatever is done."""

import inspect
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select
from tests.registry.answers.consented import (
    another_merchant,
    ask_for,
    grant,
    known_as,
    suspend,
    take,
    uses_of,
    withdraw,
)
from tests.registry.office import Office, Refusal

from goodstanding.registry import Job, Writer, WriteTransaction
from goodstanding.registry.answers import Ask, Refused, answer_all
from goodstanding.registry.consent import (
    CONSENT_LIFECYCLE,
    SCOPES,
    ConsentTerms,
    Frequency,
    ask_consent,
    expire_consents,
    grant_consent,
    take_step,
)
from goodstanding.registry.database.schema import consents, people
from goodstanding.registry.key_rotation import rehash, reseal
from goodstanding.registry.parties import set_party_state
from goodstanding.registry.portability import export
from goodstanding.registry.rights import access_log, freeze, leave, set_words, thaw

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Given:
    """A consent at random, and what became of it."""

    scopes: list[str]
    purpose: str
    starts: int
    lasts: int
    most: int
    then: str | None
    of_other: bool


GIVEN = st.builds(
    Given,
    scopes=st.lists(st.sampled_from(SCOPES), min_size=1, unique=True),
    purpose=st.sampled_from(["rent_item", "rent_item", "book_room"]),
    starts=st.integers(-1, 2),
    lasts=st.integers(1, 4),
    most=st.integers(1, 3),
    then=st.sampled_from([None, None, None, "pause", "revoke"]),
    of_other=st.sampled_from([False, False, False, True]),
)


def test_invariant_1_no_answer_without_an_active_consent_naming_caller_data_purpose_and_time_with_frequency_left(
    office: Office,
) -> None:
    other = another_merchant(office)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(GIVEN, st.lists(st.tuples(st.sampled_from(SCOPES), st.integers(0, 2)), min_size=1, max_size=5))
    def holds(what: Given, asked: list[tuple[str, int]]) -> None:
        person, now = office.person(), office.clock.now
        starts_at, expires_at = now + what.starts * HOUR, now + (what.starts + what.lasts) * HOUR + HOUR
        consent = grant(
            office,
            person,
            party=other if what.of_other else office.merchant,
            scopes=what.scopes,
            purpose=what.purpose,
            starts_at=starts_at,
            expires_at=expires_at,
            frequency=Frequency("YEAR", what.most),
        )
        if what.then is not None:
            take(office, person, consent, what.then)
        answers = 0
        for scope, hours in asked:
            office.clock.move(hours=hours)
            question = office.question(consent=consent, scope=scope, threshold=650 if scope == "admittance" else None)
            (found,) = office.registry.do(lambda transaction, q=question: answer_all(transaction, [q]))
            covered = (
                what.then is None
                and not what.of_other
                and scope in what.scopes
                and what.purpose == "rent_item"
                and starts_at <= office.clock.now < expires_at
                and answers < what.most
            )
            assert isinstance(found, Refused) is not covered
            answers += covered

    holds()


def test_invariant_2_each_answer_writes_one_line_that_the_person_can_read(office: Office) -> None:
    person, neighbour = office.person(), office.person()
    office.publish({person: 600, neighbour: 700})
    consent, of_neighbour = grant(office, person), grant(office, neighbour)
    told: list[dict[str, Any]] = []
    for scope in SCOPES:
        question = office.question(consent=consent, scope=scope, threshold=650 if scope == "admittance" else None)
        office.clock.move(minutes=1)
        told.append(office.ask(question).disclosed)
        assert office.ask(question).repeated
        office.ask(office.question(consent=of_neighbour))
    with office.registry.engine.connect() as connection:
        lines = list(reversed(access_log(connection, person)))
        exported = export(connection, office.registry.keyring, person)["answers"]
    assert [line.answer for line in lines] == told
    assert [line.id for line in lines] == [answer["id"] for answer in told]
    assert [(line.scope, line.refusal) for line in lines] == [(scope, None) for scope in SCOPES]
    assert {(line.party, line.name, line.consent) for line in lines} == {
        (office.merchant, "Bicycles of Beijing", consent)
    }
    assert [line["answer"] for line in reversed(exported)] == told


def test_invariant_2_the_line_is_there_when_the_answer_is_told(office: Office) -> None:
    person = office.person()
    consent = grant(office, person)
    with Writer(office.registry) as writer:
        answer = writer.submit(answer_all, office.question(consent=consent)).result()
        (line,) = uses_of(office, person)
    assert (line.log_index, msgspec.json.decode(line.answer)) == (answer.use, answer.disclosed)


def everything_done(office: Office, person: UUID, consent: UUID) -> list[Callable[[], object]]:
    """All that can be done around a consent, its end last."""
    do = office.registry.do
    return [
        lambda: office.ask(office.question(consent=consent)),
        lambda: take(office, person, consent, "pause"),
        lambda: take(office, person, consent, "resume"),
        lambda: do(lambda transaction: freeze(transaction, person)),
        lambda: do(lambda transaction: thaw(transaction, person)),
        lambda: do(lambda transaction: set_words(transaction, person, "I was in hospital in March.")),
        lambda: grant(office, person),
        lambda: ask_for(office, person),
        lambda: suspend(office),
        lambda: do(lambda transaction: set_party_state(transaction, office.merchant, "active", by="operator")),
        lambda: office.publish({person: 700}),
        lambda: withdraw(office),
        lambda: do(expire_consents),
        lambda: reseal(office.registry),
        lambda: rehash(office.registry),
        lambda: office.clock.move(days=20),
        lambda: take(office, person, consent, "pause"),
        lambda: take(office, person, consent, "revoke"),
        lambda: office.clock.move(days=20),
        lambda: office.registry.do(expire_consents),
        lambda: office.registry.do(lambda transaction: leave(transaction, person)),
    ]


@pytest.mark.parametrize("asked_for", [False, True], ids=["given", "asked for"])
def test_invariant_3_the_artefact_never_changes(office: Office, asked_for: bool) -> None:  # noqa: FBT001
    person = office.person()
    consent = ask_for(office, person) if asked_for else grant(office, person)
    if asked_for:
        take(office, person, consent, "approve")

    def kept() -> tuple[str, Any]:
        with office.registry.engine.connect() as connection:
            row = connection.execute(select(consents).where(consents.c.id == consent)).one()
            return row.artefact, row.terms

    before = kept()
    assert before[0] is not None
    for done in everything_done(office, person, consent):
        office.clock.move(hours=1)
        done()
        assert kept() == before


def paths(office: Office, consent: UUID, person: UUID) -> list[Ask]:
    """Every way in which a person can be asked about: by consent and by name, in every scope."""
    ways: list[dict[str, object]] = [{"consent": consent}, {"identifier": known_as(office, person)}]
    return [
        office.question(**way, scope=scope, threshold=650 if scope == "admittance" else None)
        for way in ways
        for scope in SCOPES
    ]


ENDS: dict[str, tuple[Callable[[WriteTransaction, UUID, UUID], object], str]] = {
    "revoked": (
        lambda transaction, person, consent: take_step(transaction, consent, "revoke", person=person),
        "consent_revoked",
    ),
    "left": (lambda transaction, person, _: leave(transaction, person), "no_consent"),
}


@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS)
def test_invariant_4_once_revoke_has_returned_no_query_succeeds_on_any_path(
    office: Office, end: Callable[[WriteTransaction, UUID, UUID], object], code: str
) -> None:
    person = office.person()
    office.publish({person: 700})
    consent = grant(office, person)
    old = paths(office, consent, person)
    for question in old:
        office.ask(question)
    office.registry.do(lambda transaction: end(transaction, person, consent))
    asks = [*old, *paths(office, consent, person)]
    alone = [
        found for ask in asks for found in office.registry.do(lambda transaction, a=ask: answer_all(transaction, [a]))
    ]
    together = office.registry.do(lambda transaction: answer_all(transaction, asks))
    with Writer(office.registry) as writer:
        through = [job.exception() or job.result() for job in [writer.submit(answer_all, ask) for ask in asks]]
    for found in [*alone, *together, *through]:
        assert isinstance(found, Refused)
        assert found.code == code


def test_invariant_4_a_revocation_in_the_same_batch_counts_for_all_that_come_after_it(office: Office) -> None:
    person = office.person()
    consent = grant(office, person)
    question = office.question(consent=consent)

    def revoke_each(transaction: WriteTransaction, ids: list[UUID]) -> list[str]:
        return [take_step(transaction, one, "revoke", person=person).state for one in ids]

    work = ((answer_all, question), (revoke_each, consent), (answer_all, question))
    jobs = [Job(what, asked, Future()) for what, asked in work]
    office.registry.run(jobs)
    first, revoked, last = (job.done for job in jobs)
    assert (first.result().repeated, revoked.result()) == (False, "REVOKED")
    refused = last.exception()
    assert isinstance(refused, Refused)
    assert refused.code == "consent_revoked"


def needed(function: Callable[..., object]) -> list[str]:
    """The arguments without which a function cannot be called, but for the change itself."""
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.default is inspect.Parameter.empty and one.name != "transaction"]


def steps_from(start: str, goal: str) -> int:
    """How many steps lead from one state to another at least."""
    reached, taken = {start}, 0
    while goal not in reached:
        taken += 1
        assert taken <= len(CONSENT_LIFECYCLE.steps)
        reached |= {then for allowed, then in CONSENT_LIFECYCLE.steps.values() if allowed & reached}
    return taken


def test_invariant_5_withdrawing_needs_no_more_calls_and_no_more_arguments_than_giving() -> None:
    terms = [field.name for field in msgspec.structs.fields(ConsentTerms) if field.required]
    giving = [name for name in needed(grant_consent) if name != "terms"] + terms
    # Whoever asks names the terms; who approves names the consent, the step and themselves, as who takes back does.
    approving = withdrawing = needed(take_step)
    assert withdrawing == ["consent", "step", "person"]
    assert len(withdrawing) <= min(len(giving), len(approving))
    assert needed(ask_consent) == needed(grant_consent)
    assert steps_from("PENDING", "ACTIVE") == 1
    for state in ("ACTIVE", "PAUSED"):
        assert steps_from(state, "REVOKED") <= steps_from("PENDING", "ACTIVE")


def test_invariant_5_withdrawing_is_one_call_whatever_else_is_closed(office: Office) -> None:
    person = office.person()
    active, paused = grant(office, person), grant(office, person)
    take(office, person, paused, "pause")
    suspend(office)
    withdraw(office)
    office.registry.do(lambda transaction: freeze(transaction, person))
    for consent in (active, paused):
        revoked = office.registry.do(lambda transaction, c=consent: take_step(transaction, c, "revoke", person=person))
        assert revoked.state == "REVOKED"


@pytest.mark.parametrize("step", ["reject", "revoke"])
def test_invariant_5_refusing_costs_nothing_but_the_service_itself(office: Office, refusal: Refusal, step: str) -> None:
    person, other = office.person(), another_merchant(office)
    office.publish({person: 655})
    kept, elsewhere = grant(office, person, purpose="book_room"), grant(office, person, party=other)
    refused = ask_for(office, person) if step == "reject" else grant(office, person)
    questions = [
        office.question(consent=kept, purpose="book_room", scope="report", threshold=None),
        office.question(consent=elsewhere, party=other, scope="report", threshold=None),
    ]

    def standing() -> tuple[Any, ...]:
        """What others are told of the person, their name for it apart, and what is kept of them."""
        fresh = [replace(question, transaction_id=office.question().transaction_id) for question in questions]
        told = [{**office.ask(question).disclosed, "id": "", "at": ""} for question in fresh]
        with office.registry.engine.connect() as connection:
            return told, tuple(connection.execute(select(people).where(people.c.id == person)).one())

    before = standing()
    take(office, person, refused, step)
    assert standing() == before
    assert refusal(office.question(consent=refused)) == ("consent_rejected" if step == "reject" else "consent_revoked")
    assert office.ask(office.question(consent=grant(office, person))).disclosed["outcome"] == "yes"
