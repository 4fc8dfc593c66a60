"""The service killed in the middle of its work, a few times; `benchmarks/killed.py` does it some hundred times."""

import subprocess
import sys
from pathlib import Path

KILLED = Path(__file__).parents[3] / "benchmarks" / "killed.py"


def test_nothing_that_was_acknowledged_is_lost_when_the_service_is_killed() -> None:
    command = [sys.executable, KILLED, "--times", "3", "--database", "sqlite"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of them amid requests" in done.stdout
    assert "lost, done twice or answered too late: 0; found by the check: 0" in done.stdout
