"""Results as people read them in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from goodstanding.programmes import Programme, said
from goodstanding.records import Loaded
from goodstanding.scorecard import Attribute, Card, Discrimination, Fitted
from goodstanding.scoring import Manifest, Standing
from goodstanding.statements import Built
from goodstanding.wording import tr

console = Console(highlight=False)


def print_loaded(loaded: Loaded) -> None:
    """What became of the rows of each table, and the first problems."""
    table = _table(tr("table"), tr("read"), tr("accepted"), tr("unchanged"), tr("quarantined"))
    for name, count in loaded.counts.items():
        table.add_row(name, *(f"{n:,}" for n in (count.read, count.accepted, count.unchanged, count.quarantined)))
    console.print(table)
    for problem in loaded.problems:
        do = tr("The row is in quarantine/{table}; correct it and load the file again.", table=problem.table)
        console.print(f"[yellow]{escape(str(problem.as_error(do)))}[/]")


def print_built(built: Built) -> None:
    """Which months were made anew."""
    console.print(
        tr(
            "{months} months made anew, {unchanged} as they were, {n} statements.",
            months=len(built.rebuilt), unchanged=len(built.unchanged), n=f"{built.statements:,}",
        )
    )  # fmt: skip


def print_fitted(programme: Programme, fitted: Fitted) -> None:
    """The points table, influence, and how well the card tells good from bad."""
    console.print(_points_table(programme, fitted.card))
    console.print(_influence_table(programme, fitted.card))
    if not fitted.card.caps_hold:
        said_caps = tr(
            "The greatest influences cannot all hold: the dimensions with points are allowed less than 100 % together. "
            "They share the influence in proportion."
        )
        console.print(f"[yellow]{said_caps}[/]", soft_wrap=True)
    if fitted.card.decisions:
        left = ", ".join(f"{d.characteristic} ({_WHY[d.why]()})" for d in fitted.card.decisions)
        console.print(tr("Without points: {names}.", names=left), soft_wrap=True)
    table = _table(tr("sample"), "n", tr("bad"), "AUC", tr("95 % interval"), "Gini", "KS", tr("AUC without caps"))
    rows = [
        (
            tr("in sample, to {month}", month=fitted.card.train_until),
            fitted.in_sample,
            fitted.uncapped_in_sample,
        )
    ]
    if fitted.out_of_time and fitted.uncapped_out_of_time:
        rows.append((tr("out of time"), fitted.out_of_time, fitted.uncapped_out_of_time))
    for name, found, free in rows:
        table.add_row(name, *_figures(found), f"{free.auc:.3f}")
    console.print(table)
    console.print(tr("Card {version} of {name}.", version=fitted.card.version, name=programme.name))


_WHY = {
    "no_data": lambda: tr("no data"),
    "one_attribute": lambda: tr("nothing to tell apart"),
    "low_information": lambda: tr("tells too little"),
    "no_weight": lambda: tr("said by others already"),
}


_WHY_NOT_COUNTED = {"disputed": lambda: tr("disputed"), "too_old": lambda: tr("too old")}


def _figures(found: Discrimination) -> Sequence[str]:
    low, high = found.auc_interval
    return (
        f"{found.n:,}",
        f"{found.bad:,}",
        f"{found.auc:.3f}",
        f"{low:.3f} – {high:.3f}",
        f"{found.gini:.3f}",
        f"{found.ks:.3f}",
    )


def _points_table(programme: Programme, card: Card) -> Table:
    table = _table(
        tr("characteristic"),
        tr("attribute"),
        tr("count"),
        tr("bad rate"),
        tr("weight of evidence"),
        tr("points"),
    )
    table.add_row(tr("everybody"), "", "", "", "", str(card.base), end_section=True)
    for on_card in card.characteristics:
        title = said(programme.characteristic(on_card.name).title)
        for i, attribute in enumerate(on_card.attributes):
            last = i == len(on_card.attributes) - 1
            above = None if last else on_card.attributes[i + 1].least
            rate = f"{attribute.bads / attribute.count:.1%}" if attribute.count else "–"
            table.add_row(
                title if i == 0 else "",
                _range(attribute, above),
                f"{attribute.count:,}",
                rate,
                f"{attribute.weight:+.2f}",
                f"{attribute.points:+d}",
                end_section=last,
            )
    return table


def _range(attribute: Attribute, above: float | None) -> str:
    least = "" if attribute.least is None else f"≥ {attribute.least:g}"
    return f"{least}{' ' if least and above is not None else ''}{'' if above is None else f'< {above:g}'}"


def _influence_table(programme: Programme, card: Card) -> Table:
    table = _table(tr("dimension"), tr("greatest influence"), tr("without caps"), tr("on the card"))
    for influence in card.influence:
        title = next(said(d.title) for d in programme.dimensions if d.name == influence.dimension)
        table.add_row(title, f"{influence.greatest:g} %", f"{influence.free:g} %", f"{influence.card:g} %")
    return table


def print_run(programme: Programme, manifest: Manifest, seconds: float) -> None:
    """The run's counts."""
    table = _table(tr("band"), tr("people"))
    for band in programme.bands:
        table.add_row(said(band.title), f"{manifest.bands[band.name]:,}")
    for reason, n in manifest.not_scored.items():
        table.add_row(tr("not enough data: {reason}", reason=reason), f"{n:,}")
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


def print_standing(programme: Programme, standing: Standing) -> None:
    """A person's score and why."""
    titles = {d.name: said(d.title) for d in programme.dimensions}
    if standing.score is None or standing.interval is None:
        why = next(
            (said(rule.text) for rule in programme.coverage if rule.name == standing.not_scored),
            tr("Nothing is on file yet."),
        )
        console.print(f"[bold]{escape(standing.person)}[/]  {tr('Not enough data')} ({standing.as_of}). {why}")
        console.print(tr("This is not a low score. Nobody may treat it as one."))
    else:
        band = said(programme.band(standing.score).title)
        low, high = standing.interval
        console.print(f"[bold]{escape(standing.person)}  {standing.score}[/]  {band}  {low}–{high}  ({standing.as_of})")
        table = _table(tr("dimension"), tr("points"))
        table.add_row(tr("Everybody starts with"), str(standing.base))
        for dimension in standing.dimensions:
            table.add_row(titles[dimension.name], f"{dimension.points:+d}")
        console.print(table)
        _print_list(
            tr("What cost the most points"),
            [f"{-reason.lost:+d}  {reason.text}" for reason in standing.reasons],
        )
        steps = [
            f"{step.gain:+d}  {step.text} ({tr('Months at the soonest: {n}', n=step.months)})"
            for step in standing.recourse
        ]
        _print_list(tr("What would raise it"), steps)
    items = [
        f"{item.table} {item.record_id}, {item.happened_on}: {_WHY_NOT_COUNTED[item.why]()} ({item.law})"
        for item in standing.not_counted
    ]
    _print_list(tr("What was not counted"), items)
    sources = [
        f"{source.table}: {source.records:,} ({source.source}, {source.first} – {source.last})"
        for source in standing.sources
    ]
    _print_list(tr("Which records it came from"), sources)
    console.print(
        tr(
            "Run {run}, card {card}, programme {programme} {version}.",
            run=standing.run,
            card=standing.card,
            programme=programme.name,
            version=programme.version,
        )
    )


def _print_list(title: str, lines: Sequence[str]) -> None:
    console.print(f"[bold]{title}[/]")
    for line in lines or ["–"]:
        console.print(f"  {escape(line)}", soft_wrap=True)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right")
    return table
