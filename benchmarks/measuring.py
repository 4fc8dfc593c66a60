"""A task in a process of its own: its CPU seconds and how much memory it took beside its input."""

import ctypes
import gc
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
    """CPU seconds; megabytes resident before the task (input and imports) and at its peak; what it returned.

    A task that was stopped at its limit is not `finished`: it took that long and that much so far.
    """

    seconds: float
    before: float
    peak: float
    returned: Any = None
    finished: bool = True

    @property
    def grown(self) -> float:
        """Megabytes beside the input."""
        return self.peak - self.before


def measured(prepare: Callable[[], Any], task: Callable[[Any], Any], limit_seconds: int) -> Cost | None:
    """Run `task(prepare())` in a fresh process, for so many seconds at most; None if it ended without an answer."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(prepare, task, theirs))
    process.start()
    theirs.close()
    try:
        before = mine.recv()
        if mine.poll(limit_seconds):
            return mine.recv()
        return Cost(limit_seconds, before, _resident("VmHWM", process.pid), finished=False)
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def _run(prepare: Callable[[], Any], task: Callable[[Any], Any], answer: Connection) -> None:
    given = prepare()
    # What making the input freed is given back, or the task would grow into it unseen.
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = _resident("VmRSS")
    answer.send(before)
    started = time.process_time()
    returned = task(given)
    seconds = time.process_time() - started + _children()
    answer.send(Cost(seconds, before, _resident("VmHWM"), returned))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident(field: str, process: int | None = None) -> float:
    lines = Path(f"/proc/{process or 'self'}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / MEGABYTE for line in lines if line.startswith(field))
