"""The history of a workspace: a line for each change of its catalogue, each holding the digest of the one before.

A line is written before the catalogue that it leads to, and the catalogue names its last line. So one line after that
is what a killed process left, and the next change drops it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from goodstanding.errors import BadInput
from goodstanding.machine import want_of
from goodstanding.store.catalogue import Catalogue, Entry, HistoryHead
from goodstanding.store.digests import changed_file, unread_file
from goodstanding.wording import tr

HISTORY = "history.jsonl"


class HistoryLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A change: its number from 1 on, the SHA-256 of the line before (empty for the first), and what it did.

    `added` are files that are new or have another digest, `removed` are paths; `set` and `unset` are of named values.
    """

    number: Annotated[int, Meta(ge=1)]
    before: str
    added: list[Entry]
    removed: list[str]
    set: dict[str, str]
    unset: list[str]


def append_line(root: Path, before: Catalogue, after: Catalogue) -> HistoryHead:
    """Write the line that leads from one catalogue to the next, to the disk; gives the history's head since.

    The first line has everything, also what was there before there was a history. Nothing is after the head of
    `before` (`drop_leftover`).
    """
    last = before.head
    was = Catalogue() if last is None else before
    line = HistoryLine(
        number=1 if last is None else last.number + 1,
        before="" if last is None else last.sha256,
        added=[entry for path, entry in sorted(after.files.items()) if was.files.get(path) != entry],
        removed=sorted(was.files.keys() - after.files.keys()),
        set={name: value for name, value in sorted(after.values.items()) if was.values.get(name) != value},
        unset=sorted(was.values.keys() - after.values.keys()),
    )
    written = msgspec.json.encode(line)
    with (root / HISTORY).open("ab") as stream:
        at = stream.tell()
        stream.write(written + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return HistoryHead(line.number, history_digest(written), at)


def drop_leftover(root: Path, head: HistoryHead | None) -> None:
    """Cut off what a killed process wrote after the history's head.

    Raises BadInput, and cuts nothing off, where the head is not what the catalogue says, or more than a line follows:
    then the catalogue is not the one that belongs to the history.
    """
    path = root / HISTORY
    try:
        with path.open("rb") as stream:
            stream.seek(0 if head is None else head.at)
            last = b"" if head is None else stream.readline()
            end, rest = stream.tell(), stream.read()
    except FileNotFoundError:
        if head is None:
            return
        raise unread_file(path) from None
    except OSError as error:
        # What the machine refuses is put into words by whoever changes the workspace; all else stands in its place.
        if want_of(error) is not None:
            raise
        raise unread_file(path, error) from error
    found = history_digest(last.removesuffix(b"\n"))
    if head is not None and (found != head.sha256 or not last.endswith(b"\n")):
        raise changed_file(path, f"SHA-256 {found}", head.sha256)
    if b"\n" in rest[:-1]:
        raise BadInput(
            where=str(path),
            found=tr("{n} changes after those of the catalogue", n=len(rest.splitlines())),
            expected=tr("the history of this catalogue"),
            do=tr("Restore both from the same copy."),
        )
    if rest:
        os.truncate(path, end)


def history_lines(root: Path) -> Iterator[bytes]:
    """Each line of the history as it is on disk; none if there is no history.

    What has no end yet is no line: a process was killed, or found the disk full, while it wrote.
    """
    try:
        with (root / HISTORY).open("rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    yield line.removesuffix(b"\n")
    except FileNotFoundError:
        return


def history_digest(line: bytes) -> str:
    """The SHA-256 of a line, in hex."""
    return hashlib.sha256(line).hexdigest()


def read_line(line: bytes) -> HistoryLine:
    """What a line says. Raises msgspec.DecodeError or UnicodeDecodeError, both ValueErrors, if it does not read."""
    return msgspec.json.decode(line, type=HistoryLine)


def folded(lines: Iterable[HistoryLine]) -> Catalogue:
    """What the changes of a history come to; without a head."""
    files, values = dict[str, Entry](), dict[str, str]()
    for line in lines:
        for path in line.removed:
            files.pop(path, None)
        files |= {entry.path: entry for entry in line.added}
        for name in line.unset:
            values.pop(name, None)
        values |= line.set
    return Catalogue(files, values)
