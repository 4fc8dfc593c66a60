"""Files against the digests that the catalogue has of them: nothing is read that was changed after it was written."""

import hashlib
import os
import stat
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

from goodstanding.errors import BadInput
from goodstanding.store.catalogue import Entry
from goodstanding.wording import tr

_THREADS = min(8, os.cpu_count() or 1)
# Bytes below which threads cost more than they save.
_FEW = 4_000_000
# File systems count time in steps, some of two seconds: what was changed within one shows no other time.
_STEP_NS = 2_000_000_000

_Stamp: TypeAlias = tuple[int, int, int, int, int, str]
# What this process found to be as the catalogue says, by path: device, inode, size, the times of the last change of
# what is in the file and of anything about it, and the digest. Whatever happens to a file gives it another time.
_proven: dict[str, _Stamp] = {}


def sha256_of(path: Path) -> str:
    """A file's SHA-256 in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def proven(root: Path, entries: Sequence[Entry]) -> list[Path]:
    """Where files of the catalogue are, in their order, each found to be what it was when written.

    A file that this process has proven and nobody has touched since is not read again. Raises BadInput for the first
    that is gone or changed.
    """
    now = time.time_ns()
    paths = [root / entry.path for entry in entries]
    stamps = [_stamp(path, entry) for path, entry in zip(paths, entries, strict=True)]
    asked = [one for one in zip(paths, stamps, strict=True) if _proven.get(str(one[0])) != one[1]]

    def prove(one: tuple[Path, _Stamp]) -> None:
        _prove(*one, now)

    if len(asked) > 1 and sum(size for _, (_, _, size, *_) in asked) > _FEW:
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(prove, asked))
    else:
        for one in asked:
            prove(one)
    return paths


def _stamp(path: Path, entry: Entry) -> _Stamp:
    """What tells a file from itself after a change. Raises BadInput if it is gone or of another size."""
    try:
        found = path.stat()
    except OSError as error:
        raise unread_file(path, None if isinstance(error, FileNotFoundError | NotADirectoryError) else error) from error
    if not stat.S_ISREG(found.st_mode):
        raise unread_file(path)
    if found.st_size != entry.size:
        raise changed_file(path, tr("{n} bytes", n=f"{found.st_size:,}"), tr("{n} bytes", n=f"{entry.size:,}"))
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, entry.sha256


def _prove(path: Path, stamp: _Stamp, now: int) -> None:
    """Raise BadInput unless a file has its digest; remember that it has, if a change after `now` would show."""
    try:
        found = sha256_of(path)
    except OSError as error:
        raise unread_file(path, error) from error
    *_, changed_ns, expected = stamp
    if found != expected:
        raise changed_file(path, f"SHA-256 {found}", expected)
    if changed_ns + _STEP_NS < now:
        _proven[str(path)] = stamp


def unread_file(path: Path, error: OSError | None = None) -> BadInput:
    """That a file is not there, or cannot be read."""
    found = tr("nothing there") if error is None else error.strerror or str(error)
    return BadInput(
        where=str(path), found=found, expected=tr("a file of the catalogue"), do=tr("Restore the file from a copy.")
    )


def changed_file(path: Path, found: str, expected: str) -> BadInput:
    """That a file is not what it was."""
    do = tr("The file was changed after it was written; restore it from a copy.")
    return BadInput(where=str(path), found=found, expected=expected, do=do)
