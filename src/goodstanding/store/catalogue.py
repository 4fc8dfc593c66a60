"""The catalogue: which files the workspace consists of, with their digests, and a few named values."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goodstanding.errors import BadInput
from goodstanding.wording import tr

FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """A file of the workspace: its path in it, its SHA-256, its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Catalogue:
    """Files by path, and named values such as the currency or the latest run of a month."""

    files: Mapping[str, Entry] = field(default_factory=dict[str, Entry])
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    def under(self, folder: str) -> Iterator[Entry]:
        """The files in a folder, by path."""
        prefix = folder.rstrip("/") + "/"
        return (self.files[path] for path in sorted(self.files) if path.startswith(prefix))

    def to_json(self) -> str:
        """The catalogue as written to disk."""
        files = [{"path": e.path, "sha256": e.sha256, "size": e.size} for _, e in sorted(self.files.items())]
        return (
            json.dumps({"format": FORMAT, "values": dict(sorted(self.values.items())), "files": files}, indent=1) + "\n"
        )


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue at a path, empty if there is none. Raises BadInput if it does not read."""
    if not path.exists():
        return Catalogue()
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise BadInput(
                str(path),
                repr(data["format"]),
                f"format {FORMAT}",
                tr("Use the version of the program that wrote it."),
            )
        return Catalogue({e["path"]: Entry(**e) for e in data["files"]}, data["values"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(str(path), str(error), tr("a catalogue"), tr("Restore the file from a copy.")) from error
