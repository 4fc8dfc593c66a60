"""The verbs that score a month and show a person: `score` and `show`."""

import time
from typing import Annotated, Any

from cyclopts import Parameter
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, AsOf, Language, ProgrammeName, WorkspacePath
from goodstanding.cli.printing import console, print_json, print_list, table_of
from goodstanding.cli.progress import progress
from goodstanding.months import Month, today
from goodstanding.programmes import Programme, load_programme, said
from goodstanding.scoring import Manifest, Standing, score_month, standing_of
from goodstanding.store import Workspace
from goodstanding.wording import tr, use_language


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
        print_json(_run_json(manifest, seconds))
    else:
        print_run(definition.programme, manifest, seconds)


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
        standing = standing_of(
            Workspace(workspace), definition, person, Month.parse(as_of) if as_of is not None else None
        )
        if json:
            print_json(standing.to_json())
        else:
            print_standing(definition.programme, standing)


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


def print_run(programme: Programme, manifest: Manifest, seconds: float) -> None:
    """The run's counts."""
    table = table_of(tr("band"), tr("people"))
    for band in programme.bands:
        table.add_row(said(band.title), f"{manifest.bands[band.name]:,}")
    for reason, n in manifest.not_scored.items():
        table.add_row(f"{tr('Not enough data')}: {programme.why_not(reason)}", f"{n:,}")
    console.print(table)
    said_run = tr(
        "Run {run} as of {month}: {n} scored in {seconds} s.",
        run=manifest.run,
        month=manifest.basis.as_of,
        n=f"{manifest.scored:,}",
        seconds=f"{seconds:.1f}",
    )
    console.print(said_run)
    if manifest.supersedes:
        console.print(tr("It supersedes run {run}.", run=manifest.supersedes))


_WHY_NOT_COUNTED = {"disputed": lambda: tr("disputed"), "too_old": lambda: tr("too old")}


def print_standing(programme: Programme, standing: Standing) -> None:
    """A person's score and why."""
    titles = {d.name: said(d.title) for d in programme.dimensions}
    if standing.score is None or standing.interval is None:
        why = programme.why_not(standing.not_scored)
        console.print(f"[bold]{escape(standing.person)}[/]  {tr('Not enough data')} ({standing.as_of}). {why}")
        console.print(tr("This is not a low score. Nobody may treat it as one."))
    else:
        band = said(programme.band(standing.score).title)
        low, high = standing.interval
        console.print(f"[bold]{escape(standing.person)}  {standing.score}[/]  {band}  {low}–{high}  ({standing.as_of})")
        table = table_of(tr("dimension"), tr("points"))
        table.add_row(tr("Everybody starts with"), str(standing.base))
        for dimension in standing.dimensions:
            table.add_row(titles[dimension.name], f"{dimension.points:+d}")
        console.print(table)
        print_list(
            tr("What cost the most points"),
            [f"{-reason.lost:+d}  {reason.text}" for reason in standing.reasons],
        )
        steps = [
            f"{step.gain:+d}  {step.text} ({tr('Months at the soonest: {n}', n=step.months)})"
            for step in standing.recourse
        ]
        print_list(tr("What would raise it"), steps)
    items = [
        f"{item.table} {item.record_id}, {item.happened_on}: {_WHY_NOT_COUNTED[item.why]()} ({item.law})"
        for item in standing.not_counted
    ]
    print_list(tr("What was not counted"), items)
    sources = [
        f"{source.table}: {source.records:,} ({source.source}, {source.first} – {source.last})"
        for source in standing.sources
    ]
    print_list(tr("Which records it came from"), sources)
    console.print(
        tr(
            "Run {run}, card {card}, programme {programme} {version}.",
            run=standing.run,
            card=standing.card,
            programme=programme.name,
            version=programme.version,
        )
    )
