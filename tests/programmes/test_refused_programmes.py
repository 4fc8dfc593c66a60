"""A programme that is not as it should be is refused in one message that names the file and the field."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.errors import BadProgramme, NotFound, StandingError
from goodstanding.programmes import load_programme, programme_texts, read_definition

Variant = Callable[..., str]
SHIPPED_TEXT = programme_texts("sesame")[0]
ADVICE = (
    'advice = { en = "Pay what is open, and everything that falls due on time.", '
    'zh-Hans = "付清未付款项，并按时支付所有到期款项。" }\n'
)
FOLLOWED_LATE = 'dues_late = "0"'
TWICE = (
    'characteristic = "unpaid_dues_24m"\nat = 9\nmost = 600\ntext = { en = "Much is open.", zh-Hans = "未付过多。" }'
)
CEILING = 'instalment_days_open_60m"\nat = 90'
REASON = "You paid {value} of what fell due in the last 12 months on time."
DUES_KEPT = "share(sum(within(12, dues_kept)), sum(within(12, dues)))"
ZH = ', zh-Hans = "芝麻信用分"'

# What is changed in the shipped file, the field that the message names, what it says was found.
REFUSED = {
    "a missing key": (('operator = "Good Standing"\n', ""), "$", "operator"),
    "a missing key of a part": (('[[bands]]\nname = "poor"\n', "[[bands]]\n"), "bands", "name"),
    "an unknown key": (("day = 6", "day = 6\nhour = 3"), "$", "hour"),
    "an unknown key of a part": (("base_odds = 20", "base_odds = 20\nbase_evens = 2"), "scale", "base_evens"),
    "a wrong type": (("day = 6", 'day = "6"'), "day", "str"),
    "a day that not every month has": (("day = 6", "day = 29"), "day", "28"),
    "a text instead of one in each language": (('{ en = "Poor", zh-Hans = "较差" }', '"Poor"'), "bands", "str"),
    "another kind than a scorecard": (('kind = "scorecard"', 'kind = "ratings"'), "kind", "ratings"),
    "a version that is none": (('version = "1.0.0"', 'version = "one"'), "version", ""),
    "a version with a line end": (('version = "1.0.0"', 'version = "1.0.0\\n"'), "version", ""),
    "a name that leaves its folder": (('name = "sesame"', 'name = "../sesame"'), "name", ""),
    "no odds": (("base_odds = 20", "base_odds = 0"), "base_odds", ""),
    "odds without end": (("base_odds = 20", "base_odds = inf"), "base_odds", "inf"),
    "influence that is no number": (("influence = 35", "influence = nan"), "greatest_influence", ""),
    "a range turned round": (("[350, 950]", "[950, 350]"), "range", "950, 350"),
    "bands out of order": (("from = 550", "from = 640"), "bands", "350, 640, 600"),
    "a first band that does not begin where the range does": (("from = 350", "from = 360"), "bands", "360"),
    "a band beyond the range": (("from = 700", "from = 1000"), "bands", "1000"),
    "two bands of a name": (('name = "fair"', 'name = "poor"'), "bands", "poor"),
    "two dimensions of a name": (('name = "identity"\ng', 'name = "behaviour"\ng'), "dimensions", "behaviour"),
    "two characteristics of a name": (('"cash_share_12m"', '"penalties_12m"'), "characteristics", "penalties_12m"),
    "two coverage rules of a name": (('"too_few_months"', '"file_too_short"'), "coverage", "file_too_short"),
    "a coverage rule called as what cannot be computed is": (
        ('"too_few_months"', '"not_computed"'),
        "coverage",
        "not_computed",
    ),
    "a ceiling of an unknown characteristic": (
        (CEILING, 'dues_kissed_12m"\nat = 90'),
        "ceiling default, characteristic",
        "dues_kissed_12m",
    ),
    "a ceiling at no number": ((CEILING, CEILING.replace("90", "nan")), "ceiling default, at", "nan"),
    "a ceiling below the range": (("most = 549", "most = 349"), "ceiling default, most", "349"),
    "a ceiling above the range": (("most = 549", "most = 951"), "ceiling default, most", "951"),
    "a ceiling without Chinese": (
        (', zh-Hans = "有一笔分期已逾期三个月以上。在还清之前，分数最高为549。"', ""),
        "default",
        "zh-Hans",
    ),
    "two ceilings of a name": (
        ("[[ceilings]]", f'[[ceilings]]\nname = "default"\n{TWICE}\n[[ceilings]]'),
        "ceilings",
        "default",
    ),
    "an advice that changes an unknown measure": ((FOLLOWED_LATE, 'dues_kissed = "0"'), "dues_kept_12m", "dues_kissed"),
    "an advice that reads an unknown measure": ((FOLLOWED_LATE, 'dues_late = "steps"'), "dues_kept_12m", "steps"),
    "an advice that aggregates": ((FOLLOWED_LATE, 'dues_late = "sum(dues)"'), "dues_kept_12m", "SUM(dues)"),
    "an advice that does not parse": ((FOLLOWED_LATE, 'dues_late = "dues +"'), "dues_kept_12m", "dues +"),
    "an unknown time of an advice": (("followed = { past", "followed = { future"), "followed", "future"),
    "what is followed without an advice": (
        ('unit = "days"\ntitle = { en = "Longest', 'unit = "days"\nfollowed = {}\ntitle = { en = "Longest'),
        "worst_days_late_24m",
        "followed",
    ),
    "an unknown dimension": (('dimension = "behaviour"', 'dimension = "zodiac"'), "spending_to_income_12m", "zodiac"),
    "advice without months": ((ADVICE + "months = 12\n", ADVICE), "dues_kept_12m", "alone"),
    "months without advice": ((ADVICE, ""), "dues_kept_12m", "alone"),
    "a title without Chinese": ((ZH, ""), "title", "zh-Hans"),
    "a title with an empty text": ((ZH, ', zh-Hans = ""'), "title", "zh-Hans"),
    "a band without Chinese": ((', zh-Hans = "较差"', ""), "poor", "zh-Hans"),
    "a dimension without Chinese": ((', zh-Hans = "行为偏好"', ""), "behaviour", "zh-Hans"),
    "a coverage rule without Chinese": ((', zh-Hans = "档案记录不足3个月。"', ""), "file_too_short", "zh-Hans"),
    "a perk without Chinese": ((', zh-Hans = "最高50,000元现金贷"', ""), "666", "zh-Hans"),
    "a reason without Chinese": (
        (', zh-Hans = "最近12个月到期款项中，您按时支付了{value}。"', ""),
        "dues_kept_12m",
        "zh",
    ),
    "advice without Chinese": (
        (', zh-Hans = "付清未付款项，并按时支付所有到期款项。"', ""),
        "dues_kept_12m",
        "zh-Hans",
    ),
    "a formula that does not parse": ((DUES_KEPT, "share(sum("), "dues_kept_12m", ""),
    "an unknown word": ((DUES_KEPT, "median(within(12, dues))"), "dues_kept_12m", "median"),
    "an unknown measure": ((DUES_KEPT, "sum(within(12, steps))"), "dues_kept_12m", "steps"),
    "a word outside the vocabulary": ((DUES_KEPT, "read_csv('/etc/passwd')"), "dues_kept_12m", "read_csv"),
    "a second statement in a formula": ((DUES_KEPT, "sum(within(12, dues)); drop table s"), "dues_kept_12m", ""),
    "a formula of a coverage rule": (("months_on_file() >= 3", "months_on_file( >= 3"), "file_too_short", ""),
    "a placeholder that is not filled": ((REASON, "You paid {worth}."), "dues_kept_12m", "worth"),
    "a placeholder that reaches inside": ((REASON, "You paid {value.__class__}."), "dues_kept_12m", "__class__"),
    "a brace that does not close": ((REASON, "You paid {value."), "dues_kept_12m", ""),
}


@pytest.mark.parametrize(("change", "field", "found"), REFUSED.values(), ids=REFUSED)
def test_a_programme_is_refused_for(change: tuple[str, str], field: str, found: str, variant: Variant) -> None:
    with pytest.raises(BadProgramme) as refused:
        load_programme(variant(change))
    assert "programme.toml" in refused.value.where
    assert field in refused.value.where
    assert found in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["person_id", "as_of", "as_of_day", "not_scored", "on_file", "furnished_dues", "ended_payments"]
)
def test_no_characteristic_takes_the_name_of_a_column_of_the_result(name: str, added: Variant) -> None:
    with pytest.raises(BadProgramme, match=rf"programme\.toml.*{name}"):
        load_programme(added("sum(within(12, dues))", name=name))


def test_no_coverage_rule_takes_the_name_of_what_is_said_of_who_has_no_statement(variant: Variant) -> None:
    with pytest.raises(BadProgramme, match=r"coverage no_statement: found no_statement; expected none of"):
        load_programme(variant(('"file_too_short"', '"no_statement"')))


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe\x00", b"", b"name = 'sesame'\nname = 'sesame'"])
def test_what_is_no_toml_of_a_programme_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_bytes(content)
    with pytest.raises(BadProgramme, match=r"programme\.toml"):
        load_programme(str(tmp_path))


@pytest.mark.parametrize("name", ["sesam", "", "../sesame", "/", "se\0same"])
def test_an_unknown_programme_is_refused_with_the_names_of_those_there_are(name: str) -> None:
    with pytest.raises(NotFound, match="one of sesame"):
        load_programme(name)


def test_an_unknown_jurisdiction_is_refused_with_the_file_and_the_names_there_are(variant: Variant) -> None:
    with pytest.raises(StandingError, match=r"programme\.toml.*atlantis.*cn, eu, in, us"):
        load_programme(variant(('jurisdictions = ["cn"]', 'jurisdictions = ["atlantis"]')))


def test_a_programme_of_no_jurisdiction_is_refused(variant: Variant) -> None:
    with pytest.raises(BadProgramme, match=r"programme\.toml, \$?\.?jurisdictions"):
        load_programme(variant(('jurisdictions = ["cn"]', "jurisdictions = []")))


@pytest.mark.parametrize("sql", ["sum(within(12, long_ties))", "months_with(12, verified_ties)"])
def test_what_ties_say_is_no_value_of_a_month(sql: str, added: Callable[..., str]) -> None:
    with pytest.raises(BadProgramme, match=r"characteristic added: found (long|verified)_ties; expected one of"):
        load_programme(added(sql))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ('unit = "days"', 'unit = "euro"'),
            r"unit: found 'euro'; expected one of percent, count, months, days, times",
        ),
        (('better = "lower"', 'better = "less"'), "better: found 'less'; expected one of higher, lower"),
        (('subject = "person"', 'subject = "ship"'), "subject: found 'ship'; expected one of person, business"),
    ],
)
def test_a_value_that_is_none_of_a_list_is_told_the_list(change: tuple[str, str], said: str, variant: Variant) -> None:
    with pytest.raises(BadProgramme, match=said):
        load_programme(variant(change))


@pytest.mark.parametrize("kind", ["points", "lists", "ratings"])
def test_a_kind_that_is_not_computed_yet_is_refused_by_name(kind: str) -> None:
    text = SHIPPED_TEXT.replace('kind = "scorecard"', f'kind = "{kind}"')
    with pytest.raises(BadProgramme, match=rf"\$\.kind: found {kind}; expected scorecard\. .* not computed yet"):
        read_definition("programme.toml", text.encode())


def test_of_a_kind_that_there_is_not_all_are_named() -> None:
    text = SHIPPED_TEXT.replace('kind = "scorecard"', 'kind = "stars"')
    with pytest.raises(BadProgramme, match=r"found 'stars'; expected one of scorecard, points, lists, ratings"):
        read_definition("programme.toml", text.encode())
