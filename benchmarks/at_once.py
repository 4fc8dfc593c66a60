"""Verbs in processes of their own that begin at the same moment: forked from one that has everything imported.

The process that forks must never have opened a file of records: the engine's threads would not be in the fork.
"""

import os
import pickle
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import goodstanding.cli.fit
import goodstanding.cli.ingest
import goodstanding.cli.operator_verbs
import goodstanding.cli.programme_verbs
import goodstanding.cli.registry_verbs
import goodstanding.cli.relations_verb
import goodstanding.cli.score
import goodstanding.cli.show
import goodstanding.cli.town_verb
import goodstanding.cli.verify  # noqa: F401 - so that a fork has them
from goodstanding.cli import main

T = TypeVar("T")
Command = Sequence[str]


@dataclass(frozen=True)
class Said:
    """A verb's exit code (below 0: the signal that ended it), and what it said."""

    code: int
    out: str
    err: str

    @property
    def well(self) -> bool:
        """Whether it did what it was asked."""
        return self.code == 0

    @property
    def in_one_sentence(self) -> bool:
        """Whether it refused as verbs do: one line that says why."""
        return self.code == 1 and self.err.startswith("standing: ") and self.err.count("\n") == 1


def at_once(commands: Sequence[Command], url: str | None = None, kill: Sequence[float | None] = ()) -> list[Said]:
    """Run verbs at once; the n-th is killed so many seconds after the beginning."""
    held, let_go = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        said = [(Path(folder) / f"{place}.out", Path(folder) / f"{place}.err") for place in range(len(commands))]
        ready = [_begun(command, url, held, let_go, *to) for command, to in zip(commands, said, strict=True)]
        for _, there in ready:
            os.read(there, 1)
            os.close(there)
        os.close(held)
        os.close(let_go)  # at the end of the pipe all of them begin
        began, processes = time.perf_counter(), [process for process, _ in ready]
        for seconds, process in sorted((one, process) for one, process in zip(kill, processes, strict=False) if one):
            time.sleep(max(0.0, began + seconds - time.perf_counter()))
            os.kill(process, signal.SIGKILL)
        codes = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]
        return [Said(code, out.read_text(), err.read_text()) for code, (out, err) in zip(codes, said, strict=True)]


def alone(command: Command, url: str | None = None) -> Said:
    """Run a verb."""
    return at_once([command], url)[0]


def _begun(command: Command, url: str | None, held: int, let_go: int, out: Path, err: Path) -> tuple[int, int]:
    """A process that waits for the pipe to end, and where it says that it is there."""
    there, says = os.pipe()
    process = os.fork()
    if process:
        os.close(says)
        return process, there
    code = 70
    try:
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
        if url is not None:
            os.environ["STANDING_DATABASE"] = url
        sys.argv = ["standing", *command]
        os.close(let_go)
        os.write(says, b".")
        select.select([held], [], [])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException:  # noqa: BLE001 - as a process of its own would say it
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def apart(work: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401 - the work's own
    """Do a piece of work in a fork; gives what it gives. Raises AssertionError with what it raised."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(read)
            try:
                found = (True, work(*arguments))
            except BaseException:  # noqa: BLE001 - it is told
                found = (False, traceback.format_exc())
            with os.fdopen(write, "wb") as stream:
                pickle.dump(found, stream)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        told = stream.read()
    os.waitpid(process, 0)
    well, found = pickle.loads(told)  # noqa: S301 - from our own fork
    if not well:
        raise AssertionError(found)
    return found
