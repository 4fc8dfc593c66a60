"""A workspace of a few people whose transfers and details a test says."""

import csv
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from goodstanding.records import folder_feeds, load
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

Record = dict[str, Any]
PEOPLE = ("ann", "bo", "cy", "di")
TODAY = date(2026, 6, 15)
DEFAULTS: dict[str, Record] = {
    "transfers": {"direction": "out", "amount_minor": 1, "currency": "CNY"},
    "details": {"kind": "address", "verified": False},
}


@pytest.fixture
def known(workspace: Workspace, tmp_path: Path) -> Callable[..., Workspace]:
    """known(transfers=[...], details=[...]): rows loaded and rolled up; ann, bo, cy and di joined in January 2023.

    A row's known_on is its happened_on, and its record_id its number, unless it says otherwise.
    """

    def make(**tables: Sequence[Record]) -> Workspace:
        joined = [{"person_id": person, "happened_on": "2023-01-01"} for person in PEOPLE]
        for table, rows in {"people": joined, **tables}.items():
            filled = [
                {"record_id": f"{table}{n}", "known_on": row["happened_on"], "source": "test"}
                | DEFAULTS.get(table, {})
                | row
                for n, row in enumerate(rows)
            ]
            with (tmp_path / f"{table}.csv").open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, list(dict.fromkeys(key for row in filled for key in row)))
                writer.writeheader()
                writer.writerows(filled)
        load(workspace, folder_feeds(tmp_path), TODAY, strict=True)
        build_statements(workspace)
        return workspace

    return make
