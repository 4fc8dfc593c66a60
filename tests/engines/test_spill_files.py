"""What an engine spills is gone with it, also when it was killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goodstanding.engines import Duck, remove_spilled
from goodstanding.engines.spill_files import SpillFolder

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


def folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()]


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with Duck("1GB", tmp_path) as duck:
        assert len(folders(tmp_path)) == 1
        duck.run("SELECT 1")
    assert not list(tmp_path.iterdir())


def test_what_a_living_process_has_spilled_stays(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    with Duck(spill=tmp_path):
        held = set(tmp_path.iterdir())
        assert len(folders(tmp_path)) == 2
        remove_spilled(tmp_path)
        assert set(tmp_path.iterdir()) == held
    assert other.poll() is None
    assert len(folders(tmp_path)) == 1


def test_what_a_killed_process_has_spilled_goes(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    (left,) = folders(tmp_path)
    (left / "duckdb_temp_storage-0.tmp").write_bytes(b"spilled")
    other.kill()
    other.wait()
    assert left.exists()
    remove_spilled(tmp_path)
    assert not list(tmp_path.iterdir())


STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "fcntl.flock", "shutil.rmtree"}


def spill_and_be_killed(parent: Path, step: int) -> None:
    """Spill into a folder and close it, in a process that ends before a step; never returns."""
    steps = 0

    def counted(event: str, _: object) -> None:
        nonlocal steps
        steps += event in STEPS
        if steps == step:
            os._exit(9)

    sys.addaudithook(counted)
    folder = SpillFolder(parent)
    (folder.path / "spilled").write_bytes(b"spilled")
    folder.close()
    os._exit(0)


def test_nothing_stays_of_a_process_killed_between_any_two_of_its_steps(tmp_path: Path) -> None:
    left = 0
    for step in range(1, 200):
        if (process := os.fork()) == 0:
            spill_and_be_killed(tmp_path, step)
        _, status = os.waitpid(process, 0)
        left += any(tmp_path.iterdir())
        remove_spilled(tmp_path)
        assert not list(tmp_path.iterdir()), step
        if os.waitstatus_to_exitcode(status) == 0:
            break
    else:
        pytest.fail("it never came to its end")
    assert left >= 3
