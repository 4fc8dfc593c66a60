"""The verb that learns points: `fit`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter
from msgspec import to_builtins
from rich.markup import escape
from rich.table import Table

from goodstanding.cards import Card, why_left_out
from goodstanding.cards.training import Fitted, learn_card
from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, ProgrammeName, WorkspacePath
from goodstanding.cli.output import console, print_json, table_of
from goodstanding.months import Month
from goodstanding.programmes import Programme, in_language, load_programme
from goodstanding.scorecard import Calibration, Discrimination, Warned, label
from goodstanding.store import Workspace
from goodstanding.wording import tr

# What a card says of its sample besides the reasons for which outcomes were left out.
COUNTED = ("train", "train_bad", "later", "later_bad")


def fit(
    programme: ProgrammeName,
    *,
    train_until: Annotated[
        str | None,
        Parameter(help=tr("The last month to learn from, as YYYY-MM; later outcomes test the card.")),
    ] = None,
    allow_leak: Annotated[
        list[str] | None,
        Parameter(
            help=tr(
                "A characteristic that may be the outcome over again; others stop the fit. Several times for several."
            ),
            negative="",
        ),
    ] = None,
    json: AsJson = False,
    root: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Fit a card, keep it as the programme's latest, and print it."""
    definition, workspace = load_programme(programme), Workspace(root)
    until = Month.parse(train_until) if train_until is not None else None
    fitted = learn_card(workspace, definition, until, allow_leak or ())
    if json:
        print_json(_fitted_json(definition.programme, fitted))
    else:
        print_fitted(definition.programme, fitted)


def _fitted_json(programme: Programme, fitted: Fitted) -> dict[str, Any]:
    card, left_out = fitted.card, _left_out(fitted.card)
    return {
        "programme": card.programme,
        "card": card.version,
        "train_until": card.train_until,
        "outcomes": {
            "used": card.sample["train"] + (card.sample["later"] if fitted.out_of_time else 0),
            "learned_from": card.sample["train"],
            "tested_on": card.sample["later"] if fitted.out_of_time else 0,
            "too_few_later": 0 if fitted.out_of_time else card.sample["later"],
            "left_out": {reason: {"n": n, "why": why_left_out(programme, reason)} for reason, n in left_out.items()},
        },
        "tested": fitted.tested,
        "folds": fitted.folds,
        "in_sample": _figures_json(fitted.in_sample),
        "out_of_time": _figures_json(fitted.out_of_time),
        "cross_fitted": _figures_json(fitted.cross_fitted),
        "without_caps": {
            "in_sample": _figures_json(fitted.uncapped_in_sample),
            "out_of_time": _figures_json(fitted.uncapped_out_of_time),
            "cross_fitted": _figures_json(fitted.uncapped_cross_fitted),
        },
        "calibration": _calibration_json(fitted.calibration),
        "cutoffs": [asdict(cutoff) for cutoff in fitted.cutoffs],
        "stability": fitted.stability,
        "rounding": dict(card.rounding),
        "influence": {i.dimension: {"greatest": i.greatest, "free": i.free, "card": i.card} for i in card.influence},
        "caps_hold": card.caps_hold,
        "limits": dict(card.limits),
        "decisions": {d.characteristic: d.why for d in card.decisions},
        "warnings": [to_builtins(warned) for warned in card.warnings],
        "sample": dict(card.sample),
    }


def _calibration_json(found: Calibration | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _figures_json(found: Discrimination | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def print_fitted(programme: Programme, fitted: Fitted) -> None:
    """The points table, influence, the outcomes that were used, and how well the card tells good from bad."""
    console.print(_points_table(programme, fitted.card))
    console.print(_influence_table(programme, fitted.card))
    if not fitted.card.caps_hold:
        caps_line = tr(
            "The greatest influences cannot all hold: the dimensions with points are allowed less than 100 % together. "
            "They share the influence in proportion."
        )
        console.print(f"[yellow]{caps_line}[/]", soft_wrap=True)
    if fitted.card.decisions:
        left = ", ".join(f"{d.characteristic} ({_WHY[d.why]()})" for d in fitted.card.decisions)
        console.print(tr("Without points: {names}.", names=left), soft_wrap=True)
    if fitted.card.limits.get("min_bads"):
        least = f"{fitted.card.limits['min_bads']:g}"
        console.print(tr("Attributes have at least {n} bad each, or a rate that is off for sure.", n=least))
    for warned in fitted.card.warnings:
        console.print(f"[yellow]{escape(_warning(warned))}[/]", soft_wrap=True)
    _print_outcomes(programme, fitted)
    table = table_of(tr("sample"), "n", tr("bad"), "AUC", tr("95 % interval"), "Gini", "KS", tr("AUC without caps"))
    rows = [
        (
            tr("in sample, to {month}", month=fitted.card.train_until),
            fitted.in_sample,
            fitted.uncapped_in_sample,
        )
    ]
    if fitted.out_of_time and fitted.uncapped_out_of_time:
        rows.append((tr("out of time"), fitted.out_of_time, fitted.uncapped_out_of_time))
    if fitted.cross_fitted and fitted.uncapped_cross_fitted:
        rows.append((tr("cross-fitted"), fitted.cross_fitted, fitted.uncapped_cross_fitted))
    for name, found, free in rows:
        table.add_row(name, *_figures(found), f"{free.auc:.3f}")
    console.print(table)
    _print_validation(programme, fitted)
    console.print(tr("Card {version} of {name}.", version=fitted.card.version, name=programme.name))


def _warning(warned: Warned) -> str:
    """What should be looked at in a characteristic's values, in words."""
    if warned.why == "leak":
        return tr(
            "{name} looks like the outcome over again: its information value is {value}.",
            name=warned.characteristic,
            value=f"{warned.figure:.2f}",
        )
    if warned.why == "against_rates":
        return tr(
            "{name}: an attribute whose bad rate is off the average for sure has {points} points, against it; a trend "
            "keeps it from that.",
            name=warned.characteristic,
            points=f"{warned.figure:+g}",
        )
    return tr(
        "{name}: {values} look like codes for something else, of {share} of the outcomes; give nothing for them in the "
        "formula if they are.",
        name=warned.characteristic,
        values=", ".join(f"{value:g}" for value in warned.values),
        share=f"{warned.figure:.1%}",
    )


def _left_out(card: Card) -> dict[str, int]:
    """How many outcomes were left out, by reason."""
    return {reason: n for reason, n in card.sample.items() if reason not in COUNTED}


def _print_outcomes(programme: Programme, fitted: Fitted) -> None:
    """How many outcomes were used and how many not, and why; and by what the card was tested."""
    sample, left_out = fitted.card.sample, _left_out(fitted.card)
    later = sample["later"]
    if fitted.out_of_time:
        used, unused = sample["train"] + later, sum(left_out.values())
    else:
        used, unused = sample["train"], later + sum(left_out.values())
    console.print(
        tr(
            "Of {n} outcomes {used} were used, {unused} not.",
            n=f"{used + unused:,}",
            used=f"{used:,}",
            unused=f"{unused:,}",
        )
    )
    if later and not fitted.out_of_time:
        console.print(
            f"  {later:,}: " + tr("Decided after {month}, and too few to test on.", month=fitted.card.train_until),
            soft_wrap=True,
        )
    for reason, n in left_out.items():
        console.print(f"  {n:,}: {escape(why_left_out(programme, reason))}", soft_wrap=True)
    if fitted.tested == "cross_fitted":
        console.print(
            tr(
                "No later outcomes test this card, so it was cross-fitted: the people were cut into {folds} parts, and "
                "each was scored by a card learned from the others.",
                folds=fitted.folds,
            ),
            soft_wrap=True,
        )
    elif fitted.tested is None:
        untested = tr("Nothing tests this card: fewer than two people ended badly, or fewer than two well.")
        console.print(f"[yellow]{untested}[/]", soft_wrap=True)


def _print_validation(programme: Programme, fitted: Fitted) -> None:
    """Where it was tested: whether the odds come true, who would be taken at each band; and what whole points cost."""
    if fitted.calibration is not None:
        table = table_of(tr("from band"), tr("score"), tr("taken"), tr("bads taken"), tr("bad rate"))
        for band, cutoff in zip(programme.bands, fitted.cutoffs, strict=True):
            rates = (f"{share:.1%}" for share in (cutoff.taken, cutoff.bads_taken, cutoff.bad_rate))
            table.add_row(escape(in_language(band.title)), str(cutoff.score), *rates)
        console.print(table)
        console.print(_calibrated(fitted, fitted.calibration), soft_wrap=True)
    before, after = fitted.card.rounding["auc_before"], fitted.card.rounding["auc_after"]
    console.print(
        tr("Whole points moved AUC in sample from {before} to {after}.", before=f"{before:.4f}", after=f"{after:.4f}")
    )


def _calibrated(fitted: Fitted, found: Calibration) -> str:
    figures = {
        "bads": sum(group.bads for group in found.groups),
        "expected": f"{sum(group.expected for group in found.groups):.1f}",
        "p": f"{found.p_value:.3f}",
        "brier": f"{found.brier:.4f}",
    }
    if fitted.stability is None:
        return tr(
            "Cross-fitted {bads} were bad and {expected} expected; Hosmer-Lemeshow p {p}, Brier {brier}.", **figures
        )
    return tr(
        "Out of time {bads} were bad and {expected} expected; Hosmer-Lemeshow p {p}, Brier {brier}; PSI {psi}.",
        psi=f"{fitted.stability:.3f}",
        **figures,
    )


_WHY = {
    "no_data": lambda: tr("no data"),
    "one_attribute": lambda: tr("nothing to tell apart"),
    "low_information": lambda: tr("tells too little"),
    "no_weight": lambda: tr("said by others already"),
    "unstable": lambda: tr("not stable over time"),
    "correlated": lambda: tr("goes with another too closely"),
    "inflated": lambda: tr("said by several others together"),
}


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
    table = table_of(
        tr("characteristic"),
        tr("attribute"),
        tr("count"),
        tr("bad rate"),
        tr("weight of evidence"),
        tr("points"),
    )
    table.add_row(tr("everybody"), "", "", "", "", str(card.base), end_section=True)
    for on_card in card.characteristics:
        title = escape(in_language(programme.characteristic(on_card.name).title))
        attributes = on_card.all_attributes
        # What is not known is told where it was seen.
        numbers = [number for number, attribute in enumerate(attributes) if number or attribute.count]
        for number in numbers:
            attribute = attributes[number]
            rate = f"{attribute.bads / attribute.count:.1%}" if attribute.count else "–"
            table.add_row(
                title if number == numbers[0] else "",
                escape(label(on_card, number)),
                f"{attribute.count:,}",
                rate,
                f"{attribute.weight:+.2f}",
                f"{attribute.points:+d}",
                end_section=number == numbers[-1],
            )
    return table


def _influence_table(programme: Programme, card: Card) -> Table:
    table = table_of(tr("dimension"), tr("greatest influence"), tr("without caps"), tr("on the card"))
    for influence in card.influence:
        title = next(escape(in_language(d.title)) for d in programme.dimensions if d.name == influence.dimension)
        table.add_row(title, f"{influence.greatest:g} %", f"{influence.free:g} %", f"{influence.card:g} %")
    return table
