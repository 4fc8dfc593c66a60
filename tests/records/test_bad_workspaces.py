"""A workspace that cannot be made or must not be left behind."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound people.csv."""
    file = tmp_path / "people.csv"
    file.write_text("person_id,record_id,happened_on,known_on,source\np7,r7,2024-01-31,2024-01-31,bank\n")
    return file


def test_a_refused_load_leaves_no_folder_on_the_way(path: Path, refused: Callable[..., str], tmp_path: Path) -> None:
    path.write_bytes(b"")
    refused(path, tmp_path / "new" / "deep" / "standing")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("inside", ["", "below"])
def test_a_workspace_that_is_a_file_is_refused(
    path: Path, standing: Callable[..., tuple[int, str, str]], tmp_path: Path, inside: str
) -> None:
    (tmp_path / "mine").write_text("keep")
    code, _, said = standing("ingest", "records", path, "--workspace", tmp_path / "mine" / inside)
    assert (code, said.count("\n")) == (1, 1)
    assert str(tmp_path / "mine") in said
    assert (tmp_path / "mine").read_text() == "keep"
