"""A chore that is stopped between any two of its steps; `benchmarks/stopped.py` kills verbs at random moments."""

import subprocess
import sys
from pathlib import Path

STOPPED = Path(__file__).parents[3] / "benchmarks" / "stopped.py"


def test_a_chore_that_was_stopped_before_any_of_its_steps_and_is_run_again_ends_as_one_that_was_not() -> None:
    command = [sys.executable, STOPPED, "--between", "--database", "sqlite"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "stopped before each step" in ran.stdout
