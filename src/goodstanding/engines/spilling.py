"""The folder into which an engine spills what it may not hold in memory."""

import fcntl
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from goodstanding.errors import Unavailable
from goodstanding.machine import refusal_of
from goodstanding.wording import tr

_IN_USE = "in-use"


class SpillFolder:
    """A folder below `parent`, gone when closed; in the system's own temporary folder if no parent is given."""

    def __init__(self, parent: Path | None) -> None:
        """Raises Unavailable where no folder can be made."""
        try:
            self._folder = TemporaryDirectory(prefix="spill-", dir=parent, ignore_cleanup_errors=True)
            self.path = Path(self._folder.name)
            # Locked before it has its name, so that nobody finds it unlocked while this process lives.
            unnamed = self.path / "new"
            self._lock = unnamed.open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            unnamed.rename(self.path / _IN_USE)
        except FileNotFoundError as error:
            if parent is not None:
                raise
            # The system's own folder is found by writing to it: where that fails there is none, whatever the reason.
            raise Unavailable("opened", tr("the folder for temporary files")) from error
        except OSError as error:
            raise refusal_of(error, str(parent or tr("the folder for temporary files"))) or error from error

    def close(self) -> None:
        """Remove the folder and what is in it."""
        self._folder.cleanup()
        self._lock.close()


def remove_spilled(parent: Path) -> None:
    """Remove the spill folders below `parent` whose processes were killed."""
    for mark in parent.glob(f"spill-*/{_IN_USE}"):
        try:
            with mark.open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(mark.parent, ignore_errors=True)
        except OSError:
            # Its process lives, or another has just removed it.
            continue
