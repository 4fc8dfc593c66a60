"""Every refusal can be reached, says its reason and nothing about the person, and leaves its one line."""

from uuid import UUID, uuid4

import pytest
from tests.registry.answers.consented import (
    REACHED,
    another_merchant,
    ask_for,
    grant,
    known_as,
    log_size,
    newest,
    suspend,
    take,
    uses_of,
    withdraw,
)
from tests.registry.office import Office, Refusal

from goodstanding.registry.answers import REFUSALS, Ask, Refused, answer_all
from goodstanding.registry.consent import SCOPES
from goodstanding.registry.people import identifier
from goodstanding.registry.rights import freeze, leave

SAID = (
    "answer: found {found}; expected a consent in force that names caller, scope, purpose and time. "
    "This says nothing about the person; treat them as anybody else."
)


def refused(office: Office, question: Ask) -> Refused:
    with pytest.raises(Refused) as caught:
        office.ask(question)
    return caught.value


def test_a_question_with_nothing_against_it_is_answered(office: Office) -> None:
    person = office.person()
    consent = grant(office, person)
    for scope in SCOPES:
        threshold = 650 if scope == "admittance" else None
        assert not office.ask(office.question(consent=consent, scope=scope, threshold=threshold)).repeated
    assert office.ask(office.question(identifier=known_as(office, person))).disclosed["consent"] == str(consent)


def test_every_refusal_can_be_reached_says_its_reason_and_leaves_its_line(
    office: Office, subtests: pytest.Subtests
) -> None:
    for code in sorted(REFUSALS, key=list(REACHED).index):
        with subtests.test(code):
            question = REACHED[code](office)
            person = newest(office)
            before, size = uses_of(office, person), log_size(office)
            office.clock.move(minutes=1)
            found = refused(office, question)
            assert found.code == code
            assert str(found) == SAID.format(found=REFUSALS[code])
            if code == "no_consent":
                # There is nobody who gave a consent, so nobody who could read a line.
                assert (found.use, uses_of(office, person), log_size(office)) == (None, before, size)
                continue
            *earlier, line = uses_of(office, person)
            assert (earlier, log_size(office)) == (before, size + 1)
            assert (line.log_index, line.at, line.refusal, line.answer) == (found.use, office.clock.now, code, "")
            assert (line.person_id, line.party_id, line.consent_id) == (person, office.merchant, question.consent)
            assert (line.scope, line.threshold, line.transaction_id) == (question.scope, question.threshold, None)


def test_there_is_no_way_to_a_refusal_that_does_not_exist() -> None:
    assert set(REACHED) == set(REFUSALS)


def strangers(office: Office) -> dict[str, Ask]:
    """Questions about people who gave the caller no consent."""
    other = another_merchant(office)
    known, frozen, scored, gone, of_other, elsewhere = (office.person() for _ in range(6))
    office.registry.do(lambda transaction: freeze(transaction, frozen))
    office.publish({scored: 700, frozen: 500, of_other: 800})
    office.registry.do(lambda transaction: leave(transaction, gone))
    their_consent = grant(office, of_other, party=other)
    grant(office, elsewhere, programme="trade")
    people = {"known": known, "frozen": frozen, "scored": scored, "with a consent for another": of_other}
    asks = {name: office.question(identifier=known_as(office, person)) for name, person in people.items()}
    return asks | {
        "who has left": office.question(identifier=known_as(office, gone)),
        "for another programme": office.question(identifier=known_as(office, elsewhere)),
        "nobody": office.question(identifier=identifier("record_id", "nobody")),
        "another's consent": office.question(consent=their_consent),
        "no consent's id": office.question(consent=uuid4()),
        "in another scope": office.question(identifier=known_as(office, scored), scope="report", threshold=None),
        "for another purpose": office.question(identifier=known_as(office, scored), purpose="let_home"),
        "under a programme there is not": office.question(identifier=known_as(office, scored), programme="moon"),
    }


def test_who_has_no_consent_cannot_tell_one_person_from_another(office: Office) -> None:
    asks = strangers(office)
    before = log_size(office)
    alone = {name: refused(office, question) for name, question in asks.items()}
    together = office.registry.do(lambda transaction: answer_all(transaction, list(asks.values())))
    told = {(found.code, found.use, str(found)) for found in [*alone.values(), *together]}
    assert told == {("no_consent", None, str(next(iter(alone.values()))))}
    assert log_size(office) == before


def test_who_has_left_is_told_as_nobody_to_those_who_had_their_consent(office: Office, refusal: Refusal) -> None:
    person = office.person()
    consent = grant(office, person)
    by_id, by_name = office.question(consent=consent), office.question(identifier=known_as(office, person))
    office.ask(by_id)
    office.registry.do(lambda transaction: leave(transaction, person))
    assert (refusal(by_id), refusal(by_name)) == ("no_consent", "no_consent")


def test_a_consent_is_nobodys_but_the_party_it_names(office: Office, refusal: Refusal) -> None:
    person, other = office.person(), another_merchant(office)
    consent = grant(office, person)
    assert refusal(office.question(consent=consent, party=other)) == "no_consent"
    assert refusal(office.question(identifier=known_as(office, person), party=other)) == "no_consent"
    assert refusal(office.question(consent=consent, party=uuid4())) == "party_suspended"


def closed_in_every_way(office: Office, person: UUID) -> None:
    office.registry.do(lambda transaction: freeze(transaction, person))
    withdraw(office)


def test_no_consent_is_said_before_anything_of_the_person(office: Office, refusal: Refusal) -> None:
    person = office.person()
    closed_in_every_way(office, person)
    assert refusal(office.question(identifier=known_as(office, person))) == "no_consent"


def test_the_state_of_a_consent_is_said_before_anything_of_the_person(office: Office) -> None:
    codes = ["consent_pending", "consent_rejected", "consent_paused", "consent_revoked"]
    asks: list[Ask] = []
    for code in codes:
        asks.append(REACHED[code](office))
        office.registry.do(lambda transaction: freeze(transaction, newest(office)))
    withdraw(office)
    assert [refused(office, question).code for question in asks] == codes


def test_what_a_consent_does_not_cover_is_said_before_anything_of_the_person(office: Office, refusal: Refusal) -> None:
    person = office.person()
    consent = grant(office, person, scopes=["admittance"], threshold=600)
    closed_in_every_way(office, person)
    assert refusal(office.question(consent=consent, purpose="book_room")) == "purpose_not_covered"
    assert refusal(office.question(consent=consent, scope="band", threshold=None)) == "scope_not_covered"
    assert refusal(office.question(consent=consent)) == "threshold_not_covered"
    assert refusal(office.question(consent=consent, threshold=600)) == "frozen"


def test_a_suspended_caller_is_told_so_whoever_it_asks_about(office: Office, refusal: Refusal) -> None:
    asks = strangers(office)
    consent = grant(office, office.person())
    suspend(office)
    before = log_size(office)
    assert {refusal(question) for question in asks.values()} == {"party_suspended"}
    assert log_size(office) == before
    assert refusal(office.question(consent=consent)) == "party_suspended"
    assert log_size(office) == before + 1


def test_of_several_consents_one_that_covers_the_question_is_enough(office: Office) -> None:
    person = office.person()
    covers = grant(office, person)
    office.clock.move(hours=1)
    others = [grant(office, person, purpose="book_room"), grant(office, person, scopes=["band"])]
    revoked, _ = grant(office, person), ask_for(office, person)
    take(office, person, revoked, "revoke")
    for question in (office.question(identifier=known_as(office, person)), office.question(consent=covers)):
        assert office.ask(question).disclosed["consent"] == str(covers)
    assert covers not in others


def test_of_several_consents_that_do_not_cover_the_question_the_latest_says_why(
    office: Office, refusal: Refusal
) -> None:
    person = office.person()
    question = office.question(identifier=known_as(office, person))
    grant(office, person, scopes=["band"])
    assert refusal(question) == "scope_not_covered"
    office.clock.move(hours=1)
    later = grant(office, person)
    take(office, person, later, "pause")
    assert refusal(question) == "consent_paused"
    office.clock.move(hours=1)
    take(office, person, later, "revoke")
    assert refusal(question) == "consent_revoked"
    assert [line.consent_id for line in uses_of(office, person)][1:] == [later, later]
