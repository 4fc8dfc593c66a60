"""A programme of one's own: in its own languages, under its own law, of its own money, and made of numbers."""

import re
import sys
import unicodedata
from datetime import date
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.law.own_pack import own_pack
from tests.programmes.variants import Variant
from tests.programmes.varied import Shape, programme_text, write_programme

from goodstanding.errors import AgainstTheLaw, BadProgramme, StandingError
from goodstanding.law import load_packs
from goodstanding.programmes import Definition, in_language, load_programme, programme_texts, read_definition
from goodstanding.programmes.amounts import currencies_named, names_money
from goodstanding.wording import use_language

NG = own_pack()
TODAY = date(2026, 12, 1)
OWN = Shape(jurisdictions=("ng",))


def load_text(text: str) -> Definition:
    return read_definition("programme.toml", text.encode())


def with_pack(folder: Path, pack: str = NG, file: str = "law/ng.toml", shape: Shape = OWN) -> str:
    """A programme with a law pack beside it."""
    written = write_programme(folder, shape)
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(pack, encoding="utf-8")
    return written


# --- languages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [False, True])
@pytest.mark.parametrize("languages", [("en",), ("zh-Hans",), ("hi",), ("sw", "en"), ("zh-Hans", "hi", "en")])
def test_a_programme_is_in_the_languages_that_it_is_written_in(languages: tuple[str, ...], declared: bool) -> None:  # noqa: FBT001
    programme = load_text(programme_text(Shape(languages=languages, declared=declared))).programme
    assert programme.languages == languages
    for reader in ("en", "zh-Hans"):
        with use_language(reader):
            title = in_language({language: language for language in programme.title})
            assert title == (reader if reader in languages else languages[0])
            assert in_language(programme.title) == "Own score"
            assert programme.why_not("too_short") == "Too short."


def test_a_reader_is_told_in_the_nearest_language_before_the_first() -> None:
    with use_language("zh-Hans"):
        assert in_language({"en": "a", "zh": "b"}) == "b"
    with use_language("en"):
        assert in_language({"hi": "a", "en-IN": "b"}) == "b"


@pytest.mark.parametrize("text", ["Grade 1", "About kept 12m", "Mind kept_12m.", "Too short.", "A free ride"])
def test_a_text_that_lacks_one_of_the_languages_is_refused_by_name(text: str) -> None:
    written = programme_text(Shape(languages=("en", "hi"))).replace(f', hi = "{text}"', "")
    with pytest.raises(BadProgramme, match="no text in hi; expected en, hi") as refused:
        load_text(written)
    assert "`languages`" in refused.value.do


def test_what_is_declared_is_what_is_needed_and_what_is_shown() -> None:
    both = programme_text(Shape(languages=("en", "hi")))
    english = load_text(both.replace("day = 12", 'day = 12\nlanguages = ["en"]').replace(', hi = "Grade 1"', ""))
    assert english.programme.languages == ("en",)
    assert {tuple(band.title) for band in english.programme.bands} == {("en",)}
    with pytest.raises(BadProgramme, match="no text in sw"):
        load_text(both.replace("day = 12", 'day = 12\nlanguages = ["en", "sw"]'))


@pytest.mark.parametrize("tag", ["English", "e", "en_US", "EN", ""])
def test_a_language_is_named_by_its_tag(tag: str) -> None:
    with pytest.raises(BadProgramme, match=r"title|languages"):
        load_text(programme_text(Shape()).replace("title = { en =", f'title = {{ "{tag}" =', 1))


def test_a_text_without_any_language_is_refused() -> None:
    with pytest.raises(BadProgramme, match="title"):
        load_text(re.sub(r"title = \{ .*? \}", "title = {}", programme_text(Shape())))


# --- law ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["law/ng.toml", "ng.toml"])
def test_a_pack_beside_the_programme_is_its_law(file: str, tmp_path: Path) -> None:
    programme = load_programme(with_pack(tmp_path, NG.replace("dispute_days = 30", "dispute_days = 9"), file)).programme
    (pack,) = programme.laws_on(TODAY)
    assert (pack.name, pack.dispute_days, pack.checked) == ("ng", 9, True)
    assert programme.no_law is None


@pytest.mark.parametrize("file", ["law/ng.toml", "ng.toml"])
def test_a_pack_travels_with_the_text_and_its_digest(file: str, tmp_path: Path) -> None:
    text, expert = programme_texts(with_pack(tmp_path, file=file))
    again = read_definition("own_score 0.1.0", text.encode(), expert.encode())
    assert again == load_programme(str(tmp_path))
    (tmp_path / file).write_text(NG.replace("dispute_days = 30", "dispute_days = 31"), encoding="utf-8")
    changed = load_programme(str(tmp_path))
    assert changed.digest != again.digest
    assert (again.programme.laws_on(TODAY)[0].dispute_days, changed.programme.laws_on(TODAY)[0].dispute_days) == (
        30,
        31,
    )


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["C"]), max_size=30), st.sampled_from(["", "# [a comment]\n", "\n\n"]))
def test_whatever_a_pack_says_is_what_travels(words: str, between: str) -> None:
    law = "Some law: " + words.replace("\\", "").replace('"', "")
    pack = NG.replace("[never_scored]", f"{between}  [never_scored] # [x]").replace(
        'kept_law = "', f'kept_law = "{law}; '
    )
    with TemporaryDirectory() as folder:
        loaded = load_programme(with_pack(Path(folder), pack))
    assert loaded.programme.laws_on(TODAY)[0].kept_law.startswith(law)


def test_a_programme_may_hold_its_packs_itself() -> None:
    own = re.sub(r"(?m)^\[", "[law.ng.", NG)
    assert load_text(f"{programme_text(OWN)}[law.ng]\n{own}").programme.packs[0].name == "ng"


def test_the_doors_ask_a_pack_of_ones_own(tmp_path: Path) -> None:
    for law in ("[forbidden_dimensions]\non_kept_12m = 'Some Act, section 3'", "[forbidden_fields]\ndues = 'Some Act'"):
        pack = NG.replace(law.partition("\n")[0], law)
        with pytest.raises(AgainstTheLaw, match="ng: Some Act"):
            load_programme(with_pack(tmp_path, pack))
    with pytest.raises(AgainstTheLaw, match="at most 6 months of a negative fact"):
        load_programme(
            with_pack(tmp_path, NG.replace("months = 60", "months = 6"), shape=Shape(4, 4, jurisdictions=("ng",)))
        )


@pytest.mark.parametrize("name", [*load_packs(), "none"])
@pytest.mark.parametrize("place", ["law/{}.toml", "{}.toml"])
def test_a_pack_that_stands_in_for_a_shipped_one_is_refused(name: str, place: str, tmp_path: Path) -> None:
    pack, file = NG.replace('name = "ng"', f'name = "{name}"'), place.format(name)
    with pytest.raises(BadProgramme, match=rf"{name}\.toml: found {name}"):
        load_programme(with_pack(tmp_path, pack, file, Shape(jurisdictions=(name,))))


def test_a_pack_that_is_not_as_it_should_be_is_refused_with_its_file_and_field(tmp_path: Path) -> None:
    with pytest.raises(BadProgramme, match=r"law/ng\.toml, dispute_days: found text; expected a whole number"):
        load_programme(with_pack(tmp_path, NG.replace("dispute_days = 30", 'dispute_days = "30"')))
    with pytest.raises(BadProgramme, match=r"law/ng\.toml, appeal_days"):
        load_programme(with_pack(tmp_path, "appeal_days = 3\n" + NG))
    with pytest.raises(BadProgramme, match=r"law/ng\.toml.*TOML"):
        load_programme(with_pack(tmp_path, NG + "\nx ="))


def test_a_pack_that_no_jurisdiction_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadProgramme, match=r"law\.ng: found a pack that no jurisdiction names"):
        load_programme(with_pack(tmp_path, shape=Shape(jurisdictions=("cn",))))


def test_a_pack_in_two_places_is_refused(tmp_path: Path) -> None:
    with_pack(tmp_path)
    with pytest.raises(BadProgramme, match="one place for what it says"):
        load_programme(with_pack(tmp_path, file="ng.toml"))


def test_a_jurisdiction_without_a_pack_is_refused_with_where_to_put_one() -> None:
    with pytest.raises(StandingError, match=r"put one beside the programme: law/ng\.toml"):
        load_text(programme_text(OWN))


@pytest.mark.parametrize("jurisdictions", [("none", "cn"), ("cn", "none"), ("cn", "cn")])
def test_no_law_stands_by_itself_and_each_law_once(jurisdictions: tuple[str, ...]) -> None:
    with pytest.raises(BadProgramme, match="jurisdictions"):
        load_text(programme_text(Shape(jurisdictions=jurisdictions)))


def test_a_programme_says_where_no_law_was_checked(added: Variant) -> None:
    programme = load_programme(added("months_since(120, dues_late)", jurisdictions='["none"]')).programme
    assert programme.no_law == "No law was checked."
    with use_language("zh-Hans"):
        assert programme.no_law == "未审核任何法律。"


def test_no_law_lets_nobody_score_by_sex_or_by_friends(added: Variant) -> None:
    for field in ("sex", "born_on", "friends_score"):
        with pytest.raises(AgainstTheLaw):
            load_programme(added(f"sum(within(12, {field}))", jurisdictions='["none"]'))


def test_line_ends_are_part_of_what_is_registered(tmp_path: Path) -> None:
    folder = Path(write_programme(tmp_path, Shape()))
    text = (folder / "programme.toml").read_text(encoding="utf-8")
    (folder / "programme.toml").write_bytes(text.replace("\n", "\r\n").encode())
    drafted, expert = programme_texts(str(folder))
    assert read_definition("a", drafted.encode(), expert.encode()).digest == load_programme(str(folder)).digest


# --- money -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a loan up to CNY 5,000", {"CNY"}), ("5000 EUR or USD5", {"EUR", "USD"}), ("$5", set()), ("5 €", set()),
        ("最高5,000元", set()), ("50万元", set()), ("₦ 100", set()),
        ("CNY: 5,000", {"CNY"}), ("5000 (CNY)", {"CNY"}), ("EUR5k", {"EUR"}), ("5 million KES", {"KES"}),
        ("ＣＮＹ５，０００", {"CNY"}), ("CHF 20.–", {"CHF"}), ("20.– CHF", {"CHF"}), ("5000 [USD]", {"USD"}),
    ],
)  # fmt: skip
def test_a_text_that_names_money_is_found(text: str, codes: set[str]) -> None:
    assert currencies_named(text) == codes
    assert names_money(text)


NO_MONEY = [
    "12 months", "CNY", "the last 24 of 36", "XYZ 5", "5 kg", "最近12个月", "{value}", "In CNY, 12 months of it", "R2",
    "5 m", "5k", "krona 5", "of 3 kraft", "5 ft", "24/7", "1/2-year", "多元", "单元", "人民币一年期", "五元素",
    "两个月", "十二个月", "12元月", "五分", "Paid in EUR. 12 months", "3 leis",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_MONEY)
def test_a_text_without_money_names_none(text: str) -> None:
    assert not names_money(text)


SIGNS = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Sc"]


@pytest.mark.parametrize("form", ["{}5", "5{}", "{} 5,000", "5 {}", "5 k{}", "{}: 5", "5 ({})", "US{}5", "５{}"])
def test_every_sign_of_a_currency_beside_a_number_is_found(form: str) -> None:
    assert [sign for sign in SIGNS if not names_money(form.format(sign))] == []


LETTERS = [
    "Rs 500", "Rs. 500", "Rs500", "500 Rs", "KSh 500", "KSh500", "Ksh. 500", "TSh 5", "500 KSh", "kr 500", "500 kr",
    "500kr.", "zł 20", "20 zł", "20zł", "20 Kč", "500 Ft", "Rp 500", "RM 50", "RMB 5,000", "5000 RMB", "R500",
    "R 5,000", "500/=", "500/-", "500 руб.", "500 euros", "5000 yuan", "1,000 Dollars", "5 million rupees",
    "人民币5000", "人民币 5,000", "人民币：5000", "5000人民币", "人民币五千", "五千元", "五百万元", "5000多元",
    "二百余元", "5000美元", "一千美元", "港币500", "500块钱", "五千圆整", "500円",
]  # fmt: skip


@pytest.mark.parametrize("text", LETTERS)
def test_letters_and_words_for_a_currency_beside_a_number_are_found(text: str) -> None:
    assert names_money(f"a loan up to {text}")
    assert names_money(f"最高{text}的贷款")


def test_of_the_texts_that_are_shipped_only_those_name_money_that_do() -> None:
    shipped = resources.files("goodstanding.programmes") / "shipped" / "sesame"
    texts = "".join((shipped / name).read_text("utf-8") for name in ("programme.toml", "expert.toml"))
    found = [line for line in texts.splitlines() if names_money(line)]
    assert [line for line in found if not re.search(r"CNY \d+,000.*\d,000元", line)] == []
    assert len(found) == texts.count(" CNY ")


MONEY = (
    "Grade 1",
    "About kept 12m",
    "Mind kept_12m.",
    "Too short.",
    "A free ride",
    "Own score",
    "It is {value} for kept_12m.",
)


@pytest.mark.parametrize("text", MONEY)
@pytest.mark.parametrize("named", ["up to KES 500", "up to €500"])
def test_no_text_names_money_without_saying_of_which_currency_s_people(text: str, named: str) -> None:
    written = programme_text(Shape()).replace(f'"{text}"', f'"{text} {named}"')
    with pytest.raises(BadProgramme, match="no money but in its `currencies`: none"):
        load_text(written)
    held = written.replace("day = 12", 'day = 12\ncurrencies = ["KES", "EUR"]')
    assert load_text(held).programme.currencies == ("KES", "EUR")


def test_a_perk_of_another_currency_s_money_is_refused() -> None:
    perk = '[[perks]]\nfrom = 300\ntitle = {{ en = "CNY 5,000" }}\ncurrencies = ["{}"]\n[[coverage]]'
    assert load_text(programme_text(Shape()).replace("[[coverage]]", perk.format("CNY"), 1))
    with pytest.raises(BadProgramme, match=r"perk from 300.*CNY 5,000"):
        load_text(programme_text(Shape()).replace("[[coverage]]", perk.format("KES"), 1))


def test_a_currency_that_there_is_not_is_refused() -> None:
    for named in ('currencies = ["XYZ"]', "currencies = ['cny']"):
        with pytest.raises(BadProgramme, match="currencies"):
            load_text(programme_text(Shape()).replace("day = 12", f"day = 12\n{named}"))


def test_people_with_other_money_are_offered_no_perk_that_names_some(sesame: Definition) -> None:
    for currency in ("KES", "EUR", None):
        perks = [in_language(perk.title) for perk in sesame.programme.perks_in(currency)]
        assert not [text for text in perks if names_money(text) or "visa" in text]
        assert perks
    assert len(sesame.programme.perks_in("CNY")) == len(sesame.programme.perks)


# --- numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("case when sum(within(12, dues)) > 0 then 'a' end", "'a'"),
        ("case when sum(within(12, dues)) > 0 then 'a' else 1 end", "'a'"),
        ("coalesce(sum(within(12, dues)), '5')", "'5'"),
        ("max('x')", "'x'"),
        ("sum(within(12, dues)) > 0", "a condition"),
        ("max(within(12, dues)) is null", "a condition"),
        ("case when months_on_file() > 3 then true end", "a condition"),
        ("null", "NULL"),
        ("max(within(12, dues_late)) + (sum(within(12, dues)) > 2)", ""),
    ],
)
def test_a_characteristic_that_gives_no_number_is_refused(sql: str, said: str, added: Variant) -> None:
    with pytest.raises(BadProgramme, match=rf"characteristic added: found .*{said}.*; expected (a number|numbers)"):
        load_programme(added(sql))


@pytest.mark.parametrize(
    "sql", ["1", "1.5", "sum(within(12, dues)) * 1.5", "share(1, 0)", "count(payments)", "-max(payments)"]
)
def test_a_characteristic_that_gives_a_number_is_loaded(sql: str, added: Variant) -> None:
    assert load_programme(added(sql))


def test_coverage_that_compares_with_a_text_is_refused(variant: Variant) -> None:
    with pytest.raises(BadProgramme, match="coverage file_too_short: found 'x'"):
        load_programme(variant(("months_on_file() >= 3", "months_on_file() >= 'x'")))


@pytest.mark.parametrize("of", ["[-5, 900]", "[300, 40000]"])
def test_a_range_that_no_registry_holds_is_refused(of: str) -> None:
    with pytest.raises(BadProgramme, match="range"):
        load_text(programme_text(Shape(bands=1)).replace("[300, 900]", of))
