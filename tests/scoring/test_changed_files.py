"""A file of any room that was changed in one byte stops whoever reads it, and nothing is written."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import FEEDS

from goodstanding.engines import Duck
from goodstanding.errors import BadInput
from goodstanding.lab import Town
from goodstanding.months import today
from goodstanding.programmes import Definition
from goodstanding.records import declare_feeds, folder_feeds, load, read_feeds
from goodstanding.relations.measured_graph import measure_relations
from goodstanding.scoring import erase_people, latest_run, run_to_show, score_month, score_rows, standing_of
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

PERSON = "P000003"
FEW = 5
Verb = Callable[[Workspace, Town, Definition], object]


@pytest.fixture
def room(whole_town: Workspace, tmp_path: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(whole_town.root, tmp_path / "standing")))


def measure(room: Workspace, town: Town, _: Definition) -> None:
    with Duck() as duck:
        measure_relations(room, town.last, today(), duck)


def measure_before(room: Workspace, town: Town, _: Definition) -> None:
    with Duck() as duck:
        measure_relations(room, town.last.plus(-1), today(), duck)


def score(room: Workspace, town: Town, sesame: Definition) -> None:
    score_month(room, sesame, town.last, today())


def score_before(room: Workspace, town: Town, sesame: Definition) -> None:
    score_month(room, sesame, town.last.plus(-4), today())


def show(room: Workspace, _: Town, sesame: Definition) -> None:
    standing_of(room, sesame, PERSON)


def show_some(room: Workspace, _: Town, sesame: Definition) -> None:
    """Statements are read for those who have something to do for their score."""
    rows = next(score_rows(room, run_to_show(room, "sesame")))
    for row in sorted((row for row in rows if row.score is not None), key=lambda row: row.score or 0)[:FEW]:
        standing_of(room, sesame, row.person)


def publish(room: Workspace, *_: object) -> None:
    """Publishing asks for the rows before it writes anything: no row is asked for here."""
    score_rows(room, run_to_show(room, "sesame"))


def ingest(room: Workspace, town: Town, _: Definition) -> None:
    load(room, folder_feeds(town.folder), today(), stamp=room.catalogue.values["synthetic"])


def declare(room: Workspace, town: Town, _: Definition) -> None:
    path = town.folder.parent / "later.csv"
    path.write_text(FEEDS.replace("2023-01", "2023-02"))
    declare_feeds(room, read_feeds(path, today()))


def erase(room: Workspace, *_: object) -> None:
    erase_people(room, {PERSON: "gone-0"})


READ: dict[str, tuple[str, Verb]] = {
    "people, scored": ("records/people", score),
    "people, scored as of another month": ("records/people", score_before),
    "payments, shown": ("records/payments", show),
    "details, tied": ("records/details", measure_before),
    "dues, loaded beside": ("records/dues", ingest),
    "dues, erased from": ("records/dues", erase),
    "feeds, scored": ("feeds", score),
    "feeds, shown": ("feeds", show),
    "feeds, declared beside": ("feeds", declare),
    "feeds, erased from": ("feeds", erase),
    "statements, scored": ("statements", score),
    "statements, scored as of another month": ("statements", score_before),
    "statements, shown": ("statements", show_some),
    "statements, erased from": ("statements", erase),
    "dealings, scored": ("dealings", score),
    "dealings, tied": ("dealings", measure_before),
    "dealings, erased from": ("dealings", erase),
    "relations, asked for again": ("relations", measure),
    "card, scored": ("cards", score),
    "card, shown": ("cards", show),
    "card, published": ("cards", publish),
    "scores, scored again": ("scores/sesame/{run}/scores", score),
    "scores, shown": ("scores/sesame/{run}/scores", show),
    "scores, published": ("scores/sesame/{run}/scores", publish),
    "scores, erased from": ("scores/sesame/{run}/scores", erase),
    "manifest, scored again": ("scores/sesame/{run}/manifest", score),
    "manifest, shown": ("scores/sesame/{run}/manifest", show),
    "manifest, published": ("scores/sesame/{run}/manifest", publish),
    "what was erased, erased from again": ("scores/sesame/{erased}/erased", erase),
}


def flip(path: Path) -> None:
    """Change one byte in the middle of a file."""
    before = path.read_bytes()
    at = len(before) // 2
    path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
    assert path.stat().st_size == len(before)


@pytest.mark.parametrize(("files", "verb"), READ.values(), ids=READ)
def test_a_changed_byte_stops_whoever_reads_it_and_nothing_is_written(
    room: Workspace,
    town: Town,
    sesame: Definition,
    files_of: Callable[[Path], dict[str, bytes]],
    files: str,
    verb: Verb,
) -> None:
    run, erased = latest_run(room, "sesame", town.last), latest_run(room, "sesame", town.last.plus(-1))
    assert run is not None
    assert erased is not None
    prefix = files.format(run=f"{town.last}/{run.run}", erased=f"{town.last.plus(-1)}/{erased.run}")
    found = [entry for entry in room.catalogue.files.values() if entry.path.startswith(prefix)]
    assert found
    for entry in found:
        flip(room.root / entry.path)
    before = files_of(room.root)
    with pytest.raises(BadInput, match="The file was changed after it was written; restore it from a copy"):
        verb(room, town, sesame)
    assert files_of(room.root) == before


def test_a_changed_record_is_not_rolled_up(room: Workspace, files_of: Callable[[Path], dict[str, bytes]]) -> None:
    with room.stage() as staging:
        for name in [name for name in room.catalogue.values if "/month=" in name]:
            staging.set(name, "")
    flip(room.root / next(room.catalogue.under("records/payments")).path)
    before = files_of(room.root)
    with pytest.raises(BadInput, match="The file was changed after it was written; restore it from a copy"):
        build_statements(room)
    assert files_of(room.root) == before


def test_what_is_as_it_was_is_read(room: Workspace, town: Town, sesame: Definition, after: date) -> None:
    assert after == today()
    for verb in (score, show_some, publish, measure, erase, measure_before, score_before, declare, ingest):
        verb(room, town, sesame)
