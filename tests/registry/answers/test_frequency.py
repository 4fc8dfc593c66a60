"""How often a consent answers: in any hour, day, month or year, wherever the calendar's begin."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registry.answers.consented import grant, known_as
from tests.registry.office import START, Office, Refusal

from goodstanding.registry.answers import Refused, answer_all
from goodstanding.registry.consent import Frequency

YEARS = timedelta(days=4 * 365)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def answered(office: Office, consent: UUID) -> bool:
    (found,) = office.registry.do(lambda transaction: answer_all(transaction, [office.question(consent=consent)]))
    assert not isinstance(found, Refused) or found.code == "frequency_used_up"
    return not isinstance(found, Refused)


# Two answers are given at the first two moments; then one is refused until a window after the first has passed.
WINDOWS = {
    "HOUR": ("2026-06-15T10:50", "2026-06-15T10:55", "2026-06-15T11:49:59", "2026-06-15T11:50"),
    "DAY": ("2026-06-15T23:00", "2026-06-15T23:30", "2026-06-16T22:59:59", "2026-06-16T23:00"),
    "MONTH": ("2026-06-20T12:00", "2026-06-30T12:00", "2026-07-20T11:59:59", "2026-07-20T12:00"),
    "MONTH at its end": ("2027-01-31T12:00", "2027-02-01T12:00", "2027-02-28T23:59:59", "2027-03-01T00:00"),
    "YEAR": ("2026-12-30T12:00", "2026-12-31T12:00", "2027-12-30T11:59:59", "2027-12-30T12:00"),
    "YEAR from a leap day": ("2028-02-29T12:00", "2028-03-01T12:00", "2029-02-28T23:59:59", "2029-03-01T00:00"),
}


def test_a_window_goes_with_the_answers_and_not_with_the_calendar(office: Office, subtests: pytest.Subtests) -> None:
    for name, moments in WINDOWS.items():
        with subtests.test(name):
            office.clock.now = START
            frequency = Frequency(name.split(maxsplit=1)[0], 2)
            consent = grant(office, office.person(), expires_at=START + YEARS, frequency=frequency)
            found = []
            for moment in moments:
                office.clock.now = at(moment)
                found.append(answered(office, consent))
            assert found == [True, True, False, True]
            assert not answered(office, consent)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 3), st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_no_window_holds_more_answers_than_the_consent_allows(office: Office, most: int, waits: list[int]) -> None:
    consent = grant(office, office.person(), frequency=Frequency("HOUR", most))
    hour, given_at = timedelta(hours=1), []
    for minutes in waits:
        office.clock.move(minutes=minutes)
        now = office.clock.now
        expected = sum(now - then < hour for then in given_at) < most
        assert answered(office, consent) is expected
        if expected:
            given_at.append(now)


def test_a_refusal_uses_up_nothing(office: Office, refusal: Refusal) -> None:
    consent = grant(office, office.person(), frequency=Frequency("DAY", 1))
    assert refusal(office.question(consent=consent, purpose="book_room")) == "purpose_not_covered"
    assert answered(office, consent)
    assert not answered(office, consent)
    office.clock.move(days=1)
    assert answered(office, consent)


def test_each_consent_has_a_frequency_of_its_own(office: Office) -> None:
    person = office.person()
    first, second = (grant(office, person, frequency=Frequency("DAY", 1)) for _ in range(2))
    assert (answered(office, first), answered(office, second)) == (True, True)
    assert (answered(office, first), answered(office, second)) == (False, False)


def test_in_one_batch_each_consent_is_counted_in_its_own_window(office: Office) -> None:
    person = office.person()
    hourly, daily = (grant(office, person, frequency=Frequency(unit, 1)) for unit in ("HOUR", "DAY"))
    once = grant(office, person, fetch="ONETIME", frequency=Frequency("HOUR", 5))
    asks = [office.question(consent=consent) for consent in (hourly, daily, once) for _ in range(2)]

    def codes(hours: int) -> list[str]:
        office.clock.move(hours=hours)
        again = [office.question(consent=ask.consent) for ask in asks]
        found = office.registry.do(lambda transaction: answer_all(transaction, again))
        return ["-" if isinstance(one, Refused) else "+" for one in found]

    assert [codes(hours) for hours in (0, 1, 23)] == [list("+-+-+-"), list("+-----"), list("+-+---")]


def test_of_several_consents_in_force_one_with_frequency_left_is_enough(office: Office) -> None:
    person = office.person()
    grant(office, person)
    office.clock.move(hours=1)
    grant(office, person, fetch="ONETIME")
    questions = [office.question(identifier=known_as(office, person)) for _ in range(2)]
    assert [office.ask(question).repeated for question in [*questions, *questions]] == [False, False, True, True]
