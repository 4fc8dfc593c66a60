"""A town as files: repeatable, stamped, refused where it is too small."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding import __version__
from goodstanding.errors import BadInput
from goodstanding.lab import Town, build_town, stamp_of
from goodstanding.months import today
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.store import Workspace, sha256_of

Small = Callable[..., Town]
FilesOf = Callable[[Path], dict[str, bytes]]


def test_the_same_arguments_give_the_same_bytes(small: Small, files_of: FilesOf) -> None:
    assert files_of(small("a").folder) == files_of(small("b").folder)


def test_building_again_over_a_town_gives_the_same_bytes(small: Small, files_of: FilesOf) -> None:
    first = files_of(small("a").folder)
    assert files_of(small("a").folder) == first


def test_another_seed_changes_every_table_that_can_change(small: Small, files_of: FilesOf) -> None:
    one, other = files_of(small("a", seed=1).folder), files_of(small("b", seed=2).folder)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] == other[name]] == []


@pytest.mark.parametrize(("people", "months"), [(41, 18), (40, 19)])
def test_another_size_is_another_town(small: Small, files_of: FilesOf, people: int, months: int) -> None:
    assert files_of(small("a").folder) != files_of(small("b", people, months).folder)


def test_the_town_has_a_file_for_each_table_the_truth_and_the_stamp(town: Town) -> None:
    names = {path.name for path in town.folder.iterdir()}
    assert names == {f"{table}.parquet" for table in TABLES} | {"truth.parquet", "manifest.json"}


def test_the_town_tells_its_first_and_last_month(small: Small) -> None:
    built = small("a")
    assert built.first.until(built.last) == 17


def test_building_tells_which_table_it_is_at(tmp_path: Path) -> None:
    steps: list[str] = []
    build_town(tmp_path / "town", people=10, months=18, advance=steps.append)
    assert steps == list(TABLES)


def test_the_stamp_names_the_town_its_maker_and_each_file_by_digest(town: Town) -> None:
    stamp = json.loads((town.folder / "manifest.json").read_text(encoding="utf-8"))
    names = sorted(f"{table}.parquet" for table in [*TABLES, "truth"])
    assert stamp == {
        "synthetic": True,
        "made_by": f"goodstanding {__version__}",
        "town": stamp_of(300, 24, 6),
        "files": {name: sha256_of(town.folder / name) for name in names},
    }


def test_the_stamp_of_an_untouched_town_reads(town: Town) -> None:
    assert read_stamp(town.folder) == stamp_of(300, 24, 6)


def test_a_town_with_a_changed_file_is_refused(small: Small) -> None:
    folder = small("a").folder
    (folder / "dues.parquet").write_bytes((folder / "payments.parquet").read_bytes())
    with pytest.raises(BadInput, match=r"dues\.parquet: found another file than the one stamped"):
        read_stamp(folder)


@pytest.mark.parametrize(("people", "months"), [(0, 36), (-5, 36), (100, 17), (100, 0), (0, 0)])
def test_too_small_a_town_is_refused_before_anything_is_written(tmp_path: Path, people: int, months: int) -> None:
    with pytest.raises(
        BadInput, match=f"found {people} people, {months} months, seed 6; expected at least 1 person and 18"
    ):
        build_town(tmp_path / "town", people, months)
    assert list(tmp_path.iterdir()) == []


def test_a_negative_seed_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="seed"):
        build_town(tmp_path / "town", 20, 18, seed=-1)


def test_a_town_of_one_can_be_built_and_ingested(small: Small, workspace: Workspace) -> None:
    built = small("a", 1)
    loaded = load(workspace, folder_feeds(built.folder), today(), stamp=read_stamp(built.folder))
    assert sum(count.quarantined for count in loaded.counts.values()) == 0
    assert loaded.counts["people"].accepted == 1


def test_every_table_is_filled_and_every_row_is_taken(town: Town, workspace: Workspace) -> None:
    loaded = load(workspace, folder_feeds(town.folder), today(), strict=True, stamp=read_stamp(town.folder))
    assert set(loaded.counts) == set(TABLES)
    for count in loaded.counts.values():
        assert count.read == count.accepted > 0
    assert loaded.problems == []
