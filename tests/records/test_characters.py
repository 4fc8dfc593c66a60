"""Ids that look the same are the same: one rule for files, for what is submitted and for the registry's ids."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, files
from goodstanding.errors import BadInput
from goodstanding.months import today
from goodstanding.records import Checked, check_submitted, folder_feeds, load, one_form
from goodstanding.records.characters import one_form_sql, spoilt, spoilt_sql, unseen_sql
from goodstanding.registry.people import identifier
from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]

# What nobody sees, and letters in one piece and in two.
ODD = [
    "\t", "\n", "\r", "\x00", "\x07", "\x7f", "\x85", "\u00a0", "\u00ad", "\u034f", "\u061c", "\u115f", "\u1680",
    "\u180e", "\u2003", "\u200b", "\u200c", "\u200d", "\u200e", "\u2028", "\u202e", "\u202f", "\u2060", "\u2066",
    "\u3000", "\u3164", "\ufe0f", "\ufeff", "\U000e0020", "\u0301", "é", " ",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(["m", "i", "e", "李", *ODD]), max_size=6).map("".join) | st.text(
    st.characters(codec="utf-8"), max_size=12
)


def transaction(text: str) -> str:
    """What a reader sees of a text: composed, without what has no ink."""
    composed = unicodedata.normalize("NFC", text)
    inkless = {"Cc", "Cf", "Zl", "Zp", "Zs", "Cs"}
    fillers = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    seen = (
        c for c in composed
        if unicodedata.category(c) not in inkless and c not in fillers and not 0xFE00 <= ord(c) <= 0xFE0F
    )  # fmt: skip
    return "".join(seen)


@settings(deadline=None)
@given(text=TEXTS, odd=st.sampled_from(ODD), place=st.integers(0, 12))
def test_two_ids_that_look_the_same_are_never_two(text: str, odd: str, place: int) -> None:
    other = text[:place] + odd + text[place:]
    first, second = one_form(text), one_form(other)
    if (
        transaction(text).replace(" ", "") == transaction(other).replace(" ", "")
        and first is not None
        and second is not None
    ):
        # A space that is seen inside a text makes it another.
        assert first.replace(" ", "") == second.replace(" ", "")
        assert first == second or " " in odd


@settings(max_examples=3, deadline=None)
@given(texts=st.lists(TEXTS, min_size=30))
# Of a later Unicode than Python's own tables: marks that are put in order, letters that are composed.
@example(texts=[f"a{mark}\u0301" for mark in "\U00010efd\U00010eff\U00011f41\U00011f42\U0001e4ec\U0001e5ee"])
@example(texts=["\U00016d67\U00016d67", "\U0001611e\U0001611e", "\U00011382\U000113c9", "\U0002ebf0"])
@example(texts=["\ufeffmia", " \u3000\tmia\u00a0\r\n", "", " ", "a\x00\u0301", "\u0344\x00b"])
def test_the_rule_is_one_in_python_and_in_sql(texts: list[str]) -> None:
    formed = one_form_sql("text")
    with Duck() as duck:
        duck.table("texts", {"n": np.arange(len(texts)), "text": np.array(texts, dtype=object)})
        unseen = unseen_sql(formed, within_id=True)
        rows = duck.rows(f"SELECT {formed} AS formed, {unseen} AS unseen FROM texts ORDER BY n")
    kept = [row["formed"] if row["formed"] and row["unseen"] is None else None for row in rows]
    assert kept == [one_form(text) for text in texts]


def test_a_composed_text_stays_what_it_is() -> None:
    for text in ("mia", "José", "李 明", 'o\'brien, "pat"', "a-b_c/d", "Ω", "😀"):
        assert one_form(text) == text
        assert one_form(unicodedata.normalize("NFD", text)) == text


def checked(row: Make, table: str, cases: Iterable[tuple[str, str]]) -> list[Checked]:
    rows = [{key: str(value) for key, value in row(table, **{field: text}).items()} for field, text in cases]
    return check_submitted(table, rows, today())


def test_a_character_that_nobody_sees_is_named(row: Make) -> None:
    odd = ["\u200b", "\x00", "\u202e", "\u3000", "\ufeff", "\t"]
    cases = list(product(["person_id", "record_id", "source", "other_person"], odd))
    for (field, one), found in zip(cases, checked(row, "transfers", [(f, f"mi{o}a") for f, o in cases]), strict=True):
        assert (found.field, found.found) == (field, f"mi\ufffda (U+{ord(one):04X})")
        assert found.expected == "text without characters that nobody sees"


def test_a_name_keeps_what_its_script_needs(row: Make) -> None:
    names = ["شرکت\u200cها", "क्\u200dष", "❤\ufe0f", "two\nlines", "a\u3000b"]
    assert {one.field for one in checked(row, "payments", product(["counterparty"], names))} == {None}


def test_a_number_that_a_spreadsheet_has_rounded_is_told(row: Make) -> None:
    rounded = [
        "4.40524E17",
        "440.5E+15",
        "4.40E-05",
        "1.0E17",
        "1.23E+15",
        "4.40E+17",
        "4,40E+17",
        "1E+05",
        "9.007199e+15",
        "-2.5E+20",
    ]
    cases = list(product(["person_id", "record_id", "counterparty"], rounded))
    for case, found in zip(cases, checked(row, "payments", cases), strict=True):
        assert (found.field, found.found) == case
        assert "a spreadsheet has rounded it" in (found.expected or "")


def test_an_id_that_only_resembles_a_rounded_number_is_taken(row: Make) -> None:
    ids = [
        "E+15",
        "1.23",
        "440000000000000017",
        "12E+",
        "1e-5",
        "bill-1E+05",
        "12e45",
        "12345e67",
        "1e5a",
        "0E5",
        "1E1234",
    ]
    assert {one.field for one in checked(row, "payments", product(["record_id"], ids))} == {None}
    assert {one.field for one in checked(row, "payments", product(["counterparty"], ["1E5", "NULL", "#1"]))} == {None}


SPOILT = {
    "has rounded it": ["1E5", "1e5", "9e17", "4.40524E17"],
    "has written an error": [
        "#N/A",
        "#NAME?",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#NV",
        "#¡REF!",
        "Err:502",
    ],
    "too narrow": ["########", "#"],
    "mark of a text or formula": ['="00123"', "=A1", "'00123", "'-5", "'=5"],
    "where there is none": [
        "NULL",
        "null",
        "(null)",
        "[NULL]",
        "\\N",
        "nan",
        "NaN",
        "-nan",
        "None",
        "N/A",
        "<NA>",
        "NA",
        "undefined",
    ],
}


def test_an_id_that_a_spreadsheet_or_a_program_has_spoilt_is_told(row: Make) -> None:
    cases = [
        (said, (field, text))
        for said, texts in SPOILT.items()
        for text in texts
        for field in ("person_id", "record_id", "source", "other_person")
    ]
    found = checked(row, "transfers", [case for _, case in cases])
    for (said, case), one in zip(cases, found, strict=True):
        assert (one.field, one.found) == case
        assert said in (one.expected or "")


@settings(deadline=None)
@given(text=st.from_regex(r"[A-Za-z0-9]+([-_:./][A-Za-z0-9]+)+|[0-9]+|[0-9a-f]{6,64}", fullmatch=True))
@example(text="1e5-7")
@example(text="bill-#N/A")
@example(text="12e45abc")
@example(text="123e4567-e89b-12d3-a456-426614174000")
@example(text="NA-1")
def test_an_id_of_letters_digits_and_dashes_is_sound(text: str) -> None:
    if not re.fullmatch(r"[Nn]/[Aa]|Err:[0-9]{3}|[0-9]{1,3}\.[0-9]+[eE]-?[0-9]{1,3}", text):
        assert spoilt(text) is None


@pytest.mark.parametrize(
    "text", ["Nan", "Null", "Na", "nil", "'t Hart", "O'Brien", "#1", "#12-a", "a=b", "李明", "3E", "e5"]
)
def test_a_name_that_only_resembles_what_programs_write_is_sound(text: str) -> None:
    assert spoilt(text) is None


@settings(max_examples=3, deadline=None)
@given(texts=st.lists(st.text("#N/A!?=E+-.1'\\éul", max_size=8), min_size=30))
@example(texts=[text for texts in SPOILT.values() for text in texts])
def test_what_is_spoilt_is_one_in_python_and_in_sql(texts: list[str]) -> None:
    with Duck() as duck:
        duck.table("texts", {"n": np.arange(len(texts)), "text": np.array(texts, dtype=object)})
        rows = duck.rows(f"SELECT {spoilt_sql('text')} AS said FROM texts ORDER BY n")
    assert [row["said"] for row in rows] == [spoilt(text) for text in texts]


@settings(max_examples=6, deadline=None)
@given(odd=st.lists(st.sampled_from(ODD), min_size=3, max_size=8, unique=True), place=st.integers(0, 4))
def test_no_spelling_of_an_id_makes_a_second_person(row: Make, table_file: Any, odd: list[str], place: int) -> None:
    spelt = ["Zoé", "Zoe\u0301", *("Zoé"[:place] + one + "Zoé"[place:] for one in odd if one not in "é\u0301 ")]
    with TemporaryDirectory() as folder:
        room = Workspace(Path(folder) / "standing")
        rows = [row("people", person_id=person, record_id=f"r{n}") for n, person in enumerate(spelt)]
        count = load(room, folder_feeds(table_file(Path(folder) / "people.csv", rows)), today()).counts["people"]
        with Duck() as duck:
            held = [room.path(entry) for entry in room.catalogue.under("records")]
            found = duck.rows(f"SELECT DISTINCT person_id FROM {files(held)}")
    assert [one["person_id"] for one in found] == ["Zoé"]
    assert count.accepted + count.quarantined == len(spelt)


@pytest.mark.parametrize(("text", "kept"), [(" mia ", "mia"), ("Jose\u0301", "José"), ("\u3000mia", "mia")])
def test_the_registry_keeps_a_record_id_in_the_form_that_files_have(text: str, kept: str) -> None:
    assert identifier("record_id", text).value == kept


@pytest.mark.parametrize("text", ["mi\u200ba", "mi\x00a", "\ufeffmia", "   ", ""])
def test_the_registry_refuses_a_record_id_that_files_may_not_have(text: str) -> None:
    with pytest.raises(BadInput):
        identifier("record_id", text)


def test_an_id_that_is_held_in_another_composition_is_told(
    workspace: Workspace, row: Make, take: Callable[..., Any], quarantined: Callable[..., Any]
) -> None:
    # Such a workspace was made before ids had one form: its file of people is written as it was then.
    take("people", row("people", person_id="Jose", record_id="old"))
    with workspace.stage() as staging, Duck() as duck:
        (entry,) = staging.under("records")
        staged = staging.scratch()
        duck.write_parquet(
            f"SELECT * REPLACE ('Jose' || chr(769) AS person_id) FROM {files([staging.path(entry)])}",
            staged,
        )
        staging.remove(entry)
        staging.add(entry.path.rpartition("/")[0], staged, "first-{digest}.parquet")
    count = take("people", row("people", person_id="José", record_id="new"), row("people", record_id="ok"))
    assert (count.accepted, count.quarantined) == (1, 1)
    assert "in another composition" in quarantined(workspace, "people")[0]["expected"]
