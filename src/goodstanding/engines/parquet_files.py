"""Reading a Parquet file as text columns: a value is written as a CSV would hold it, whatever type it came in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from goodstanding.engines.csv_files import Rejected, check_is_file
from goodstanding.engines.duck import Duck
from goodstanding.engines.sql_text import literal, name, path_literal
from goodstanding.errors import BadInput, EngineFailed
from goodstanding.wording import tr

# Below these, a whole number is the only one that rounds to its floating point number.
_EXACT = {"FLOAT": 2**24, "DOUBLE": 2**53}
_DAY_MICROSECONDS = 86_400_000_000
_ZONED = {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


def scan_parquet(duck: Duck, path: Path, table: str) -> list[Rejected]:
    """Make `table` of a Parquet file's rows as text, with `line` (row number from 1) first.

    A day may be a timestamp at midnight, a whole number 12.0, a text bytes in UTF-8; NaN is nothing. Returns the rows
    with a value that no text can stand for. Raises BadInput if the file or one of its columns cannot be read so.
    """
    check_is_file(path)
    relation = f"read_parquet({path_literal(path)}, file_row_number = true, hive_partitioning = false)"
    try:
        columns = {
            str(row["column_name"]): str(row["column_type"])
            for row in duck.rows(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {relation}")
        }
        zones = _zones(duck, path) if _ZONED & set(columns.values()) else {}
        # The first is the file's own; the others are the columns where none holds values in values.
        named = [str(row["name"]) for row in duck.rows(f"SELECT name FROM parquet_schema({path_literal(path)})")]
        _check_columns(path, columns, named[1:])
        texts = [f"{_text(column, kind, zones)} AS {name(column)}" for column, kind in columns.items()]
        duck.run(
            f"CREATE OR REPLACE TABLE {name(table)} AS "
            f"SELECT file_row_number + 1 AS line, {', '.join(texts)} FROM {relation}"
        )
        unwritable = {
            column: f"{name(column)} IS NOT NULL AND {without}"
            for column, kind in columns.items()
            if (without := _unwritable(column, kind))
        }
        return _left_out(duck, relation, table, unwritable)
    except EngineFailed as error:
        raise BadInput(
            where=str(path),
            found=tr("a file that does not read as Parquet ({reason})", reason=error.found.splitlines()[0]),
            expected=tr("a whole Parquet file"),
            do=tr("Write the file again, or copy it again in full."),
        ) from error


def _check_columns(path: Path, columns: dict[str, str], named: Sequence[str]) -> None:
    """Raise BadInput for a column of values in values, or names that are no names of one column each.

    `named` are the names in the file; what the engine calls the `columns` is told apart where those are not.
    """
    for column, kind in columns.items():
        if kind.endswith("]") or kind.startswith(_NESTED):
            raise BadInput(
                where=tr("{path}, column {column}", path=path, column=column),
                found=kind,
                expected=tr("a column of text, numbers, days or flags"),
                do=tr("Write each part into a column of its own, or leave it out."),
            )
    plain = [column.strip().casefold() for column in named]
    if len(set(plain)) != len(plain) or {"", "line"} & set(plain):
        raise BadInput(
            where=str(path),
            found=", ".join(named),
            expected=tr("columns that are each named once, none of them `line`"),
            do=tr("Rename the column."),
        )


def _text(column: str, kind: str, zones: dict[str, str]) -> str:
    """SQL of a column's values as text."""
    value = name(column)
    if kind in _EXACT:
        exact = f"abs({value}) < {_EXACT[kind]}"
        whole = f"CAST(CAST({value} AS HUGEINT) AS VARCHAR)"
        # What was rounded is written as such, so that it is told.
        rounded = f"WHEN {value} = trunc({value}) THEN printf('%.6e', CAST({value} AS DOUBLE))"
        plain = f"WHEN {value} = trunc({value}) AND {exact} THEN {whole} {rounded}"
        return f"CASE WHEN NOT isfinite({value}) THEN NULL {plain} ELSE CAST({value} AS VARCHAR) END"
    if kind.startswith("DECIMAL"):
        return f"regexp_replace(CAST({value} AS VARCHAR), '\\.0+$', '')"
    if kind == "BLOB":
        return f"TRY(decode({value}))"
    if kind.startswith("TIMESTAMP"):
        local = value
        if kind in _ZONED:
            local = f"timezone({literal(zones.get(column, 'UTC'))}, CAST({value} AS TIMESTAMPTZ))"
        at_midnight = f"epoch_us({local}) % {_DAY_MICROSECONDS} = 0"
        if kind == "TIMESTAMP_NS":
            at_midnight = f"epoch_ns({local}) % {_DAY_MICROSECONDS * 1000} = 0"
        at_midnight = f"isfinite({local}) AND {at_midnight}"
        return f"CASE WHEN {at_midnight} THEN CAST(CAST({local} AS DATE) AS VARCHAR) ELSE CAST({local} AS VARCHAR) END"
    return f"CAST({value} AS VARCHAR)"


def _zones(duck: Duck, path: Path) -> dict[str, str]:
    """The time zones of a file's columns, as far as its writer says: midnight there is what begins the day."""
    rows = duck.rows(f"SELECT value FROM parquet_kv_metadata({path_literal(path)}) WHERE key = 'pandas'::BLOB")
    zones: dict[str, str] = {}
    for row in rows:
        try:
            columns = cast("list[dict[str, Any]]", json.loads(row["value"])["columns"])
            for one in columns:
                noted = cast("dict[str, str]", one["metadata"] or {})
                if "timezone" in noted:
                    zones[str(one["field_name"])] = ZoneInfo(noted["timezone"]).key
        except (ValueError, KeyError, TypeError, AttributeError, OSError):
            # It is no business of ours what else a writer notes down; without a zone the day is one in UTC.
            continue
    return zones


def _unwritable(column: str, kind: str) -> str | None:
    """SQL of whether a value can be no text; None for a type of which each can."""
    if kind == "BLOB":
        return f"TRY(decode({name(column)})) IS NULL"
    if kind in _EXACT:
        return f"isinf({name(column)})"
    return None


def _left_out(duck: Duck, relation: str, table: str, unwritable: dict[str, str]) -> list[Rejected]:
    """Take the rows with such a value out of the table."""
    if not unwritable:
        return []
    which = " ".join(f"WHEN {holds} THEN {literal(column)}" for column, holds in unwritable.items())
    found = duck.rows(
        f"SELECT file_row_number + 1 AS line, CASE {which} END AS column_name FROM {relation} "
        f"WHERE {' OR '.join(f'({holds})' for holds in unwritable.values())} ORDER BY 1"
    )
    if found:
        lines = ", ".join(str(int(row["line"])) for row in found)
        duck.run(f"DELETE FROM {name(table)} WHERE line IN ({lines})")
    expected = tr("text in UTF-8, or a finite number")
    return [Rejected(int(row["line"]), str(row["column_name"]), expected) for row in found]
