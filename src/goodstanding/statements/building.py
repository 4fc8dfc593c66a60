"""Building statements: only the months whose records changed, and of those only what became known since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from goodstanding.engines import Duck, Engine
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.records import record_months
from goodstanding.statements.making import folder_of, made_of, make_month
from goodstanding.store import Catalogue, Entry, Workspace
from goodstanding.wording import tr

# Tables that say how things ended, or nothing about a month.
NOT_ROLLED_UP = frozenset({"outcomes"})


@dataclass(frozen=True)
class Built:
    """What a build did: months made anew or added to, months left as they were, statements made."""

    rebuilt: Sequence[str]
    unchanged: Sequence[str]
    statements: int


def build_statements(
    workspace: Workspace, engine: Engine | None = None, advance: Callable[[str, int], None] = lambda _, __: None
) -> Built:
    """Roll up each month whose records changed since its statements were made. Raises NotReady without records.

    The engine is DuckDB if none is given. `advance` is told each month as it begins, and how many there are.
    """
    if engine is None:
        with Duck() as duck:
            return build_statements(workspace, duck, advance)
    workspace.need("records", "standing ingest records PATH")
    with workspace.change() as change:
        by_month = _entries_by_month(change.before)
        months = _stale(change.before, by_month)
        made = 0
        for month in months:
            advance(month, len(months))
            made += make_month(engine, change, Month.parse(month), by_month[month])
    unchanged = [month for month in record_months(workspace) if month not in months]
    return Built(months, unchanged, made)


def need_statements(workspace: Workspace) -> None:
    """Raise NotReady unless there are statements and they are made of the records as they are now."""
    workspace.need("statements", "standing statements")
    catalogue = workspace.catalogue
    stale = _stale(catalogue, _entries_by_month(catalogue))
    if stale:
        raise NotReady(
            str(workspace.root),
            tr("newer records than statements in {months}", months=", ".join(stale)),
            tr("statements of all records"),
            tr("Run `{verb}` first.", verb="standing statements"),
        )


def _stale(catalogue: Catalogue, by_month: Mapping[str, Sequence[Entry]]) -> list[str]:
    """The months whose statements are not made of their records as they are now."""
    values = catalogue.values
    return [month for month, entries in sorted(by_month.items()) if values.get(folder_of(month)) != made_of(entries)]


def _entries_by_month(catalogue: Catalogue) -> Mapping[str, Sequence[Entry]]:
    """Record files by month, those of one table together."""
    found: dict[str, list[Entry]] = {}
    for entry in catalogue.under("records"):
        _, table, folder, _ = entry.path.split("/")
        if table not in NOT_ROLLED_UP:
            found.setdefault(folder.removeprefix("month="), []).append(entry)
    return found
