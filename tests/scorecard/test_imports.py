"""Who only reads a card does not wait for the libraries that fit one."""

import subprocess
import sys

import pytest

from goodstanding import scorecard

HEAVY = {"numba", "pandas", "polars", "scipy", "sklearn"}


def _imported_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return HEAVY & set(run.stdout.split())


@pytest.mark.parametrize("room", ["goodstanding.scoring", "goodstanding.scorecard", "goodstanding.cli"])
def test_a_room_that_reads_cards_imports_nothing_heavy(room: str) -> None:
    assert _imported_by(f"import {room}") == set()


def test_the_estimator_comes_with_what_it_takes() -> None:
    assert _imported_by("from goodstanding.scorecard import Scorecard") >= {"numba", "sklearn"}


@pytest.mark.parametrize("name", scorecard.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(scorecard, name) is not None


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = scorecard.nonsense  # pyright: ignore[reportAttributeAccessIssue]
