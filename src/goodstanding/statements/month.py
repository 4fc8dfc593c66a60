"""Making one month's statements: all of them, or only those that new record files may change."""

from collections.abc import Collection, Mapping, Sequence

from goodstanding.engines import Engine, literal
from goodstanding.months import Month
from goodstanding.records import RecordVersions, versions_of
from goodstanding.statements.aggregates_sql import first_statements_sql, moments_sql, restatements_sql
from goodstanding.statements.as_of import months_of
from goodstanding.statements.measures import RollUp
from goodstanding.store import Entry, Staging


def statements_folder(roll_up: RollUp, month: Month | str) -> str:
    """A month's statements in the workspace; the value of this name in the catalogue is what they are made of."""
    return f"{roll_up.folder}/month={month}"


def made_of(roll_up: RollUp, entries: Collection[Entry]) -> str:
    """What statements are made of: the measures' definitions, and the record files by the start of their digests."""
    return " ".join([roll_up.digest, *sorted(entry.sha256[:16] for entry in entries)])


def make_month(engine: Engine, staging: Staging, roll_up: RollUp, month: Month, entries: Sequence[Entry]) -> int:
    """Stage a month's statements, files for each month end at which they became known; how many rows are new."""
    folder = statements_folder(roll_up, month)
    tables, new = _versions(engine, staging, entries), _new(staging.value(folder), roll_up, entries)
    since, news = month, tables
    if len(new) < len(entries):
        news = _versions(engine, staging, new)
        since = max(month, _first_known(engine, news))
    held = staging.under(folder)
    if since == month or any(months_of(entry)[1] >= since for entry in held):
        # What was known before may say something of the same month ends as what is new.
        news = tables
    for entry in held:
        if months_of(entry)[1] >= since:
            staging.remove(entry)
    moments: dict[Month, set[str]] = {}
    for row in engine.rows(moments_sql(month, news)):
        moments.setdefault(Month.of(row["moment"]), set()).add(row["name"])
    later = [known for known in sorted(moments) if known >= max(since, month.plus(1))]
    made = 0
    if month in moments and since == month:
        made += _write(engine, staging, roll_up, month, first_statements_sql(roll_up, month, tables))
    if later:
        late = sorted(set[str]().union(*(moments[known] for known in later)))
        touched = _touched({table: news[table] for table in late}, later[0])
        prior = _keep_late(engine, staging, folder, {table: tables[table] for table in late}, touched)
        made += _write(engine, staging, roll_up, month, restatements_sql(roll_up, month, later[0], late, prior))
    staging.set(folder, made_of(roll_up, entries))
    return made


def _versions(engine: Engine, staging: Staging, entries: Sequence[Entry]) -> Mapping[str, RecordVersions]:
    """Record files as relations, by table."""
    by_table: dict[str, list[Entry]] = {}
    for entry in entries:
        by_table.setdefault(entry.path.split("/")[1], []).append(entry)
    return {table: versions_of(found, staging.paths, engine.files) for table, found in by_table.items()}


def _new(made: str | None, roll_up: RollUp, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The record files that a month's statements are not made of; all, if they are made of others or otherwise."""
    before = (made or "").split()
    if not before or before[0] != roll_up.digest or not set(before[1:]) <= {e.sha256[:16] for e in entries}:
        return entries
    return [entry for entry in entries if entry.sha256[:16] not in before]


def _first_known(engine: Engine, tables: Mapping[str, RecordVersions]) -> Month:
    """The month in which the first of the records became known."""
    known = " UNION ALL ".join(f"SELECT known_on FROM ({versions.all}) AS r" for versions in tables.values())
    return Month.of(engine.value(f"SELECT min(known_on) FROM ({known}) AS days"))


def _touched(tables: Mapping[str, RecordVersions], since: Month) -> str:
    """SQL of those whom records are about that became known from a month on."""
    known = f"known_on >= {literal(since.first_day)}"
    return " UNION ALL ".join(
        f"SELECT person_id FROM ({versions.all}) AS r WHERE {known}" for versions in tables.values()
    )


def _keep_late(
    engine: Engine, staging: Staging, folder: str, tables: Mapping[str, RecordVersions], touched: str
) -> str | None:
    """Keep the records of those whom late records are about, as `late_TABLE`, and their statements so far.

    Gives the relation of the latter, None if there is none.
    """
    theirs = f"SEMI JOIN ({touched}) AS t ON t.person_id ="
    for table, versions in tables.items():
        engine.keep(f"late_{table}", f"SELECT r.* FROM ({versions.all}) AS r {theirs} r.person_id")
    before = staging.paths(staging.under(folder))
    if not before:
        return None
    engine.keep("prior", f"SELECT s.* FROM {engine.files(before)} AS s {theirs} s.person_id")
    return "prior"


def _write(engine: Engine, staging: Staging, roll_up: RollUp, month: Month, sql: str) -> int:
    parts = engine.write_parts(sql, roll_up.key, "known_on", staging.scratch())
    for known, written in parts.items():
        for path in written.paths:
            staging.add(f"{statements_folder(roll_up, month)}/known={Month.of(known)}", path)
    return sum(written.rows for written in parts.values())
