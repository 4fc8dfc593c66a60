"""Today is today where the operator is; an instant is one instant everywhere."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.months import day_of, midnight, now, today

EAST, WEST = "Pacific/Kiritimati", "Etc/GMT+12"
ZONES = st.sampled_from([EAST, WEST, "Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Europe/Prague", "UTC"])


@pytest.fixture(autouse=True)
def _present_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STANDING_TODAY", "STANDING_TIME_ZONE", "TZ"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("setting", ["STANDING_TIME_ZONE", "TZ"])
def test_today_is_the_day_of_the_place_that_is_named(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    # The two places are 26 hours apart: it is never the same day in both.
    days: list[date] = []
    for zone in (WEST, EAST):
        monkeypatch.setenv(setting, zone)
        assert today() == datetime.now(ZoneInfo(zone)).date()
        days.append(today())
    assert days[0] < days[1]


def test_the_zone_that_is_declared_goes_before_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", WEST)
    monkeypatch.setenv("STANDING_TIME_ZONE", EAST)
    assert today() == datetime.now(ZoneInfo(EAST)).date()


@pytest.mark.parametrize("zone", ["Asia/Shangai", "CST-8", "../etc/passwd", "Asia", "+08:00"])
def test_a_zone_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("STANDING_TIME_ZONE", zone)
    with pytest.raises(BadInput, match=r"STANDING_TIME_ZONE: found .*expected the name of a time zone"):
        today()


@pytest.mark.parametrize("zone", ["CST-8", ":/etc/localtime", "", "nonsense"])
def test_what_only_the_system_can_read_is_left_to_it(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    assert abs(today() - datetime.now(UTC).date()) <= timedelta(days=1)


@given(zone=ZONES, day=st.none() | st.dates(date(1980, 1, 1), date(2090, 1, 1)))
def test_the_present_instant_is_within_today(zone: str, day: date | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANDING_TIME_ZONE", zone)
        if day is not None:
            patch.setenv("STANDING_TODAY", day.isoformat())
        before, instant, after = today(), now(), today()
        assert before <= day_of(instant) <= after
        assert instant.tzinfo is UTC
        if day is None:
            assert abs(instant - datetime.now(UTC)) < timedelta(minutes=1)


@given(zone=ZONES, day=st.dates())
def test_a_day_begins_with_its_midnight(zone: str, day: date) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANDING_TIME_ZONE", zone)
        begins = midnight(day)
        if date.min.year < day.year < date.max.year:
            assert day_of(begins) == day
            assert day_of(begins - timedelta(seconds=1)) < day
