"""A person's own records: where they came from, and which of them are not counted."""

import math
from dataclasses import dataclass
from datetime import date

from goodstanding.engines import Duck, literal
from goodstanding.law import FOR_EVER, LawInForce
from goodstanding.months import Month
from goodstanding.programmes import Programme
from goodstanding.records import TABLES
from goodstanding.statements import PointInTime
from goodstanding.store import Workspace
from goodstanding.wording import tr


def table_title(table: str) -> str:
    """A record table as a person reads it."""
    return tr(TABLES[table].title)


@dataclass(frozen=True)
class SourceCount:
    """How many records of a table came from a source, and from when to when."""

    table: str
    source: str
    records: int
    first: date
    last: date


@dataclass(frozen=True)
class NotCounted:
    """A record that does not count: too old by law, or disputed."""

    table: str
    record_id: str
    source: str
    happened_on: date
    why: str
    law: str


def trail_of(
    workspace: Workspace, programme: Programme, person: str, as_of: Month
) -> tuple[list[SourceCount], list[NotCounted]]:
    """What a person's score came from and what was left out, as known at the end of the month."""
    sources: list[SourceCount] = []
    left_out: list[NotCounted] = []
    law = min(programme.laws_on(as_of.last_day), key=_count_for)
    oldest = None if law.negatives_count_months == FOR_EVER else as_of.plus(1 - law.negatives_count_months).first_day
    with Duck() as duck:
        point = PointInTime(workspace, duck, as_of)
        for table in TABLES.values():
            latest = point.records(table.name, person)
            if latest is None or table.name == "outcomes":
                continue
            # What is open grows older, whatever was heard of it since: it speaks against a person as of the month.
            duck.run(
                f"CREATE OR REPLACE TABLE own AS SELECT * REPLACE ({literal(as_of.last_day)} AS known_on) "
                f"FROM ({latest}) WHERE happened_on <= {literal(as_of.last_day)}"
            )
            adverse = table.adverse if table.adverse and oldest else "FALSE"
            too_old = f"WHEN ({adverse}) AND happened_on < {literal(oldest)} THEN 'too_old'"
            why = f"CASE WHEN state = 'disputed' THEN 'disputed' {too_old} END"
            found = duck.rows(
                f"SELECT *, {why} AS why FROM own WHERE {why} IS NOT NULL ORDER BY happened_on, record_id"
            )
            left_out += [
                NotCounted(
                    table.name,
                    row["record_id"],
                    row["source"],
                    row["happened_on"],
                    row["why"],
                    law.negatives_count_law if row["why"] == "too_old" else law.dispute_law,
                )
                for row in found
            ]
            counted = duck.rows(
                "SELECT source, count(*) AS records, min(happened_on) AS first, max(happened_on) AS last FROM own "
                f"WHERE state = 'valid' AND ({why}) IS NULL GROUP BY source ORDER BY source"
            )
            sources += [
                SourceCount(table.name, row["source"], int(row["records"]), row["first"], row["last"])
                for row in counted
            ]
    return sources, left_out


def _count_for(law: LawInForce) -> float:
    """For how many months a negative fact counts."""
    return math.inf if law.negatives_count_months == FOR_EVER else law.negatives_count_months
