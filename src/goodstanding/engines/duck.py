"""DuckDB behind a small interface: run SQL, fetch rows or columns, write Parquet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, cast

import duckdb
import numpy as np

from goodstanding.engines.sql import literal, name
from goodstanding.errors import EngineFailed

Row: TypeAlias = dict[str, Any]
Columns: TypeAlias = dict[str, np.ndarray[Any, Any]]


class Duck:
    """One DuckDB in memory, with two settings that results must not depend on: memory and threads."""

    def __init__(self, memory: str | None = None, spill: Path | None = None) -> None:
        self._connection = duckdb.connect(":memory:")
        self.run("SET preserve_insertion_order = true")
        if memory:
            self.run(f"SET memory_limit = {literal(memory)}")
        if spill:
            self.run(f"SET temp_directory = {literal(str(spill))}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def run(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a statement. Raises EngineFailed with the SQL."""
        try:
            return self._connection.execute(sql)
        except duckdb.Error as error:
            raise EngineFailed(str(error), sql) from error

    def rows(self, sql: str) -> list[Row]:
        """Each row as a dict of column name to value."""
        result = self.run(sql)
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever the one cell holds
        """The first cell of the first row."""
        row = self.run(sql).fetchone()
        return row[0] if row else None

    def columns(self, sql: str) -> Columns:
        """Each column as a NumPy array; missing numbers become NaN, missing text None."""
        fetched = cast("Columns", self.run(sql).fetchnumpy())
        return {key: _filled(values) for key, values in fetched.items()}

    def table(self, table: str, columns: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Make a table of arrays of one length."""
        self._connection.register("incoming", dict(columns))
        self.run(f"CREATE OR REPLACE TABLE {name(table)} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def names(self, sql: str) -> Sequence[str]:
        """The column names a query gives."""
        return [column[0] for column in self.run(f"SELECT * FROM ({sql}) LIMIT 0").description or []]

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write a query's rows, in its order, to one Parquet file: the same rows give the same bytes."""
        self.run(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")

    def write_csv(self, sql: str, path: Path) -> None:
        """Write a query's rows, in its order, to one CSV file with a header."""
        self.run(f"COPY ({sql}) TO {literal(str(path))} (FORMAT csv, HEADER true)")


def _filled(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if not isinstance(values, np.ma.MaskedArray):
        return values
    missing: np.ndarray[Any, Any] = np.ma.getmaskarray(values)
    if np.issubdtype(values.dtype, np.number):
        return np.where(missing, np.nan, np.ma.getdata(values).astype(np.float64))
    filled = np.ma.getdata(values).astype(object)
    filled[missing] = None
    return filled
