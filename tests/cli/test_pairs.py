"""Two verbs of an operator's at once, those that touch the keys; `benchmarks/pairs.py` runs every pair, many times."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# What writes or reads the keyring or all that is sealed; the others meet in the locks that these take too.
ROTATIONS = ("registry rotate sealing", "registry rotate lookup")
DANGEROUS = {"sqlite": (*ROTATIONS, "registry create", "registry collect"), "postgresql": ROTATIONS}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The table of verbs."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("operators_verbs")


def test_every_verb_is_in_the_table_of_pairs_or_says_why_not(table: ModuleType) -> None:
    named = [*table.VERBS, *table.READERS, *table.LEFT_OUT]
    assert sorted(named) == sorted(table.verbs_of_the_command())


def called(*options: str) -> str:
    command = [sys.executable, BENCHMARKS / "pairs.py", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("database", DANGEROUS)
def test_verbs_at_once_end_well_or_say_why_not_and_leave_what_one_after_the_other_leaves(database: str) -> None:
    said = called("--database", database, "--only", *DANGEROUS[database])
    verbs = len(DANGEROUS[database])
    assert f"{database}: pairs: {verbs * (verbs + 1) // 2 + 3 * verbs}" in said
    assert "wrong" not in said


@pytest.mark.parametrize("database", DANGEROUS)
def test_rotations_killed_and_run_again_lose_nothing(database: str) -> None:
    said = called("--database", database, "--kills", "8", "--rotations", "2")
    # On a busy machine each may be told to wait before it is killed; `benchmarks/pairs.py --kills` has many tries.
    assert "killed" in said or "told to wait" in said
    assert "lost" not in said
