"""Making one month's statements: all of them, or only those that new record files may change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodstanding.engines import Engine, literal
from goodstanding.months import Month
from goodstanding.records import RecordVersions, versions_of
from goodstanding.statements.aggregates_sql import first_statements_sql, moments_sql, restatements_sql
from goodstanding.statements.lineage import Lineage
from goodstanding.statements.measures import RollUp
from goodstanding.store import Entry, Staging
from goodstanding.store.layout import record_place, short_digest, statement_months, statements_folder


@dataclass(frozen=True)
class Refresh:
    """What of a month's statements is made anew: `first` ones or not, and restatements from the month `since` on.

    `tables` are all records of the month, `fresh` those that are looked at for what is new, both by table; `replaced`
    are the files of statements that no longer hold; `late` are the later months in which something became known, each
    with the tables of which it did.
    """

    month: Month
    since: Month
    tables: Mapping[str, RecordVersions]
    fresh: Mapping[str, RecordVersions]
    replaced: Sequence[Entry]
    first: bool
    late: Mapping[Month, frozenset[str]]

    @property
    def late_tables(self) -> list[str]:
        """The tables of which something became known in one of the later months."""
        return sorted(frozenset[str]().union(*self.late.values()))


def make_month(engine: Engine, staging: Staging, roll_up: RollUp, month: Month, entries: Sequence[Entry]) -> int:
    """Stage a month's statements, files for each month end at which they became known; how many rows are new."""
    refresh = plan_month(engine, staging, roll_up, month, entries)
    made = write_month(engine, staging, roll_up, refresh)
    staging.set(statements_folder(roll_up.folder, month), str(Lineage.of(roll_up, entries)))
    return made


def plan_month(engine: Engine, staging: Staging, roll_up: RollUp, month: Month, entries: Sequence[Entry]) -> Refresh:
    """Find out what of a month's statements its record files change; nothing is written."""
    folder = statements_folder(roll_up.folder, month)
    tables, new = _versions(engine, staging, entries), _new(staging.value(folder), roll_up, entries)
    since, fresh = month, tables
    if len(new) < len(entries):
        fresh = _versions(engine, staging, new)
        since = max(month, _first_known(engine, fresh))
    replaced = [entry for entry in staging.under(folder) if statement_months(entry.path)[1] >= since]
    if since == month or replaced:
        # What was known before may say something of the same month ends as what is new.
        fresh = tables
    moments: dict[Month, set[str]] = {}
    for row in engine.rows(moments_sql(month, fresh)):
        moments.setdefault(Month.of(row["moment"]), set()).add(row["name"])
    late = {known: frozenset(moments[known]) for known in sorted(moments) if known >= max(since, month.plus(1))}
    return Refresh(
        month=month,
        since=since,
        tables=tables,
        fresh=fresh,
        replaced=replaced,
        first=since == month and month in moments,
        late=late,
    )


def write_month(engine: Engine, staging: Staging, roll_up: RollUp, refresh: Refresh) -> int:
    """Stage what was planned in place of what no longer holds; how many rows are new."""
    month, made = refresh.month, 0
    for entry in refresh.replaced:
        staging.remove(entry)
    if refresh.first:
        made += _write(engine, staging, roll_up, month, first_statements_sql(roll_up, month, refresh.tables))
    if refresh.late:
        first_late, tables = min(refresh.late), refresh.late_tables
        prior = _keep_late(engine, staging, roll_up, refresh)
        made += _write(engine, staging, roll_up, month, restatements_sql(roll_up, month, first_late, tables, prior))
    return made


def _versions(engine: Engine, staging: Staging, entries: Sequence[Entry]) -> Mapping[str, RecordVersions]:
    """Record files as relations, by table."""
    by_table: dict[str, list[Entry]] = {}
    for entry in entries:
        by_table.setdefault(record_place(entry.path).table, []).append(entry)
    return {table: versions_of(found, staging.paths, engine.files) for table, found in by_table.items()}


def _new(made_of: str | None, roll_up: RollUp, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The record files that a month's statements are not made of; all, if they are made of others or otherwise."""
    whole = Lineage.of(roll_up, entries)
    before = Lineage.parse(made_of) if made_of else None
    if before is None or before.definitions != whole.definitions or not before.records <= whole.records:
        return entries
    return [entry for entry in entries if short_digest(entry.sha256) not in before.records]


def _first_known(engine: Engine, tables: Mapping[str, RecordVersions]) -> Month:
    """The month in which the first of the records became known."""
    known = " UNION ALL ".join(f"SELECT known_on FROM ({versions.all}) AS r" for versions in tables.values())
    return Month.of(engine.value(f"SELECT min(known_on) FROM ({known}) AS days"))


def _touched(tables: Sequence[RecordVersions], since: Month) -> str:
    """SQL of those whom records are about that became known from a month on."""
    known = f"known_on >= {literal(since.first_day)}"
    return " UNION ALL ".join(f"SELECT person_id FROM ({versions.all}) AS r WHERE {known}" for versions in tables)


def _keep_late(engine: Engine, staging: Staging, roll_up: RollUp, refresh: Refresh) -> str | None:
    """Keep the records of those whom late records are about, as `late_TABLE`, and their statements so far.

    Gives the relation of the latter, None if there is none.
    """
    touched = _touched([refresh.fresh[table] for table in refresh.late_tables], min(refresh.late))
    theirs = f"SEMI JOIN ({touched}) AS t ON t.person_id ="
    for table in refresh.late_tables:
        engine.keep(f"late_{table}", f"SELECT r.* FROM ({refresh.tables[table].all}) AS r {theirs} r.person_id")
    before = staging.paths(staging.under(statements_folder(roll_up.folder, refresh.month)))
    if not before:
        return None
    engine.keep("prior", f"SELECT s.* FROM {engine.files(before)} AS s {theirs} s.person_id")
    return "prior"


def _write(engine: Engine, staging: Staging, roll_up: RollUp, month: Month, sql: str) -> int:
    parts = engine.write_parts(sql, roll_up.key, "known_on", staging.scratch())
    for known, written in parts.items():
        for path in written.paths:
            staging.add(statements_folder(roll_up.folder, month, Month.of(known)), path)
    return sum(written.rows for written in parts.values())
