"""Apache Spark: the engine of a cluster. Queries come in DuckDB's SQL and are written out in Spark's by sqlglot."""

import os
import re
import shutil
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import sqlglot
from sqlglot import exp

from goodstanding.engines.duck import Duck
from goodstanding.engines.engine import Row, Written
from goodstanding.engines.memory import bytes_of
from goodstanding.engines.sql_text import files, path_literal
from goodstanding.errors import EngineFailed, NotReady, Unavailable
from goodstanding.machine import want_in
from goodstanding.wording import tr

# Rows of one file that is written: some hundred megabytes of statements.
ROWS_OF_A_FILE = 2_000_000
_SETTINGS = {
    # What overflows or does not convert is an error, as it is in DuckDB.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.pyspark.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.autoBroadcastJoinThreshold": "64MB",
}


class Spark:
    """One Spark session: in this process for a master such as local[2], on a cluster for spark://HOST:PORT."""

    name = "spark"

    def __init__(self, master: str, memory: str | None = None, settings: dict[str, str] | None = None) -> None:
        """`memory` is that of each worker's executor; `settings` are added to Spark's own.

        Raises NotReady without PySpark or Java, or where no such master answers.
        """
        session = _session_of()
        builder = session.builder.master(master).appName("standing")
        memory_of = {} if memory is None else {"spark.executor.memory": f"{bytes_of(memory) // 1_000_000}m"}
        for key, value in (_SETTINGS | memory_of | (settings or {})).items():
            builder = builder.config(key, value)
        try:
            self._session: Any = builder.getOrCreate()
            self._session.sparkContext.setLogLevel("ERROR")
        except Exception as error:  # what PySpark raises depends on what failed: Java, the master, the network
            raise NotReady(
                where=tr("Spark at {master}", master=master),
                found=str(error).splitlines()[0] if str(error) else type(error).__name__,
                expected=tr("Java 17 or newer, and a Spark master that answers"),
                do=tr("Check --master and that Java is there; or leave out --engine."),
            ) from error
        self._numbers = count()
        self._tables: dict[str, Any] = {}
        # Reads the footers of Parquet files, which would be a job each for Spark.
        self._footers = Duck()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._footers.__exit__(kind, error, trace)
        self._session.stop()

    def run(self, sql: str) -> Any:  # noqa: ANN401 - a Spark data frame
        """The data frame of a query. Raises EngineFailed with the SQL."""
        with _failing_with(sql):
            return self._session.sql(in_spark(sql))

    def rows(self, sql: str) -> list[Row]:
        """Each row as a dict of column name to value."""
        frame = self.run(sql)
        with _failing_with(sql):
            return [cast("Row", row.asDict()) for row in frame.collect()]

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever the one cell holds
        """The first cell of the first row."""
        found = self.rows(sql)
        return next(iter(found[0].values())) if found else None

    def share_done(self) -> float | None:
        """Not known: a query is many jobs, made as it goes."""
        return None

    def files(self, paths: Sequence[Path]) -> str:
        """Parquet files as a relation."""
        view = f"files_{next(self._numbers)}"
        # With its columns told, Spark opens no file before it is read; what is in a path is no column.
        frame = self._session.read.schema(self._schema(paths[0])).parquet(*map(_location, paths))
        frame.createOrReplaceTempView(view)
        return view

    def define(self, view: str, sql: str) -> None:
        """Let a name stand for a query."""
        self.run(sql).createOrReplaceTempView(view)

    def keep(self, table: str, sql: str) -> None:
        """Compute a query once and let a name stand for its rows."""
        if table in self._tables:
            self._tables[table].unpersist()
        self._tables[table] = self.run(sql).persist()
        self._tables[table].createOrReplaceTempView(table)

    def write(self, sql: str, order: Sequence[str], path: Path) -> Written:
        """Write a query's rows to Parquet files in a folder at `path`, each file ordered by columns."""
        folder = path.with_name(path.name + ".parts")
        self._write(sql, self.run(sql).sortWithinPartitions(*order), folder)
        return self._written(folder)

    def write_parts(self, sql: str, order: Sequence[str], part: str, path: Path) -> dict[date, Written]:
        """Write a query's rows, those of each date in the column `part` to a folder of their own, in one job."""
        folder = path.with_name(path.name + ".parts")
        whole = f"SELECT *, CAST({part} AS VARCHAR) AS part FROM ({sql}) AS whole"
        self._write(sql, self.run(whole).sortWithinPartitions("part", *order), folder, "part")
        found = sorted(folder.glob("part=*"))
        return {date.fromisoformat(of.name.removeprefix("part=")): self._written(of) for of in found}

    def _write(self, sql: str, frame: Any, folder: Path, *parts: str) -> None:  # noqa: ANN401 - a Spark data frame
        with _failing_with(sql):
            writer = frame.write.option("maxRecordsPerFile", ROWS_OF_A_FILE).partitionBy(*parts)
            writer.parquet(_location(folder))

    def _schema(self, path: Path) -> str:
        """A Parquet file's columns as Spark has them."""
        types = {"VARCHAR": "STRING"}
        columns = self._footers.rows(f"DESCRIBE SELECT * FROM {files([path])}")
        return ", ".join(f"`{c['column_name']}` {types.get(c['column_type'], c['column_type'])}" for c in columns)

    def _written(self, folder: Path) -> Written:
        """The files of a folder, and their rows as their footers say."""
        paths = sorted(folder.glob("part-*.parquet"))
        listed = ", ".join(map(path_literal, paths))
        counted = f"SELECT sum(num_rows) FROM parquet_file_metadata([{listed}])"
        return Written(paths, int(self._footers.value(counted)) if paths else 0)

    def digest(self, relation: str, column: str) -> str:
        """SHA-256 over a text column's values, whatever their order: of the digests of 4,096 parts."""
        joined = "sha2(listagg({0}, chr(10)) WITHIN GROUP (ORDER BY {0}), 256)"
        parts = f"SELECT {joined.format(column)} AS part FROM {relation} GROUP BY left(md5({column}), 3)"
        frame = self._session.sql(f"SELECT coalesce({joined.format('part')}, sha2('', 256)) FROM ({parts})")
        return str(frame.collect()[0][0])


def in_spark(sql: str) -> str:
    """A query of DuckDB's as Spark writes it."""
    return sqlglot.parse_one(sql, dialect="duckdb").transform(_fitting).sql(dialect="spark")


def _fitting(node: exp.Expr) -> exp.Expr:
    """A part of a query as Spark has it: its widest whole numbers are decimals, and a sum beyond them is not known."""
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
        return exp.DataType.build("DECIMAL(38, 0)")
    if isinstance(node, exp.Sum):
        # DuckDB adds up in 128 bits; where Spark's 64 do not hold a sum, one person's would end everybody's run.
        return exp.Anonymous(this="try_sum", expressions=[node.this.transform(_fitting)])
    return node


def has_java() -> bool:
    """Is there a Java to run Spark with?"""
    return bool(os.environ.get("JAVA_HOME")) or shutil.which("java") is not None


def _session_of() -> Any:  # noqa: ANN401 - PySpark is an extra, so its types may not be there
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise NotReady(
            where=tr("the Spark engine"),
            found=tr("PySpark is not installed"),
            expected="pyspark",
            do=tr("Install it with `{command}`.", command="pip install 'goodstanding[spark]'"),
        ) from error
    if not has_java():
        do = tr("Install it, or set JAVA_HOME.")
        raise NotReady(where=tr("the Spark engine"), found=tr("no Java"), expected=tr("Java 17 or newer"), do=do)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return SparkSession


def _location(path: Path) -> str:
    """A file as Spark names it; what would be a pattern is escaped. The same folder must be there on every worker."""
    return "file://" + re.sub(r"([*?\[\]{}\\])", r"\\\1", str(path.absolute()))


@contextmanager
def _failing_with(sql: str) -> Generator[None]:
    """Raise EngineFailed with the SQL for whatever Spark raises, Unavailable for what it does not get."""
    try:
        yield
    except Exception as error:
        # Java repeats the system's words somewhere among those of the stages that failed.
        want = "memory" if "OutOfMemoryError" in str(error) else want_in(str(error))
        if want is not None:
            raise Unavailable(want, tr("the Spark engine")) from error
        raise EngineFailed(_message(error), in_spark(sql)) from error


def _message(error: Exception) -> str:
    """What Spark says of a failure, without its plan and Java's stack."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
