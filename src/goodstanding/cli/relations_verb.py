"""The verb that measures the graph of ties: `relations`."""

import time
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, WorkspacePath
from goodstanding.cli.output import console, print_json, table_of
from goodstanding.cli.runner import BY_DUCKDB, RunBy, running
from goodstanding.months import Month, today
from goodstanding.relations.measured_graph import Relations, measure_relations
from goodstanding.store import Workspace
from goodstanding.store.layout import relations_folder
from goodstanding.wording import mark, tr

_KINDS = {
    "transfers": mark("transfers"),
    "address": mark("the same address"),
    "phone": mark("the same phone"),
    "email": mark("the same e-mail"),
    "account": mark("the same account"),
    "document": mark("the same document"),
}


def relations(
    *,
    as_of: Annotated[str, Parameter(name="--as-of", help=tr("The month at whose end ties are known, as YYYY-MM."))],
    by: RunBy = BY_DUCKDB,
    json: AsJson = False,
    root: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Find ties from transfers and shared details, and measure their graph: components, cores and ranks.

    No score enters, and none changes.
    """
    started = time.perf_counter()
    month, workspace = Month.parse(as_of), Workspace(root)
    with running(by, workspace, tr("Relations"), 1) as (engine, advance):
        advance(as_of)
        found = measure_relations(workspace, month, today(), engine)
    seconds = time.perf_counter() - started
    if json:
        print_json(asdict(found) | {"as_of": as_of, "seconds": round(seconds, 3)})
    else:
        _print(found, seconds)


def _print(found: Relations, seconds: float) -> None:
    if not found.people:
        console.print(
            tr("No two people are tied: there is no transfer between people on file, and no detail they share.")
        )
        return
    table = table_of(tr("tie"), tr("pairs of people"))
    for kind, n in found.ties.items():
        table.add_row(tr(_KINDS[kind]), f"{n:,}")
    console.print(table)
    counts = {"people": found.people, "n": found.components, "largest": found.largest}
    printed = {name: f"{count:,}" for name, count in counts.items()}
    console.print(tr("People with ties: {people}. Groups: {n}; in the largest: {largest}.", **printed))
    core, within = f"{found.core:,}", f"{found.in_core:,}"
    console.print(tr("{n} people have {core} ties or more among themselves.", n=within, core=core))
    console.print(
        tr(
            "In {folder} after {seconds} s. It says who is tied to whom: keep it as you keep the records.",
            folder=relations_folder(found.as_of),
            seconds=f"{seconds:.1f}",
        )
    )
