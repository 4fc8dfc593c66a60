"""Parts for tests of the store: a workspace that holds something, and files as the catalogue names them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.store import Staging, Workspace, sha256_of


@pytest.fixture
def put() -> Callable[[Staging, str, str], None]:
    """Stage a file of this text in a folder."""

    def stage(staging: Staging, folder: str, text: str) -> None:
        staged = staging.scratch()
        staged.write_text(text)
        staging.add(folder, staged)

    return stage


@pytest.fixture
def used(workspace: Workspace, put: Callable[[Staging, str, str], None]) -> Workspace:
    """A workspace with a record file, a statement and a value."""
    with workspace.stage() as staging:
        put(staging, "records/people/month=2024-01", "one")
        put(staging, "statements/month=2024-01", "old")
        staging.set("currency", "CZK")
    return workspace


@pytest.fixture
def check_whole() -> Callable[[Workspace], None]:
    """Every file of the catalogue is there, with its digest and size."""

    def check(room: Workspace) -> None:
        for entry in room.catalogue.files.values():
            path = room.path(entry)
            assert path.is_file(), entry.path
            assert (sha256_of(path), path.stat().st_size) == (entry.sha256, entry.size)

    return check


@pytest.fixture
def check_tidy(check_whole: Callable[[Workspace], None]) -> Callable[[Workspace], None]:
    """Besides, there is nothing else in the workspace."""

    def check(room: Workspace) -> None:
        check_whole(room)
        on_disk = {str(path.relative_to(room.root)) for path in room.root.rglob("*") if path.is_file()}
        assert on_disk - {".lock"} == {"catalogue.json", "history.jsonl", *room.catalogue.files}

    return check


@pytest.fixture
def leftover(used: Workspace) -> Path:
    """A record file that no catalogue names, as a killed process leaves it."""
    path = used.root / "records" / "payments" / "month=2024-02" / "half.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1")
    (used.root / ".staging").mkdir()
    (used.root / ".staging" / "000001").write_text("x")
    return path
