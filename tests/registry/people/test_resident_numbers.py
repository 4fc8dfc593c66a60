"""Chinese residents' numbers: given out from 1984 on, under the code of the day of issue, to who was born by then."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import numdb
from stdnum.cn import ric

from goodstanding.months import today
from goodstanding.registry.people import load_kinds
from goodstanding.registry.people.resident_numbers import FIRST_BORN, FIRST_GIVEN

KIND = load_kinds()["cn_resident_id"]
YEARS = re.compile(r"\[(\d*)-(\d*)\]")


def regions() -> dict[str, int]:
    """Every code of the library's table, and the year in which it last went out of force."""
    found: dict[str, int] = {}
    for _, province, _, _, below in numdb.get("cn/loc").prefixes:
        for _, region, _, said, _ in below:
            spans = [YEARS.match(name) for name in said["county"].split(",")]
            found[province + region] = max(int((one and one[2]) or 9999) for one in spans)
    return found


REGIONS = regions()
TODAY = sorted(code for code, until in REGIONS.items() if until == 9999)
births = st.dates(date(FIRST_BORN, 1, 1), today())
orders = st.integers(0, 999)


def number(region: str, born: date, order: int = 123) -> str:
    digits = f"{region}{born:%Y%m%d}{order:03d}"
    return digits + ric.calc_check_digit(digits + "0")


@given(st.sampled_from(TODAY), births, orders)
def test_a_code_in_force_today_is_anybodys_whenever_they_were_born(region: str, born: date, order: int) -> None:
    found = number(region, born, order)
    assert KIND.clean(found) == KIND.clean(found.lower()) == KIND.clean(f" {found} ") == found


# Of these provinces the library's table is whole.
@given(st.sampled_from([code for code in sorted(REGIONS) if code[:2] in ("11", "31", "50", "54", "64")]), births)
def test_a_code_is_taken_if_it_was_in_force_at_some_time_since_birth_and_since_numbers_are_given_out(
    region: str, born: date
) -> None:
    possible = REGIONS[region] >= max(born.year, FIRST_GIVEN)
    assert (KIND.clean(number(region, born)) is not None) is possible


@pytest.mark.parametrize(
    ("region", "last"), [("110103", 2010), ("330183", 2014), ("110110", 1986), ("332528", 2000), ("439004", 1995)]
)
def test_a_code_out_of_force_is_of_those_born_before_it_ended(region: str, last: int) -> None:
    for born in (date(FIRST_BORN, 1, 1), date(last, 12, 31)):
        assert KIND.clean(number(region, born)) is not None
    assert KIND.clean(number(region, date(last + 1, 1, 1))) is None


@pytest.mark.parametrize("region", ["110201", "330120"])
@given(births)
def test_a_code_that_ended_before_numbers_were_given_out_is_nobodys(region: str, born: date) -> None:
    assert KIND.clean(number(region, born)) is None


@pytest.mark.parametrize("region", ["330113", "330114"])
def test_a_district_that_the_librarys_table_lacks_is_taken(region: str) -> None:
    assert region not in REGIONS
    assert KIND.clean(number(region, date(2024, 2, 29))) is not None


@given(st.sampled_from(["810000", "820000", "830000"]), births, orders)
def test_who_has_a_residence_permit_is_taken_whenever_they_were_born(region: str, born: date, order: int) -> None:
    assert KIND.clean(number(region, born, order)) is not None


@given(st.sampled_from(["810001", "820100", "840000", "100000", "839999", "000000", "330199"]), births)
def test_a_region_that_never_was_is_nobodys(region: str, born: date) -> None:
    assert KIND.clean(number(region, born)) is None


@given(st.sampled_from(TODAY), st.integers(1, 50_000), st.integers(1, 300_000))
def test_nobody_is_born_tomorrow_or_before_everybody_alive(region: str, later: int, earlier: int) -> None:
    assert KIND.clean(number(region, today() + timedelta(later))) is None
    assert KIND.clean(number(region, date(FIRST_BORN, 1, 1) - timedelta(earlier))) is None


def test_what_is_to_come_goes_by_the_one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    found = number("110101", date(2019, 6, 15))
    for day, taken in (("2019-06-14", False), ("2019-06-15", True)):
        monkeypatch.setenv("STANDING_TODAY", day)
        assert (KIND.clean(found) is not None) is taken


@given(st.sampled_from(TODAY), births, orders, st.integers(0, 17), st.integers(1, 10))
def test_one_wrong_sign_is_always_found(region: str, born: date, order: int, place: int, by: int) -> None:
    found, signs = number(region, born, order), "0123456789X"
    put = signs[(signs.index(found[place]) + by) % 11]
    assert KIND.clean(found[:place] + put + found[place + 1 :]) is None


def other_digits(text: str, zero: int) -> str:
    return "".join(chr(zero + int(sign)) if sign.isdigit() else sign for sign in text)


@given(st.sampled_from(TODAY), births, st.sampled_from([0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE, 0x1D7F6]))
def test_digits_that_look_alike_are_the_same_person_or_nobody(region: str, born: date, zero: int) -> None:
    found = number(region, born)
    assert KIND.clean(other_digits(found, zero)) in (found, None)


@given(st.dates(date(1954, 1, 1), date(2053, 12, 31)), st.integers(0, 999))
def test_a_czech_number_of_a_birth_to_come_is_refused_too(born: date, order: int) -> None:
    digits = f"{born.year % 100:02d}{born.month:02d}{born.day:02d}{order:03d}"
    found = digits + str(int(digits) % 11 % 10)
    assert (load_kinds()["cz_birth_number"].clean(found) is not None) is (born <= today())
