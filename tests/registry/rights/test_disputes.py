"""Disputes, blocks and reviews: marked at once, answered in time, told to whom it concerns."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import Table, select
from tests.registry.office import START, Office

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.law import load_pack
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import cases, deliveries, marks, messages
from goodstanding.registry.delivery_bodies import opened_body
from goodstanding.registry.parties import admit
from goodstanding.registry.rights import (
    ENDINGS,
    TAKEN_BACK,
    Case,
    Item,
    block,
    cases_of,
    close_overdue,
    dispute,
    end_case,
    find_case,
    review,
    take_back,
)
from goodstanding.registry.sealed_columns import open_in
from goodstanding.registry.verification import verify_registry

BANK = "91330100799655058B"
ITEM = Item("dues", BANK, "due-1")
OTHER = Item("dues", BANK, "due-2")


@pytest.fixture
def person(office: Office) -> UUID:
    """Somebody with a score, and a merchant that was told it."""
    found = office.person()
    office.publish({found: 640})
    return found


@pytest.fixture
def consent(office: Office, person: UUID) -> UUID:
    return office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person))).id


@pytest.fixture
def bank(office: Office) -> UUID:
    """The furnisher of the items."""
    return office.registry.do(
        lambda transaction: admit(
            transaction, "Bank", "furnisher", code_kind="cn_social_credit_code", code=BANK, contexts=[], by="operator"
        )
    ).id


def rows(office: Office, table: Table) -> list[Any]:
    with office.registry.engine.connect() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))


def sent(office: Office, party: UUID) -> list[tuple[str, dict[str, Any]]]:
    of = [row for row in rows(office, deliveries) if row.party_id == party]
    return [(row.kind, opened_body(office.registry.keyring, row.log_index, row.body)) for row in of]


def read(office: Office, person: UUID) -> list[tuple[str, dict[str, Any]]]:
    keyring = office.registry.keyring
    return [
        (row.kind, msgspec.json.decode(open_in(keyring, messages.c.sealed, row.sealed, person_id=person)))
        for row in rows(office, messages)
        if row.person_id == person
    ]


def open_dispute(office: Office, person: UUID, item: Item = ITEM, words: str = "not mine") -> Case:
    return office.registry.do(lambda transaction: dispute(transaction, person, item, words))


def ended(office: Office, case: Case, outcome: str, words: str = "we looked") -> Case:
    return office.registry.do(lambda transaction: end_case(transaction, case.id, outcome, words=words, by="bob"))


def told(office: Office, consent: UUID) -> dict[str, Any]:
    return office.ask(office.question(consent=consent, scope="score", threshold=None)).disclosed


def test_a_disputed_record_is_marked_at_once_and_its_furnisher_told_in_time(
    office: Office, person: UUID, consent: UUID, bank: UUID
) -> None:
    case = open_dispute(office, person)
    assert [(row.state, row.collected_at) for row in rows(office, marks)] == [("disputed", None)]
    assert told(office, consent)["contested"] is True
    assert sent(office, bank) == [
        ("dispute.open", {"case": str(case.id), "items": [{"table": "dues", "record_id": "due-1"}]})
    ]
    # From Monday 15 June five working days, Friday 19 June being the Dragon Boat festival: until the end of the 23rd.
    (delivery,) = [row for row in rows(office, deliveries) if row.party_id == bank]
    assert delivery.due_at - office.clock.now < timedelta(days=9)
    assert case.due_at == office.clock.now + timedelta(days=load_pack("cn").on(START.date()).dispute_days)


def test_a_record_of_nobody_who_joined_is_disputed_without_a_furnisher(office: Office, person: UUID) -> None:
    assert open_dispute(office, person).party is None


@pytest.mark.parametrize("outcome", sorted(set(ENDINGS["dispute"]) - {TAKEN_BACK}))
def test_each_outcome_of_a_dispute_is_told_in_words_and_lifts_the_mark_or_deletes_the_record(
    office: Office, person: UUID, consent: UUID, outcome: str
) -> None:
    told(office, consent)
    case = ended(office, open_dispute(office, person), outcome)
    assert (case.state, case.answer, case.closed_by) == (outcome, "we looked", "bob")
    ending = ENDINGS["dispute"][outcome]
    assert [row.state for row in rows(office, marks)] == [ending.marks]
    assert "contested" not in told(office, consent)
    ((kind, body),) = read(office, person)
    assert (kind, body["outcome"], body["words"]) == (f"dispute.{outcome}", outcome, "we looked")
    assert body["told"] == ([str(office.merchant)] if ending.was_wrong else [])


def test_whoever_was_told_a_wrong_score_in_the_last_year_is_told_so_and_nobody_else(
    office: Office, person: UUID, consent: UUID
) -> None:
    other = office.person()
    office.publish({other: 700}, run="another")
    of_other = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(other))).id
    first, second = (told(office, consent)["id"] for _ in range(2))
    told(office, of_other)
    ended(office, open_dispute(office, person), "corrected")
    assert sent(office, office.merchant) == [("score.corrected", {"answers": {str(consent): [first, second]}})]


def test_who_was_told_more_than_a_year_ago_is_not_told(office: Office, person: UUID, consent: UUID) -> None:
    told(office, consent)
    office.clock.move(days=366)
    ended(office, open_dispute(office, person), "deleted")
    assert sent(office, office.merchant) == []


def test_what_nobody_confirmed_in_time_is_deleted_and_not_a_moment_before(office: Office, person: UUID) -> None:
    case = open_dispute(office, person)
    office.clock.now = case.due_at - timedelta(microseconds=1)
    assert office.registry.do(close_overdue) == 0
    office.clock.now = case.due_at
    assert office.registry.do(close_overdue) == 1
    found = office.registry.do(lambda transaction: find_case(transaction, case.id))
    assert (found.state, found.closed_by) == ("deleted", "the clock")
    assert office.registry.do(close_overdue) == 0


def test_whose_thousand_cases_came_first_puts_off_nobody_else_s(office: Office, person: UUID) -> None:
    def contest(of: UUID, n: int) -> list[Case]:
        found: list[Case] = []
        for item in [Item("dues", "nobody", f"{number}") for number in range(n)]:
            office.clock.move(seconds=1)
            found.append(office.registry.do(lambda transaction, item=item: dispute(transaction, of, item, "no")))
        return found

    flood = contest(person, 6)
    others = [contest(office.person(), n) for n in (1, 2)]
    office.clock.move(days=400)

    def still_open() -> set[UUID]:
        return {row.id for row in rows(office, cases) if row.state == "open"}

    assert office.registry.do(lambda transaction: close_overdue(transaction, most=3)) == 3
    assert {case.id for case in flood[1:]} | {others[1][1].id} == still_open()
    assert office.registry.do(lambda transaction: close_overdue(transaction, most=2)) == 2
    assert {case.id for case in flood[2:]} == still_open()


def test_a_block_leaves_no_score_until_the_records_are_collected(office: Office, person: UUID, consent: UUID) -> None:
    office.registry.do(lambda transaction: block(transaction, person, [ITEM, OTHER], "a fraud"))
    answer = told(office, consent)
    assert (answer["outcome"], answer["contested"]) == ("not_enough_data", True)
    assert "score" not in answer
    assert "reasons" not in answer


def test_a_block_without_proof_in_time_is_lifted_and_cannot_be_laid_again(office: Office, person: UUID) -> None:
    case = office.registry.do(lambda transaction: block(transaction, person, [ITEM], "a fraud"))
    office.clock.now = case.due_at
    office.registry.do(close_overdue)
    assert office.registry.do(lambda transaction: find_case(transaction, case.id)).state == "lifted"
    assert [row.state for row in rows(office, marks)] == ["valid"]
    with pytest.raises(Conflict, match="an item whose block was lifted"):
        office.registry.do(lambda transaction: block(transaction, person, [ITEM], "again"))
    assert open_dispute(office, person).state == "open"


def test_a_proven_block_deletes_the_records_and_tells_who_had_the_score(
    office: Office, person: UUID, consent: UUID
) -> None:
    told(office, consent)
    case = office.registry.do(lambda transaction: block(transaction, person, [ITEM, OTHER], "a fraud"))
    ended(office, case, "proven")
    assert [row.state for row in rows(office, marks)] == ["withdrawn", "withdrawn"]
    assert [kind for kind, _ in sent(office, office.merchant)] == ["score.corrected"]


def test_a_record_is_contested_once_at_a_time(office: Office, person: UUID) -> None:
    open_dispute(office, person)
    with pytest.raises(Conflict, match="contested or deleted already"):
        open_dispute(office, person)
    with pytest.raises(Conflict, match="contested or deleted already"):
        office.registry.do(lambda transaction: block(transaction, person, [OTHER, ITEM], "a fraud"))
    assert len(office.registry.do(lambda transaction: cases_of(transaction, person))) == 1
    assert len(rows(office, marks)) == 1


def test_a_deleted_record_cannot_be_contested_again_but_a_confirmed_one_can(office: Office, person: UUID) -> None:
    ended(office, open_dispute(office, person), "deleted")
    with pytest.raises(Conflict):
        open_dispute(office, person)
    ended(office, open_dispute(office, person, OTHER), "confirmed")
    assert open_dispute(office, person, OTHER, "I found the receipt").state == "open"


def test_the_same_record_of_two_people_are_two_matters(office: Office, person: UUID) -> None:
    other = office.person()
    open_dispute(office, person)
    assert open_dispute(office, other).state == "open"


def test_a_review_is_told_to_the_party_and_waits_for_a_person(office: Office, person: UUID, consent: UUID) -> None:
    use = office.ask(office.question(consent=consent)).use
    case = office.registry.do(lambda transaction: review(transaction, person, use, "why?"))
    assert sent(office, office.merchant) == [("review.open", {"case": str(case.id), "answer": str(use)})]
    office.clock.move(days=400)
    assert office.registry.do(close_overdue) == 0
    assert ended(office, case, "changed").state == "changed"
    assert [kind for kind, _ in read(office, person)] == ["review.changed"]


def test_only_an_answer_about_oneself_is_reviewed_and_once_at_a_time(
    office: Office, person: UUID, consent: UUID
) -> None:
    use = office.ask(office.question(consent=consent)).use
    other = office.person()
    for whose, which in ((other, use), (person, use + 1000), (person, 0)):
        with pytest.raises(NotFound, match="an answer about you"):
            office.registry.do(lambda transaction, w=whose, n=which: review(transaction, w, n, "why?"))
    office.registry.do(lambda transaction: review(transaction, person, use, "why?"))
    with pytest.raises(Conflict, match="under review"):
        office.registry.do(lambda transaction: review(transaction, person, use, "why?"))


def test_another_persons_case_is_as_good_as_none(office: Office, person: UUID) -> None:
    case, other = open_dispute(office, person), office.person()
    with pytest.raises(NotFound) as theirs:
        office.registry.do(lambda transaction: take_back(transaction, case.id, person=other))
    nobodys = uuid4()
    with pytest.raises(NotFound) as none:
        office.registry.do(lambda transaction: take_back(transaction, nobodys, person=other))
    assert str(theirs.value).replace(str(case.id), "") == str(none.value).replace(str(nobodys), "")


def test_a_furnisher_answers_only_what_it_was_told_of(office: Office, person: UUID, bank: UUID) -> None:
    case = open_dispute(office, person)
    elsewhere = open_dispute(office, person, Item("dues", "elsewhere", "1"))
    end: Callable[[Case], Case] = lambda one: office.registry.do(  # noqa: E731
        lambda transaction: end_case(transaction, one.id, "confirmed", words="it is right", by="bank", party=bank)
    )
    assert end(case).state == "confirmed"
    with pytest.raises(NotFound):
        end(elsewhere)


def test_taking_back_is_the_persons_alone(office: Office, person: UUID) -> None:
    case = open_dispute(office, person)
    with pytest.raises(Conflict):
        ended(office, case, TAKEN_BACK)
    office.registry.do(lambda transaction: take_back(transaction, case.id, person=person))
    assert read(office, person) == []
    with pytest.raises(Conflict, match="It has ended"):
        ended(office, case, "deleted")


@pytest.mark.parametrize("items", [[], [ITEM, ITEM], [Item("secrets", "a", "b")]], ids=["none", "twice", "no table"])
def test_items_that_are_none_are_refused(office: Office, person: UUID, items: list[Item]) -> None:
    with pytest.raises(BadInput, match="items"):
        office.registry.do(lambda transaction: block(transaction, person, items, "a fraud"))


def test_words_have_an_end_and_an_unknown_outcome_is_none(office: Office, person: UUID) -> None:
    with pytest.raises(BadInput, match="at most 4000 characters"):
        open_dispute(office, person, words="a" * 4001)
    case = open_dispute(office, person, words="a" * 4000)
    with pytest.raises(BadInput, match="one of deleted, corrected"):
        ended(office, case, "forgotten")


def test_who_has_left_contests_nothing(office: Office) -> None:
    for work in (lambda c: dispute(c, uuid4(), ITEM, ""), lambda c: review(c, uuid4(), 0, "")):
        with pytest.raises(NotFound, match="a person who has joined"):
            office.registry.do(work)


def test_nothing_of_a_case_is_readable_in_the_database_and_all_of_it_is_proven(office: Office, person: UUID) -> None:
    ended(office, open_dispute(office, person, words="my own secret words"), "confirmed", "theirs, as secret")
    with office.registry.engine.connect() as connection:
        held = repr([list(connection.execute(select(table))) for table in (marks, messages, cases)])
    assert "secret" not in held
    assert "due-1" not in held
    assert verify_registry(office.registry).findings == []
