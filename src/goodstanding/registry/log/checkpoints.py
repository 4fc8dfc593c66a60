"""Checkpoints: how long a log is and what its root is, in the format of C2SP tlog-checkpoint. Pure functions."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from goodstanding.errors import BadInput
from goodstanding.registry.log.signed_notes import LONGEST_NAME, Note, unpacked
from goodstanding.wording import tr

ROOT_BYTES = 32
FEWEST_LINES = 3
LARGEST_SIZE = (1 << 63) - 1
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Checkpoint:
    """A head of a log: whose (`origin`), the number of its lines, its root (SHA-256), and lines of the log's own."""

    origin: str
    size: int
    root: bytes
    extensions: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, packed(self.root), *self.extensions))


def packed(hash_: bytes) -> str:
    """A hash in base64."""
    return b64encode(hash_).decode()


def read_checkpoint(note: Note) -> Checkpoint:
    """The checkpoint that a note's text is. Raises BadInput unless it is exactly of the format."""
    lines = note.text[:-1].split("\n")
    if len(lines) < FEWEST_LINES or not all(lines):
        found = tr("{n} lines, or an empty one", n=len(lines))
        raise _malformed(found, tr("at least {n} lines that say something", n=FEWEST_LINES))
    origin, size, root, *extensions = lines
    if (count := read_size(size)) is None:
        raise _malformed(ascii(size[:LONGEST_NAME]), tr("a number of lines, without zeros before it"))
    if (hash_ := read_hash(root)) is None:
        raise _malformed(ascii(root[:LONGEST_NAME]), tr("a root of {n} bytes in base64", n=ROOT_BYTES))
    return Checkpoint(origin, count, hash_, tuple(extensions))


def read_size(written: str) -> int | None:
    """A number of lines as it is written in one way alone; None for anything else."""
    found = int(written) if _SIZE.fullmatch(written) else None
    return found if found is not None and found <= LARGEST_SIZE else None


def read_hash(written: str) -> bytes | None:
    """A hash from its one exact form in base64; None for anything else."""
    raw = unpacked(written)
    return raw if raw is not None and len(raw) == ROOT_BYTES else None


def _malformed(found: str, expected: str) -> BadInput:
    return BadInput(where=tr("checkpoint"), found=found, expected=expected, do=tr("Get it again from whose it is."))
