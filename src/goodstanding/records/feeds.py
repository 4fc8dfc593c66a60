"""Feeds: one file's rows for one table, on their way in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from goodstanding.engines import Duck, Rejected, literal, name, scan_csv, scan_parquet
from goodstanding.records.table_files import Listing, TableFile, check_all_read, list_files
from goodstanding.records.tables import TABLES


@dataclass(frozen=True)
class Feed:
    """Rows for a table: `scan(duck, raw)` makes the text table `raw` with `line`, and gives the lines left out.

    `origin` is where they come from, `file` how that is called beside a line, if not by the last part of it.
    """

    table: str
    origin: str
    scan: Callable[[Duck, str], list[Rejected]]
    file: str | None = None

    @property
    def place(self) -> str:
        """What stands beside a line where one is wrong."""
        return self.file or Path(self.origin).name


def file_feed(table: str, path: Path) -> Feed:
    """A CSV or Parquet file of one of our tables."""
    read = scan_parquet if path.suffix.lower() in {".parquet", ".pq"} else scan_csv
    return Feed(table, str(path), lambda duck, raw: read(duck, path, raw))


def rows_feed(table: str, origin: str, rows: Sequence[Mapping[str, str]]) -> Feed:
    """Rows of text by column, of one of our tables."""

    def scan(duck: Duck, raw: str) -> list[Rejected]:
        duck.table(raw, text_columns(rows))
        return []

    return Feed(table, origin, scan)


def text_columns(rows: Sequence[Mapping[str, str]]) -> dict[str, np.ndarray[Any, Any]]:
    """Rows as columns of text, with `line`; what a row does not have is empty."""
    present = dict.fromkeys(column for row in rows for column in row)
    columns = {column: np.array([row.get(column, "") for row in rows], dtype=object) for column in present}
    return {"line": np.arange(1, len(rows) + 1), **columns}


def folder_feeds(path: Path) -> list[Feed]:
    """The feeds of a path: a file of a table, or a folder of such files and no others. Raises BadInput."""
    listing = list_files(path)
    check_all_read(listing)
    return listed_feeds(listing)


def listed_feeds(listing: Listing) -> list[Feed]:
    """The feeds of the files of tables in a listing, in its order."""
    return [_listed_feed(file) for file in listing.files]


def _listed_feed(file: TableFile) -> Feed:
    """A feed of a file; a column that the file lacks may stand in its path, as where Spark wrote parts by column."""
    feed = file_feed(file.table, file.path)
    partitions = {name: value for name, value in file.columns.items() if name in TABLES[file.table].columns}

    def scan(duck: Duck, raw: str) -> list[Rejected]:
        rejected = feed.scan(duck, raw)
        present = {column.casefold() for column in duck.names(f"SELECT * FROM {raw}")}
        for column, value in partitions.items():
            if column not in present:
                duck.run(f"ALTER TABLE {raw} ADD COLUMN {name(column)} VARCHAR DEFAULT {literal(value)}")
        return rejected

    return Feed(file.table, feed.origin, scan if partitions else feed.scan, file.name)
