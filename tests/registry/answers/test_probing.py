"""Nobody finds a score by asking about many thresholds: two in thirty days, and the third is the last."""

from datetime import timedelta
from uuid import UUID

from tests.registry.answers.consented import another_merchant, grant, known_as, take, uses_of
from tests.registry.office import Office, Refusal

from goodstanding.registry.answers import MOST_THRESHOLDS, PROBING_WINDOW, Answer, Ask, answer_all

A_MOMENT = timedelta(microseconds=1)
YEAR = timedelta(days=365)


def long_granted(office: Office, person: UUID, **terms: object) -> UUID:
    return grant(office, person, expires_at=office.clock.now + YEAR, **terms)


def outcomes(office: Office, asks: list[Ask]) -> list[str]:
    """The code of each refusal, `answered` for each answer, one at a time."""
    return [
        "answered" if isinstance(found, Answer) else found.code
        for ask in asks
        for found in office.registry.do(lambda transaction, one=ask: answer_all(transaction, [one]))
    ]


def trying(office: Office, consent: UUID, *thresholds: int) -> list[Ask]:
    return [office.question(consent=consent, threshold=threshold) for threshold in thresholds]


def probed(office: Office, consent: UUID) -> None:
    """Ask about one threshold too many."""
    assert outcomes(office, trying(office, consent, 600, 610, 620)) == ["answered", "answered", "probing"]


def test_two_thresholds_may_be_asked_about_as_often_as_the_consent_allows(office: Office) -> None:
    consent = grant(office, office.person())
    assert outcomes(office, trying(office, consent, 600, 650, 600, 650, 650)) == ["answered"] * 5
    assert (2, timedelta(days=30)) == (MOST_THRESHOLDS, PROBING_WINDOW)


def test_the_third_threshold_is_refused_and_from_then_on_every_one(office: Office) -> None:
    person = office.person()
    consent = grant(office, person)
    probed(office, consent)
    assert outcomes(office, trying(office, consent, 600, 610, 620, 700)) == ["probing"] * 4
    assert [line.refusal for line in uses_of(office, person)] == [None, None, *["probing"] * 5]


def test_what_asks_for_no_threshold_is_still_answered(office: Office) -> None:
    consent = grant(office, office.person())
    probed(office, consent)
    assert not office.ask(office.question(consent=consent, scope="band", threshold=None)).repeated


def test_other_callers_and_other_people_are_not_affected(office: Office) -> None:
    person, neighbour, other = office.person(), office.person(), another_merchant(office)
    consent, of_neighbour = grant(office, person), grant(office, neighbour)
    of_other = grant(office, person, party=other)
    probed(office, consent)
    assert outcomes(office, trying(office, of_neighbour, 620, 630)) == ["answered", "answered"]
    asks = [office.question(consent=of_other, party=other, threshold=threshold) for threshold in (640, 650)]
    assert outcomes(office, asks) == ["answered", "answered"]


def test_thresholds_in_one_batch_count_like_any(office: Office) -> None:
    person = office.person()
    asks = trying(office, grant(office, person), 600, 610, 620, 600)
    found = office.registry.do(lambda transaction: answer_all(transaction, asks))
    assert [isinstance(one, Answer) or one.code for one in found] == [True, True, "probing", "probing"]
    assert outcomes(office, trying(office, grant(office, person), 600)) == ["probing"]


def test_thresholds_through_several_consents_count_together(office: Office) -> None:
    person = office.person()
    asks = [
        office.question(consent=grant(office, person, threshold=600), threshold=600),
        office.question(consent=grant(office, person, purpose="book_room"), threshold=610, purpose="book_room"),
        office.question(consent=grant(office, person, threshold=620), threshold=620),
    ]
    assert outcomes(office, asks) == ["answered", "answered", "probing"]


def test_thresholds_through_consents_that_were_taken_back_count_too(office: Office) -> None:
    person = office.person()
    found: list[str] = []
    for threshold in (600, 610, 620):
        consent = grant(office, person)
        found += outcomes(office, trying(office, consent, threshold))
        take(office, person, consent, "revoke")
    assert found == ["answered", "answered", "probing"]


def test_thresholds_asked_by_identifier_count_like_those_by_consent(office: Office) -> None:
    person = office.person()
    consent = grant(office, person)
    by_name = [office.question(identifier=known_as(office, person), threshold=threshold) for threshold in (610, 620)]
    asks = [*trying(office, consent, 600), *by_name]
    assert outcomes(office, asks) == ["answered", "answered", "probing"]


def test_thresholds_under_several_programmes_count_together(office: Office, refusal: Refusal) -> None:
    person = office.person()
    consent = grant(office, person)
    office.ask(office.question(consent=consent, threshold=600))
    office.ask(office.question(consent=consent, threshold=610))
    elsewhere = grant(office, person, programme="trade")
    assert refusal(office.question(consent=elsewhere, programme="trade", threshold=620)) == "programme_not_in_force"
    assert refusal(office.question(consent=consent, threshold=620)) == "probing"


def test_a_threshold_that_was_refused_for_another_reason_does_not_count(office: Office, refusal: Refusal) -> None:
    person = office.person()
    consent = grant(office, person, threshold=600)
    for threshold in (610, 620, 630):
        assert refusal(office.question(consent=consent, threshold=threshold)) == "threshold_not_covered"
    assert outcomes(office, trying(office, consent, 600)) == ["answered"]


def test_a_repetition_counts_once(office: Office) -> None:
    consent = grant(office, office.person())
    question = office.question(consent=consent, threshold=600)
    assert outcomes(office, [question] * 3 + trying(office, consent, 610)) == ["answered"] * 4


THIRTY_DAYS = [(PROBING_WINDOW - A_MOMENT, "probing"), (PROBING_WINDOW, "answered")]


def test_a_threshold_is_forgotten_thirty_days_after_its_answer(office: Office) -> None:
    for after, found in THIRTY_DAYS:
        consent = long_granted(office, office.person())
        assert outcomes(office, trying(office, consent, 600)) == ["answered"]
        office.clock.now += after
        assert outcomes(office, trying(office, consent, 610, 620)) == ["answered", found]


def test_who_was_stopped_is_answered_again_after_thirty_days(office: Office) -> None:
    for after, found in THIRTY_DAYS:
        consent = long_granted(office, office.person())
        probed(office, consent)
        office.clock.now += after
        assert outcomes(office, trying(office, consent, 620)) == [found]
