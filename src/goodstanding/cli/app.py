"""The verbs of `standing`, one function each: read the arguments, call a room, print what came."""

import json as json_module
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape

from goodstanding import __version__
from goodstanding.cli import printing
from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, AsOf, Language, ProgrammeName, WorkspacePath
from goodstanding.cli.progress import progress
from goodstanding.errors import StandingError
from goodstanding.months import Month, today
from goodstanding.programmes import load_programme
from goodstanding.records import Feed, folder_feeds, load
from goodstanding.records.adapters import berka_feeds
from goodstanding.records.feeds import read_stamp
from goodstanding.scorecard import Discrimination, Fitted, development_sample, fit_card, keep_card
from goodstanding.scoring import Manifest, score_month, standing_of
from goodstanding.statements import build_statements
from goodstanding.store import Workspace
from goodstanding.wording import tr, use_language

app = App(
    name="standing",
    version=__version__,
    help=tr("An open, opt-in credit score that a person can read, carry, contest and take back."),
)
ingest = App(name="ingest", help=tr("Take in records."))
app.command(ingest)

Strict = Annotated[bool, Parameter(negative="", help=tr("Refuse the whole load for one bad row."))]


@ingest.command(name="records", help=tr("Take in CSV or Parquet files named after our tables."))
def ingest_records(
    path: Path, *, strict: Strict = False, json: AsJson = False, workspace: WorkspacePath = DEFAULT_WORKSPACE
) -> None:
    """Load a file TABLE.csv or TABLE.parquet, or a folder of them."""
    _ingest(workspace, folder_feeds(path), strict=strict, json=json, stamp=read_stamp(path))


@ingest.command(name="berka", help=tr("Take in the PKDD'99 Czech bank in its published format."))
def ingest_berka(
    path: Path, *, strict: Strict = False, json: AsJson = False, workspace: WorkspacePath = DEFAULT_WORKSPACE
) -> None:
    """Load the folder with account.asc, client.asc, disp.asc, loan.asc and trans.asc."""
    _ingest(workspace, berka_feeds(path), strict=strict, json=json)


def _ingest(workspace: Path, feeds: list[Feed], *, strict: bool, json: bool, stamp: str | None = None) -> None:
    steps = len(feeds) + 2 * len({feed.table for feed in feeds})
    with progress(tr("Ingest"), steps) as advance:
        loaded = load(Workspace(workspace), feeds, today(), strict=strict, stamp=stamp, advance=advance)
    if json:
        _print_json({name: asdict(count) for name, count in loaded.counts.items()})
    else:
        printing.print_loaded(loaded)


@app.command(help=tr("Roll records up into monthly statements."))
def statements(*, json: AsJson = False, workspace: WorkspacePath = DEFAULT_WORKSPACE) -> None:
    """Make the statements of the months whose records changed."""
    with progress(tr("Statements")) as advance:
        built = build_statements(Workspace(workspace), advance)
    if json:
        _print_json(
            {
                "rebuilt": list(built.rebuilt),
                "unchanged": list(built.unchanged),
                "statements": built.statements,
            }
        )
    else:
        printing.print_built(built)


@app.command(help=tr("Learn a programme's points from outcomes."))
def fit(
    programme: ProgrammeName,
    *,
    train_until: Annotated[
        str | None,
        Parameter(help=tr("The last month to learn from, as YYYY-MM; later outcomes test the card.")),
    ] = None,
    json: AsJson = False,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Fit a card, keep it as the programme's latest, and print it."""
    definition, room = load_programme(programme), Workspace(workspace)
    month = Month.parse(train_until) if train_until else None
    fitted = fit_card(definition, development_sample(room, definition.programme), month)
    with room.change() as change:
        keep_card(change, fitted.card)
    if json:
        _print_json(_fitted_json(fitted))
    else:
        printing.print_fitted(definition.programme, fitted)


@app.command(help=tr("Score everybody as of a closed month."))
def score(
    programme: ProgrammeName,
    *,
    as_of: Annotated[str, Parameter(name="--as-of", help=tr("The closed month to score, as YYYY-MM."))],
    json: AsJson = False,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Run the month, or find the run that was already made from the same."""
    started = time.perf_counter()
    definition = load_programme(programme)
    with progress(tr("Score"), 1) as advance:
        manifest = score_month(Workspace(workspace), definition, Month.parse(as_of), today())
        advance(as_of)
    seconds = time.perf_counter() - started
    if json:
        _print_json(_run_json(manifest, seconds))
    else:
        printing.print_run(definition.programme, manifest, seconds)


@app.command(help=tr("Show a person's score and why."))
def show(
    person: str,
    *,
    programme: ProgrammeName = "sesame",
    as_of: AsOf = None,
    language: Language = None,
    json: AsJson = False,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Show the score of the month's latest run."""
    with use_language(language):
        definition = load_programme(programme)
        standing = standing_of(Workspace(workspace), definition, person, Month.parse(as_of) if as_of else None)
        if json:
            _print_json(standing.to_json())
        else:
            printing.print_standing(definition.programme, standing)


def _fitted_json(fitted: Fitted) -> dict[str, Any]:
    card = fitted.card
    return {
        "programme": card.programme,
        "card": card.version,
        "train_until": card.train_until,
        "in_sample": _figures_json(fitted.in_sample),
        "out_of_time": _figures_json(fitted.out_of_time),
        "without_caps": {
            "in_sample": _figures_json(fitted.uncapped_in_sample),
            "out_of_time": _figures_json(fitted.uncapped_out_of_time),
        },
        "influence": {i.dimension: {"greatest": i.greatest, "free": i.free, "card": i.card} for i in card.influence},
        "caps_hold": card.caps_hold,
        "decisions": {d.characteristic: d.why for d in card.decisions},
        "sample": dict(card.sample),
    }


def _figures_json(found: Discrimination | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _run_json(manifest: Manifest, seconds: float) -> dict[str, Any]:
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
        "seconds": round(seconds, 3),
    }


def _print_json(value: object) -> None:
    sys.stdout.write(json_module.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main() -> None:
    """Run a verb; an error that its reader can put right is printed in one piece, and the exit code is 1."""
    try:
        app()
    except StandingError as error:
        Console(stderr=True, highlight=False).print(f"[red]{tr('Error')}[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
