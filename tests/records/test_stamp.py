"""Synthetic people come with their stamp, and never share a workspace with real ones."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.errors import BadInput
from goodstanding.lab import Town
from goodstanding.months import today
from goodstanding.records import folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.store import Workspace, sha256_of

Make = Callable[..., dict[str, object]]
Put = Callable[..., Path]
Refused = Callable[..., str]
NEVER_MIX = "Use another workspace: synthetic and real records never mix."


@pytest.fixture
def stamped(tmp_path: Path, row: Make, table_file: Put) -> Callable[..., Path]:
    """A small folder with people and a stamp."""

    def make(town: str = "a town", rows: int = 1) -> Path:
        folder = tmp_path / town
        people = [row("people", person_id=f"s{n}", record_id=f"s{n}") for n in range(max(rows, 1))]
        path = table_file(folder / "people.csv", people)
        if not rows:
            path.write_text(path.read_text().splitlines()[0] + "\n")
        stamp = {"synthetic": True, "town": town, "files": {"people.csv": sha256_of(path)}}
        (folder / "manifest.json").write_text(json.dumps(stamp))
        return folder

    return make


def take_in(room: Workspace, folder: Path) -> None:
    load(room, folder_feeds(folder), today(), stamp=read_stamp(folder))


def test_a_stamped_folder_marks_its_workspace(stamped: Callable[..., Path], workspace: Workspace) -> None:
    take_in(workspace, stamped())
    assert workspace.catalogue.values["synthetic"] == "a town"


def test_a_town_carries_its_stamp(town: Town) -> None:
    stamp = read_stamp(town.folder)
    assert stamp is not None
    assert stamp.startswith("town of 300 people")


def test_real_records_carry_no_stamp(used_room: Path) -> None:
    assert "synthetic" not in Workspace(used_room).catalogue.values


@pytest.mark.parametrize("room", ["a new workspace"], indirect=True)
def test_an_altered_file_is_refused(stamped: Callable[..., Path], refused: Refused, room: Path) -> None:
    folder = stamped()
    (folder / "people.csv").write_text((folder / "people.csv").read_text().replace("s0", "s9"))
    said = refused(folder, room)
    assert "people.csv: found another file than the one stamped; expected SHA-256" in said


def test_a_file_that_the_stamp_names_must_be_there(stamped: Callable[..., Path], tmp_path: Path) -> None:
    folder = stamped()
    (folder / "people.csv").rename(tmp_path / "people.csv")
    with pytest.raises(BadInput, match="another file than the one stamped"):
        read_stamp(folder)


@pytest.mark.parametrize("name", ["details.csv", "details.parquet"])
def test_a_file_that_the_stamp_does_not_name_is_refused(
    stamped: Callable[..., Path], refused: Refused, tmp_path: Path, name: str
) -> None:
    folder = stamped()
    (folder / name).write_text("x")
    said = refused(folder, tmp_path / "standing")
    assert f"found {name}; expected only files that the stamp names. Keep synthetic and other records apart." in said


def test_one_file_of_a_stamped_folder_is_not_taken_for_real(
    stamped: Callable[..., Path], standing: Callable[..., tuple[int, str, str]], workspace: Workspace
) -> None:
    code, _, _ = standing("ingest", "records", stamped() / "people.csv", "--workspace", workspace.root)
    # Either it is refused, or it brings its folder's stamp along.
    assert code == 1 or "synthetic" in workspace.catalogue.values


def test_synthetic_records_do_not_enter_a_real_workspace(
    stamped: Callable[..., Path], refused: Refused, used_room: Path
) -> None:
    assert NEVER_MIX in refused(stamped(), used_room)


def test_real_records_do_not_enter_a_synthetic_workspace(
    stamped: Callable[..., Path], refused: Refused, workspace: Workspace, row: Make, table_file: Put, tmp_path: Path
) -> None:
    take_in(workspace, stamped())
    path = table_file(tmp_path / "people.csv", [row("people")])
    said = refused(path, workspace.root)
    assert "found records stamped a town; expected records stamped real" in said
    assert NEVER_MIX in said


def test_two_towns_do_not_mix(stamped: Callable[..., Path], refused: Refused, workspace: Workspace) -> None:
    take_in(workspace, stamped("a town"))
    assert NEVER_MIX in refused(stamped("another town"), workspace.root)


def test_the_same_town_may_come_again(stamped: Callable[..., Path], workspace: Workspace) -> None:
    take_in(workspace, stamped())
    before = workspace.catalogue
    take_in(workspace, stamped())
    assert workspace.catalogue == before


def test_a_stamp_without_records_does_not_make_real_ones_synthetic(
    stamped: Callable[..., Path], standing: Callable[..., object], workspace: Workspace, row: Make, table_file: Put
) -> None:
    take_in(workspace, stamped(rows=0))
    path = table_file(workspace.root.parent / "people.csv", [row("people")])
    standing("ingest", "records", path, "--workspace", workspace.root)
    synthetic = "synthetic" in workspace.catalogue.values
    assert not (synthetic and any(workspace.catalogue.under("records")))


@pytest.mark.parametrize(
    "content",
    ['{"synthetic": true, "town": "a to', '{"synthetic": true}', '{"synthetic": true, "town": "a town", "files": []}'],
    ids=["cut off", "without files", "files as a list"],
)
def test_a_damaged_stamp_does_not_make_synthetic_people_real(
    stamped: Callable[..., Path], refused: Refused, tmp_path: Path, content: str
) -> None:
    folder = stamped()
    (folder / "manifest.json").write_text(content)
    assert "manifest.json" in refused(folder, tmp_path / "standing")


@pytest.mark.parametrize("content", ["[]", '{"name": "my export"}', '{"synthetic": false}'])
def test_a_manifest_of_somebody_elses_is_no_stamp(row: Make, table_file: Put, tmp_path: Path, content: str) -> None:
    table_file(tmp_path / "files" / "people.csv", [row("people")])
    (tmp_path / "files" / "manifest.json").write_text(content)
    assert read_stamp(tmp_path / "files") is None


def test_a_town_without_its_stamp_cannot_join_its_own_workspace(town: Town, refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("people.parquet", "manifest.json"):
        shutil.copy(town.folder / name, folder)
    (folder / "manifest.json").unlink()
    room = Workspace(tmp_path / "standing")
    feeds = folder_feeds(town.folder / "people.parquet")
    load(room, feeds, today(), stamp=read_stamp(town.folder))
    assert NEVER_MIX in refused(folder, room.root)
