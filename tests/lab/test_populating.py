"""A town straight into a workspace is what a load of its files leaves there, district by district."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.engines import Duck, files
from goodstanding.errors import BadInput
from goodstanding.lab import build_town, populate, stamp_of
from goodstanding.lab.town import districts
from goodstanding.months import Month, today
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp, stamp_in_force
from goodstanding.store import Workspace

PEOPLE, MONTHS = 40, 18
Rows = list[tuple[object, ...]]


@pytest.fixture
def populated(tmp_path: Path) -> Callable[..., Workspace]:
    """A workspace of a small town."""

    def make(name: str, **more: object) -> Workspace:
        room = Workspace(tmp_path / name)
        populate(room, PEOPLE, MONTHS, **more)  # type: ignore[arg-type]
        return room

    return make


def rows_of(room: Workspace, table: str) -> Rows:
    with Duck() as duck:
        relation = files([room.path(entry) for entry in room.catalogue.under(f"records/{table}")])
        return [tuple(row.values()) for row in duck.rows(f"SELECT * FROM {relation} ORDER BY ALL")]


def test_it_is_what_loading_the_towns_files_gives_to_the_byte(
    populated: Callable[..., Workspace], tmp_path: Path
) -> None:
    town = build_town(tmp_path / "files", PEOPLE, MONTHS)
    loaded = Workspace(tmp_path / "loaded")
    load(loaded, folder_feeds(town.folder), today(), stamp=read_stamp(town.folder))
    assert populated("straight").catalogue == loaded.catalogue


def test_what_arrives_later_is_in_files_of_its_own_and_nothing_else_changes(
    populated: Callable[..., Workspace],
) -> None:
    later = Month(2024, 6)
    whole, split = populated("whole"), populated("split", later=later)
    assert [rows_of(whole, table) for table in TABLES] == [rows_of(split, table) for table in TABLES]
    with Duck() as duck:
        for entry in split.catalogue.under("records"):
            days = duck.rows(f"SELECT min(known_on) AS a, max(known_on) AS b FROM {files([split.path(entry)])}")[0]
            assert days["b"] < later.first_day or days["a"] >= later.first_day


def test_districts_have_people_and_records_of_their_own(
    populated: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(districts, "PEOPLE_OF_A_DISTRICT", 15)
    room = populated("three")
    people = [row[0] for row in rows_of(room, "people")]
    assert people == [f"P{number:06d}" for number in range(PEOPLE)]
    for table in TABLES:
        keys = [(row[1], row[3]) for row in rows_of(room, table)]
        assert len(set(keys)) == len(keys), table
    ties = [(int(str(row[0])[1:]) // 15, int(str(row[6])[1:]) // 15) for row in rows_of(room, "transfers")]
    assert {mine for mine, _ in ties} == {0, 1, 2}
    assert all(mine == other for mine, other in ties)


def test_the_first_district_does_not_depend_on_the_others(
    populated: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(districts, "PEOPLE_OF_A_DISTRICT", 15)
    alone = Workspace(tmp_path / "alone")
    populate(alone, 15, MONTHS)
    of_first = [row for row in rows_of(populated("three"), "dues") if str(row[0]) < "P000015"]
    assert of_first == rows_of(alone, "dues")


def test_it_is_stamped_synthetic(populated: Callable[..., Workspace]) -> None:
    assert stamp_in_force(populated("stamped").catalogue) == stamp_of(PEOPLE, MONTHS, 6)


def test_a_workspace_with_records_is_refused_and_left_as_it_was(populated: Callable[..., Workspace]) -> None:
    room = populated("full")
    before = room.catalogue
    with pytest.raises(BadInput, match="a workspace without records"):
        populate(room, PEOPLE, MONTHS, seed=7)
    assert room.catalogue == before


@pytest.mark.parametrize(("people", "months", "seed"), [(0, 18, 1), (10, 17, 1), (10, 18, -1)])
def test_a_town_that_cannot_be_is_refused(tmp_path: Path, people: int, months: int, seed: int) -> None:
    with pytest.raises(BadInput, match="at least 1 person"):
        populate(Workspace(tmp_path / "none"), people, months, seed)
    assert not (tmp_path / "none").exists()
