"""Every law pack loads, and has a law for every rule."""

import dataclasses
import re
import tomllib
from collections.abc import Callable
from datetime import date
from importlib import resources
from typing import Any

import pytest
from tests.law.own_pack import own_pack

from goodstanding.errors import BadProgramme, NotFound
from goodstanding.law import FOR_EVER, NO_LAW, LawInForce, load_pack, load_packs, read_pack

TODAY = date(2026, 12, 1)
PACKS = {name: pack.on(TODAY) for name, pack in load_packs().items()}


def test_the_four_jurisdictions_are_shipped() -> None:
    assert list(PACKS) == ["cn", "eu", "in", "us"]


def test_every_file_is_a_pack_of_its_name() -> None:
    folder = resources.files("goodstanding.law") / "packs"
    assert sorted(entry.name for entry in folder.iterdir()) == [f"{name}.toml" for name in PACKS]


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_loads_by_its_name(name: str) -> None:
    assert load_pack(name).name == name


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_rule_cites_a_law(pack: LawInForce) -> None:
    laws = {f.name: getattr(pack, f.name) for f in dataclasses.fields(pack) if f.name.endswith("_law")}
    laws |= {**pack.forbidden_dimensions, **pack.forbidden_fields}
    assert {rule: law for rule, law in laws.items() if len(law.strip()) < 15} == {}


@pytest.mark.parametrize("rule", ["negatives_count", "dispute", "never_collected", "never_scored"])
def test_there_is_a_law_for_each_kind_of_rule(rule: str) -> None:
    fields = [field.name for field in dataclasses.fields(LawInForce)]
    assert [name for name in fields if name.startswith(rule) and name.endswith("_law")]


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_pack_keeps_sex_and_birth_date_out_of_scores(pack: LawInForce) -> None:
    assert {"sex", "gender", "born_on", "birth_date", "age"} <= pack.never_scored


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_fields_are_written_as_they_are_compared(pack: LawInForce) -> None:
    fields = pack.never_scored | pack.never_collected
    assert {field for field in fields if field != field.lower().strip()} == set()


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_pack_has_a_title_in_both_languages(pack: LawInForce) -> None:
    assert set(pack.title) == {"en", "zh-Hans"}


def test_negatives_count_five_years_in_china_and_seven_in_the_united_states() -> None:
    assert (PACKS["cn"].negatives_count_months, PACKS["us"].negatives_count_months) == (60, 84)


def test_an_unknown_jurisdiction_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="'atlantis'; expected one of cn, eu, in, us"):
        load_pack("atlantis")


def test_no_law_is_a_pack_that_is_not_checked_and_none_of_a_jurisdiction() -> None:
    none = load_pack(NO_LAW).on(TODAY)
    assert not none.checked
    assert NO_LAW not in PACKS
    assert all(pack.checked for pack in PACKS.values())
    assert none.negatives_count_months == FOR_EVER
    # What this project never does is no matter of a jurisdiction.
    assert {"sex", "gender", "born_on", "birth_date", "age"} <= none.never_scored


@pytest.fixture
def written() -> dict[str, Any]:
    """What a pack's file says, as somebody begins their own with."""
    return tomllib.loads(own_pack())


def test_a_pack_of_ones_own_reads_as_a_shipped_one(written: dict[str, Any]) -> None:
    pack = read_pack("ng.toml", "ng", written).on(TODAY)
    assert dataclasses.replace(pack, name="in", calendar="IN") == PACKS["in"]


@pytest.mark.parametrize("key", [field.name for field in dataclasses.fields(LawInForce) if field.name[:6] != "never_"])
def test_a_pack_without_a_key_is_refused_with_the_key(key: str, written: dict[str, Any]) -> None:
    del written[key]
    with pytest.raises(BadProgramme, match=rf"ng\.toml.*{key}"):
        read_pack("ng.toml", "ng", written)


_Change = Callable[[dict[str, Any]], object]
REFUSED: dict[str, tuple[_Change, str]] = {
    "an unknown key": (lambda data: data.update(appeal_days=3), "appeal_days"),
    "a key that is written as a table": (lambda data: data.update(never_scored_law="x"), "never_scored_law"),
    "an unknown key of a table": (lambda data: data["never_scored"].update(why="x"), "never_scored.*why"),
    "a table without its law": (lambda data: data["never_collected"].pop("law"), "never_collected.*law"),
    "no table": (lambda data: data.pop("never_scored"), "never_scored"),
    "a table that is none": (lambda data: data.update(never_scored=["sex"]), "never_scored"),
    "a field that is no text": (lambda data: data["never_scored"]["fields"].append(3), "never_scored, fields"),
    "days as a text": (lambda data: data.update(dispute_days="30"), "dispute_days: found text"),
    "days below nought": (lambda data: data.update(notice_days=-1), "notice_days"),
    "months that are neither a number nor for ever": (
        lambda data: data.update(negatives_count_months="long"), "negatives_count_months"
    ),
    "a law that is nothing": (lambda data: data.update(kept_law=" "), "kept_law"),
    "a law of a dimension that is nothing": (lambda data: data["forbidden_dimensions"].update(a=""), "forbidden_dim"),
    "no title": (lambda data: data.update(title={}), "title"),
    "a calendar that there is not": (lambda data: data.update(calendar="XX"), "calendar: found XX"),
    "another name than its file": (lambda data: data.update(name="gh"), "name: found gh; expected ng"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_a_pack_is_refused_for(change: _Change, said: str, written: dict[str, Any]) -> None:
    change(written)
    with pytest.raises(BadProgramme, match=rf"ng\.toml, {said}") as refused:
        read_pack("ng.toml", "ng", written)
    assert "\n" not in str(refused.value)


def test_fields_of_a_pack_are_compared_whatever_their_case(written: dict[str, Any]) -> None:
    written["never_scored"]["fields"].append(" Tribe ")
    assert "tribe" in read_pack("ng.toml", "ng", written).on(TODAY).never_scored


DATED = """
[[dispute]]
from = 2025-07-01
days = 10
law = "The new Act, section 4"

[[dispute]]
days = 30
law = "The old Act, section 9"

[[forbidden_fields]]
from = 2025-07-01
name = "other_person"
law = "The new Act, section 7"
"""


def dated(written: dict[str, Any], text: str = DATED) -> dict[str, Any]:
    """A pack with facts that have days, in whatever order they stand."""
    told = tomllib.loads(text)
    flat = {key for key in written for name in told if key == name or key.startswith(f"{name}_")}
    return {key: value for key, value in written.items() if key not in flat} | told


@pytest.mark.parametrize(("day", "days", "forbidden"), [("2025-06-30", 30, []), ("2025-07-01", 10, ["other_person"])])
def test_what_held_on_a_day_holds_for_that_day(
    written: dict[str, Any], day: str, days: int, forbidden: list[str]
) -> None:
    law = read_pack("ng.toml", "ng", dated(written)).on(date.fromisoformat(day))
    assert (law.dispute_days, list(law.forbidden_fields)) == (days, forbidden)
    assert law.dispute_law == {10: "The new Act, section 4", 30: "The old Act, section 9"}[days]


def test_what_begins_later_protects_the_past_but_forbids_nothing_in_it(written: dict[str, Any]) -> None:
    new, old, ban = re.split(r"(?m)^(?=\[\[)", DATED)[1:]
    law = read_pack("ng.toml", "ng", dated(written, new + ban)).on(date(1990, 1, 1))
    assert "The old" in old
    assert (law.dispute_days, law.forbidden_fields) == (10, {})


def test_the_union_forbids_friends_since_the_day_on_which_it_does() -> None:
    before, since = (load_pack("eu").on(date(2023, 11, day)) for day in (18, 19))
    assert (list(before.forbidden_dimensions), list(since.forbidden_dimensions)) == ([], ["relationships"])
    assert since.never_collected - before.never_collected == {"social_network"}


WRONG = {
    "a day twice": (DATED + DATED.replace("10", "11"), "dispute, from: found .* twice; expected each day once"),
    "a fact in two forms": (DATED + "[x]\n", "x: found x; expected no such key"),
    "a value of another fact": (DATED.replace("days = 10", "months = 10"), "dispute, "),
    "a day that is none": (DATED.replace("from = 2025-07-01\ndays", "from = 3\ndays"), "dispute, from"),
    "no law": (DATED.replace('law = "The old Act, section 9"', ""), "dispute, law"),
    "nothing in it": ("dispute = []\n", "dispute: found nothing there"),
    "a ban without a name": (DATED.replace('name = "other_person"\n', ""), "forbidden_fields"),
}


@pytest.mark.parametrize(("text", "found"), WRONG.values(), ids=WRONG)
def test_a_dated_fact_is_refused_for(text: str, found: str, written: dict[str, Any]) -> None:
    with pytest.raises(BadProgramme, match=rf"ng\.toml, {found}") as refused:
        read_pack("ng.toml", "ng", dated(written, text))
    assert "\n" not in str(refused.value)


def test_a_fact_is_said_in_one_form(written: dict[str, Any]) -> None:
    both = written | tomllib.loads(DATED)
    del both["forbidden_fields"]
    with pytest.raises(BadProgramme, match=r"ng\.toml, dispute"):
        read_pack("ng.toml", "ng", both | {"forbidden_fields": {}})


def test_every_day_that_a_shipped_pack_names_lies_in_order() -> None:
    for pack in load_packs().values():
        for facts in pack.facts.values():
            days = [fact.start or date.min for fact in facts]
            assert days == sorted(set(days))
