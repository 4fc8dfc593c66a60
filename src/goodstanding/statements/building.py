"""Building statements: only the months whose records changed."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from goodstanding.engines import Duck, literal
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.records import record_months
from goodstanding.statements.measures import measures_digest
from goodstanding.statements.rolling import month_sql
from goodstanding.store import Catalogue, Change, Entry, Workspace
from goodstanding.wording import tr

# Tables that say how things ended, or nothing about a month.
NOT_ROLLED_UP = frozenset({"outcomes"})


@dataclass(frozen=True)
class Built:
    """What a build did: months made anew, months left as they were, statements made."""

    rebuilt: Sequence[str]
    unchanged: Sequence[str]
    statements: int


def build_statements(workspace: Workspace, advance: Callable[[str], None] = lambda _: None) -> Built:
    """Roll up each month whose records changed since its statements were made. Raises NotReady without records."""
    workspace.need("records", "standing ingest records PATH")
    rebuilt: list[str] = []
    unchanged: list[str] = []
    made = 0
    with workspace.change() as change, Duck() as duck:
        by_month = _entries_by_month(change.before)
        for month in record_months(workspace):
            tables = by_month.get(month, {})
            key = f"statements/month={month}"
            inputs = _digest(tables)
            if not tables or change.value(key) == inputs:
                unchanged.append(month)
                continue
            advance(month)
            paths = {table: [workspace.path(entry) for entry in entries] for table, entries in tables.items()}
            made += _build_month(duck, change, Month.parse(month), paths)
            change.set(key, inputs)
            rebuilt.append(month)
    return Built(rebuilt, unchanged, made)


def need_statements(workspace: Workspace) -> None:
    """Raise NotReady unless there are statements and they are made of the records as they are now."""
    workspace.need("statements", "standing statements")
    catalogue = workspace.catalogue
    stale = [
        month
        for month, tables in sorted(_entries_by_month(catalogue).items())
        if catalogue.values.get(f"statements/month={month}") != _digest(tables)
    ]
    if stale:
        raise NotReady(
            str(workspace.root),
            tr("newer records than statements in {months}", months=", ".join(stale)),
            tr("statements of all records"),
            tr("Run `{verb}` first.", verb="standing statements"),
        )


def _entries_by_month(catalogue: Catalogue) -> Mapping[str, Mapping[str, Sequence[Entry]]]:
    """Record files by month, then table."""
    found: dict[str, dict[str, list[Entry]]] = {}
    for entry in catalogue.under("records"):
        _, table, folder, _ = entry.path.split("/")
        if table not in NOT_ROLLED_UP:
            found.setdefault(folder.removeprefix("month="), {}).setdefault(table, []).append(entry)
    return found


def _digest(tables: Mapping[str, Sequence[Entry]]) -> str:
    """What a month's statements are made of: the definitions and the record files."""
    parts = [measures_digest(), *(entry.sha256 for table in sorted(tables) for entry in tables[table])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _build_month(duck: Duck, change: Change, month: Month, tables: Mapping[str, Sequence[Path]]) -> int:
    """Stage a month's statements, one file for each month end at which they became known; how many there are."""
    duck.run(f"CREATE OR REPLACE TABLE rolled AS {month_sql(month, tables)}")
    change.remove_under(f"statements/month={month}")
    for row in duck.rows("SELECT DISTINCT known_on FROM rolled ORDER BY known_on"):
        staged = change.scratch()
        duck.write_parquet(
            f"SELECT * FROM rolled WHERE known_on = {literal(row['known_on'])} ORDER BY person_id", staged
        )
        change.add(f"statements/month={month}/known={Month.of(row['known_on'])}", staged)
    return int(duck.value("SELECT count(*) FROM rolled"))
