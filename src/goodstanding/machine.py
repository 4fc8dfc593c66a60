"""What the machine refuses, told apart: room, rights, files, memory. All else is a fault, and stays one."""

import errno
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from goodstanding.errors import Outcome, Unavailable, Want

_WANTS: Mapping[int, Want] = {
    errno.ENOSPC: "room",
    errno.EDQUOT: "room",
    errno.EFBIG: "size",
    errno.EROFS: "writable",
    errno.EACCES: "right",
    errno.EPERM: "right",
    errno.EIO: "disk",
    errno.EMFILE: "files",
    errno.ENFILE: "files",
    errno.ENOMEM: "memory",
}


def want_of(error: BaseException) -> Want | None:
    """What the machine did not give, None for an error that is not the machine's."""
    if isinstance(error, MemoryError):
        return "memory"
    return _WANTS.get(error.errno or 0) if isinstance(error, OSError) else None


def want_in(text: str) -> Want | None:
    """The same of what a library says, as far as it repeats the words of the system."""
    return next((want for number, want in _WANTS.items() if os.strerror(number) in text), None)


def refusal_of(error: BaseException, where: str, outcome: Outcome | None = None) -> Unavailable | None:
    """What the machine refused, as an error that says what to do; None for an error that is not the machine's."""
    if isinstance(error, Unavailable):
        return error.reworded(outcome=outcome)
    want = want_of(error)
    if want is None:
        return None
    file: object = error.filename if isinstance(error, OSError) else None
    return Unavailable(
        want, where if file is None else os.fsdecode(file) if isinstance(file, str | bytes) else str(file), outcome
    )


@contextmanager
def in_words(where: str) -> Generator[None]:
    """Raise Unavailable for what the machine refuses in the block, at the file it names or else at `where`."""
    try:
        yield
    except Exception as error:
        if (refusal := refusal_of(error, where)) is not None:
            raise refusal from error
        raise


@contextmanager
def written_whole(file: Path) -> Generator[Path]:
    """A file to write beside another, which it replaces when the block ends well; if not the other stays as it was.

    A name that is no file of a folder, such as /dev/stdout, is written itself. Raises Unavailable and OSError.
    """
    staged = file if _is_odd(file) else file.with_name(f".{file.name[:100]}.{os.getpid()}.new")
    try:
        yield staged
        if staged is not file:
            with staged.open("rb+") as stream:
                os.fsync(stream.fileno())
            staged.replace(file)
    except BaseException as error:
        if staged is not file:
            staged.unlink(missing_ok=True)
        if (refusal := refusal_of(error, str(file), "taken back")) is not None:
            raise refusal.reworded(str(file)) from error
        raise


def _is_odd(file: Path) -> bool:
    """Is it there and no plain file: a pipe, a device, a link to one?"""
    return file.exists() and not file.is_file()
