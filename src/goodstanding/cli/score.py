"""The verb that scores a month: `score`."""

import time
from typing import Annotated, Any

from cyclopts import Parameter
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, ProgrammeName, WorkspacePath
from goodstanding.cli.output import console, print_json, table_of
from goodstanding.cli.runner import BY_DUCKDB, RunBy, running
from goodstanding.months import Month, today
from goodstanding.programmes import NOT_COMPUTED, Programme, in_language, load_programme
from goodstanding.scoring import Manifest, people_not_computed, score_month
from goodstanding.statements import last_month
from goodstanding.store import Workspace
from goodstanding.wording import tr


def score(
    programme: ProgrammeName,
    *,
    as_of: Annotated[str, Parameter(name="--as-of", help=tr("The closed month to score, as YYYY-MM."))],
    by: RunBy = BY_DUCKDB,
    json: AsJson = False,
    root: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Run the month, or find the run that was already made from the same."""
    started = time.perf_counter()
    definition = load_programme(programme)
    month, workspace = Month.parse(as_of), Workspace(root)
    with running(by, workspace, tr("Score"), 1) as (engine, advance):
        advance(as_of)
        manifest = score_month(workspace, definition, month, today(), engine)
    seconds = time.perf_counter() - started
    last = last_month(workspace, month, definition.programme.roll_up)
    not_computed = people_not_computed(workspace, manifest) if NOT_COMPUTED in manifest.not_scored else []
    if json:
        print_json(
            _run_json(definition.programme, manifest, seconds)
            | {"not_computed": not_computed, "last_month": None if last is None else str(last)}
        )
    else:
        print_run(definition.programme, manifest, seconds)
        if last is not None and last < month:
            until_line = tr(
                "Nothing was furnished of the months after {month}: nobody is known to have paid in them.",
                month=str(last),
            )
            console.print(f"[yellow]{escape(until_line)}[/]", soft_wrap=True)
        if not_computed:
            whose_line = tr("Whose records cannot be computed with: {names}.", names=", ".join(not_computed))
            console.print(f"[yellow]{escape(whose_line)}[/]", soft_wrap=True)


def _run_json(programme: Programme, manifest: Manifest, seconds: float) -> dict[str, Any]:
    return {
        "programme": manifest.basis.programme,
        "as_of": manifest.basis.as_of,
        "run": manifest.run,
        "supersedes": manifest.supersedes,
        "card": manifest.basis.card,
        "engine": manifest.engine,
        "scored": manifest.scored,
        "not_scored": dict(manifest.not_scored),
        "bands": dict(manifest.bands),
        "outside": dict(manifest.outside),
        "seconds": round(seconds, 3),
    } | ({} if programme.no_law is None else {"law": programme.no_law})


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def print_run(programme: Programme, manifest: Manifest, seconds: float) -> None:
    """The run's counts."""
    table = table_of(tr("band"), tr("people"))
    for band in programme.bands:
        table.add_row(escape(in_language(band.title)), f"{manifest.bands[band.name]:,}")
    for reason, n in manifest.not_scored.items():
        table.add_row(f"{tr('Not enough data')}: {escape(programme.why_not(reason))}", f"{n:,}")
    console.print(table)
    run_line = tr(
        "Run {run} as of {month}: {n} scored in {seconds} s.",
        run=manifest.run,
        month=manifest.basis.as_of,
        n=f"{manifest.scored:,}",
        seconds=f"{seconds:.1f}",
    )
    console.print(run_line)
    if manifest.outside:
        beyond = ", ".join(f"{of} {n:,}" for of, n in sorted(manifest.outside.items(), key=_most_first))
        outside_line = tr("People whose values lie outside of what the card was developed on: {names}.", names=beyond)
        console.print(f"[yellow]{escape(outside_line)}[/]", soft_wrap=True)
    if manifest.supersedes:
        console.print(tr("It supersedes run {run}.", run=manifest.supersedes))
    if programme.no_law:
        console.print(programme.no_law)
