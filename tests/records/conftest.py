"""Parts for tests of records: a sound row of every table, and `standing` run in this process."""

import csv
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from goodstanding.cli import main
from goodstanding.engines import Duck, files
from goodstanding.months import today
from goodstanding.records import Count, folder_feeds, load, record_files
from goodstanding.store import Workspace

Row = dict[str, object]

COMMON: Row = {
    "person_id": "p1",
    "record_id": "r1",
    "happened_on": "2024-01-31",
    "known_on": "2024-06-30",
    "source": "bank",
}
OWN: dict[str, Row] = {
    "people": {},
    "details": {"kind": "phone", "value": "+420 1", "verified": "true"},
    "payments": {"category": "wages", "counterparty": "works", "amount_minor": "2500000", "currency": "CZK"},
    "transfers": {"other_person": "p2", "direction": "out", "amount_minor": "100", "currency": "CZK"},
    "dues": {"kind": "rent", "amount_minor": "900", "paid_on": "2024-01-30", "paid_minor": "900", "currency": "CZK"},
    "balances": {"kind": "savings", "amount_minor": "77", "currency": "CZK"},
    "orders": {"kind": "bicycle", "promised_on": "2024-02-01", "deposit_minor": "5000", "currency": "CZK"},
    "inquiries": {"counterparty": "a lender", "purpose": "loan"},
    "public_records": {"kind": "tax", "legal_basis": "case 1", "amount_minor": "100", "currency": "CZK"},
    "outcomes": {"kind": "loan", "bad": "false", "window_until": "2024-06-30"},
}


class Answer(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def row() -> Callable[..., Row]:
    """A sound row of a table, with changes; a change to None leaves the column out."""

    def make(table: str, **changes: object) -> Row:
        changed = COMMON | OWN[table] | changes
        return {key: value for key, value in changed.items() if value is not None}

    return make


@pytest.fixture(scope="session")
def table_file() -> Callable[[Path, Sequence[Row]], Path]:
    """Write rows to a CSV file, making its folder."""

    def put(path: Path, rows: Sequence[Row]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return put


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run `standing` as its user does; an exception that is not caught there fails the test."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["standing", *map(str, arguments)])
        code = 0
        try:
            with warnings.catch_warnings():
                # The command line library advises tests to hand over arguments; a user's come from sys.argv.
                warnings.filterwarnings("ignore", message="Cyclopts application invoked without tokens")
                main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


@pytest.fixture
def take(workspace: Workspace, write: Callable[..., Path]) -> Callable[..., Count]:
    """Load rows of one table through a CSV file; gives its count."""

    def load_rows(table: str, *rows: Row, room: Workspace | None = None) -> Count:
        loaded = load(room or workspace, folder_feeds(write(table, rows)), today())
        return loaded.counts[table]

    return load_rows


@pytest.fixture(scope="session")
def held() -> Callable[..., list[dict[str, Any]]]:
    """The records of a table in a workspace, by id and version."""

    def read(room: Workspace, table: str) -> list[dict[str, Any]]:
        paths = record_files(room, table)
        with Duck() as duck:
            return duck.rows(f"SELECT * FROM {files(paths)} ORDER BY record_id, known_on") if paths else []

    return read


@pytest.fixture(scope="session")
def quarantined() -> Callable[..., list[dict[str, str]]]:
    """The rows in quarantine of a table in a workspace."""

    def read(room: Workspace, table: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for entry in room.catalogue.under(f"quarantine/{table}"):
            with room.path(entry).open(newline="", encoding="utf-8") as stream:
                found.extend(csv.DictReader(stream))
        return found

    return read


@pytest.fixture(scope="session")
def settled_room(
    tmp_path_factory: pytest.TempPathFactory, row: Callable[..., Row], table_file: Callable[..., Path]
) -> Path:
    """A workspace with two people and a payment, in Czech crowns. Tests must not change it."""
    folder = tmp_path_factory.mktemp("settled")
    people = [row("people", person_id=person, record_id=f"person-{person}") for person in ("p1", "p2")]
    table_file(folder / "files" / "people.csv", people)
    table_file(folder / "files" / "payments.csv", [row("payments", record_id="held")])
    load(Workspace(folder / "standing"), folder_feeds(folder / "files"), today())
    return folder / "standing"


@pytest.fixture(params=["a new workspace", "a workspace in use"])
def room(request: pytest.FixtureRequest, tmp_path: Path, settled_room: Path) -> Path:
    """Where a load goes: a folder that does not exist, or a copy of one with records."""
    path = tmp_path / "standing"
    if request.param == "a workspace in use":
        shutil.copytree(settled_room, path)
    return path


@pytest.fixture
def used_room(tmp_path: Path, settled_room: Path) -> Path:
    """A copy of a workspace with two people and a payment."""
    return Path(shutil.copytree(settled_room, tmp_path / "standing"))


@pytest.fixture
def refused(standing: Callable[..., Answer], files_of: Callable[[Path], dict[str, bytes]]) -> Callable[..., str]:
    """Ingest a path that must be refused with one clear line and no trace; gives the line."""

    def try_it(path: Path, room: Path, *options: str, verb: str = "records") -> str:
        existed, before = room.exists(), files_of(room)
        answer = standing("ingest", verb, path, "--workspace", room, *options)
        assert answer.code == 1
        assert answer.out == ""
        assert answer.err.startswith("standing: ")
        assert answer.err.count("\n") == 1
        assert ": found " in answer.err
        assert "; expected " in answer.err
        assert room.exists() == existed
        assert files_of(room) == before
        return answer.err.strip()

    return try_it


@pytest.fixture
def said_of() -> Callable[[Iterable[dict[str, str]]], list[tuple[str, ...]]]:
    """Quarantined rows as tuples of file, line, field, found, expected."""
    return lambda rows: [tuple(row[key] for key in ("file", "line", "field", "found", "expected")) for row in rows]
