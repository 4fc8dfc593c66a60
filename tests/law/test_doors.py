"""Each door of the law refuses with the law's name, and lets through what is allowed."""

import pytest

from goodstanding.errors import AgainstTheLaw
from goodstanding.law import (
    LawInForce,
    check_collected,
    check_dimensions,
    check_lab_only,
    check_looking_back,
    check_scored,
    load_lab_only,
    load_pack,
    load_packs,
)
from goodstanding.months import today
from goodstanding.records import TABLES
from goodstanding.relations import KNOWN_MEASURES

PACKS = {name: pack.on(today()) for name, pack in load_packs().items()}
EACH_PACK = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)


@pytest.mark.parametrize("field", sorted({field for pack in PACKS.values() for field in pack.never_collected}))
def test_records_may_not_bring_what_any_jurisdiction_forbids(field: str) -> None:
    laws = [pack.never_collected_law for pack in PACKS.values() if field in pack.never_collected]
    with pytest.raises(AgainstTheLaw) as refused:
        check_collected("people.csv", ["person_id", field])
    assert (refused.value.where, refused.value.found) == ("people.csv", field)
    assert any(law in str(refused.value) for law in laws)


@pytest.mark.parametrize("field", ["Religion", "RELIGION"])
def test_spelling_does_not_get_a_forbidden_field_in(field: str) -> None:
    with pytest.raises(AgainstTheLaw):
        check_collected("people.csv", [field])


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_ask_for_nothing_that_is_forbidden(table: str) -> None:
    check_collected(table, TABLES[table].columns)


@EACH_PACK
def test_no_score_reads_a_protected_field(pack: LawInForce) -> None:
    for field in pack.never_scored:
        with pytest.raises(AgainstTheLaw) as refused:
            check_scored("a.toml", ["dues", field], [pack])
        assert refused.value.found == field
        assert pack.never_scored_law in str(refused.value)


def test_in_the_union_no_score_reads_whom_one_deals_with_in_any_dimension() -> None:
    for measure in ("people_sent_to", "long_ties", "verified_ties"):
        with pytest.raises(AgainstTheLaw, match="no social-network data"):
            check_scored("a.toml", KNOWN_MEASURES[measure].reads, [PACKS["eu"]])
        check_scored("a.toml", KNOWN_MEASURES[measure].reads, [PACKS["cn"], PACKS["in"], PACKS["us"]])


@EACH_PACK
def test_what_may_not_be_collected_may_not_be_scored_and_the_law_that_forbids_it_is_named(pack: LawInForce) -> None:
    for field in pack.never_collected - pack.never_scored:
        with pytest.raises(AgainstTheLaw) as refused:
            check_scored("a.toml", [field], [pack])
        assert pack.never_collected_law in str(refused.value)


@EACH_PACK
def test_what_is_not_protected_is_scored(pack: LawInForce) -> None:
    check_scored("a.toml", ["dues", "dues_late", "payments"], [pack])


def test_relationships_are_no_dimension_in_the_european_union() -> None:
    with pytest.raises(AgainstTheLaw, match=r"relationships;.*eu: Directive \(EU\) 2023/2225, article 18"):
        check_dimensions("a.toml", ["identity", "relationships"], [PACKS["cn"], PACKS["eu"]])


def test_relationships_are_a_dimension_elsewhere() -> None:
    check_dimensions("a.toml", ["identity", "relationships"], [PACKS["cn"], PACKS["in"], PACKS["us"]])


@EACH_PACK
def test_a_negative_fact_counts_as_long_as_the_law_says(pack: LawInForce) -> None:
    check_looking_back("a.toml", "dues_late", pack.negatives_count_months, [pack])


@EACH_PACK
@pytest.mark.parametrize("more", [1, 1000])
def test_a_negative_fact_counts_no_longer(pack: LawInForce, more: int) -> None:
    with pytest.raises(AgainstTheLaw) as refused:
        check_looking_back("a.toml", "dues_late", pack.negatives_count_months + more, [pack])
    assert pack.negatives_count_law in str(refused.value)
    assert f"within({pack.negatives_count_months}, ...)" in refused.value.do


@EACH_PACK
def test_a_negative_fact_does_not_count_for_ever(pack: LawInForce) -> None:
    with pytest.raises(AgainstTheLaw) as refused:
        check_looking_back("a.toml", "dues_late", None, [pack])
    assert pack.negatives_count_law in str(refused.value)


@pytest.mark.parametrize("name", load_lab_only())
def test_what_only_the_lab_may_do_is_done_to_synthetic_people_only(name: str) -> None:
    check_lab_only("a town", name, synthetic=True)
    with pytest.raises(AgainstTheLaw) as refused:
        check_lab_only("a workspace", name, synthetic=False)
    assert load_lab_only()[name].law in str(refused.value)


@pytest.mark.parametrize("name", load_lab_only())
@EACH_PACK
def test_no_programme_reads_what_only_the_lab_may(name: str, pack: LawInForce) -> None:
    with pytest.raises(AgainstTheLaw):
        check_scored("a.toml", ["dues", name.upper()], [pack])


def test_where_no_law_was_checked_a_negative_fact_is_looked_back_for_as_long_as_one_likes() -> None:
    check_looking_back("a.toml", "dues_late", None, [load_pack("none").on(today())])
    check_looking_back("a.toml", "dues_late", 1000, [load_pack("none").on(today())])


def test_where_no_law_was_checked_sex_is_not_scored_all_the_same() -> None:
    with pytest.raises(AgainstTheLaw, match="rule of this project"):
        check_scored("a.toml", ["dues", "sex"], [load_pack("none").on(today())])
