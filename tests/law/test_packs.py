"""Every law pack loads, and has a law for every rule."""

import dataclasses
from importlib import resources

import pytest

from goodstanding.errors import NotFound
from goodstanding.law import Pack, load_pack, load_packs

PACKS = load_packs()


def test_the_four_jurisdictions_are_shipped() -> None:
    assert list(PACKS) == ["cn", "eu", "in", "us"]


def test_every_file_is_a_pack_of_its_name() -> None:
    folder = resources.files("goodstanding.law") / "packs"
    assert sorted(entry.name for entry in folder.iterdir()) == [f"{name}.toml" for name in PACKS]


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_loads_by_its_name(name: str) -> None:
    assert load_pack(name).name == name


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_rule_cites_a_law(pack: Pack) -> None:
    laws = {f.name: getattr(pack, f.name) for f in dataclasses.fields(pack) if f.name.endswith("_law")}
    laws |= {**pack.forbidden_dimensions, **pack.forbidden_fields}
    assert {rule: law for rule, law in laws.items() if len(law.strip()) < 15} == {}


@pytest.mark.parametrize("rule", ["negatives_count", "dispute", "never_collected", "never_scored"])
def test_there_is_a_law_for_each_kind_of_rule(rule: str) -> None:
    fields = [field.name for field in dataclasses.fields(Pack)]
    assert [name for name in fields if name.startswith(rule) and name.endswith("_law")]


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_pack_keeps_sex_and_birth_date_out_of_scores(pack: Pack) -> None:
    assert {"sex", "gender", "born_on", "birth_date", "age"} <= pack.never_scored


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_fields_are_written_as_they_are_compared(pack: Pack) -> None:
    fields = pack.never_scored | pack.never_collected
    assert {field for field in fields if field != field.lower().strip()} == set()


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_pack_has_a_title_in_both_languages(pack: Pack) -> None:
    assert set(pack.title) == {"en", "zh-Hans"}


def test_negatives_count_five_years_in_china_and_seven_in_the_united_states() -> None:
    assert (PACKS["cn"].negatives_count_months, PACKS["us"].negatives_count_months) == (60, 84)


def test_an_unknown_jurisdiction_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="'atlantis'; expected one of cn, eu, in, us"):
        load_pack("atlantis")
