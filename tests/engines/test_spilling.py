"""What an engine spills is gone with it, also when it was killed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goodstanding.engines import Duck, remove_spilled

HELD = """
import sys
from pathlib import Path
from goodstanding.engines import Duck
with Duck(spill=Path(sys.argv[1])) as duck:
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process with an engine that spills into the same place."""
    command = [sys.executable, "-c", HELD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with Duck("1GB", tmp_path) as duck:
        assert len(list(tmp_path.iterdir())) == 1
        duck.run("SELECT 1")
    assert not list(tmp_path.iterdir())


def test_what_a_living_process_has_spilled_stays(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    with Duck(spill=tmp_path):
        held = set(tmp_path.iterdir())
        assert len(held) == 2
        remove_spilled(tmp_path)
        assert set(tmp_path.iterdir()) == held
    assert other.poll() is None
    assert len(set(tmp_path.iterdir())) == 1


def test_what_a_killed_process_has_spilled_goes(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    (left,) = tmp_path.iterdir()
    (left / "duckdb_temp_storage-0.tmp").write_bytes(b"spilled")
    other.kill()
    other.wait()
    assert left.exists()
    remove_spilled(tmp_path)
    assert not left.exists()
