"""The same transaction id: the same answer word for word for a day, then none; and never another question's."""

import dataclasses
from datetime import timedelta

from msgspec.structs import replace
from tests.registry.answers.consented import another_merchant, grant, known_as, log_size, take, uses_of
from tests.registry.office import Office, Refusal

from goodstanding.registry.answers import REPEATED_WITHIN, Answer, Ask, answer_all
from goodstanding.registry.consent import Frequency

A_MOMENT = timedelta(microseconds=1)


def test_the_same_question_gets_the_same_answer_word_for_word_though_the_score_changed(office: Office) -> None:
    person = office.person()
    question = office.question(consent=grant(office, person), scope="report", threshold=None)
    office.publish({person: 700}, as_of="2026-04")
    first = office.ask(question)
    office.publish({person: 500}, as_of="2026-05", run="newer")
    newer = office.question(consent=question.consent, scope="score", threshold=None)
    assert office.ask(newer).disclosed["score"] == 500
    before = log_size(office)
    office.clock.now += REPEATED_WITHIN - A_MOMENT
    again = office.ask(question)
    assert again == Answer(first.use, first.at, first.disclosure, repeated=True)
    assert list(again.disclosed.items()) == list(first.disclosed.items())
    assert again.disclosed["score"] == 700
    assert (len(uses_of(office, person)), log_size(office)) == (2, before)


def test_a_repetition_uses_up_nothing(office: Office, refusal: Refusal) -> None:
    consent = grant(office, office.person(), frequency=Frequency("DAY", 2))
    first, second, third = (office.question(consent=consent) for _ in range(3))
    office.ask(first)
    assert [office.ask(first).repeated for _ in range(5)] == [True] * 5
    assert not office.ask(second).repeated
    assert refusal(third) == "frequency_used_up"
    assert office.ask(first).repeated
    assert office.ask(second).repeated


def test_a_one_time_consent_repeats_its_one_answer(office: Office, refusal: Refusal) -> None:
    consent = grant(office, office.person(), fetch="ONETIME")
    question = office.question(consent=consent)
    first = office.ask(question)
    office.clock.move(hours=23)
    assert office.ask(question).disclosed == first.disclosed
    assert refusal(office.question(consent=consent)) == "frequency_used_up"
    office.clock.move(days=20)
    assert refusal(office.question(consent=consent)) == "frequency_used_up"


def test_another_language_is_no_other_question(office: Office) -> None:
    person = office.person()
    office.publish({person: 600})
    question = office.question(consent=grant(office, person))
    first = office.ask(question)
    assert office.ask(replace(question, language="zh-Hans")).disclosed == first.disclosed


def others(office: Office, question: Ask) -> dict[str, Ask]:
    """Questions under the same id, each with one other parameter, each covered by a consent in force."""
    person = next(iter(office.record_ids))
    grant(office, person, purpose="book_room")
    grant(office, person, context="vehicle_rental", purpose="rent_vehicle")
    grant(office, person, programme="trade")
    another = office.person()
    grant(office, another)
    return {
        "threshold": replace(question, threshold=651),
        "scope": replace(question, scope="score", threshold=None),
        "purpose": replace(question, purpose="book_room"),
        "context": replace(question, context="vehicle_rental", purpose="rent_vehicle"),
        "person": replace(question, identifier=known_as(office, another)),
        "by consent": replace(question, identifier=None, consent=grant(office, person)),
    }


def test_another_question_under_the_same_id_is_refused_whichever_parameter_differs(
    office: Office, refusal: Refusal
) -> None:
    person = office.person()
    grant(office, person)
    question = office.question(identifier=known_as(office, person))
    first = office.ask(question)
    found = {name: refusal(other) for name, other in others(office, question).items()}
    assert found == dict.fromkeys(found, "transaction_reused")
    assert office.ask(question).disclosed == first.disclosed
    office.clock.move(days=2)
    assert {refusal(other) for other in others(office, question).values()} == {"transaction_reused"}


def test_two_consents_of_one_person_are_two_questions(office: Office, refusal: Refusal) -> None:
    person = office.person()
    first, second = grant(office, person), grant(office, person)
    question = office.question(consent=first)
    office.ask(question)
    assert refusal(replace(question, consent=second)) == "transaction_reused"


def test_after_a_day_the_id_is_used_up(office: Office, refusal: Refusal) -> None:
    person = office.person()
    question = office.question(consent=grant(office, person))
    office.ask(question)
    assert timedelta(hours=24) == REPEATED_WITHIN
    for wait in (REPEATED_WITHIN, A_MOMENT, timedelta(days=20)):
        office.clock.now += wait
        assert refusal(question) == "transaction_expired"
    assert [line.refusal for line in uses_of(office, person)] == [None, *["transaction_expired"] * 3]


def test_a_refused_question_may_be_asked_again_under_its_id(office: Office, refusal: Refusal) -> None:
    person = office.person()
    consent = grant(office, person)
    take(office, person, consent, "pause")
    question = office.question(consent=consent)
    assert refusal(question) == "consent_paused"
    office.clock.move(days=2)
    take(office, person, consent, "resume")
    assert not office.ask(question).repeated
    assert office.ask(question).repeated


def test_a_refused_id_may_be_used_for_another_question(office: Office, refusal: Refusal) -> None:
    consent = grant(office, office.person(), scopes=["band"])
    question = office.question(consent=consent)
    assert refusal(question) == "scope_not_covered"
    assert not office.ask(replace(question, scope="band", threshold=None)).repeated


def test_two_callers_may_use_the_same_id(office: Office) -> None:
    person, other = office.person(), another_merchant(office)
    ours, theirs = grant(office, person), grant(office, person, party=other)
    question = office.question(consent=ours)
    first = office.ask(question)
    second = office.ask(replace(question, party=other, consent=theirs))
    assert not second.repeated
    assert second.use != first.use
    assert office.ask(question).disclosed == first.disclosed


def test_an_id_asked_twice_in_one_batch_is_answered_once(office: Office) -> None:
    person = office.person()
    question = office.question(consent=grant(office, person))
    other = replace(question, threshold=600)
    first, again, reused = office.registry.do(lambda transaction: answer_all(transaction, [question, question, other]))
    assert again == dataclasses.replace(first, repeated=True)
    assert reused.code == "transaction_reused"
    assert [line.refusal for line in uses_of(office, person)] == [None, "transaction_reused"]
