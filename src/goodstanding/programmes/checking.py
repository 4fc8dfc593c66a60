"""Checks of a programme as a whole: what no single field shows, and what the law says. Each raises its error."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from goodstanding.engines import names_in
from goodstanding.errors import BadProgramme
from goodstanding.law import check_dimensions, check_looking_back, check_scored, load_pack
from goodstanding.programmes.programme import ExpertCard, Programme, Text
from goodstanding.statements import MEASURES
from goodstanding.wording import LANGUAGES, tr


def check_whole(file: str, programme: Programme) -> None:
    """What no single field shows."""
    least, greatest = programme.range
    _check_rising(f"{file}, range", [least, greatest])
    _check_rising(f"{file}, bands", [band.least for band in programme.bands])
    if programme.bands[0].least != least:
        raise BadProgramme(
            f"{file}, bands",
            str(programme.bands[0].least),
            str(least),
            tr("Let the first band begin where the range does."),
        )
    dimensions = [dimension.name for dimension in programme.dimensions]
    for kind, names in (
        ("dimensions", dimensions),
        ("characteristics", [c.name for c in programme.characteristics]),
        ("coverage", [c.name for c in programme.coverage]),
    ):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise BadProgramme(f"{file}, {kind}", ", ".join(twice), tr("each name once"), tr("Rename one of them."))
    for characteristic in programme.characteristics:
        where = f"{file}, characteristic {characteristic.name}"
        if characteristic.dimension not in dimensions:
            raise BadProgramme(
                where,
                characteristic.dimension,
                tr("one of {names}", names=", ".join(dimensions)),
                tr("Correct its dimension."),
            )
        if (characteristic.advice is None) != (characteristic.months is None):
            raise BadProgramme(
                where,
                tr("advice or months alone"),
                tr("both or neither"),
                tr("Say how soon the advice takes effect."),
            )
    _check_texts(file, programme)


def _check_rising(where: str, values: Sequence[int]) -> None:
    if any(a >= b for a, b in pairwise(values)):
        raise BadProgramme(where, ", ".join(map(str, values)), tr("rising numbers"), tr("Put them in order."))


def _check_texts(file: str, programme: Programme) -> None:
    """Each text in each language."""
    texts: list[tuple[str, Text]] = [("title", programme.title)]
    parts = (*programme.bands, *programme.dimensions, *programme.perks)
    texts += [(f"{type(part).__name__} {getattr(part, 'name', '')}", part.title) for part in parts]
    texts += [(f"coverage {c.name}", c.text) for c in programme.coverage]
    for c in programme.characteristics:
        texts += [(f"characteristic {c.name}", text) for text in (c.title, c.reason, c.advice) if text is not None]
    for where, text in texts:
        if missing := [name for name in LANGUAGES if not text.get(name)]:
            raise BadProgramme(
                f"{file}, {where}",
                tr("no text in {names}", names=", ".join(missing)),
                ", ".join(LANGUAGES),
                tr("Add it."),
            )


def check_law(file: str, programme: Programme) -> None:
    """Every door of the law that a programme passes through; then that its formulas compile."""
    for jurisdiction in programme.jurisdictions:
        load_pack(jurisdiction)
    check_dimensions(f"{file}, dimensions", [d.name for d in programme.dimensions], programme.jurisdictions)
    formulas = [(f"characteristic {c.name}", c.sql, c) for c in programme.characteristics]
    formulas += [(f"coverage {c.name}", c.requires, c) for c in programme.coverage]
    for where, text, part in formulas:
        check_scored(f"{file}, {where}", names_in(text) | {part.name}, programme.jurisdictions)
        read = part.formula.months
        for measure, months in read:
            check_scored(f"{file}, {where}", MEASURES[measure].reads, programme.jurisdictions)
            if MEASURES[measure].adverse:
                check_looking_back(f"{file}, {where}", measure, months, programme.jurisdictions)


def check_expert(file: str, programme: Programme, expert: ExpertCard) -> None:
    """A card written by hand: known names, cuts in order, points that never reward the worse side, spans as allowed."""
    better: Mapping[str, str] = {c.name: c.better for c in programme.characteristics}
    for name, attributes in expert.characteristics.items():
        where = f"{file}, {name}"
        if name not in better:
            raise BadProgramme(where, name, tr("a characteristic of the programme"), tr("Correct the name."))
        if len(attributes.points) != len(attributes.cuts) + 1:
            raise BadProgramme(
                where,
                tr("{n} points", n=len(attributes.points)),
                tr("one more than cuts"),
                tr("Correct the line."),
            )
        rising = attributes.points if better[name] == "higher" else attributes.points[::-1]
        if list(attributes.cuts) != sorted(set(attributes.cuts)) or list(rising) != sorted(rising):
            raise BadProgramme(
                where,
                str(attributes.points),
                tr("rising cuts, and points that follow `better`"),
                tr("Put them in order."),
            )
    _check_spans(file, programme, expert)


def _check_spans(file: str, programme: Programme, expert: ExpertCard) -> None:
    """Without a population there is no influence to measure: the span from worst to best points stands for it."""
    spans = {dimension.name: 0 for dimension in programme.dimensions}
    for name, attributes in expert.characteristics.items():
        spans[programme.characteristic(name).dimension] += max(attributes.points) - min(attributes.points)
    total = sum(spans.values())
    for dimension in programme.dimensions:
        share = 100 * spans[dimension.name] / total if total else 0.0
        if share > dimension.greatest_influence + 0.5:
            raise BadProgramme(
                f"{file}, {dimension.name}",
                tr("{share} % of all points", share=f"{share:.1f}"),
                tr("at most {share} %", share=f"{dimension.greatest_influence:g}"),
                tr("Give it fewer points or the others more."),
            )
