"""Freezing and thawing a file: at once, for everybody, and nothing else changes."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.registry.office import START, Office, Refusal

from goodstanding.errors import NotFound
from goodstanding.registry import WriteTransaction
from goodstanding.registry.answers import Ask
from goodstanding.registry.consent import SCOPES, grant_consent, take_step
from goodstanding.registry.database.schema import consents, log, people
from goodstanding.registry.rights import freeze, leave, thaw

STEPS = {"freeze": freeze, "thaw": thaw}


def granted(office: Office, person: UUID) -> UUID:
    terms = office.terms(person)
    return office.registry.do(lambda transaction: grant_consent(transaction, terms)).id


def questions(office: Office, consent: UUID) -> list[Ask]:
    """One for each scope."""
    return [
        office.question(consent=consent, scope=scope, threshold=650 if scope == "admittance" else None)
        for scope in SCOPES
    ]


def lines_of(office: Office, person: UUID) -> list[str]:
    with office.registry.engine.connect() as connection:
        chosen = select(log.c.kind).where(log.c.object == str(person)).order_by(log.c.log_index)
        return list(connection.scalars(chosen))


def test_while_a_file_is_frozen_nobody_is_answered_in_any_scope(office: Office, refusal: Refusal) -> None:
    person = office.person()
    consent = granted(office, person)
    office.publish({person: 700})
    office.registry.do(lambda transaction: freeze(transaction, person))
    assert [refusal(question) for question in questions(office, consent)] == ["frozen"] * len(SCOPES)


def test_a_thawed_file_is_answered_again_at_once(office: Office) -> None:
    person = office.person()
    consent = granted(office, person)
    office.publish({person: 700})
    office.registry.do(lambda transaction: freeze(transaction, person))
    office.registry.do(lambda transaction: thaw(transaction, person))
    assert [office.ask(question).disclosed["outcome"] for question in questions(office, consent)] == [
        "yes",
        "given",
        "given",
        "given",
        "given",
    ]


def test_an_answer_given_before_the_freeze_is_not_repeated_while_it_lasts(office: Office, refusal: Refusal) -> None:
    person = office.person()
    question = office.question(consent=granted(office, person))
    given = office.ask(question)
    office.registry.do(lambda transaction: freeze(transaction, person))
    assert refusal(question) == "frozen"
    office.registry.do(lambda transaction: thaw(transaction, person))
    assert office.ask(question).disclosed == given.disclosed


def test_freezing_and_thawing_each_leave_one_line_and_doing_it_twice_leaves_none(office: Office) -> None:
    person = office.person()
    done = [
        office.registry.do(lambda transaction, s=step: s(transaction, person))
        for step in (thaw, freeze, freeze, thaw, thaw)
    ]
    assert done == [False, True, False, True, False]
    assert lines_of(office, person) == ["person.joined", "person.frozen", "person.thawed"]


def test_freezing_again_does_not_move_its_time(office: Office) -> None:
    person = office.person()
    office.registry.do(lambda transaction: freeze(transaction, person))
    office.clock.move(days=3)
    office.registry.do(lambda transaction: freeze(transaction, person))
    with office.registry.engine.connect() as connection:
        assert connection.scalar(select(people.c.frozen_at).where(people.c.id == person)) == START


def test_a_freeze_touches_one_person_alone(office: Office) -> None:
    frozen, other = office.person(), office.person()
    consent = granted(office, other)
    office.registry.do(lambda transaction: freeze(transaction, frozen))
    assert office.ask(office.question(consent=consent)).disclosed["outcome"] == "not_enough_data"


def test_a_freeze_changes_no_consent_and_keeps_no_person_from_giving_and_taking_back(office: Office) -> None:
    person = office.person()
    consent = granted(office, person)

    def row() -> tuple[object, ...]:
        with office.registry.engine.connect() as connection:
            return tuple(connection.execute(select(consents).where(consents.c.id == consent)).one())

    before = row()
    office.registry.do(lambda transaction: freeze(transaction, person))
    assert row() == before
    another = granted(office, person)
    for one in (consent, another):
        revoked = office.registry.do(lambda transaction, id_=one: take_step(transaction, id_, "revoke", person=person))
        assert revoked.state == "REVOKED"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_who_is_not_there_and_who_has_left_cannot_be_told_apart(
    office: Office, step: Callable[[WriteTransaction, UUID], bool]
) -> None:
    gone, nobody = office.person(), uuid4()
    office.registry.do(lambda transaction: leave(transaction, gone))
    said = []
    for person in (gone, nobody):
        with pytest.raises(NotFound) as caught:
            office.registry.do(lambda transaction, p=person: step(transaction, p))
        said.append(str(caught.value).replace(str(person), "ID"))
    assert said[0] == said[1]
    assert lines_of(office, gone) == ["person.joined", "person.left"]
