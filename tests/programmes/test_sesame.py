"""The shipped programme is what it says it is."""

from collections import Counter
from string import Formatter

import pytest

from goodstanding.programmes import Definition, shipped_programmes
from goodstanding.programmes.programme import Text
from goodstanding.relations import KNOWN_MEASURES

LANGUAGES = {"en", "zh-Hans"}


def placeholders(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.fixture(scope="module")
def texts(sesame: Definition) -> list[Text]:
    programme = sesame.programme
    titled = (programme, *programme.bands, *programme.dimensions, *programme.perks, *programme.characteristics)
    found = [part.title for part in titled] + [part.text for part in (*programme.coverage, *programme.ceilings)]
    said = [text for c in programme.characteristics for text in (c.reason, c.advice) if text is not None]
    return found + said


def test_it_is_shipped() -> None:
    assert "sesame" in shipped_programmes()


def test_it_runs_from_350_to_950_and_is_renewed_on_the_6th(sesame: Definition) -> None:
    assert (sesame.programme.range, sesame.programme.day) == ((350, 950), 6)


def test_its_five_bands_begin_at_350_550_600_650_and_700(sesame: Definition) -> None:
    assert [band.least for band in sesame.programme.bands] == [350, 550, 600, 650, 700]


@pytest.mark.parametrize(
    ("score", "band"), [(350, "poor"), (549, "poor"), (550, "fair"), (699, "excellent"), (950, "outstanding")]
)
def test_a_score_is_in_the_highest_band_that_it_reaches(sesame: Definition, score: int, band: str) -> None:
    assert sesame.programme.band(score).name == band


def test_its_dimensions_have_their_greatest_influence(sesame: Definition) -> None:
    assert {d.name: d.greatest_influence for d in sesame.programme.dimensions} == {
        "credit_history": 35,
        "behaviour": 25,
        "fulfilment_capacity": 20,
        "identity": 15,
        "relationships": 5,
    }


def test_it_has_at_least_25_characteristics_in_all_five_dimensions(sesame: Definition) -> None:
    assert len(sesame.programme.characteristics) >= 25
    assert {c.dimension for c in sesame.programme.characteristics} == {d.name for d in sesame.programme.dimensions}


def test_its_perks_open_at_600_650_666_700_and_750(sesame: Definition) -> None:
    assert sorted({perk.least for perk in sesame.programme.perks}) == [600, 650, 666, 700, 750]


def test_every_text_is_in_english_and_chinese(texts: list[Text]) -> None:
    assert [text for text in texts if text.keys() != LANGUAGES or not all(map(str.strip, text.values()))] == []


def test_no_chinese_text_is_the_english_one(texts: list[Text]) -> None:
    assert [text for text in texts if text["zh-Hans"].isascii() or not text["en"].isascii()] == []


def test_both_languages_fill_in_the_same(texts: list[Text]) -> None:
    assert [text for text in texts if placeholders(text["en"]) != placeholders(text["zh-Hans"])] == []


def test_every_reason_says_the_value_once_and_nothing_else(sesame: Definition) -> None:
    said = {c.name: placeholders(c.reason["en"]) for c in sesame.programme.characteristics}
    assert {name: found for name, found in said.items() if found != Counter(["value"])} == {}


def test_characteristics_and_coverage_read_nothing_but_measures(sesame: Definition) -> None:
    formulas = {
        part.name: sesame.programme.formula(part)
        for part in (*sesame.programme.characteristics, *sesame.programme.coverage)
    }
    assert {
        name: f.reads - KNOWN_MEASURES.keys() for name, f in formulas.items() if f.reads - KNOWN_MEASURES.keys()
    } == {}
    assert [name for name, formula in formulas.items() if not formula.reads] == ["months_on_file", "file_too_short"]


def test_what_can_be_advised_says_how_soon_it_helps(sesame: Definition) -> None:
    assert all((c.advice is None) == (c.months is None) for c in sesame.programme.characteristics)


def test_it_covers_everybody_with_three_months_and_two_with_payments(sesame: Definition) -> None:
    assert [rule.name for rule in sesame.programme.coverage] == ["file_too_short", "too_few_months"]


def test_its_expert_card_has_points_in_every_dimension(sesame: Definition) -> None:
    assert sesame.expert is not None
    dimensions = {sesame.programme.characteristic(name).dimension for name in sesame.expert.characteristics}
    assert dimensions == {dimension.name for dimension in sesame.programme.dimensions}


def test_an_instalment_open_for_90_days_holds_the_score_in_the_lowest_band(sesame: Definition) -> None:
    programme = sesame.programme
    assert [(c.characteristic, c.at, c.most) for c in programme.ceilings] == [("instalment_days_open_60m", 90, 549)]
    assert programme.band(549) == programme.bands[0]
    assert programme.band(550) == programme.bands[1]


def test_what_counts_months_counts_them_as_a_share_of_those_furnished(sesame: Definition) -> None:
    shares = {c.name for c in sesame.programme.characteristics if "month_share(" in c.sql}
    assert shares == {
        *("household_months_12m", "insurance_months_12m", "active_months_12m"),
        *("income_months_12m", "regular_income_months_12m", "two_way_months_12m"),
    }
    assert {sesame.programme.characteristic(name).unit for name in shares} == {"percent"}


def test_following_an_advice_leaves_no_due_both_kept_and_open(sesame: Definition) -> None:
    followed = {c.name: c.followed for c in sesame.programme.characteristics if c.followed is not None}
    kept = [f for f in followed.values() if "dues_kept" in f.coming]
    assert len(kept) >= 4
    assert all({"dues_late", "dues_unpaid"} <= f.coming.keys() for f in kept)
