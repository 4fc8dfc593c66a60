"""A catalogue that does not read gives one clear message, and nothing is written over it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.errors import BadInput
from goodstanding.store import Workspace

FILE = {"path": "records/people/a.parquet", "sha256": "0" * 64, "size": 1}
DAMAGED = {
    "empty": b"",
    "cut off": b'{"format": 2, "values": {}, "fi',
    "not text": b"\xff\xfe\x00",
    "a list": b"[]",
    "a number": b"5",
    "no format": b"{}",
    "another format": b'{"format": 99, "values": {}, "files": []}',
    "no files": b'{"format": 2, "values": {}}',
    "files that are nothing": b'{"format": 2, "values": {}, "files": null}',
    "files by name": b'{"format": 2, "values": {}, "files": {}}',
    "a file without a digest": b'{"format": 2, "values": {}, "files": [{"path": "a", "size": 1}]}',
    "a file with more": json.dumps({"format": 2, "values": {}, "files": [FILE | {"x": 1}]}).encode(),
    "a file that is a number": b'{"format": 2, "values": {}, "files": [5]}',
    "a path that is a number": json.dumps({"format": 2, "values": {}, "files": [FILE | {"path": 5}]}).encode(),
    "values that are text": b'{"format": 2, "values": "x", "files": []}',
    "values that are a list": b'{"format": 2, "values": [], "files": []}',
    "a value that is a number": b'{"format": 2, "values": {"currency": 5}, "files": []}',
    "a way out of the workspace": json.dumps(
        {"format": 2, "values": {}, "files": [FILE | {"path": "records/../../victim"}]}
    ).encode(),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_catalogue_that_does_not_read_is_refused(used: Workspace, content: bytes) -> None:
    (used.root / "catalogue.json").write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        _ = used.catalogue
    said = str(refusal.value)
    assert said.startswith(f"{used.root / 'catalogue.json'}: found ")
    assert "; expected " in said
    assert "\n" not in said


def test_a_catalogue_of_another_format_names_it(used: Workspace) -> None:
    (used.root / "catalogue.json").write_bytes(DAMAGED["another format"])
    with pytest.raises(BadInput, match="found 99; expected format 3"):
        _ = used.catalogue


def test_a_damaged_catalogue_is_not_written_over(used: Workspace, files_of: Callable[[Path], dict[str, bytes]]) -> None:
    (used.root / "catalogue.json").write_bytes(DAMAGED["cut off"])
    before = files_of(used.root)
    with pytest.raises(BadInput), used.stage():
        pytest.fail("a change of what cannot be read")
    assert files_of(used.root) == before


def test_a_catalogue_says_the_same_after_writing_and_reading(used: Workspace) -> None:
    text = (used.root / "catalogue.json").read_text()
    assert used.catalogue.to_json() == text
    assert json.loads(text)["format"] == 3


def test_a_workspace_that_is_not_there_is_empty(workspace: Workspace) -> None:
    assert (workspace.catalogue.files, workspace.catalogue.values) == ({}, {})
