"""Who left is in no file any more, and nobody else's statement or score is another for it."""

import errno
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from goodstanding.engines import Duck, files
from goodstanding.errors import NotFound, Unavailable
from goodstanding.lab import Town
from goodstanding.months import today
from goodstanding.programmes import Definition
from goodstanding.records import folder_feeds, load
from goodstanding.relations.measured_graph import measure_relations
from goodstanding.scoring import erase_people, latest_run, score_month, score_rows, standing_of
from goodstanding.statements import build_statements
from goodstanding.statements.measures import ROLL_UPS
from goodstanding.store import Workspace


@pytest.fixture
def room(scored_town: Workspace, tmp_path: Path) -> Workspace:
    """The scored town, to be changed, with its ties measured."""
    shutil.copytree(scored_town.root, tmp_path / "room")
    return Workspace(tmp_path / "room")


@pytest.fixture
def leaving(room: Workspace) -> Sequence[str]:
    """Some people, among them the one whom most others deal with."""
    with Duck() as duck:
        dealings = files([room.path(entry) for entry in room.catalogue.under("dealings")])
        best = duck.rows(f"SELECT other_person AS p FROM {dealings} GROUP BY p ORDER BY count(*) DESC, p LIMIT 1")
    return sorted({best[0]["p"], "P000003", "P000007"})


def away(persons: Sequence[str]) -> dict[str, str]:
    return {person: f"gone-{place}" for place, person in enumerate(persons)}


def rows_of(room: Workspace, folder: str) -> set[str]:
    paths = [room.path(entry) for entry in room.catalogue.under(folder) if entry.path.endswith(".parquet")]
    with Duck() as duck:
        return {row["r"] for row in duck.rows(f"SELECT CAST(f AS VARCHAR) AS r FROM {files(paths)} AS f")}


def test_who_is_erased_is_in_no_file_and_others_stay(
    room: Workspace,
    leaving: Sequence[str],
    town: Town,
    sesame: Definition,
    files_naming: Callable[[Path, str], list[Path]],
) -> None:
    with Duck() as duck:
        measure_relations(room, town.last, today(), duck)
    manifest = latest_run(room, "sesame", town.last)
    assert manifest is not None
    before = {row.person: row for some in score_rows(room, manifest) for row in some}
    assert set(leaving) < set(before)
    assert all(files_naming(room.root, person) for person in leaving)
    assert erase_people(room, away(leaving)) > 0
    assert [path for person in leaving for path in files_naming(room.root, person)] == []
    after = {row.person: row for some in score_rows(room, manifest) for row in some}
    assert after == {person: row for person, row in before.items() if person not in leaving}
    for person in leaving:
        with pytest.raises(NotFound):
            standing_of(room, sesame, person)
    folder = f"scores/sesame/{town.last}/{manifest.run}"
    assert len(list((room.root / folder).glob("erased-*.json"))) == 1
    assert erase_people(room, away(leaving)) == 0
    with Duck() as duck:
        assert measure_relations(room, town.last, today(), duck).people == len(after)


def test_statements_are_those_that_the_records_give_and_none_is_made_anew(
    room: Workspace, leaving: Sequence[str]
) -> None:
    erase_people(room, away(leaving))
    assert build_statements(room).rebuilt == []
    with room.stage() as staging:
        for roll_up in ROLL_UPS:
            for entry in staging.under(roll_up.folder):
                staging.set("/".join(entry.path.split("/")[:2]), "")
    kept = {roll_up.folder: rows_of(room, roll_up.folder) for roll_up in ROLL_UPS}
    assert len(build_statements(room).rebuilt) > 0
    assert {roll_up.folder: rows_of(room, roll_up.folder) for roll_up in ROLL_UPS} == kept


def test_the_next_run_is_of_those_who_stayed(
    room: Workspace, leaving: Sequence[str], town: Town, sesame: Definition
) -> None:
    before = latest_run(room, "sesame", town.last)
    assert before is not None
    with Duck() as duck:
        named = ", ".join(f"'{person}'" for person in leaving)
        dealings = files([room.path(entry) for entry in room.catalogue.under("dealings")])
        theirs = duck.rows(f"SELECT DISTINCT person_id AS p FROM {dealings} WHERE other_person IN ({named})")
    erase_people(room, away(leaving))
    run = score_month(room, sesame, town.last, today())
    assert run.people == before.people - len(leaving)
    then = {row.person: row.score for some in score_rows(room, before) for row in some}
    again = {row.person: row.score for some in score_rows(room, run) for row in some}
    assert set(again) == set(then)
    # Whoever dealt with them deals with one fewer who is known.
    assert {person for person in then if again[person] != then[person]} <= {row["p"] for row in theirs}


def test_erasing_that_is_killed_before_it_is_done_leaves_every_file_as_it_was(
    room: Workspace, leaving: Sequence[str], town: Town, sesame: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase_people(room, away(leaving[:1]))
    replace = Path.replace

    def stopped(source: Path, target: Path) -> Path:
        if target.name == "catalogue.json":
            raise KeyboardInterrupt
        return replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            erase_people(room, away(leaving[1:]))
    assert standing_of(room, sesame, leaving[1]).as_of == town.last
    room.paths(room.catalogue.files.values())
    assert erase_people(room, away(leaving[1:])) > 0
    room.paths(room.catalogue.files.values())
    # Beside each manifest stands what was erased in all, of the file that the manifest names.
    for manifest in room.catalogue.under("scores"):
        if manifest.path.endswith("manifest.json"):
            folder = manifest.path.rpartition("/")[0]
            (erased,) = (json.loads(path.read_bytes()) for path in (room.root / folder).glob("erased-*.json"))
            (scores,) = (entry for entry in room.catalogue.under(folder) if entry.path.endswith(".parquet"))
            assert erased == {"scores.parquet": {"sha256": scores.sha256, "rows": len(leaving)}}


def test_the_history_names_nobody_who_was_erased(room: Workspace, leaving: Sequence[str]) -> None:
    erase_people(room, away(leaving))
    text = (room.root / "history.jsonl").read_text() + (room.root / "catalogue.json").read_text()
    assert not [person for person in leaving if person in text]


def test_files_of_one_month_that_nothing_is_left_of_are_one_and_statements_are_still_made_of_it(
    workspace: Workspace, write: Callable[[str, Sequence[dict[str, object]]], Path]
) -> None:
    joined = {"happened_on": "2024-01-02", "known_on": "2024-01-02", "source": "app"}
    write("people", [{"person_id": p, "record_id": p} | joined for p in ("ana", "ben")])
    for record in ("one", "two"):
        paid = {"category": "wages", "amount_minor": 100, "currency": "CZK"}
        path = write("payments", [{"person_id": "ana", "record_id": record} | joined | paid])
        load(workspace, folder_feeds(path.parent), today())
    build_statements(workspace)
    assert erase_people(workspace, {"ana": "gone-1"}) > 0
    assert len(list(workspace.catalogue.under("records/payments"))) == 1
    assert build_statements(workspace).rebuilt == []


def test_a_page_that_cannot_be_deleted_is_told_when_all_others_are_gone(
    room: Workspace, leaving: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [room.root / "reports" / name for name in ("1.html", "2.html", "3.html")]
    pages[0].parent.mkdir(exist_ok=True)
    for page in pages:
        page.write_text(f"about {leaving[0]}", encoding="utf-8")
    unlink = Path.unlink

    def on_what_can_only_be_read(path: Path, *, missing_ok: bool = False) -> None:
        if path == pages[0]:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", on_what_can_only_be_read)
    with pytest.raises(Unavailable, match=r"1\.html: found something that can only be read"):
        erase_people(room, away(leaving))
    assert [page.exists() for page in pages] == [True, False, False]
