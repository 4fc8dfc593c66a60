"""The one lock over a folder of keys: who writes the keyring holds it, so that no two make keys of one number."""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from goodstanding.errors import BadInput, Busy, NotReady
from goodstanding.wording import tr

LOCK_NAME = ".lock"
_AGAIN_SECONDS = 0.02


@contextmanager
def locked(folder: Path, seconds: float = 0.0) -> Generator[None]:
    """Hold the folder's lock, making the folder if there is none; a killed process lets go of it by itself.

    Raises Busy if another process still holds it after so many seconds, BadInput if the folder cannot be written,
    NotReady if its file system has no locks: without one two could write at once, and one set of keys would be lost.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never through a link: that would make a file elsewhere.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(folder / LOCK_NAME, flags, 0o600)
    except OSError as error:
        found, expected = error.strerror or str(error), tr("a folder that can be written")
        raise BadInput(
            where=str(folder), found=found, expected=expected, do=tr("Put that right, then run the same again.")
        ) from error
    with os.fdopen(descriptor, "wb") as lock:
        until = time.monotonic() + seconds
        while not _had(lock, folder):
            if time.monotonic() >= until:
                found, expected = tr("another command writing to it"), tr("one at a time")
                raise Busy(
                    where=str(folder), found=found, expected=expected, do=tr("Wait for it to end and try again.")
                )
            time.sleep(_AGAIN_SECONDS)
        yield


def _had(lock: IO[bytes], folder: Path) -> bool:
    """Take the lock if nobody has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise NotReady(
            where=str(folder),
            found=error.strerror or str(error),
            expected=tr("a file system with locks"),
            do=tr("Keep the keys on another file system."),
        ) from error
    return True
