"""The folder into which an engine spills what it may not hold in memory."""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO
from weakref import finalize

from goodstanding.errors import Unavailable
from goodstanding.machine import refusal_of
from goodstanding.wording import tr

_BEGIN, _IN_USE = "standing-spill-", ".in-use"


class SpillFolder:
    """A folder below `parent`, gone when closed; in the system's own temporary folder if no parent is given.

    A file beside it, locked as long as its process lives, comes before the folder and goes after it: so that a folder
    is found by it at whatever moment its process was killed.
    """

    def __init__(self, parent: Path | None) -> None:
        """Raises Unavailable where no folder can be made."""
        try:
            self._lock = _locked(parent)
            self.path = Path(self._lock.name).with_suffix("")
            self.close = finalize(self, _remove, self.path, self._lock)
            """Remove the folder and what is in it."""
            self.path.mkdir(mode=0o700)
        except FileNotFoundError as error:
            if parent is not None:
                raise
            # The system's own folder is found by writing to it: where that fails there is none, whatever the reason.
            raise Unavailable("opened", tr("the folder for temporary files")) from error
        except OSError as error:
            raise refusal_of(error, str(parent or tr("the folder for temporary files"))) or error from error


@contextmanager
def spill_folder() -> Generator[Path]:
    """A folder in the system's own temporary folder, once those are gone that killed processes left there.

    Raises Unavailable where none can be made.
    """
    spill = SpillFolder(None)
    remove_spilled(spill.path.parent)
    try:
        yield spill.path
    finally:
        spill.close()


def _remove(folder: Path, lock: IO[bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    Path(lock.name).unlink(missing_ok=True)
    lock.close()


def _locked(parent: Path | None) -> IO[bytes]:
    """A new file, locked and there: whoever removes what was left over may have come upon it before it was locked."""
    while True:
        lock = NamedTemporaryFile(prefix=_BEGIN, suffix=_IN_USE, dir=parent, delete=False)  # noqa: SIM115 - outlives us
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock.fileno()).st_nlink:
            return lock
        lock.close()


def remove_spilled(parent: Path) -> None:
    """Remove the spill folders below `parent` whose processes were killed."""
    for mark in parent.glob(f"{_BEGIN}*{_IN_USE}"):
        try:
            with mark.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(mark.with_suffix(""), ignore_errors=True)
                mark.unlink()
        except OSError:
            # Its process lives, or another has just removed it.
            continue
