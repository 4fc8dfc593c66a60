"""The same records in another order, format and workspace: the same card, scores and manifests, byte for byte."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from goodstanding.cards import latest_card
from goodstanding.lab import Town
from goodstanding.programmes import Definition
from goodstanding.scoring import runs_of, score_month
from goodstanding.store import Workspace

FilesOf = Callable[[Path], dict[str, bytes]]


@pytest.mark.parametrize("room", ["cards", "scores", "statements", "records"])
def test_another_order_of_rows_gives_the_same_files(
    room: str, scored_town: Workspace, shuffled_town: Workspace, files_of: FilesOf
) -> None:
    one, other = files_of(scored_town.root / room), files_of(shuffled_town.root / room)
    assert one
    assert one == other


def test_another_order_of_rows_gives_the_same_card_and_runs(scored_town: Workspace, shuffled_town: Workspace) -> None:
    one, other = latest_card(scored_town, "sesame"), latest_card(shuffled_town, "sesame")
    assert one is not None
    assert other is not None
    assert one.version == other.version
    assert runs_of(scored_town, "sesame") == runs_of(shuffled_town, "sesame")


def test_another_order_of_rows_gives_the_same_catalogue(scored_town: Workspace, shuffled_town: Workspace) -> None:
    assert scored_town.catalogue == shuffled_town.catalogue


def test_running_again_writes_nothing(
    shuffled_town: Workspace, town: Town, sesame: Definition, after: date, files_of: FilesOf
) -> None:
    before = files_of(shuffled_town.root)
    times = {path: path.stat().st_mtime_ns for path in shuffled_town.root.rglob("*.*") if path.name != ".lock"}
    manifest = score_month(shuffled_town, sesame, town.last, after)
    assert manifest.run == runs_of(shuffled_town, "sesame")[town.last]
    assert files_of(shuffled_town.root) == before
    assert all(path.stat().st_mtime_ns == then for path, then in times.items())


def test_the_day_of_the_run_does_not_enter_it(
    shuffled_town: Workspace, town: Town, sesame: Definition, files_of: FilesOf
) -> None:
    before = files_of(shuffled_town.root)
    score_month(shuffled_town, sesame, town.last, date(2031, 1, 1))
    assert files_of(shuffled_town.root) == before
