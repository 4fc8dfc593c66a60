"""Feeds: one file's rows for one table, on their way in."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from goodstanding.engines import Duck, Rejected, scan_csv, scan_parquet
from goodstanding.errors import BadInput
from goodstanding.records.tables import TABLES
from goodstanding.store import sha256_of
from goodstanding.wording import tr

STAMP = "manifest.json"


@dataclass(frozen=True)
class Feed:
    """Rows for a table: `scan(duck, raw)` makes the text table `raw` with `line`, and gives the lines left out."""

    table: str
    origin: str
    scan: Callable[[Duck, str], list[Rejected]]


def file_feed(table: str, path: Path) -> Feed:
    """A CSV or Parquet file of one of our tables."""
    read = scan_parquet if path.suffix.lower() == ".parquet" else scan_csv
    return Feed(table, str(path), lambda duck, raw: read(duck, path, raw))


def folder_feeds(path: Path) -> list[Feed]:
    """The feeds of a path: a file TABLE.csv or TABLE.parquet, or a folder of such files. Raises BadInput."""
    if path.is_dir():
        found = [entry for entry in sorted(path.iterdir()) if _is_table_file(entry)]
        if not found:
            raise BadInput(
                str(path),
                tr("a directory without a table file"),
                tr("files named {names} (.csv or .parquet)", names=", ".join(TABLES)),
                tr("Name each file after its table."),
            )
    elif path.exists() and not _is_table_file(path):
        raise BadInput(
            str(path),
            path.name,
            tr("files named {names} (.csv or .parquet)", names=", ".join(TABLES)),
            tr("Name each file after its table."),
        )
    else:
        found = [path]
    order = list(TABLES)
    return [
        file_feed(entry.stem, entry) for entry in sorted(found, key=lambda entry: (order.index(entry.stem), entry.name))
    ]


def read_stamp(path: Path) -> str | None:
    """The lab's `synthetic` stamp of a folder, None if it has none. Raises BadInput for files it does not name."""
    manifest = path / STAMP
    if not path.is_dir() or not manifest.is_file():
        return None
    data = json.loads(manifest.read_text(encoding="utf-8"))
    if data.get("synthetic") is not True:
        return None
    for name, digest in data["files"].items():
        if not (path / name).is_file() or sha256_of(path / name) != digest:
            raise BadInput(
                str(path / name),
                tr("another file than the one stamped"),
                f"SHA-256 {digest}",
                tr("Build the synthetic data again."),
            )
    unstamped = {entry.name for entry in path.iterdir() if _is_table_file(entry)} - set(data["files"])
    if unstamped:
        raise BadInput(
            str(path),
            ", ".join(sorted(unstamped)),
            tr("only files that the stamp names"),
            tr("Keep synthetic and other records apart."),
        )
    return str(data["town"])


def _is_table_file(path: Path) -> bool:
    return path.stem in TABLES and path.suffix.lower() in {".csv", ".parquet"}
