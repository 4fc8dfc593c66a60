"""Declared feeds as rows beside statements: from which month on a table is furnished, and where that ended.

Formulas see that a table is furnished from its first record on (`furnished_sql`). Where a declaration says that it was
so before, a row with a record and nothing else stands in that month; where all of a table's feeds have ended, a row
with fewer than no records stands in the last month furnished.
"""

from collections.abc import Collection, Sequence
from datetime import date

from goodstanding.engines import literal, name
from goodstanding.months import Month
from goodstanding.records import DeclaredFeed, declared_feeds
from goodstanding.statements import Measure, age_sql
from goodstanding.store import Workspace

JOINED = "people_records"


def with_feeds(
    workspace: Workspace,
    statements: str,
    by: Sequence[str],
    measures: Collection[Measure],
    as_of: str,
    known_by: Month | None = None,
) -> str:
    """SQL of statements, by these columns and with `age`, and of the rows that declared feeds add.

    `measures` are those that the statements have, beside counts of their tables' records and of `people`; `as_of` is
    SQL of the first day of a row's as-of month. What was declared after it counts as well until the month `known_by`.
    """
    tables = sorted({measure.table for measure in measures})
    counted = sorted({*tables, "people"})
    feeds = [found for found in declared_feeds(workspace) if found[0].table in tables]
    if not feeds:
        return statements
    columns = ", ".join(by)
    seen = ", ".join(f"max(CASE WHEN {t}_records > 0 THEN age END) AS seen_{t}" for t in tables)
    people = (
        f"SELECT {columns}, {seen}, max(CASE WHEN {JOINED} > 0 THEN age END) AS joined FROM ({statements}) AS s "
        f"GROUP BY {columns}"
    )
    told = ", ".join(_row(feed, superseded_on) for feed, superseded_on in feeds)
    known = literal(known_by.last_day) if known_by else f"last_day({as_of})"
    first, last = (age_sql(as_of, column) for column in ("f.from_month", "f.until_month"))
    reached = (
        f"SELECT {', '.join(f'p.{c}' for c in by)}, {', '.join(f'p.seen_{t}' for t in tables)}, f.record_table, "
        f"least(p.joined, {first}) AS since, {last} AS ended FROM ({people}) AS p JOIN (VALUES {told}) AS f "
        "(record_table, whose, from_month, until_month, known_on, superseded_on) "
        f"ON (f.whose = '' OR f.whose = p.person_id) AND f.known_on <= {known} "
        f"AND (f.superseded_on IS NULL OR f.superseded_on > {known}) "
        f"WHERE p.joined IS NOT NULL AND f.from_month <= {as_of}"
    )
    seen_of = "CASE " + " ".join(f"WHEN record_table = {literal(t)} THEN seen_{t}" for t in tables) + " END"
    begun = (
        f"SELECT *, since AS age, 1 AS told FROM ({reached}) AS r "
        f"WHERE since > coalesce({seen_of}, -1) AND (ended IS NULL OR since >= ended)"
    )
    over = (
        f"SELECT {columns}, record_table, min(ended) AS age, -1 AS told FROM ({reached}) AS r "
        f"GROUP BY {columns}, record_table HAVING count(*) = count(ended) AND min(ended) > 0"
    )
    values = ", ".join(
        [
            *by,
            *(f"CASE WHEN record_table = {literal(t)} THEN told ELSE 0 END AS {t}_records" for t in counted),
            *(f"CAST({literal(m.empty)} AS {m.type}) AS {name(m.name)}" for m in measures),
            "age",
        ]
    )
    kept = ", ".join([*by, *(f"{t}_records" for t in counted), *(name(m.name) for m in measures), "age"])
    added = " UNION ALL ".join(f"SELECT DISTINCT {values} FROM ({part}) AS m" for part in (begun, over))
    return f"SELECT {kept} FROM ({statements}) AS s UNION ALL {added}"


def _row(feed: DeclaredFeed, superseded_on: date | None) -> str:
    until = feed.last.first_day if feed.last else None
    days = (feed.first.first_day, until, feed.known_on, superseded_on)
    dates = ", ".join(f"CAST({literal(day)} AS DATE)" for day in days)
    return f"({literal(feed.table)}, {literal(feed.person)}, {dates})"
