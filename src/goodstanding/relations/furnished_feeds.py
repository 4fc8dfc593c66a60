"""Declared feeds as rows beside statements: from which month on a table is furnished, and where that ended.

Formulas see that a table is furnished from its first record on (`furnished_sql`). Where a declaration says that it was
so before, a row with a record and nothing else stands in that month; where all of a table's feeds have ended, a row
with fewer than no records stands in the last month furnished.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from goodstanding.engines import Steps, literal, name
from goodstanding.records import DeclaredFeed, declared_feeds
from goodstanding.statements import Measure, age_sql
from goodstanding.store import Workspace

JOINED = "people_records"
_COLUMNS = "record_table, whose, from_month, until_month, known_on, superseded_on"


@dataclass(frozen=True)
class Asked:
    """Of what rows are asked for: the columns they are found by, and as SQL the as-of month's first day and last known.

    The SQL reads a relation `p` with those columns.
    """

    by: Sequence[str]
    as_of: str
    known: str


def with_feeds(steps: Steps, workspace: Workspace, measures: Collection[Measure], asked: Asked) -> Steps:
    """Steps that end with the statements of the last step, by what was asked and with `age`, and rows of feeds.

    `measures` are those that the statements have, beside counts of their tables' records and of `people`. Without a
    declared feed of their tables the steps stay as they are.
    """
    tables = sorted({measure.table for measure in measures})
    feeds = [found for found in declared_feeds(workspace) if found[0].table in tables]
    if not feeds:
        return steps
    statements, counted, columns = steps.last, sorted({*tables, "people"}), ", ".join(asked.by)
    seen = ", ".join(f"max(CASE WHEN {t}_records > 0 THEN age END) AS seen_{t}" for t in tables)
    joined = f"max(CASE WHEN {JOINED} > 0 THEN age END) AS joined"
    rows = ", ".join(_row(feed, superseded_on) for feed, superseded_on in feeds)
    seen_of = "CASE " + " ".join(f"WHEN record_table = {literal(t)} THEN seen_{t}" for t in tables) + " END"
    values = [
        *asked.by,
        *(f"CASE WHEN record_table = {literal(t)} THEN furnished ELSE 0 END AS {t}_records" for t in counted),
        *(f"CAST({literal(m.empty)} AS {m.type}) AS {name(m.name)}" for m in measures),
        "age",
    ]
    own = ", ".join([*asked.by, *(f"{t}_records" for t in counted), *(name(m.name) for m in measures), "age"])
    added = " UNION ALL ".join(f"SELECT DISTINCT {', '.join(values)} FROM {step}" for step in ("begun", "ended"))
    return (
        steps.step("people_seen", f"SELECT {columns}, {seen}, {joined}\nFROM {statements}\nGROUP BY {columns}")
        .step("declared", f"SELECT * FROM (VALUES {rows}) AS f ({_COLUMNS})")
        .step("reached", _reached_sql(tables, asked))
        .step(
            "begun",
            "SELECT *, since AS age, 1 AS furnished\nFROM reached\n"
            f"WHERE since > coalesce({seen_of}, -1) AND (ended IS NULL OR since >= ended)",
        )
        .step(
            "ended",
            f"SELECT {columns}, record_table, min(ended) AS age, -1 AS furnished\nFROM reached\n"
            f"GROUP BY {columns}, record_table\nHAVING count(*) = count(ended) AND min(ended) > 0",
        )
        .step("furnished", f"SELECT {own} FROM {statements}\nUNION ALL {added}")
    )


def _reached_sql(tables: Collection[str], asked: Asked) -> str:
    """SQL of whom a declaration known by then reaches: since how many months, and how long ago it ended."""
    first, last = (age_sql(asked.as_of, column) for column in ("f.from_month", "f.until_month"))
    columns = ", ".join([*(f"p.{column}" for column in asked.by), *(f"p.seen_{table}" for table in tables)])
    return (
        f"SELECT {columns}, f.record_table, least(p.joined, {first}) AS since, {last} AS ended\n"
        "FROM people_seen AS p JOIN declared AS f\n"
        f"ON (f.whose = '' OR f.whose = p.person_id) AND f.known_on <= {asked.known} "
        f"AND (f.superseded_on IS NULL OR f.superseded_on > {asked.known})\n"
        f"WHERE p.joined IS NOT NULL AND f.from_month <= {asked.as_of}"
    )


def _row(feed: DeclaredFeed, superseded_on: date | None) -> str:
    until = feed.last.first_day if feed.last else None
    days = (feed.first.first_day, until, feed.known_on, superseded_on)
    dates = ", ".join(f"CAST({literal(day)} AS DATE)" for day in days)
    return f"({literal(feed.table)}, {literal(feed.person)}, {dates})"
