"""Names that people will read: those of the world are taken, those that could pass for another are not."""

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.registry.people import clean_name

TAKEN = {
    "Chinese": "中国工商银行股份有限公司",
    "Chinese with Latin letters": "ACME中国有限公司",
    "Japanese": "ソニーグループ株式会社",
    "Korean": "삼성전자",
    "Arabic": "بنك الإمارات دبي الوطني",
    "Hebrew": "בנק לאומי",
    "Devanagari": "भारतीय स्टेट बैंक",
    "Thai": "ธนาคารกรุงเทพ",
    "Vietnamese": "Ngân hàng Thương mại Cổ phần Ngoại thương Việt Nam",
    "Cyrillic": "Сбербанк России",
    "Greek": "Εθνική Τράπεζα",
    "Armenian": "Ամերիաբանկ",
    "Czech": "Česká spořitelna, a.s.",
    "a mark without a composed form": "q\u0323\u0307a",
    "digits and punctuation": "O’Neill & Søn (1998) – 7, 50 % €",
    "one character": "X",
    "the longest": "x" * 120,
    "the longest outside the first plane": "𠀀" * 120,
}

REFUSED = {
    "nothing": ("", "found 0 characters"),
    "only spaces": (" \t\n\u3000 ", "found 0 characters"),
    "too long": ("x" * 121, "found 121 characters"),
    "a NUL": ("Acme\x00", "U\\+0000"),
    "a line end": ("Acme\nBank", "U\\+000A"),
    "an escape": ("\x1b[31mAcme", "U\\+001B"),
    "a control of the second set": ("A\x85cme", "U\\+0085"),
    "a delete": ("A\x7fcme", "U\\+007F"),
    "half a character": ("A\ud800cme", "U\\+D800"),
    "an override of the direction": ("Acme \u202ekna\u202c", "RIGHT-TO-LEFT OVERRIDE"),
    "an isolate of a direction": ("\u2067Acme\u2069", "RIGHT-TO-LEFT ISOLATE"),
    "a mark of a direction": ("Acme\u200f", "RIGHT-TO-LEFT MARK"),
    "an Arabic mark of a direction": ("A\u061cB", "ARABIC LETTER MARK"),
    "no width": ("Ac\u200bme", "ZERO WIDTH SPACE"),
    "a joiner": ("Ac\u200dme", "ZERO WIDTH JOINER"),
    "a word joiner": ("Ac\u2060me", "WORD JOINER"),
    "a byte order mark": ("\ufeffAcme", "U\\+FEFF"),
    "a soft hyphen": ("Ac\u00adme", "SOFT HYPHEN"),
    "a tag": ("Acme\U000e0041", "TAG LATIN CAPITAL LETTER A"),
    "a space that is none": ("Acme\u00a0Bank", "NO-BREAK SPACE"),
    "a thin space": ("Acme\u2009Bank", "THIN SPACE"),
    "a private character": ("Acme\ue000", "U\\+E000"),
    "a character that is none": ("Acme\u0378", "U\\+0378"),
    "a Cyrillic letter among Latin ones": ("Pаypal", "letters of Cyrillic, Latin"),
    "a Greek letter among Latin ones": ("Αcme", "letters of Greek, Latin"),
    "a Cherokee letter among Latin ones": ("ᎪCME", "CHEROKEE LETTER GO"),
    "an Armenian letter among Latin ones": ("Baոk", "letters of Armenian, Latin"),
    "a Latin word beside an Arabic one": ("بنك Bank", "letters of Arabic, Latin"),
    "look-alikes apart from one another": ("Ivan 7 о", "letters of Cyrillic, Latin"),
}

# They look like nothing, or like a Latin letter.
MISLEADING = {
    "a combining mark of no width": "Acme\u034f",
    "a variation selector": "Acme\ufe0f",
    "a Mongolian variation selector": "Acme\u180b",
    "a Hangul filler": "\u3164",
    "a halfwidth Hangul filler": "Ac\uffa0me",
    "a Hangul vowel filler": "Ac\u1160me",
    "an empty Braille pattern": "Ac\u2800me",
    "a vowel that is not seen": "\u17b4",
    "a fullwidth letter": "Ａcme",
    "a mathematical letter": "𝐀cme",
    "a Lisu letter": "ꓮcme",
    "a Coptic letter": "Ⲁcme",
    "a Roman numeral": "Payⅿe",
    "marks alone": "\u0301\u0302",
    "two spaces": "Acme  Bank",
}


@pytest.mark.parametrize("name", TAKEN.values(), ids=TAKEN)
def test_a_name_of_any_alphabet_is_taken_as_it_is(name: str) -> None:
    assert clean_name("name", name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(("name", "found"), REFUSED.values(), ids=REFUSED)
def test_a_name_made_to_mislead_is_refused_with_what_is_wrong(name: str, found: str) -> None:
    with pytest.raises(BadInput, match=found) as refusal:
        clean_name("the firm's name", name)
    assert refusal.value.where == "the firm's name"
    # The message itself can be printed anywhere.
    assert all(unicodedata.category(sign)[0] != "C" for sign in str(refusal.value))


def test_letters_with_marks_are_composed() -> None:
    apart = unicodedata.normalize("NFD", TAKEN["Vietnamese"])
    assert len(apart) > len(TAKEN["Vietnamese"])
    assert clean_name("name", apart) == TAKEN["Vietnamese"]


def test_marks_count_with_their_letter_where_they_are_composed() -> None:
    assert clean_name("name", "e\u0301" * 120) == "é" * 120
    with pytest.raises(BadInput, match="found 121 characters"):
        clean_name("name", "e\u0301" * 121)


def test_space_around_a_name_is_taken_away() -> None:
    assert clean_name("name", "\u3000\t Acme Bank \n") == "Acme Bank"


@given(st.text(st.characters(), max_size=130))
@example(" \u0301e")
@example("\u1e9b\u0323")
@example("a\u0338\u0301 \u2126")
def test_whatever_is_taken_is_clean(name: str) -> None:
    try:
        found = clean_name("name", name)
    except BadInput:
        return
    assert [sign for sign in found if unicodedata.category(sign)[0] == "C"] == []
    assert [sign for sign in found if sign.isspace() and sign != " "] == []
    assert 1 <= len(found) <= 120
    assert clean_name("name", found) == found


@given(st.text("aZ", min_size=1, max_size=50), st.text("α1 -中", max_size=9), st.text("аЯ", min_size=1, max_size=50))
def test_letters_of_two_alphabets_never_make_a_name(latin: str, between: str, cyrillic: str) -> None:
    with pytest.raises(BadInput, match="letters of one alphabet"):
        clean_name("name", latin + between + cyrillic)


@pytest.mark.parametrize("name", MISLEADING.values(), ids=MISLEADING)
def test_a_name_that_looks_like_another_or_like_nothing_is_refused_or_put_right(name: str) -> None:
    try:
        found = clean_name("name", name)
    except BadInput:
        return
    assert found != name


def test_a_name_of_many_marks_is_refused_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(BadInput):
        clean_name("name", "\u0315\u0300" * 15_000)
    assert time.monotonic() - began < 0.1


@pytest.mark.parametrize(
    "name",
    ["佐々木銀行", "ธนาคารน้ำ", "ທະນາຄານ ຄຳ", "Oʻzbekiston banki", "ᠮᠣᠩᠭᠣᠯ", "ꆈꌠ"],
    ids=lambda name: ascii(name)[1:7],
)
def test_a_name_as_people_write_it_there_is_taken(name: str) -> None:
    assert clean_name("name", name) == name
