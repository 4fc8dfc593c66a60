"""What an engine does for the rooms: DuckDB on one machine, Spark on a cluster, the same results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """Parquet files that were written, and how many rows are in them."""

    paths: Sequence[Path]
    rows: int


class Engine(Protocol):
    """Runs queries written in DuckDB's SQL, in the part of it that engines agree on."""

    @property
    def name(self) -> str:
        """What a manifest calls it."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def rows(self, sql: str) -> list[Row]:
        """Each row as a dict of column name to value."""
        ...

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever the one cell holds
        """The first cell of the first row."""
        ...

    def share_done(self) -> float | None:
        """How much of the query that runs in another thread is done, 0 to 1; None if that is not known."""
        ...

    def files(self, paths: Sequence[Path]) -> str:
        """Parquet files as a relation."""
        ...

    def define(self, view: str, sql: str) -> None:
        """Let a name stand for a query."""
        ...

    def keep(self, table: str, sql: str) -> None:
        """Compute a query now and let a name stand for its rows."""
        ...

    def write(self, sql: str, order: Sequence[str], path: Path) -> Written:
        """Write a query's rows to Parquet files ordered by columns: one at `path`, or several in a folder there."""
        ...

    def write_parts(self, sql: str, order: Sequence[str], part: str, path: Path) -> dict[date, Written]:
        """Write a query's rows to Parquet, those of each date in the column `part` by themselves, as `write` does."""
        ...

    def digest(self, relation: str, column: str) -> str:
        """SHA-256 over a text column's values, whatever their order: the same on every engine."""
        ...
