"""The SQL of one month's statements.

A version of a record holds from the end of the month in which it became known until the next version does.
A statement is made for each such moment at which something of the person's month changed; rows are never
altered, later ones stand beside them. What did not change since is carried over from the statement before,
so a late record costs the work of the tables that it is in and of the people whom it is about.
"""

from collections.abc import Mapping, Sequence

from goodstanding.engines import literal, name
from goodstanding.months import Month
from goodstanding.records import TABLES, Versions, latest_records, newest
from goodstanding.statements.measures import MEASURES

# The tables that statements are made of, and a statement's columns.
STATED = tuple(dict.fromkeys(measure.table for measure in MEASURES.values()))
STATEMENT_COLUMNS = (
    *("person_id", "month", "known_on", "records"),
    *(f"{table}_records" for table in STATED),
    *MEASURES,
)


def first_statements_sql(month: Month, tables: Mapping[str, Versions]) -> str:
    """SQL of the statements of everybody of whom something was known when the month ended: STATEMENT_COLUMNS."""
    sums = ", ".join(f"{table}_sums AS ({_sums(table, tables[table], month)})" for table in tables)
    persons = " UNION ".join(f"SELECT person_id FROM {table}_sums" for table in tables)
    joins = " ".join(f"LEFT JOIN {table}_sums USING (person_id)" for table in tables)
    columns = _columns(month, literal(month.last_day), dict.fromkeys(tables, "new"))
    return f"WITH {sums}, persons AS ({persons}) SELECT person_id, {columns} FROM persons {joins}"


def restatements_sql(month: Month, since: Month, late: Sequence[str], prior: str | None) -> str:
    """SQL of the statements of a month that what became known in later months changed: STATEMENT_COLUMNS.

    `late` are the tables of such records, `since` the first month in which one became known. Of those whom they are
    about the relation `late_TABLE` holds every version of each of their records in a table, `prior` their statements
    of this month known before.
    """
    known = f"greatest(last_day(known_on), {literal(month.last_day)})"
    moments = " UNION ALL ".join(
        f"SELECT person_id, {known} AS known_on FROM late_{table} AS r WHERE known_on >= {literal(since.first_day)}"
        for table in late
    )
    sums = ", ".join(f"{table}_sums AS ({_sums_at_moments(table)})" for table in late)
    joins = " ".join(f"LEFT JOIN {table}_sums USING (person_id, known_on)" for table in late)
    kept = dict.fromkeys(late, "new")
    if prior:
        kept = dict.fromkeys(STATED, "old") | kept
        old = ", ".join(f"{column} AS {name('old_' + column)}" for column in STATEMENT_COLUMNS[4:])
        latest = f"SELECT person_id, {old} FROM ({newest(prior, ['person_id'])}) AS latest"
        joins += f" LEFT JOIN ({latest}) AS before USING (person_id)"
    return (
        f"WITH moments AS (SELECT DISTINCT person_id, known_on FROM ({moments}) AS m), {sums} "
        f"SELECT person_id, {_columns(month, 'known_on', kept)} FROM moments {joins}"
    )


def moments_sql(month: Month, tables: Mapping[str, Versions]) -> str:
    """SQL of the month ends (`moment`), from the month's own on, at which a version in a table became known."""
    own = literal(month.last_day)
    days = " UNION ALL ".join(
        f"SELECT DISTINCT {literal(table)} AS name, known_on FROM ({versions.all}) AS r"
        for table, versions in tables.items()
    )
    return f"SELECT DISTINCT name, greatest(last_day(known_on), {own}) AS moment FROM ({days}) AS days"


def _measured(table: str) -> str:
    """How many valid records there are, and a table's measures of them."""
    measures = "".join(f", CAST({m.sql} AS {m.type}) AS {name(m.name)}" for m in MEASURES.values() if m.table == table)
    return f"count(*) AS {table}_records{measures}"


def _sums(table: str, versions: Versions, known: Month) -> str:
    """Each person's measures of a table as known at a month's end."""
    held = latest_records(versions, known.last_day)
    return f"SELECT person_id, {_measured(table)} FROM ({held}) AS v WHERE state = 'valid' GROUP BY person_id"


def _sums_at_moments(table: str) -> str:
    """The measures of a table of those whom late records are about, at each of their moments."""
    until = "lead(known_on) OVER (PARTITION BY source, record_id ORDER BY known_on)"
    own = ", ".join(f"v.{name(column)}" for column in TABLES[table].columns if column != "person_id")
    held = (
        f"SELECT moments.person_id, moments.known_on AS moment, {own} "
        f"FROM moments JOIN (SELECT r.*, {until} AS held_until FROM late_{table} AS r) AS v "
        "ON v.person_id = moments.person_id AND v.known_on <= moments.known_on "
        "AND (v.held_until IS NULL OR v.held_until > moments.known_on) WHERE v.state = 'valid'"
    )
    measured = f"SELECT person_id, moment, {_measured(table)} FROM ({held}) AS held GROUP BY person_id, moment"
    columns = ", ".join([f"{table}_records", *(name(m.name) for m in MEASURES.values() if m.table == table)])
    return f"SELECT person_id, moment AS known_on, {columns} FROM ({measured}) AS measured"


def _columns(month: Month, known: str, tables: Mapping[str, str]) -> str:
    """A statement's columns after person_id; `tables` says of each table where its values are: new or old."""
    counts = {table: _value(f"{table}_records", 0, tables.get(table)) for table in STATED}
    values = [
        f"CAST({_value(m.name, m.empty, tables.get(m.table))} AS {m.type}) AS {name(m.name)}" for m in MEASURES.values()
    ]
    return ", ".join(
        [
            f"{literal(month.first_day)} AS month",
            f"{known} AS known_on",
            f"CAST({' + '.join(counts.values())} AS INTEGER) AS records",
            *(f"CAST({sql} AS INTEGER) AS {table}_records" for table, sql in counts.items()),
            *values,
        ]
    )


def _value(column: str, empty: int | None, kept: str | None) -> str:
    nothing = "NULL" if empty is None else str(empty)
    if kept is None:
        return nothing
    return f"coalesce({name(column if kept == 'new' else 'old_' + column)}, {nothing})"
