"""The catalogue: which files the workspace consists of, with their digests, and a few named values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from goodstanding.errors import BadInput
from goodstanding.wording import tr

FORMAT = 3
# What versions of the program without a history wrote.
_BEFORE_HISTORY = 2


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the workspace: its path in it, its SHA-256, its size in bytes."""

    path: str
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    size: Annotated[int, Meta(ge=0)]


class HistoryHead(Struct, frozen=True, forbid_unknown_fields=True):
    """The last line of the history: its number, its SHA-256, and the byte at which it begins."""

    number: Annotated[int, Meta(ge=1)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    at: Annotated[int, Meta(ge=0)]


class _Written(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The catalogue as it is on disk."""

    format: int
    values: dict[str, str]
    files: list[Entry]
    history: HistoryHead | None = None


@dataclass(frozen=True)
class Catalogue:
    """Files by path, and named values such as the currency or the latest run of a month.

    `head` is the last line of its history, None before its first change.
    """

    files: Mapping[str, Entry] = field(default_factory=dict[str, Entry])
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    head: HistoryHead | None = None

    def under(self, folder: str) -> Iterator[Entry]:
        """The files in a folder, by path."""
        prefix = folder.rstrip("/") + "/"
        return (self.files[path] for path in sorted(self.files) if path.startswith(prefix))

    def to_json(self) -> str:
        """The catalogue as written to disk."""
        written = _Written(
            _BEFORE_HISTORY if self.head is None else FORMAT,
            dict(sorted(self.values.items())),
            [entry for _, entry in sorted(self.files.items())],
            self.head,
        )
        return msgspec.json.format(msgspec.json.encode(written), indent=1).decode() + "\n"


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue at a path, empty if there is none. Raises BadInput if it does not read."""
    if not path.exists():
        return Catalogue()
    try:
        written = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, str(error)) from error
    return _decoded(path, written)


# A verb asks dozens of times what a workspace holds, mostly while nothing changes it.
@lru_cache(maxsize=2)
def _decoded(path: Path, json: bytes) -> Catalogue:
    try:
        written = msgspec.json.decode(json, type=_Written)
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise _unreadable(path, str(error)) from error
    if written.format != (_BEFORE_HISTORY if written.history is None else FORMAT):
        do = tr("Use the version of the program that wrote it.")
        raise BadInput(where=str(path), found=str(written.format), expected=tr("format {format}", format=FORMAT), do=do)
    for entry in written.files:
        # A file outside the workspace would be read, and deleted, as if it were ours.
        if _is_outside(entry.path):
            raise _unreadable(path, entry.path)
    files = {entry.path: entry for entry in written.files}
    return Catalogue(MappingProxyType(files), MappingProxyType(written.values), written.history)


def _is_outside(path: str) -> bool:
    """Whether a path is absolute, leads upwards or names nothing; plain text, for a bank's catalogue has many."""
    parts = path.split("/")
    return path.startswith("/") or ".." in parts or all(part in {"", "."} for part in parts)


def _unreadable(path: Path, found: str) -> BadInput:
    return BadInput(where=str(path), found=found, expected=tr("a catalogue"), do=tr("Restore the file from a copy."))
