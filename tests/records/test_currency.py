"""One currency a workspace: the first money sets it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]


def test_the_first_money_sets_the_currency(workspace: Workspace, take: Callable[..., Any], row: Make) -> None:
    take("people", row("people"))
    assert workspace.catalogue.values.get("currency") is None
    take("payments", row("payments", currency="EUR"))
    assert workspace.catalogue.values["currency"] == "EUR"


def test_a_file_with_two_currencies_is_refused(
    row: Make, table_file: Callable[..., Path], refused: Callable[..., str], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    table_file(folder / "people.csv", [row("people")])
    both = [row("payments", record_id=code, currency=code) for code in ("EUR", "CZK", "EUR")]
    table_file(folder / "payments.csv", [both[0] | {"record_id": "third"}, *both[:2]])
    said = refused(folder, tmp_path / "standing")
    assert "payments.csv, line 4, currency: found CZK, and elsewhere EUR; expected one currency." in said
    assert "Load each currency into a workspace of its own." in said


def test_two_tables_in_two_currencies_are_refused(
    row: Make, table_file: Callable[..., Path], refused: Callable[..., str], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    table_file(folder / "people.csv", [row("people")])
    table_file(folder / "payments.csv", [row("payments", currency="EUR")])
    table_file(folder / "balances.csv", [row("balances", currency="CZK")])
    assert "found CZK, and elsewhere EUR; expected one currency." in refused(folder, tmp_path / "standing")


def test_a_file_in_another_currency_than_the_workspace_is_refused(
    row: Make, table_file: Callable[..., Path], refused: Callable[..., str], used_room: Path, tmp_path: Path
) -> None:
    path = table_file(tmp_path / "payments.csv", [row("payments", record_id="new", currency="EUR")])
    said = refused(path, used_room)
    assert "payments.csv, line 2, currency: found 'EUR'; expected CZK, the currency of this workspace" in said


def test_among_good_rows_another_currency_is_quarantined(
    row: Make,
    table_file: Callable[..., Path],
    standing: Callable[..., Any],
    used_room: Path,
    tmp_path: Path,
    quarantined: Callable[..., list[dict[str, str]]],
) -> None:
    rows = [row("payments", record_id="new"), row("payments", record_id="other", currency="EUR")]
    answer = standing("ingest", "records", table_file(tmp_path / "payments.csv", rows), "--workspace", used_room)
    assert answer.code == 0
    apart = quarantined(Workspace(used_room), "payments")
    assert [(row["line"], row["field"], row["found"]) for row in apart] == [("3", "currency", "EUR")]


def test_a_quarantined_row_does_not_set_the_currency(workspace: Workspace, take: Callable[..., Any], row: Make) -> None:
    take("people", row("people"))
    take("payments", row("payments", currency="EUR", person_id="nobody"), row("payments", record_id="r2"))
    assert workspace.catalogue.values["currency"] == "CZK"
