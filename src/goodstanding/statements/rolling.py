"""The SQL of one month's statements.

A version of a record holds from the end of the month in which it became known until the next version does.
A statement is made for each such moment at which something of the person's month changed; rows are never
altered, later ones stand beside them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from goodstanding.engines import files, literal, name
from goodstanding.months import Month
from goodstanding.statements.measures import MEASURES, Measure


def month_sql(month: Month, tables: Mapping[str, Sequence[Path]]) -> str:
    """SQL of every statement of a month: person_id, month, known_on, how many valid records, then each measure.

    A statement without valid records says that the month is no longer on file.
    """
    present = [table for table in tables if any(measure.table == table for measure in MEASURES.values())]
    versions = ", ".join(f"{table}_versions AS ({_versions(tables[table])})" for table in present)
    moments = " UNION ".join(_moments(table) for table in present)
    sums = "".join(f", {table}_sums AS ({_sums(table)})" for table in present)
    columns = ", ".join(_column(measure, measure.table in present) for measure in MEASURES.values())
    records = " + ".join(f"coalesce({table}_records, 0)" for table in present)
    joins = " ".join(f"LEFT JOIN {table}_sums USING (person_id, known_on)" for table in present)
    return (
        f"WITH {versions}, moments AS ({moments}){sums} "
        f"SELECT person_id, {literal(month.first_day)} AS month, known_on, "
        f"CAST({records} AS BIGINT) AS records, {columns} FROM moments {joins}"
    )


def _versions(paths: Sequence[Path]) -> str:
    """Records with the month end from which and the one until which each version holds."""
    held_from = "greatest(last_day(known_on), last_day(happened_on))"
    return (
        f"SELECT *, {held_from} AS held_from, "
        f"lead({held_from}) OVER (PARTITION BY source, record_id ORDER BY known_on) AS held_until "
        f"FROM {files(paths)}"
    )


def _moments(table: str) -> str:
    return (
        f"SELECT person_id, held_from AS known_on FROM {table}_versions "
        f"UNION SELECT person_id, held_until FROM {table}_versions WHERE held_until IS NOT NULL"
    )


def _sums(table: str) -> str:
    """Each person's measures of a table at each moment, and of how many valid records."""
    measures = "".join(f", CAST({m.sql} AS BIGINT) AS {name(m.name)}" for m in MEASURES.values() if m.table == table)
    return (
        f"SELECT m.person_id, m.moment AS known_on, count(*) AS {table}_records{measures} "
        "FROM (SELECT person_id, known_on AS moment FROM moments) m "
        f"JOIN {table}_versions v ON v.person_id = m.person_id "
        "AND v.held_from <= m.moment AND (v.held_until IS NULL OR m.moment < v.held_until) "
        "WHERE v.state = 'valid' GROUP BY m.person_id, m.moment"
    )


def _column(measure: Measure, present: bool) -> str:  # noqa: FBT001 - a fact about the month, not a mode
    empty = "NULL" if measure.empty is None else str(measure.empty)
    value = f"coalesce({name(measure.name)}, {empty})" if present else empty
    return f"CAST({value} AS BIGINT) AS {name(measure.name)}"
