"""A programme that a jurisdiction does not allow is refused at load, with the law that says so."""

from collections.abc import Callable

import pytest

from goodstanding.errors import AgainstTheLaw, StandingError
from goodstanding.law import load_packs
from goodstanding.months import today
from goodstanding.programmes import load_programme

Variant = Callable[..., str]
PACKS = {name: pack.on(today()) for name, pack in load_packs().items()}
EXCLUDED = {  # relationships would be refused first
    name: f'["{name}"]' for name in PACKS if not PACKS[name].forbidden_dimensions
}


@pytest.mark.parametrize(
    "sql",
    [
        "sum(sex)",
        "sum(within(12, sex))",
        "months_since(12, born_on)",
        "share(sum(within(12, dues)), sum(within(12, sex)))",
        "case when min(within(12, born_on)) > 0 then sum(within(12, dues)) end",
        "sum(within(12, SEX))",
        'sum(within(12, "Sex"))',
        "sum(within(12, people.sex))",
        "coalesce(sum(within(12, dues)), max(born_on))",
    ],
)
def test_sex_and_birth_date_are_refused_wherever_a_formula_names_them(sql: str, added: Variant) -> None:
    with pytest.raises(AgainstTheLaw, match=r"programme\.toml, characteristic added.*Measures for Credit Reporting"):
        load_programme(added(sql))


@pytest.mark.parametrize("name", ["sex", "born_on", "gender", "age", "birth_date", "marital_status", "ethnicity"])
def test_a_characteristic_is_not_named_for_what_is_protected(name: str, added: Variant) -> None:
    with pytest.raises(AgainstTheLaw, match=rf"found {name};.*Measures for Credit Reporting"):
        load_programme(added("sum(within(12, dues))", name=name))


def test_a_friends_score_is_refused_as_a_figure_and_as_a_name(added: Variant) -> None:
    for sql, name in (("max(within(1, friends_score))", "added"), ("sum(within(12, dues))", "friends_score")):
        with pytest.raises(AgainstTheLaw, match=r"found friends' scores; expected synthetic people, in the lab"):
            load_programme(added(sql, name=name))


@pytest.mark.parametrize("field", ["sex", "born_on", "religion"])
def test_coverage_does_not_ask_for_what_is_protected(field: str, variant: Variant) -> None:
    with pytest.raises(AgainstTheLaw, match=rf"coverage file_too_short: found {field};"):
        load_programme(variant(("months_on_file() >= 3", f"max({field}) > 0")))


@pytest.mark.parametrize("jurisdiction", EXCLUDED)
def test_each_jurisdiction_refuses_sex_with_its_own_law(jurisdiction: str, added: Variant) -> None:
    with pytest.raises(AgainstTheLaw) as refused:
        load_programme(added("sum(within(12, sex))", jurisdictions=EXCLUDED[jurisdiction]))
    assert PACKS[jurisdiction].never_scored_law in str(refused.value)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("months_since(120, dues_late)", "dues_late for 120 months"),
        ("months_since(61, dues_late)", "dues_late for 61 months"),
        ("sum(within(61, dues_unpaid))", "dues_unpaid for 61 months"),
        ("sum(dues_late)", "dues_late for ∞ months"),
        ("max(worst_days_late)", "worst_days_late for ∞ months"),
        ("months_since_first(penalties)", "penalties for ∞ months"),
        ("sum(within(12, dues_late)) + months_with(120, dues_late)", "dues_late for 120 months"),
        ("sum(within(12, dues_late)) + sum(dues_late)", "dues_late for ∞ months"),
        ("sum(case when judgments > 0 then judgments_settled end)", "judgments for ∞ months"),
        ("share(sum(within(12, overdrawn)), sum(within(72, overdrawn)))", "overdrawn for 72 months"),
        ("sum(judgments_settled)", "judgments_settled for ∞ months"),
    ],
)
def test_what_speaks_against_a_person_is_not_looked_back_for_too_long(sql: str, said: str, added: Variant) -> None:
    with pytest.raises(AgainstTheLaw) as refused:
        load_programme(added(sql))
    assert refused.value.found == said
    assert "characteristic added" in refused.value.where
    assert "article 16" in str(refused.value)


@pytest.mark.parametrize("rule", ["sum(dues_late) = 0", "coalesce(months_since(120, dues_late), 120) > 100"])
def test_coverage_does_not_look_back_too_long_either(rule: str, variant: Variant) -> None:
    with pytest.raises(AgainstTheLaw, match="article 16"):
        load_programme(variant(("months_on_file() >= 3", rule)))


@pytest.mark.parametrize("sql", ["months_since(60, dues_late)", "sum(within(60, judgments))", "sum(payments)"])
def test_what_the_law_allows_is_loaded(sql: str, added: Variant) -> None:
    assert load_programme(added(sql)).programme.characteristic("added").sql == sql


def test_the_united_states_allow_seven_years(added: Variant) -> None:
    assert load_programme(added("sum(within(84, dues_late))", jurisdictions='["us"]'))


def test_of_several_jurisdictions_the_strictest_holds(added: Variant) -> None:
    with pytest.raises(AgainstTheLaw, match="article 16"):
        load_programme(added("sum(within(84, dues_late))", jurisdictions='["us", "cn"]'))


def test_relationships_are_refused_in_the_european_union(variant: Variant) -> None:
    with pytest.raises(AgainstTheLaw, match=r"dimensions: found relationships;.*Directive \(EU\) 2023/2225"):
        load_programme(variant(('jurisdictions = ["cn"]', 'jurisdictions = ["cn", "eu"]')))


def test_the_shipped_programme_is_lawful_where_it_says(variant: Variant) -> None:
    assert load_programme(variant()).programme.jurisdictions == ("cn",)


def test_a_refusal_by_law_is_a_standing_error() -> None:
    assert issubclass(AgainstTheLaw, StandingError)
