"""The command, run in this process or in one of its own."""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from goodstanding.cli import main
from goodstanding.cli.output import console
from goodstanding.store import Workspace


@dataclass(frozen=True)
class Said:
    """What a run of the command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `standing` with these arguments, here: run("show", "P1"). An error nobody expected fails the test."""

    def call(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["standing", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "120")
        # The console took its width when it was made, which another test may have done before.
        monkeypatch.setattr(console, "width", 120)
        capsys.readouterr()
        try:
            with warnings.catch_warnings():
                # `main` reads the arguments from the process, as it does for a user; here that is meant.
                warnings.filterwarnings("ignore", message="Cyclopts application invoked without tokens")
                main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def command() -> list[str]:
    """The installed command."""
    return [str(Path(sys.executable).with_name("standing"))]


@pytest.fixture(scope="session")
def standing(command: list[str]) -> Callable[..., Said]:
    """Run `standing` in a process of its own, with more environment variables if given."""

    def call(*arguments: object, **variables: str) -> Said:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
        done = subprocess.run(
            [*command, *map(str, arguments)],
            env=environment | {"LC_ALL": "C.UTF-8", "COLUMNS": "120"} | variables,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def scored(scored_town: Workspace) -> Path:
    """The scored town's folder, only to be read."""
    return scored_town.root


@pytest.fixture
def own(scored_town: Workspace, tmp_path: Path) -> Path:
    """A copy of the scored town, to be changed."""
    return Path(shutil.copytree(scored_town.root, tmp_path / "own"))
