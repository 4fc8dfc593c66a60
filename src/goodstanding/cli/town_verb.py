"""The verb that fills a workspace with synthetic people: `town`."""

from typing import Annotated

from cyclopts import Parameter

from goodstanding.cli.options import DEFAULT_WORKSPACE, Months, People, Seed, WorkspacePath
from goodstanding.cli.output import console
from goodstanding.cli.progress import progress
from goodstanding.lab import populate
from goodstanding.months import Month
from goodstanding.store import Workspace
from goodstanding.store.layout import RECORDS_FOLDER
from goodstanding.wording import tr


def town(
    *,
    people: People = 2000,
    months: Months = 36,
    seed: Seed = 6,
    later: Annotated[
        str | None, Parameter(help=tr("Keep what became known from this month (YYYY-MM) on in files of its own."))
    ] = None,
    root: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Draw a town's records straight into an empty workspace, however many people: no file is read back."""
    workspace = Workspace(root)
    with progress(tr("Town")) as advance:
        populate(workspace, people, months, seed, Month.parse(later) if later else None, advance)
    records = sum(1 for _ in workspace.catalogue.under(RECORDS_FOLDER))
    console.print(tr("{people} people, {months} months, in {n} files.", people=f"{people:,}", months=months, n=records))
