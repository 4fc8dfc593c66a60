"""Building statements: only the months whose records changed, and of those only what became known since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from goodstanding.engines import Duck, Engine
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.records import record_months
from goodstanding.statements.lineage import Lineage
from goodstanding.statements.measures import ROLL_UPS, STATEMENTS, RollUp, roll_ups_of
from goodstanding.statements.month import make_month
from goodstanding.store import Catalogue, Entry, Workspace
from goodstanding.store.layout import RECORDS_FOLDER, own_measures_programme, record_place, statements_folder
from goodstanding.wording import tr


@dataclass(frozen=True)
class Built:
    """What a build did: months made anew or added to, months left as they were, statements made."""

    rebuilt: Sequence[str]
    unchanged: Sequence[str]
    statements: int


def build_statements(
    workspace: Workspace,
    engine: Engine | None = None,
    advance: Callable[[str, int], None] = lambda _, __: None,
    own: RollUp | None = None,
) -> Built:
    """Roll up each month whose records changed since its statements were made. Raises NotReady without records.

    `own` are the statements of a programme with measures of its own: from now on they are made here as well. The
    engine is DuckDB if none is given. `advance` is told each month as it begins, and how many there are.
    """
    if engine is None:
        with Duck() as duck:
            return build_statements(workspace, duck, advance, own)
    workspace.need(RECORDS_FOLDER, "standing ingest records PATH")
    with workspace.stage() as staging:
        if own is not None:
            staging.set(own.folder, own.definitions)
        stale = {roll_up: _stale(staging.before, roll_up) for roll_up in _with(roll_ups_of(staging.before), own)}
        months = sorted(set[str]().union(*stale.values()))
        made = 0
        for month in months:
            advance(month, len(months))
            for roll_up, entries in stale.items():
                if month in entries:
                    made += make_month(engine, staging, roll_up, Month.parse(month), entries[month])
    unchanged = [month for month in record_months(workspace) if month not in months]
    return Built(months, unchanged, made)


def _with(roll_ups: Sequence[RollUp], own: RollUp | None) -> list[RollUp]:
    """All of them, each folder once: what is given takes the place of what was there."""
    others = [roll_up for roll_up in roll_ups if own is None or roll_up.folder != own.folder]
    return others if own is None else [*others, own]


def need_statements(workspace: Workspace, roll_up: RollUp = STATEMENTS) -> None:
    """Raise NotReady unless there are such statements and they are made of the records as they are now."""
    own = roll_up not in ROLL_UPS
    verb = "standing statements --programme FOLDER" if own else "standing statements"
    workspace.need("statements", verb)
    catalogue = workspace.catalogue
    if own and roll_up.folder not in catalogue.values:
        raise NotReady(
            where=str(workspace.root),
            found=tr("no statements of the measures of {name}", name=own_measures_programme(roll_up.folder)),
            expected=tr("statements of its own measures"),
            do=tr("Run `{verb}` first, with the folder of the programme.", verb=verb),
        )
    if stale := sorted({month for of in _with(ROLL_UPS, roll_up) for month in _stale(catalogue, of)}):
        raise NotReady(
            where=str(workspace.root),
            found=tr("newer records than statements in {months}", months=", ".join(stale)),
            expected=tr("statements of all records"),
            do=tr("Run `{verb}` first.", verb=verb),
        )


def statements_lag(workspace: Workspace) -> bool:
    """Whether there are records whose statements are not made of them as they are now."""
    catalogue = workspace.catalogue
    return any(_stale(catalogue, roll_up) for roll_up in roll_ups_of(catalogue))


def _stale(catalogue: Catalogue, roll_up: RollUp) -> Mapping[str, Sequence[Entry]]:
    """The record files of each month whose statements are not made of them as they are now."""
    by_month: dict[Month, list[Entry]] = {}
    for entry in catalogue.under(RECORDS_FOLDER):
        place = record_place(entry.path)
        if place.table in roll_up.tables:
            by_month.setdefault(place.month, []).append(entry)
    return {
        str(month): entries
        for month, entries in sorted(by_month.items())
        if catalogue.values.get(statements_folder(roll_up.folder, month)) != str(Lineage.of(roll_up, entries))
    }
