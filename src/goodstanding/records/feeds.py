"""Feeds: one file's rows for one table, on their way in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from goodstanding.engines import Duck, Rejected, scan_csv, scan_parquet
from goodstanding.errors import BadInput
from goodstanding.records.tables import TABLES
from goodstanding.wording import tr


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
    """The feeds of a path: a file TABLE.csv or TABLE.parquet, or a folder of such files. Raises BadInput."""
    if path.is_dir():
        found = [entry for entry in sorted(path.iterdir()) if is_table_file(entry)]
        if not found:
            raise BadInput(
                str(path),
                tr("a directory without a table file"),
                tr("files named {names} (.csv or .parquet)", names=", ".join(TABLES)),
                tr("Name each file after its table."),
            )
    elif not path.exists():
        raise BadInput(str(path), tr("nothing there"), tr("a file or a folder"), tr("Check the path."))
    elif not is_table_file(path):
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


def is_table_file(path: Path) -> bool:
    """Is it named after one of our tables, as CSV or Parquet?"""
    return path.stem in TABLES and path.suffix.lower() in {".csv", ".parquet"}
