"""The verbs about one person: `show` and `page`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, AsOf, Language, ProgrammeName, WorkspacePath
from goodstanding.cli.output import console, print_json, print_list, table_of
from goodstanding.errors import BadInput, NotFound
from goodstanding.machine import in_words, written_whole
from goodstanding.months import Month
from goodstanding.programmes import Programme, in_language, load_programme
from goodstanding.scoring import Standing, standing_of, table_title
from goodstanding.scoring.written_pages import page_file
from goodstanding.service.pages.person_page import person_page
from goodstanding.store import Workspace
from goodstanding.wording import tr, use_language


def show(
    person: str,
    *,
    target: Annotated[
        int | None, Parameter(help=tr("A score to reach: the changes that take the fewest months are shown."))
    ] = None,
    programme: ProgrammeName = "sesame",
    as_of: AsOf = None,
    language: Language = None,
    json: AsJson = False,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Show the score of the month's latest run."""
    with use_language(language):
        programme_used, standing = _look_up(programme, workspace, person, as_of, target)
        if json:
            print_json(standing.to_json())
        else:
            print_standing(programme_used, standing)


def page(
    person: str,
    *,
    out: Annotated[
        Path | None,
        Parameter(help=tr("The file to write; reports/PERSON.html in the workspace if left out.")),
    ] = None,
    programme: ProgrammeName = "sesame",
    as_of: AsOf = None,
    language: Language = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Write the page of the month's latest run."""
    with use_language(language):
        before = Workspace(workspace).catalogue
        programme_used, standing = _look_up(programme, workspace, person, as_of)
        file = out or page_file(Workspace(workspace), person)
        try:
            with in_words(str(file)):
                file.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(file) as staged:
                staged.write_text(person_page(standing, programme_used), encoding="utf-8")
        except OSError as error:
            found = error.strerror or str(error)
            raise BadInput(
                where=str(file),
                found=found,
                expected=tr("a file that can be written"),
                do=tr("Choose another with --out."),
            ) from error
        try:
            if Workspace(workspace).catalogue != before:
                # Whoever was erased while it was written was not found by who looks for pages about them.
                _look_up(programme, workspace, person, as_of)
        except NotFound:
            if Path(workspace).resolve() in file.resolve().parents:
                file.unlink(missing_ok=True)
            raise
        console.print(escape(str(file)), soft_wrap=True)


def _look_up(
    programme: str, workspace: Path, person: str, as_of: str | None, target: int | None = None
) -> tuple[Programme, Standing]:
    """A person's standing, and the programme that explains it."""
    definition = load_programme(programme)
    month = Month.parse(as_of) if as_of is not None else None
    return definition.programme, standing_of(Workspace(workspace), definition, person, month, target)


_WHY_NOT_COUNTED = {"disputed": lambda: tr("disputed"), "too_old": lambda: tr("too old")}


def print_standing(programme: Programme, standing: Standing) -> None:
    """A person's score and why."""
    titles = {d.name: escape(in_language(d.title)) for d in programme.dimensions}
    if standing.score is None or standing.interval is None:
        why = escape(programme.why_not(standing.not_scored))
        console.print(f"[bold]{escape(standing.person)}[/]  {tr('Not enough data')} ({standing.as_of}). {why}")
        console.print(tr("This is not a low score. Nobody may treat it as one."))
    else:
        band = escape(in_language(programme.band(standing.score).title))
        low, high = standing.interval
        console.print(f"[bold]{escape(standing.person)}  {standing.score}[/]  {band}  {low}–{high}  ({standing.as_of})")
        if standing.ceiling is not None:
            console.print(f"[yellow]{escape(in_language(standing.ceiling.text))}[/]", soft_wrap=True)
        table = table_of(tr("dimension"), tr("points"))
        table.add_row(tr("Everybody starts with"), str(standing.base))
        for dimension in standing.dimensions:
            table.add_row(titles[dimension.name], f"{dimension.points:+d}")
        console.print(table)
        _print_advice(programme, standing)
        _print_plan(programme, standing)
    _print_not_known(standing)
    _print_trail(standing)
    if programme.no_law:
        console.print(programme.no_law)
    console.print(
        tr(
            "Run {run}, card {card}, programme {programme} {version}.",
            run=standing.run,
            card=standing.card,
            programme=programme.name,
            version=programme.version,
        )
    )


def _print_advice(programme: Programme, standing: Standing) -> None:
    """What cost points, and what would bring some."""
    print_list(
        tr("What cost the most points"),
        [f"{-reason.lost:+d}  {reason.text}" for reason in standing.reasons],
    )
    steps = [
        f"{'  ' if step.gain is None else f'{step.gain:+d}'}  {step.text} "
        f"({tr('Months until it counts in full: {n}', n=step.months)})"
        for step in standing.recourse
    ]
    if programme.advises:
        print_list(tr("What would raise it"), steps)
    if steps:
        least = tr(
            "The points are the least it brings by then, if all else goes on as in the last 12 months. "
            "Without points: how much depends on how far you go."
        )
        console.print(least, soft_wrap=True)


def _print_not_known(standing: Standing) -> None:
    """What is not known, and what would make it known."""
    groups = [f"{', '.join(group.titles)}: {group.how}" for group in standing.not_known]
    print_list(tr("What is not known"), groups)


def _print_plan(programme: Programme, standing: Standing) -> None:
    """The cheapest way to the target, if one was named."""
    target, plan = standing.target, standing.plan
    if target is None:
        return
    if plan is None:
        console.print(tr("Nothing that can be changed brings it to {target}.", target=target))
        return
    if not plan.changes:
        console.print(tr("It is at least {target} already.", target=target))
        return
    steps: list[str] = []
    for move in plan.changes:
        advice = programme.characteristic(move.characteristic).advice
        title = in_language(programme.characteristic(move.characteristic).title)
        text = title if advice is None else in_language(advice)
        soonest = tr("Months until it counts in full: {n}", n=move.months)
        steps.append(f"{text} ({title} {move.to}; {soonest})")
    print_list(
        tr("What brings it to {score} (months at the soonest: {months})", score=plan.score, months=plan.months), steps
    )


def _print_trail(standing: Standing) -> None:
    """What was left out, and where the rest came from."""
    items = [
        f"{table_title(item.table)} {item.record_id}, {item.happened_on}: {_WHY_NOT_COUNTED[item.why]()} ({item.law})"
        for item in standing.not_counted
    ]
    print_list(tr("What was not counted"), items)
    sources = [
        f"{table_title(source.table)}: {source.records:,} ({source.source}, {source.first} – {source.last})"
        for source in standing.sources
    ]
    print_list(tr("Which records it came from"), sources)
