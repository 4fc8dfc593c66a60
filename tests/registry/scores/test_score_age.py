"""Scores grow too old to be answered from, and it is said before they are."""

from datetime import UTC, date, datetime

import pytest
from tests.registry.office import Office

from goodstanding.months import Month
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.scores.score_age import Ageing, ageing, answered_until, oldest_answered


def aged(office: Office) -> list[Ageing]:
    with office.registry.read() as transaction:
        return list(ageing(transaction))


@pytest.mark.parametrize(
    ("day", "told", "answered"),
    [
        ("2026-06-30", False, True),
        ("2026-07-31", False, True),
        ("2026-08-01", True, True),
        ("2026-08-31", True, True),
        ("2026-09-01", True, False),
    ],
)
def test_it_is_said_a_month_before_nobody_is_answered_any_more(
    office: Office, day: str, *, told: bool, answered: bool
) -> None:
    person = office.person()
    office.publish({person: 700}, "2026-04", "run 1")
    office.publish({person: 712}, "2026-05", "run 2")
    office.clock.now = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=12)
    given = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    answer = office.ask(office.question(consent=given.id))
    assert (answer.disclosed["outcome"] != "not_enough_data") is answered
    assert (Month.parse("2026-05") >= oldest_answered(date.fromisoformat(day))) is answered
    assert aged(office) == ([Ageing("sesame", Month(2026, 5), date(2026, 9, 1))] if told else [])


def test_of_a_programme_that_published_nothing_nothing_is_said(office: Office) -> None:
    assert aged(office) == []


def test_a_month_is_answered_from_until_the_day_on_which_it_is_too_old() -> None:
    for month in (Month(2026, 5), Month(2025, 12), Month(2024, 2)):
        until = answered_until(month)
        assert month < oldest_answered(until)
        assert month >= oldest_answered(date.fromordinal(until.toordinal() - 1))
