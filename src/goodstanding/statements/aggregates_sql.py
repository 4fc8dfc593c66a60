"""The SQL of one month's statements, of persons or of dealings.

A version of a record holds from the end of the month in which it became known until the next version does.
A statement is made for each such moment at which something of the person's month changed; rows are never
altered, later ones stand beside them. What did not change since is carried over from the statement before,
so a late record costs the work of the tables that it is in and of the people whom it is about.
"""

from collections.abc import Mapping, Sequence

from goodstanding.engines import Steps, literal, name
from goodstanding.months import Month
from goodstanding.records import TABLES, RecordVersions, latest_records, newest
from goodstanding.statements.measures import Measure, RollUp


def first_statements_sql(roll_up: RollUp, month: Month, tables: Mapping[str, RecordVersions]) -> str:
    """SQL of the statements of everybody of whom something was known when the month ended: the roll-up's columns."""
    key = ", ".join(roll_up.key)
    steps = Steps()
    for table, versions in tables.items():
        steps = steps.step(f"{table}_sums", _sums(roll_up, table, versions, month))
    joined = " FULL JOIN ".join(f"{table}_sums" + (f" USING ({key})" if n else "") for n, table in enumerate(tables))
    columns = _columns(roll_up, month, literal(month.last_day), dict.fromkeys(tables, "new"))
    return steps.query(f"SELECT {key}, {columns} FROM {joined}")


def restatements_sql(roll_up: RollUp, month: Month, since: Month, late: Sequence[str], prior: str | None) -> str:
    """SQL of the statements of a month that what became known in later months changed: the roll-up's columns.

    `late` are the tables of such records, `since` the first month in which one became known. Of those whom they are
    about the relation `late_TABLE` holds every version of each of their records in a table, `prior` their statements
    of this month known before.
    """
    key = ", ".join(roll_up.key)
    moments = " UNION ALL ".join(_moments_of(roll_up, month, since, table) for table in late)
    steps = Steps().step("moments", f"SELECT DISTINCT {key}, known_on FROM ({moments}) AS m")
    for table in late:
        steps = _sums_at_moments(steps, roll_up, table)
    joins = " ".join(f"LEFT JOIN {table}_sums USING ({key}, known_on)" for table in late)
    where = dict.fromkeys(late, "new")
    if prior:
        where = dict.fromkeys(roll_up.tables, "old") | where
        old = ", ".join(f"{column} AS {name('old_' + column)}" for column in roll_up.values)
        steps = steps.step("before", f"SELECT {key}, {old} FROM ({newest(prior, roll_up.key)}) AS latest")
        joins += f" LEFT JOIN before USING ({key})"
    return steps.query(f"SELECT {key}, {_columns(roll_up, month, 'known_on', where)} FROM moments {joins}")


def _moments_of(roll_up: RollUp, month: Month, since: Month, table: str) -> str:
    """SQL of who is to be stated anew, and as known when, for late records of a table."""
    known = f"greatest(last_day(r.known_on), {literal(month.last_day)}) AS known_on"
    late = f"FROM late_{table} AS r"
    whose = "r"
    if roll_up.key != ("person_id",):
        # A correction may name another person: then the dealings with the one named before change too.
        late += (
            f" JOIN late_{table} AS v ON v.source = r.source AND v.record_id = r.record_id AND v.known_on <= r.known_on"
        )
        whose = "v"
    key = ", ".join(f"{whose}.{column}" for column in roll_up.key)
    return f"SELECT {key}, {known} {late} WHERE r.known_on >= {literal(since.first_day)}"


def moments_sql(month: Month, tables: Mapping[str, RecordVersions]) -> str:
    """SQL of the month ends (`moment`), from the month's own on, at which a version in a table became known."""
    own = literal(month.last_day)
    days = " UNION ALL ".join(
        f"SELECT DISTINCT {literal(table)} AS name, known_on FROM ({versions.all}) AS r"
        for table, versions in tables.items()
    )
    return f"SELECT DISTINCT name, greatest(last_day(known_on), {own}) AS moment FROM ({days}) AS days"


def _measured(roll_up: RollUp, table: str) -> str:
    """How many valid records there are, and a table's measures of them."""
    measures = "".join(f", {m.bounded_sql} AS {name(m.name)}" for m in roll_up.stored.values() if m.table == table)
    return f"count(*) AS {table}_records{measures}"


def _sums(roll_up: RollUp, table: str, versions: RecordVersions, known: Month) -> str:
    """The measures of a table as known at a month's end."""
    latest, key = latest_records(versions, known.last_day), ", ".join(roll_up.key)
    return f"SELECT {key}, {_measured(roll_up, table)} FROM ({latest}) AS v WHERE state = 'valid' GROUP BY {key}"


def _sums_at_moments(steps: Steps, roll_up: RollUp, table: str) -> Steps:
    """The steps to the measures of a table of those whom late records are about, at each of their `moments`."""
    key, same = ", ".join(roll_up.key), " AND ".join(f"v.{column} = moments.{column}" for column in roll_up.key)
    until = "lead(known_on) OVER (PARTITION BY source, record_id ORDER BY known_on, sequence)"
    whose = ", ".join(f"moments.{column}" for column in roll_up.key)
    own = ", ".join(f"v.{name(column)}" for column in TABLES[table].columns if column not in roll_up.key)
    in_force = (
        f"SELECT {whose}, moments.known_on AS moment, {own} FROM moments JOIN {table}_versions AS v "
        f"ON {same} AND v.known_on <= moments.known_on "
        "AND (v.in_force_until IS NULL OR v.in_force_until > moments.known_on) WHERE v.state = 'valid'"
    )
    measured = f"SELECT {key}, moment, {_measured(roll_up, table)} FROM {table}_in_force GROUP BY {key}, moment"
    columns = [f"{table}_records", *(name(m.name) for m in roll_up.stored.values() if m.table == table)]
    return (
        steps.step(f"{table}_versions", f"SELECT r.*, {until} AS in_force_until FROM late_{table} AS r")
        .step(f"{table}_in_force", in_force)
        .step(f"{table}_measured", measured)
        .step(f"{table}_sums", f"SELECT {key}, moment AS known_on, {', '.join(columns)} FROM {table}_measured")
    )


def _columns(roll_up: RollUp, month: Month, known: str, tables: Mapping[str, str]) -> str:
    """A statement's columns after its key; `tables` says of each table where its values are: new or old."""
    counts = {table: _value(f"{table}_records", 0, tables.get(table)) for table in roll_up.tables}
    values = [
        f"CAST({_measure(m, tables.get(m.table))} AS {m.type}) AS {name(m.name)}" for m in roll_up.stored.values()
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


def _measure(measure: Measure, where: str | None) -> str:
    """A measure's value: `empty` without records of its table, NULL where it is not known or cannot be computed."""
    if measure.empty is None or where is None:
        return _value(measure.name, measure.empty, where)
    records, value = (_value(column, None, where) for column in (f"{measure.table}_records", measure.name))
    return f"CASE WHEN coalesce({records}, 0) = 0 THEN {measure.empty} ELSE {value} END"


def _value(column: str, empty: int | None, where: str | None) -> str:
    nothing = "NULL" if empty is None else str(empty)
    if where is None:
        return nothing
    value = name(column if where == "new" else f"old_{column}")
    return value if empty is None else f"coalesce({value}, {nothing})"
