"""The verbs that take records in and roll them up: `ingest` and `statements`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, Memory, WorkspacePath
from goodstanding.cli.output import console, print_json, table_of
from goodstanding.cli.progress import progress
from goodstanding.cli.runner import BY_DUCKDB, RunBy, running
from goodstanding.months import today
from goodstanding.programmes import load_programme
from goodstanding.records import (
    DeclaredFeed,
    Feed,
    Listing,
    Loaded,
    check_all_read,
    declare_feeds,
    list_files,
    listed_feeds,
    load,
    read_feeds,
    unmet_feeds,
)
from goodstanding.records.adapters import berka_feeds
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.statements import STATEMENTS, Built, build_statements
from goodstanding.store import Workspace
from goodstanding.wording import first_of, mark, tr

_MOST_NAMED = 5

ingest = App(name="ingest", help=tr("Take in records."))

Ignore = Annotated[bool, Parameter(negative="", help=tr("Go on without files that are not named after a table."))]
Strict = Annotated[bool, Parameter(negative="", help=tr("Refuse the whole load for one bad row."))]


@ingest.command(name="records", help=tr("Take in CSV or Parquet files named after our tables."))
def ingest_records(
    path: Path,
    *,
    strict: Strict = False,
    ignore: Ignore = False,
    memory: Memory = None,
    json: AsJson = False,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Load a file of a table, such as dues.csv, dues.csv.gz or dues-2024-01.parquet, or a folder of them."""
    listing = list_files(path)
    if not ignore:
        check_all_read(listing)
    if not json:
        _print_listing(listing)
    ignored = list(listing.others) if ignore else None
    feeds, stamp = listed_feeds(listing), read_stamp(path)
    # Read before anything is taken: a line that is wrong refuses the load.
    declared = [feed for file in listing.feeds for feed in read_feeds(file, today())]
    _ingest(workspace, feeds, strict=strict, memory=memory, json=json, stamp=stamp, ignored=ignored)
    if declared:
        added = declare_feeds(Workspace(workspace), declared)
        if not json:
            _print_declared(workspace, declared, added)


def _print_listing(listing: Listing) -> None:
    """Which files are left out, and which tables are read from more than one file."""
    for table, names in listing.shared.items():
        console.print(escape(tr("{table} is read from {names}.", table=table, names=", ".join(names))), soft_wrap=True)
    if listing.others:
        left_out = tr("Left out, as no table is named so: {names}", names=", ".join(listing.others))
        console.print(f"[yellow]{escape(left_out)}[/]", soft_wrap=True)


@ingest.command(name="feeds", help=tr("Declare which tables a source furnishes, from when until when."))
def ingest_feeds(path: Path, *, json: AsJson = False, workspace: WorkspacePath = DEFAULT_WORKSPACE) -> None:
    """Take in a CSV file of feeds: source, table, from, until, person_id, known_on."""
    feeds = read_feeds(path, today())
    added = declare_feeds(Workspace(workspace), feeds)
    if json:
        print_json({"read": len(feeds), "added": added})
    else:
        _print_declared(workspace, feeds, added)


def _print_declared(workspace: Path, feeds: Sequence[DeclaredFeed], added: int) -> None:
    """How many feeds were declared, and whom and what they name that no record has so far."""
    console.print(tr("{read} feeds read, {added} of them new.", read=len(feeds), added=added))
    people, sources = unmet_feeds(Workspace(workspace), feeds)
    for names, message in (
        (people, mark("People of feeds who are in no record so far: {names}. Check the spelling.")),
        (sources, mark("Sources of feeds of which there is no record so far: {names}. Check the spelling.")),
    ):
        if names:
            console.print(f"[yellow]{escape(tr(message, names=first_of(names, _MOST_NAMED)))}[/]", soft_wrap=True)


@ingest.command(name="berka", help=tr("Take in the PKDD'99 Czech bank in its published format."))
def ingest_berka(
    path: Path, *, strict: Strict = False, json: AsJson = False, workspace: WorkspacePath = DEFAULT_WORKSPACE
) -> None:
    """Load the folder with account.asc, client.asc, disp.asc, loan.asc and trans.asc."""
    _ingest(workspace, berka_feeds(path), strict=strict, json=json)


def _ingest(
    workspace: Path,
    feeds: list[Feed],
    *,
    strict: bool,
    json: bool,
    memory: str | None = None,
    stamp: str | None = None,
    ignored: list[str] | None = None,
) -> None:
    steps = len(feeds) + 2 * len({feed.table for feed in feeds})
    with progress(tr("Ingest"), steps) as advance:
        loaded = load(Workspace(workspace), feeds, today(), strict=strict, stamp=stamp, memory=memory, advance=advance)
    if json:
        counts: dict[str, object] = {name: asdict(count) for name, count in loaded.counts.items()}
        print_json(counts if ignored is None else counts | {"ignored": ignored})
    else:
        print_loaded(loaded, workspace)


def statements(
    *,
    programme: Annotated[
        str | None,
        Parameter(help=tr("A programme with measures of its own: its statements are made as well, from now on.")),
    ] = None,
    by: RunBy = BY_DUCKDB,
    json: AsJson = False,
    root: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Make the statements of the months whose records changed."""
    workspace = Workspace(root)
    roll_up = load_programme(programme).programme.roll_up if programme else STATEMENTS
    with running(by, workspace, tr("Statements")) as (engine, advance):
        built = build_statements(workspace, engine, advance, None if roll_up is STATEMENTS else roll_up)
    if json:
        print_json(
            {
                "rebuilt": list(built.rebuilt),
                "unchanged": list(built.unchanged),
                "statements": built.statements,
            }
        )
    else:
        print_built(built)


def print_loaded(loaded: Loaded, workspace: Path) -> None:
    """What became of the rows of each table, and the first problems."""
    table = table_of(tr("table"), tr("read"), tr("accepted"), tr("unchanged"), tr("quarantined"))
    for name, count in loaded.counts.items():
        table.add_row(name, *(f"{n:,}" for n in (count.read, count.accepted, count.unchanged, count.quarantined)))
    console.print(table)
    for problem in loaded.problems:
        folder = workspace / "quarantine" / problem.table
        do = tr("The row is in {folder}; correct it and load the file again.", folder=folder)
        console.print(f"[yellow]{escape(str(problem.as_error(do)))}[/]", soft_wrap=True)
    if more := sum(count.quarantined for count in loaded.counts.values()) - len(loaded.problems):
        more_line = tr("And {n} more rows in {folder}.", n=f"{more:,}", folder=workspace / "quarantine")
        console.print(f"[yellow]{escape(more_line)}[/]", soft_wrap=True)


def print_built(built: Built) -> None:
    """Which months were made anew."""
    console.print(
        tr(
            "{months} months made anew, {unchanged} as they were, {n} statements.",
            months=len(built.rebuilt), unchanged=len(built.unchanged), n=f"{built.statements:,}",
        )
    )  # fmt: skip
