"""DuckDB: the engine of one machine."""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, cast

import duckdb
import numpy as np

from goodstanding.engines.engine import Row, Written
from goodstanding.engines.memory import queries_share
from goodstanding.engines.spill_files import SpillFolder
from goodstanding.engines.sql_text import files, literal, name
from goodstanding.errors import EngineFailed, Unavailable, Want
from goodstanding.machine import want_in

Columns: TypeAlias = dict[str, np.ndarray[Any, Any]]


class Duck:
    """One DuckDB. Its memory may be bounded; results do not depend on that, nor on its threads."""

    name = "duckdb"

    def __init__(self, memory: str | None = None, spill: Path | None = None) -> None:
        """`memory` is the most that the program may take, such as 2GB: queries spill the rest into the folder `spill`.

        Raises BadInput for what is no amount of memory.
        """
        limit = queries_share(memory) if memory else None
        self._connection = duckdb.connect(":memory:")
        self._spill = SpillFolder(spill)
        self.run("SET preserve_insertion_order = true")
        # How far a query is can be asked (`share_done`); by itself it would print among what the program says.
        self.run("SET enable_progress_bar = true")
        self.run("SET enable_progress_bar_print = false")
        self.run(f"SET temp_directory = {literal(str(self._spill.path))}")
        if limit:
            self.run(f"SET memory_limit = {literal(f'{limit}B')}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._spill.close()

    def run(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a statement. Raises EngineFailed with the SQL, Unavailable for want of room or memory."""
        with self._failing_with(sql):
            return self._connection.execute(sql)

    @contextmanager
    def _failing_with(self, sql: str) -> Generator[None]:
        """Raise EngineFailed with the SQL for what DuckDB refuses, Unavailable for what it does not get."""
        try:
            yield
        except RuntimeError as error:
            # Ctrl-C, as the library tells it.
            if "interrupted" in str(error):
                raise KeyboardInterrupt from error
            raise
        except duckdb.Error as error:
            if (want := _want(error)) is not None:
                raise Unavailable(want, _file_in(str(error)) or str(self._spill.path)) from error
            raise EngineFailed(str(error), sql) from error

    def rows(self, sql: str) -> list[Row]:
        """Each row as a dict of column name to value."""
        result = self.run(sql)
        names = [column[0] for column in result.description or []]
        with self._failing_with(sql):
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def chunks(self, sql: str, size: int) -> Iterator[list[Row]]:
        """The rows as `rows` gives them, so many at a time; no other query may run between."""
        result = self.run(sql)
        names = [column[0] for column in result.description or []]
        while True:
            with self._failing_with(sql):
                found = result.fetchmany(size)
            if not found:
                return
            yield [dict(zip(names, row, strict=True)) for row in found]

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever the one cell holds
        """The first cell of the first row."""
        # Fetched to its end: a result that is not holds the connection.
        result = self.run(sql)
        with self._failing_with(sql):
            rows = result.fetchall()
        return rows[0][0] if rows else None

    def columns(self, sql: str) -> Columns:
        """Each column as a NumPy array; missing numbers become NaN, missing text None."""
        result = self.run(sql)
        with self._failing_with(sql):
            fetched = cast("Columns", result.fetchnumpy())
        return {key: _filled(values) for key, values in fetched.items()}

    def table(self, table: str, columns: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Make a table of arrays of one length."""
        self._connection.register("incoming", dict(columns))
        self.run(f"CREATE OR REPLACE TABLE {name(table)} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def names(self, sql: str) -> Sequence[str]:
        """The column names a query gives."""
        return [column[0] for column in self.run(f"SELECT * FROM ({sql}) LIMIT 0").description or []]

    def share_done(self) -> float | None:
        """How much of the query that runs in another thread is done, 0 to 1; None if that is not known."""
        share = self._connection.query_progress()
        return share / 100 if share >= 0 else None

    def files(self, paths: Sequence[Path]) -> str:
        """Parquet files as a relation."""
        return files(paths)

    def define(self, view: str, sql: str) -> None:
        """Let a name stand for a query."""
        self.run(f"CREATE OR REPLACE VIEW {name(view)} AS {sql}")

    def keep(self, table: str, sql: str) -> None:
        """Compute a query now and let a name stand for its rows."""
        self.run(f"CREATE OR REPLACE TABLE {name(table)} AS {sql}")

    def write(self, sql: str, order: Sequence[str], path: Path) -> Written:
        """Write a query's rows, ordered by columns, to one Parquet file: the same rows give the same bytes."""
        # From a table, of which DuckDB knows only what is in it: a query's plan would show in the file's schema.
        self.run(f"CREATE OR REPLACE TEMP TABLE written AS {sql}")
        written = self._write_table("written", order, path)
        self.run("DROP TABLE written")
        return written

    def write_parts(self, sql: str, order: Sequence[str], part: str, path: Path) -> dict[date, Written]:
        """Write a query's rows, those of each date in the column `part` to a file of their own."""
        self.keep("parts", sql)
        found = [row["part"] for row in self.rows(f"SELECT DISTINCT {name(part)} AS part FROM parts ORDER BY part")]
        named = {day: path.with_name(f"{path.name}-{day}") for day in found}
        if len(found) == 1:
            written = {day: self._write_table("parts", order, path) for day, path in named.items()}
        else:
            # Small files are each the work of one core, so several are written at a time.
            def write(day: date) -> Written:
                chosen = f"SELECT * FROM parts WHERE {name(part)} = {literal(day)}"
                return self._beside().write(chosen, order, named[day])

            with ThreadPoolExecutor(int(self.value("SELECT current_setting('threads')"))) as pool:
                written = dict(zip(found, pool.map(write, found), strict=True))
        self.run("DROP TABLE parts")
        return written

    def _beside(self) -> "Duck":
        """The same DuckDB through a connection of its own, for another thread."""
        other = copy(self)
        other._connection = self._connection.cursor()  # noqa: SLF001 - of its own class
        return other

    def _write_table(self, table: str, order: Sequence[str], path: Path) -> Written:
        self.write_parquet(f"SELECT * FROM {table} ORDER BY {', '.join(map(name, order))}", path)
        return Written([path], int(self.value(f"SELECT count(*) FROM {table}")))

    def digest(self, relation: str, column: str) -> str:
        """SHA-256 over a text column's values, whatever their order: of the digests of 4,096 parts."""
        joined = "sha256(string_agg({0}, chr(10) ORDER BY {0}))"
        parts = f"SELECT {joined.format(column)} AS part FROM {relation} GROUP BY left(md5({column}), 3)"
        return str(self.value(f"SELECT coalesce({joined.format('part')}, sha256('')) FROM ({parts})"))

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write a query's rows, in its order, to one Parquet file: the same rows give the same bytes."""
        self.run(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)")

    def write_csv(self, sql: str, path: Path) -> None:
        """Write a query's rows, in its order, to one CSV file with a header."""
        self.run(f"COPY ({sql}) TO {literal(str(path))} (FORMAT csv, HEADER true)")


def _want(error: duckdb.Error) -> Want | None:
    """What DuckDB did not get: it repeats the system's words of a file, and has its own for its bounds."""
    if isinstance(error, duckdb.OutOfMemoryException):
        # What may be spilled is bounded by the room there was when it began.
        return "room" if "max_temp_directory_size" in str(error) else "memory"
    return want_in(str(error)) if isinstance(error, duckdb.IOException) else None


def _file_in(message: str) -> str | None:
    """The file that DuckDB names, in quotes of its own."""
    found = re.search(r'file "(.+?)"', message)
    return found[1] if found else None


def _filled(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if not isinstance(values, np.ma.MaskedArray):
        return values
    missing: np.ndarray[Any, Any] = np.ma.getmaskarray(values)
    if np.issubdtype(values.dtype, np.number):
        return np.where(missing, np.nan, np.ma.getdata(values).astype(np.float64))
    filled = np.ma.getdata(values).astype(object)
    filled[missing] = None
    return filled
