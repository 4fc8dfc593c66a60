"""A row that cannot be taken: alone it refuses the file, among good ones it goes to quarantine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from goodstanding.months import today
from goodstanding.records import folder_feeds, load
from goodstanding.store import Workspace

DATE = "a date as YYYY-MM-DD"
WHOLE = "a whole number (money in minor units: 12.50 is 1250)"
NOT_BELOW_0 = "a whole number of at least 0 (money in minor units: 12.50 is 1250)"
NOT_BELOW_1 = NOT_BELOW_0.replace("0 (", "1 (")
TO_KNOWN = "a day from happened_on to known_on"


class Case(NamedTuple):
    """A bad row: what is changed in a sound one, and how the problem is told."""

    table: str
    changes: dict[str, object]
    field: str
    found: str
    expected: str


def one(table: str, field: str, value: str, expected: str, **others: object) -> Case:
    """A row with one bad value."""
    return Case(table, {field: value, **others}, field, value, expected)


CASES = {
    "a day that does not exist": one("payments", "happened_on", "2024-02-30", DATE),
    "a date the local way": one("payments", "happened_on", "31.01.2024", DATE),
    "a time where a date is due": one("payments", "known_on", "2024-06-30 12:00:00", DATE),
    "a time zone where a date is due": one("payments", "known_on", "2024-06-30T00:00:00Z", DATE),
    "a date without a century": one("payments", "happened_on", "240131", DATE),
    "a year that no calendar has": one("payments", "happened_on", "0000-01-31", DATE),
    "no date": Case("payments", {"happened_on": ""}, "happened_on", "nothing", DATE),
    "a negative transfer": one("transfers", "amount_minor", "-100", NOT_BELOW_1),
    "a transfer of nothing": one("transfers", "amount_minor", "0", NOT_BELOW_1),
    "a negative part paid": one("dues", "paid_minor", "-1", NOT_BELOW_0),
    "a negative deposit": one("orders", "deposit_minor", "-1", NOT_BELOW_0),
    "a fraction of a minor unit": one("payments", "amount_minor", "12.50", WHOLE),
    "digits that a spreadsheet grouped": one("payments", "amount_minor", "1 000", WHOLE),
    "an amount of 16 digits": one("payments", "amount_minor", "1000000000000000", WHOLE),
    "an amount beyond any integer": one("payments", "amount_minor", "9" * 40, WHOLE),
    "an amount with an exponent": one("payments", "amount_minor", "1e3", WHOLE),
    "an unknown category": one("payments", "category", "gifts", "one of wages, pension"),
    "neither true nor false": one("details", "verified", "maybe", "true or false"),
    "an unknown state": one("payments", "state", "deleted", "one of valid, disputed, withdrawn"),
    "no person": Case("payments", {"person_id": "  "}, "person_id", "nothing", "text of 1 to 200 characters"),
    "an unknown person": one("payments", "person_id", "p99", "a person of the people table"),
    "a text of 201 characters": Case("details", {"value": "x" * 201}, "value", "x" * 60, "text of 1 to 200 characters"),
    "known before it happened": one("payments", "known_on", "2024-01-30", "a day not before happened_on"),
    "known after today": one("payments", "known_on", "2026-06-16", "a day not after today, 2026-06-15"),
    "a balance inside the month": one("balances", "happened_on", "2024-01-30", "the last day of a month"),
    "a balance of 28 February in a leap year": one("balances", "happened_on", "2024-02-28", "the last day of a month"),
    "paid, but not the whole": one("dues", "paid_minor", "899", "the whole amount where paid_on is given"),
    "paid after it was known": one("dues", "paid_on", "2024-07-01", "a day not after known_on"),
    "over before it began": one("details", "valid_to", "2024-01-30", "a day not before happened_on"),
    "promised before it began": one("orders", "promised_on", "2024-01-30", "a day not before happened_on"),
    "returned before it began": one("orders", "returned_on", "2024-01-30", TO_KNOWN),
    "settled after it was known": one("public_records", "settled_on", "2024-07-01", TO_KNOWN),
    "a window that ends later than known": one("outcomes", "window_until", "2024-07-01", TO_KNOWN),
}
MONEY = {
    "an unknown currency": one("payments", "currency", "XQX", "an ISO 4217 code such as CNY"),
    "a currency in small letters": one("payments", "currency", "czk", "an ISO 4217 code such as CNY"),
}
ALL = CASES | MONEY
# How a whole load is refused is the same for every case: it is tried with the commonest.
COMMONEST = {
    name: ALL[name]
    for name in (
        "a day that does not exist",
        "a time where a date is due",
        "a negative transfer",
        "an unknown currency",
        "an unknown person",
        "known before it happened",
        "a balance inside the month",
    )
}


@pytest.fixture
def files(tmp_path: Path, row: Callable[..., Any], table_file: Callable[..., Path]) -> Callable[..., Path]:
    """A folder with people p1 and p2, and rows of another table."""

    def put(case: Case, *, good: int) -> Path:
        people = [row("people", person_id=person, record_id=f"person-{person}") for person in ("p1", "p2")]
        rows = [row(case.table, record_id=f"good-{n}") for n in range(good)]
        rows.extend(row(case.table, record_id=f"bad-{n}", **case.changes) for n in range(2))
        table_file(tmp_path / "files" / "people.csv", people)
        return table_file(tmp_path / "files" / f"{case.table}.csv", rows).parent

    return put


@pytest.mark.parametrize("case", COMMONEST.values(), ids=COMMONEST)
def test_a_file_of_bad_rows_only_is_refused(
    case: Case, files: Callable[..., Path], refused: Callable[..., str], tmp_path: Path
) -> None:
    said = refused(files(case, good=0), tmp_path / "standing")
    assert said.startswith(
        f"standing: {case.table}.csv, line 2, {case.field}: found '{case.found}'; expected {case.expected}"
    )
    assert "2 of 2 rows of the file are bad; nothing was loaded. Correct them." in said


@pytest.mark.parametrize("case", COMMONEST.values(), ids=COMMONEST)
def test_strict_refuses_a_mixed_file(
    case: Case, files: Callable[..., Path], refused: Callable[..., str], tmp_path: Path
) -> None:
    said = refused(files(case, good=3), tmp_path / "standing", "--strict")
    assert said.startswith(
        f"standing: {case.table}.csv, line 5, {case.field}: found '{case.found}'; expected {case.expected}"
    )
    assert "2 of 5 rows of the file are bad; nothing was loaded." in said


@pytest.mark.parametrize("case", ALL.values(), ids=ALL)
def test_a_mixed_file_loads_its_good_rows_and_keeps_the_bad_ones_apart(
    case: Case,
    files: Callable[..., Path],
    standing: Callable[..., Any],
    workspace: Workspace,
    held: Callable[..., list[dict[str, Any]]],
    quarantined: Callable[..., list[dict[str, str]]],
) -> None:
    answer = standing("ingest", "records", files(case, good=3), "--workspace", workspace.root, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out)[case.table] == {"read": 5, "accepted": 3, "unchanged": 0, "quarantined": 2}
    assert [record["record_id"] for record in held(workspace, case.table)] == ["good-0", "good-1", "good-2"]
    apart = quarantined(workspace, case.table)
    assert [list(row) for row in apart] == [["file", "line", "field", "found", "expected"]] * 2
    assert [(row["file"], row["line"], row["field"]) for row in apart] == [
        (f"{case.table}.csv", line, case.field) for line in ("5", "6")
    ]
    assert {row["found"] for row in apart} == {case.found}
    assert all(row["expected"].startswith(case.expected) for row in apart)


def test_the_first_problems_are_shown_to_who_loads(
    files: Callable[..., Path], standing: Callable[..., Any], tmp_path: Path
) -> None:
    path = files(CASES["a day that does not exist"], good=3)
    answer = standing("ingest", "records", path, "--workspace", tmp_path / "standing")
    said = " ".join(answer.out.split())
    assert f"payments.csv, line 5, happened_on: found '2024-02-30'; expected {DATE}." in said
    folder = tmp_path / "standing" / "quarantine"
    assert f"The row is in {folder / 'payments'}; correct it and load the file again." in said
    assert " more rows in " not in said


def test_how_many_rows_are_not_shown_is_told(
    table_file: Callable[..., Path], row: Callable[..., Any], standing: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    table_file(folder / "people.csv", [row("people")])
    rows = [row("payments", record_id=f"r{n}", amount_minor="5.00" if n else "5") for n in range(9)]
    table_file(folder / "payments.csv", rows)
    answer = standing("ingest", "records", folder, "--workspace", tmp_path / "standing")
    assert answer.out.count("The row is in ") == 5
    assert f"And 3 more rows in {tmp_path / 'standing' / 'quarantine'}." in " ".join(answer.out.split())


def test_a_line_with_a_column_too_many_is_kept_apart_by_its_line(
    workspace: Workspace,
    take: Callable[..., Any],
    row: Callable[..., Any],
    tmp_path: Path,
    quarantined: Callable[..., list[dict[str, str]]],
) -> None:
    take("people", row("people"))
    path = tmp_path / "files" / "people.csv"
    path.write_text(path.read_text() + "p2,r2,2024-01-31,2024-01-31,bank,more\np3,r3,2024-01-31,2024-1-31,bank\n")

    count = load(workspace, folder_feeds(path), today()).counts["people"]
    assert (count.read, count.unchanged, count.quarantined) == (3, 1, 2)
    assert [(row["line"], row["field"]) for row in quarantined(workspace, "people")] == [("3", "*"), ("4", "known_on")]


UNSPLIT = {
    "too many": (
        b"p2,r2,2024-01-31,2024-01-31,bank,5,900",
        "number of values: 6 or more",
        "as many as the header has columns: 5; a value with a comma in it, such as 5,900, needs quotes",
    ),
    "too few": (b"p2,r2,2024-01-31", "number of values: 3", "as many as the header has columns: 5"),
    "Latin-1": (
        b"p2,r2,2024-01-31,2024-01-31,T\xe9l\xe9",
        "bytes that are not UTF-8",
        "text in UTF-8; save the file again as CSV UTF-8",
    ),
    "a quote": (
        b'p2,"r2"x,2024-01-31,2024-01-31,bank',
        "a quote in the midst of a value",
        "quotes around a whole value, and doubled inside it",
    ),
}


@pytest.mark.parametrize(("line", "found", "expected"), UNSPLIT.values(), ids=list(UNSPLIT))
def test_a_line_that_does_not_split_is_told_in_our_own_words(
    line: bytes, found: str, expected: str, standing: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    header = b"person_id,record_id,happened_on,known_on,source\np1,r1,2024-01-31,2024-01-31,bank\n"
    path.write_bytes(header + line + b"\n")
    said = standing("ingest", "records", path, "--workspace", tmp_path / "standing").out
    assert f"people.csv, line 3: found {found}; expected {expected}." in said
