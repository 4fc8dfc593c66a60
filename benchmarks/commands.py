"""What a command costs: its seconds, its processor time and its peak of memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of the processor, and the peak of resident memory in megabytes.

    The system counts the peak of whoever starts a command as the command's: whoever measures keeps small.
    """

    wall: float
    cpu: float
    peak: float

    def __str__(self) -> str:
        return f"{self.wall:8.1f} s {self.cpu:8.1f} CPU-s {self.peak:8,.0f} MB at the peak"


def run(*command: str) -> Cost:
    """Run a command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{process.stderr.read() if process.stderr else ''}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3)


def busy() -> float:
    """Seconds that the machine's processors have worked since it started."""
    user, nice, system = map(int, Path("/proc/stat").read_text(encoding="utf-8").split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def both(*costs: Cost) -> Cost:
    """One after the other."""
    return Cost(sum(c.wall for c in costs), sum(c.cpu for c in costs), max(c.peak for c in costs))


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure; the greatest peak."""
    return Cost(
        statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs), max(c.peak for c in costs)
    )


def standing(room: Path, *verb: str) -> Cost:
    """A verb of the program on a workspace."""
    return run(str(Path(sys.executable).with_name("standing")), *verb, "--workspace", str(room))
