"""A task in a process of its own: its CPU seconds and how much memory it took beside its input."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Cost:
    """CPU seconds; megabytes resident before the task (input and imports) and at its peak; what it returned."""

    seconds: float
    before: float
    peak: float
    returned: Any

    @property
    def grown(self) -> float:
        """Megabytes beside the input."""
        return self.peak - self.before


def measured(prepare: Callable[[], Any], task: Callable[[Any], Any], limit_seconds: int) -> Cost | None:
    """Run `task(prepare())` in a fresh process; None if it took longer than the limit or ended without an answer."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(prepare, task, theirs))
    process.start()
    theirs.close()
    found = None
    try:
        if mine.poll(limit_seconds):
            found = mine.recv()
    except EOFError:
        found = None
    if process.is_alive() and found is None:
        process.kill()
    process.join()
    return found


def _run(prepare: Callable[[], Any], task: Callable[[Any], Any], answer: Connection) -> None:
    given = prepare()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = _resident("VmRSS")
    started = time.process_time()
    returned = task(given)
    seconds = time.process_time() - started + _children()
    answer.send(Cost(seconds, before, _resident("VmHWM"), returned))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / MEGABYTE for line in lines if line.startswith(field))
