"""What a field holds arrives as it was sent, from CSV and from Parquet alike."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, literal, name
from goodstanding.months import today
from goodstanding.records import folder_feeds, load
from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]
Put = Callable[..., Path]

TEXTS = {
    "quotes": "the \"old\" bank's 'new' name",
    "a quote alone": '"',
    "commas": "a,b;c\td",
    "a new line": "first\nsecond",
    "a blank line inside": "first\n\nthird",
    "a Windows line end": "first\r\nsecond",
    "another script": "城市信用 Žižkov 😀",
    "what looks like SQL": "'); DROP TABLE checked_payments; --",
    "what looks like a literal": "{'field': 1}, NULL",
    "what looks like markup": "[red]x[/red] [link=http://x]",
    "a backslash": r"C:\new\table",
    "the word NULL": "NULL",
    "percent and braces": "{names} %s %(x)s {0}",
    "200 characters": "é" * 200,
}


def write_parquet(path: Path, rows: list[dict[str, object]]) -> None:
    """The same rows as a CSV would hold, each column as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows_sql = (
        "SELECT " + ", ".join(f"{literal(str(value))} AS {name(key)}" for key, value in row.items()) for row in rows
    )
    with Duck() as duck:
        duck.write_parquet(" UNION ALL ".join(rows_sql), path)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_arrives_as_it_was_sent(
    workspace: Workspace, row: Make, take: Callable[..., Any], held: Callable[..., Any], text: str
) -> None:
    take("people", row("people"))
    assert take("payments", row("payments", counterparty=text)).accepted == 1
    assert held(workspace, "payments")[0]["counterparty"] == text


def test_an_id_of_any_text_is_kept_and_known_again(row: Make, take: Callable[..., Any]) -> None:
    odd = 'o\'brien, "pat"; 李 2'
    take("people", row("people", person_id=odd, record_id=odd))
    assert take("details", row("details", person_id=odd, record_id=odd)).accepted == 1
    assert take("details", row("details", person_id=odd, record_id=odd)).unchanged == 1


def test_the_largest_amount_is_kept_to_the_last(
    workspace: Workspace, row: Make, take: Callable[..., Any], held: Callable[..., Any]
) -> None:
    take("people", row("people"))
    take("payments", row("payments", amount_minor="-10000000000000"))
    assert held(workspace, "payments")[0]["amount_minor"] == -10_000_000_000_000


def test_lines_are_counted_by_record_across_new_lines_in_fields(
    workspace: Workspace, row: Make, take: Callable[..., Any], quarantined: Callable[..., Any]
) -> None:
    take("people", row("people"))
    long = row("payments", counterparty="one\ntwo\nthree")
    take("payments", long, row("payments", record_id="bad", amount_minor="x"))
    assert [row["line"] for row in quarantined(workspace, "payments")] == ["3"]


SAFE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Zl")), max_size=60)


@settings(max_examples=4, deadline=None)
@given(texts=st.lists(SAFE, min_size=1, max_size=40))
def test_csv_and_parquet_of_the_same_rows_give_the_same_record_files(
    row: Make, table_file: Put, texts: list[str]
) -> None:
    rows = [row("payments", record_id=str(n), counterparty=text) for n, text in enumerate(texts)]
    with TemporaryDirectory() as folder:
        catalogues: list[str] = []
        for kind in ("csv", "parquet"):
            root, room = Path(folder) / kind, Workspace(Path(folder) / f"{kind}-room")
            table_file(root / "people.csv", [row("people")])
            if kind == "csv":
                table_file(root / "payments.csv", rows)
            else:
                write_parquet(root / "payments.parquet", rows)
            load(room, folder_feeds(root), today())
            catalogues.append(room.catalogue.to_json())
        assert catalogues[0] == catalogues[1]


def test_a_typed_parquet_gives_the_record_files_of_its_csv(row: Make, table_file: Put, tmp_path: Path) -> None:
    files = {kind: tmp_path / kind for kind in ("csv", "parquet")}
    for folder in files.values():
        table_file(folder / "people.csv", [row("people")])
    source = table_file(
        files["csv"] / "details.csv", [row("details", valid_to="2024-05-31"), row("details", record_id="2")]
    )
    with Duck() as duck:
        duck.write_parquet(
            f"SELECT * REPLACE (CAST(happened_on AS DATE) AS happened_on, CAST(known_on AS DATE) AS known_on, "
            f"CAST(valid_to AS DATE) AS valid_to, CAST(verified AS BOOLEAN) AS verified) "
            f"FROM read_csv({literal(str(source))}, header = true, all_varchar = true)",
            files["parquet"] / "details.parquet",
        )
    rooms = {kind: Workspace(tmp_path / f"{kind}-room") for kind in files}
    for kind, folder in files.items():
        load(rooms[kind], folder_feeds(folder), today())
    assert rooms["csv"].catalogue == rooms["parquet"].catalogue


@pytest.mark.parametrize("odd", ["a*b", "a[xX]b", "a?b"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_folder_name_is_never_a_pattern(row: Make, table_file: Put, tmp_path: Path, odd: str, kind: str) -> None:
    # Read as a pattern, it would bring in the people of a neighbouring folder as well.
    for folder in (odd, "aXb"):
        if kind == "csv":
            table_file(tmp_path / folder / "people.csv", [row("people", record_id=folder)])
        else:
            write_parquet(tmp_path / folder / "people.parquet", [row("people", record_id=folder)])
    room = Workspace(tmp_path / "standing")
    assert load(room, folder_feeds(tmp_path / odd), today()).counts["people"].read == 1
