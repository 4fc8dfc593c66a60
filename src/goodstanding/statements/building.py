"""Building statements: only the months whose records changed, and of those only what became known since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from goodstanding.engines import Duck, Engine
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.records import record_months
from goodstanding.statements.making import folder_of, made_of, make_month
from goodstanding.statements.measures import ROLL_UPS, RollUp
from goodstanding.store import Catalogue, Entry, Workspace
from goodstanding.wording import tr


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
        stale = {roll_up: _stale(change.before, roll_up) for roll_up in ROLL_UPS}
        months = sorted(set[str]().union(*stale.values()))
        made = 0
        for month in months:
            advance(month, len(months))
            for roll_up, entries in stale.items():
                if month in entries:
                    made += make_month(engine, change, roll_up, Month.parse(month), entries[month])
    unchanged = [month for month in record_months(workspace) if month not in months]
    return Built(months, unchanged, made)


def need_statements(workspace: Workspace) -> None:
    """Raise NotReady unless there are statements and they are made of the records as they are now."""
    workspace.need("statements", "standing statements")
    catalogue = workspace.catalogue
    if stale := sorted({month for roll_up in ROLL_UPS for month in _stale(catalogue, roll_up)}):
        raise NotReady(
            str(workspace.root),
            tr("newer records than statements in {months}", months=", ".join(stale)),
            tr("statements of all records"),
            tr("Run `{verb}` first.", verb="standing statements"),
        )


def _stale(catalogue: Catalogue, roll_up: RollUp) -> Mapping[str, Sequence[Entry]]:
    """The record files of each month whose statements are not made of them as they are now."""
    by_month: dict[str, list[Entry]] = {}
    for entry in catalogue.under("records"):
        _, table, folder, _ = entry.path.split("/")
        if table in roll_up.tables:
            by_month.setdefault(folder.removeprefix("month="), []).append(entry)
    return {
        month: entries
        for month, entries in sorted(by_month.items())
        if catalogue.values.get(folder_of(roll_up, month)) != made_of(roll_up, entries)
    }
