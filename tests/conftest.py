"""Parts that tests of every room use: real folders, a scored town, the Czech bank where it is there."""

import csv
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.registry.office import keyring, migrated, postgresql  # noqa: F401 - fixtures, once for all rooms

from goodstanding.cards.training import learn_card
from goodstanding.engines import Duck, files
from goodstanding.engines.spark import Spark, has_java
from goodstanding.lab import Town, build_town
from goodstanding.months import Month, months_between, today
from goodstanding.programmes import Definition, load_programme
from goodstanding.records import declare_feeds, folder_feeds, load, read_feeds
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.relations.measured_graph import measure_relations
from goodstanding.scoring import erase_people, score_month
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
TOWN_PEOPLE = 300
TOWN_MONTHS = 24
SCORED_MONTHS = 3
FEEDS = "source,table,from,until,person_id,known_on\nwallet,payments,2023-01,,,2023-01-05\n"

Write = Callable[[str, Sequence[dict[str, object]]], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the second engine."""
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {}).values()
        if "spark" in getattr(item, "fixturenames", ()) or "spark" in [one for one in params if isinstance(one, str)]:
            item.add_marker(pytest.mark.spark)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are compared in English, whatever the machine speaks."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def all_logged() -> Iterator[None]:
    """Everything that is logged is heard: another test of this process may have had all but the gravest left out."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace that does not exist yet."""
    return Workspace(tmp_path / "standing")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows as TABLE.csv into a folder `files`; gives the file's path."""

    def write_table(table: str, rows: Sequence[dict[str, object]]) -> Path:
        folder = tmp_path / "files"
        folder.mkdir(exist_ok=True)
        path = folder / f"{table}.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write_table


@pytest.fixture(scope="session")
def write_records() -> Callable[[Path, Iterable[dict[str, Any]]], None]:
    """Write records, each with its "table", as TABLE.csv into a folder."""

    def write_tables(folder: Path, rows: Iterable[dict[str, Any]]) -> None:
        by_table: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            by_table.setdefault(row["table"], []).append({k: v for k, v in row.items() if k != "table"})
        for table, found in by_table.items():
            with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, fieldnames=list(dict.fromkeys(key for row in found for key in row)))
                writer.writeheader()
                writer.writerows(found)

    return write_tables


@pytest.fixture(scope="session")
def sesame() -> Definition:
    """The shipped programme."""
    return load_programme("sesame")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A small town's files."""
    return build_town(tmp_path_factory.mktemp("town"), people=TOWN_PEOPLE, months=TOWN_MONTHS, seed=6)


@pytest.fixture(scope="session")
def scored_town(town: Town, sesame: Definition, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small town taken the whole way; its last SCORED_MONTHS months are scored. Tests must not change it."""
    room = Workspace(tmp_path_factory.mktemp("scored") / "standing")
    load(room, folder_feeds(town.folder), today(), stamp=read_stamp(town.folder))
    build_statements(room)
    learn_card(room, sesame)
    for month in months_between(town.last.plus(1 - SCORED_MONTHS), town.last):
        score_month(room, sesame, month, today())
    return room


@pytest.fixture(scope="module")
def whole_town(
    scored_town: Workspace, town: Town, sesame: Definition, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """The scored town with feeds, ties and a run that somebody was erased from."""
    folder = tmp_path_factory.mktemp("whole")
    room = Workspace(Path(shutil.copytree(scored_town.root, folder / "standing")))
    erase_people(room, {"P000007": "gone-0"})
    (folder / "feeds.csv").write_text(FEEDS)
    assert declare_feeds(room, read_feeds(folder / "feeds.csv", today())) == 1
    score_month(room, sesame, town.last, today())
    with Duck() as duck:
        measure_relations(room, town.last, today(), duck)
    return room


@pytest.fixture(scope="session")
def berka() -> Path:
    """The folder of the Czech bank's files."""
    folder = SHARED_DATA / "berka"
    if not folder.is_dir():
        pytest.skip(f"needs the Czech bank's files in {folder}")
    return folder


@pytest.fixture
def month() -> Callable[[str], Month]:
    """Month.parse, for short."""
    return Month.parse


@pytest.fixture(scope="session")
def files_naming() -> Callable[[Path, str], list[Path]]:
    """The Parquet files below a folder of which some text column says this; their bytes are packed and say nothing."""

    def find(root: Path, text: str) -> list[Path]:
        found: list[Path] = []
        with Duck() as duck:
            for path in sorted(root.rglob("*.parquet")):
                relation = files([path])
                kinds = duck.rows(f"DESCRIBE SELECT * FROM {relation}")
                texts = [row["column_name"] for row in kinds if row["column_type"] == "VARCHAR"]
                hits = " OR ".join(f"\"{column}\" = '{text}'" for column in texts)
                if texts and duck.value(f"SELECT count(*) FROM {relation} WHERE {hits}"):
                    found.append(path)
        return found

    return find


@pytest.fixture
def files_of() -> Callable[[Path], dict[str, bytes]]:
    """Every file below a folder with its bytes, the locks apart: equal snapshots are unchanged workspaces."""

    def take(root: Path) -> dict[str, bytes]:
        files = (path for path in sorted(root.rglob("*")) if path.is_file() and path.name not in (".lock", ".chore"))
        return {str(path.relative_to(root)): path.read_bytes() for path in files}

    return take


os.environ.setdefault("STANDING_TODAY", "2026-06-15")
# Days of the registry's instants are compared as days in UTC, wherever the machine is.
os.environ.setdefault("STANDING_TIME_ZONE", "UTC")


# Small: one task at a time, and no compiled stages, which cost seconds a query and save nothing here.
SMALL_SPARK = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """A Spark of this machine; without Java the tests of it are skipped, and say so."""
    if not has_java():
        pytest.skip("no Java on this machine, so Spark is not tested: install Java 17 or newer")
    with Spark("local[2]", settings=SMALL_SPARK) as session:
        yield session
