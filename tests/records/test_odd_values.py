"""Files with one odd value each, a few of them; `benchmarks/odd_values.py` takes in ten thousand."""

import subprocess
import sys
from pathlib import Path

ODD_VALUES = Path(__file__).parents[2] / "benchmarks" / "odd_values.py"


def test_an_odd_value_harms_nobody_and_every_refusal_names_its_place() -> None:
    command = [sys.executable, ODD_VALUES, "--files", "40", "--seed", "7", "--processes", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "40 shown" in ran.stdout
