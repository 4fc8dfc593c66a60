"""How long a month is: arithmetic of periods and of frequencies, at the ends of months and on leap days."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.registry.consent import Frequency, Period

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - st wants it
UNITS = st.sampled_from(["HOUR", "DAY", "MONTH", "YEAR"])
MONTHS = {"MONTH": 1, "YEAR": 12}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


AFTER = [
    ("2026-01-31T12:00", "MONTH", 1, "2026-02-28T12:00"),
    ("2028-01-31T12:00", "MONTH", 1, "2028-02-29T12:00"),
    ("2026-01-31T12:00", "MONTH", 2, "2026-03-31T12:00"),
    ("2026-05-31T00:00", "MONTH", 1, "2026-06-30T00:00"),
    ("2026-11-30T23:59:59.999999", "MONTH", 1, "2026-12-30T23:59:59.999999"),
    ("2026-12-31T12:00", "MONTH", 1, "2027-01-31T12:00"),
    ("2026-06-15T12:00", "MONTH", 6, "2026-12-15T12:00"),
    ("2028-02-29T12:00", "YEAR", 1, "2029-02-28T12:00"),
    ("2028-02-29T12:00", "YEAR", 4, "2032-02-29T12:00"),
    ("2028-02-28T12:00", "DAY", 1, "2028-02-29T12:00"),
    ("2026-02-28T12:00", "DAY", 1, "2026-03-01T12:00"),
    ("2026-12-31T23:30", "HOUR", 1, "2027-01-01T00:30"),
]


@pytest.mark.parametrize(("start", "unit", "value", "end"), AFTER)
def test_a_period_ends_on_the_last_day_of_a_month_that_lacks_its_day(
    start: str, unit: str, value: int, end: str
) -> None:
    assert Period(unit, value).after(at(start)) == at(end)


BEFORE = [
    ("2026-03-31T12:00", "MONTH", 1, "2026-02-28T12:00"),
    ("2028-03-31T12:00", "MONTH", 1, "2028-02-29T12:00"),
    ("2026-01-15T12:00", "MONTH", 1, "2025-12-15T12:00"),
    ("2026-12-31T12:00", "MONTH", 1, "2026-11-30T12:00"),
    ("2028-02-29T12:00", "YEAR", 1, "2027-02-28T12:00"),
    ("2028-03-01T12:00", "DAY", 1, "2028-02-29T12:00"),
    ("2027-01-01T00:30", "HOUR", 1, "2026-12-31T23:30"),
]


@pytest.mark.parametrize(("end", "unit", "value", "start"), BEFORE)
def test_a_period_begins_on_the_last_day_of_a_month_that_lacks_its_day(
    end: str, unit: str, value: int, start: str
) -> None:
    assert Period(unit, value).before(at(end)) == at(start)


@given(MOMENTS, st.sampled_from(["MONTH", "YEAR"]), st.integers(1, 1000))
def test_months_and_years_keep_the_day_or_take_the_last(moment: datetime, unit: str, value: int) -> None:
    found = Period(unit, value).after(moment)
    months = (found.year - moment.year) * 12 + found.month - moment.month
    assert months == value * MONTHS[unit]
    assert found.day == min(moment.day, monthrange(found.year, found.month)[1])
    assert found.timetz() == moment.timetz()


@given(MOMENTS, st.sampled_from(["HOUR", "DAY"]), st.integers(1, 1000))
def test_hours_and_days_are_always_as_long(moment: datetime, unit: str, value: int) -> None:
    long = timedelta(hours=value) if unit == "HOUR" else timedelta(days=value)
    assert Period(unit, value).after(moment) - moment == long
    assert moment - Period(unit, value).before(moment) == long


@given(MOMENTS, UNITS, st.integers(1, 100))
def test_going_back_by_a_period_undoes_going_on_but_for_the_ends_of_months(
    moment: datetime, unit: str, value: int
) -> None:
    period, day = Period(unit, value), moment.replace(day=min(moment.day, 28))
    assert period.before(period.after(day)) == day
    assert period.after(day) > day


@pytest.mark.parametrize(
    ("unit", "since"),
    [
        ("HOUR", "2026-06-15T08:30"),
        ("DAY", "2026-06-14T09:30"),
        ("MONTH", "2026-05-15T09:30"),
        ("YEAR", "2025-06-15T09:30"),
    ],
)
def test_a_frequency_looks_back_by_one_unit_from_now_and_not_to_midnight(unit: str, since: str) -> None:
    assert Frequency(unit, 3).since(at("2026-06-15T09:30")) == at(since)


@given(MOMENTS, UNITS, st.integers(1, 100_000))
def test_a_frequency_looks_back_as_far_whatever_its_number(moment: datetime, unit: str, value: int) -> None:
    assert Frequency(unit, value).since(moment) == Period(unit, 1).before(moment)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Period, {"unit": "DAY", "value": 0}),
        (Period, {"unit": "DAY", "value": 1001}),
        (Period, {"unit": "WEEK", "value": 1}),
        (Period, {"unit": "DAY", "value": 1, "more": 1}),
        (Frequency, {"unit": "DAY", "value": 0}),
        (Frequency, {"unit": "DAY", "value": 100_001}),
        (Frequency, {"unit": "WEEK", "value": 1}),
        (Frequency, {"unit": "DAY", "value": 1.5}),
    ],
)
def test_periods_and_frequencies_that_make_no_sense_do_not_read(kind: type, value: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, kind)
