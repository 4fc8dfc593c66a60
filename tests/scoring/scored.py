"""A village without outcomes, scored by the expert card, that tests may copy and change; rows of a run."""

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from goodstanding.cards import Card, latest_card
from goodstanding.cards.training import learn_card
from goodstanding.engines import Duck, files, literal
from goodstanding.lab import Town, build_town, stamp_of
from goodstanding.months import Month, today
from goodstanding.programmes import Definition
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.scoring import runs_of, score_month
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

PEOPLE, MONTHS = 40, 18
Row = dict[str, object]
RowsOf = Callable[[Workspace, Month], dict[str, Mapping[str, object]]]
Now = tuple[int, dict[str, float], dict[str, int]]
"""A person's score, known values and points."""


def now_of(row: Mapping[str, Any], card: Card, sesame: Definition) -> Now:
    """A row's score, known values and points."""
    values = {c.name: row[f"value_{c.name}"] for c in sesame.programme.characteristics}
    points = {c.name: row[f"points_{c.name}"] for c in card.characteristics}
    return row["score"], {name: value for name, value in values.items() if value is not None}, points


@pytest.fixture(scope="session")
def after() -> date:
    """A day after every month of the town and the village is closed."""
    return date(2026, 6, 15)


@pytest.fixture(scope="session")
def rows_of() -> RowsOf:
    """`rows_of(workspace, month)`: the rows of the month's latest run by person."""

    def read(workspace: Workspace, month: Month) -> dict[str, Mapping[str, object]]:
        run = runs_of(workspace, "sesame")[month]
        path = workspace.root / "scores" / "sesame" / str(month) / run / "scores.parquet"
        with Duck() as duck:
            return {row["person_id"]: row for row in duck.rows(f"SELECT * FROM {files([path])}")}

    return read


@pytest.fixture(scope="session")
def town_rows(scored_town: Workspace, town: Town, rows_of: RowsOf) -> dict[str, Mapping[str, object]]:
    """The rows of the town's last month."""
    return rows_of(scored_town, town.last)


@pytest.fixture(scope="session")
def card(scored_town: Workspace) -> Card:
    """The town's card."""
    found = latest_card(scored_town, "sesame")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def pristine_village(sesame: Definition, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Month]:
    """The village and its last month, which is scored."""
    made = build_town(tmp_path_factory.mktemp("village"), people=PEOPLE, months=MONTHS, seed=11)
    room = Workspace(tmp_path_factory.mktemp("village_room") / "standing")
    feeds = [feed for feed in folder_feeds(made.folder) if feed.table != "outcomes"]
    load(room, feeds, today(), stamp=stamp_of(PEOPLE, MONTHS, 11))
    build_statements(room)
    score_month(room, sesame, made.last, today())
    return room, made.last


@pytest.fixture
def village(pristine_village: tuple[Workspace, Month], tmp_path: Path) -> Workspace:
    """A copy of the village, free to change."""
    shutil.copytree(pristine_village[0].root, tmp_path / "village")
    return Workspace(tmp_path / "village")


@pytest.fixture
def last(pristine_village: tuple[Workspace, Month]) -> Month:
    """The village's last month."""
    return pristine_village[1]


@pytest.fixture(scope="session")
def add_to(after: date) -> Callable[..., None]:
    """Add tables of rows to a copy of the village by way of a folder, and renew its statements."""

    def take(room: Workspace, folder: Path, **tables: Sequence[Row]) -> None:
        folder.mkdir(parents=True)
        for table, rows in tables.items():
            with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        loaded = load(room, folder_feeds(folder), after, stamp=stamp_of(PEOPLE, MONTHS, 11))
        assert loaded.problems == []
        build_statements(room)

    return take


@pytest.fixture
def add(village: Workspace, add_to: Callable[..., None], tmp_path: Path) -> Callable[..., None]:
    """Add tables of rows to the village, and renew its statements."""
    folders = (tmp_path / "added" / str(n) for n in count())
    return lambda **tables: add_to(village, next(folders), **tables)


@pytest.fixture(scope="session")
def room_of(
    write_records: Callable[[Path, Iterable[Row]], None], after: date, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Workspace]:
    """A workspace of records, each with its "table", with statements; or those records added to one that is there."""

    def make(rows: Iterable[Row], room: Workspace | None = None) -> Workspace:
        folder = tmp_path_factory.mktemp("made")
        write_records(folder, rows)
        found = room or Workspace(folder / "standing")
        load(found, folder_feeds(folder), after, strict=True, stamp=found.catalogue.values.get("synthetic"))
        build_statements(found)
        return found

    return make


@pytest.fixture(scope="session")
def shuffled_town(
    town: Town, sesame: Definition, scored_town: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """The town again in another workspace: each file's rows in another order, every other file as CSV."""
    folder = tmp_path_factory.mktemp("shuffled")
    with Duck() as duck:
        for n, path in enumerate(sorted(town.folder.glob("*.parquet"))):
            if path.stem in TABLES:
                mixed = f"SELECT * FROM {files([path])} ORDER BY hash({literal(str(n))} || record_id)"
                write, kind = (duck.write_csv, "csv") if n % 2 else (duck.write_parquet, "parquet")
                write(mixed, folder / f"{path.stem}.{kind}")
    feeds = folder_feeds(folder)
    feeds.reverse()
    room = Workspace(tmp_path_factory.mktemp("shuffled_room") / "standing")
    load(room, feeds, today(), stamp=scored_town.catalogue.values["synthetic"])
    build_statements(room)
    learn_card(room, sesame)
    for month in runs_of(scored_town, "sesame"):
        score_month(room, sesame, month, today())
    return room
