"""The verb that shows it all on synthetic people: `demo`."""

import time
import webbrowser
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape

from goodstanding.cards.training import learn_card
from goodstanding.cli.fit import print_fitted
from goodstanding.cli.ingest import print_loaded
from goodstanding.cli.options import DEFAULT_WORKSPACE, Language, Months, People, Seed, WorkspacePath
from goodstanding.cli.output import console
from goodstanding.cli.progress import progress
from goodstanding.cli.score import print_run
from goodstanding.errors import BadInput, NotReady
from goodstanding.lab import build_town, stamp_of
from goodstanding.months import months_between, today
from goodstanding.programmes import Definition, load_programme
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp, stamp_in_force, would_mix
from goodstanding.scoring import score_month
from goodstanding.service.http.ports import check_port
from goodstanding.service.pages.local_site import DEFAULT_PORT, HOST, local_site, serve_site
from goodstanding.statements import build_statements
from goodstanding.store import Workspace
from goodstanding.wording import tr, use_language

# The month-by-month line of the demo goes back so far.
DEMO_SCORED_MONTHS = 12


def demo(
    *,
    people: People = 2000,
    months: Months = 36,
    seed: Seed = 6,
    serve_pages: Annotated[bool, Parameter(name="--serve", help=tr("Serve the pages when done."))] = True,
    port: Annotated[int, Parameter(help=tr("The port to serve on."))] = DEFAULT_PORT,
    language: Language = None,
    root: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Take a town the whole way: records, statements, card, scores, pages."""
    with use_language(language):
        if serve_pages:
            check_port(port, HOST)
        started = time.perf_counter()
        definition, workspace = load_programme("sesame"), Workspace(root)
        _build(workspace, definition, people, months, seed)
        console.print(
            tr(
                "Done in {seconds} s: {path}",
                seconds=f"{time.perf_counter() - started:.1f}",
                path=escape(str(root)),
            )
        )
        if serve_pages:
            site = local_site(workspace, definition, port)
            console.print(tr("Open {url} (Ctrl-C ends it).", url=f"http://{HOST}:{port}"))
            webbrowser.open(f"http://{HOST}:{port}")
            serve_site(site, port)


def _fit(workspace: Workspace, definition: Definition) -> None:
    """Fit a card, or say why the expert card is used: a hamlet has too few loans to learn from."""
    try:
        fitted = learn_card(workspace, definition)
    except NotReady as error:
        console.print(f"[yellow]{escape(str(error))}[/]")
        console.print(tr("The expert card is used."))
    else:
        print_fitted(definition.programme, fitted)


def _build(workspace: Workspace, definition: Definition, people: int, months: int, seed: int) -> None:
    """The town's way from records to scores, each step as its own verb does it."""
    catalogue, stamp = workspace.catalogue, stamp_of(people, months, seed)
    # Asked before the town is built, not only when it is loaded.
    if would_mix(catalogue, stamp):
        found = stamp_in_force(catalogue) or tr("real records")
        raise BadInput(where=str(workspace.root), found=found, expected=stamp, do=tr("Use another --workspace."))
    with progress(tr("Town"), len(TABLES)) as advance:
        town = build_town(workspace.root / "town", people, months, seed, advance)
    feeds = folder_feeds(town.folder)
    with progress(tr("Ingest"), 3 * len(feeds)) as advance:
        print_loaded(load(workspace, feeds, today(), stamp=read_stamp(town.folder), advance=advance), workspace.root)
    with progress(tr("Statements"), months) as advance:
        build_statements(workspace, advance=advance)
    _fit(workspace, definition)
    with progress(tr("Score"), DEMO_SCORED_MONTHS) as advance:
        for month in months_between(town.last.plus(1 - DEMO_SCORED_MONTHS), town.last.plus(-1)):
            advance(str(month))
            score_month(workspace, definition, month, today())
        advance(str(town.last))
        started = time.perf_counter()
        manifest = score_month(workspace, definition, town.last, today())
    print_run(definition.programme, manifest, time.perf_counter() - started)
