"""Checks of a programme as a whole: what no single field shows, and what the law says. Each raises its error."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import isfinite

from goodstanding.engines import WHOLE, names_in, results_of, texts_in
from goodstanding.errors import BadProgramme
from goodstanding.law import (
    NO_LAW,
    LawInForce,
    check_dimensions,
    check_looking_back,
    check_scored,
    load_pack,
    read_pack,
)
from goodstanding.months import today
from goodstanding.programmes.characteristics import columns_beside, tables_read
from goodstanding.programmes.programme import NOT_COMPUTED, Coverage, DeclaredCharacteristic, ExpertCard, Programme
from goodstanding.programmes.programme_folder import check_own_name
from goodstanding.programmes.texts import check_texts
from goodstanding.records import TABLES
from goodstanding.relations import TIE_MEASURES
from goodstanding.statements import STATEMENTS, Measure
from goodstanding.wording import one_of, tr

# Columns of the result beside the characteristics: a characteristic of that name would hide one.
_RESERVED = frozenset(
    {"person_id", "as_of", "as_of_day", "age", "month", "known_on", "records", "not_scored", "on_file"}
    | {"file_months", *(f"{table}_records" for table in STATEMENTS.tables)}
    | {f"{kind}_{table}" for kind in ("furnished", "ended") for table in STATEMENTS.tables}
)
# What a run says of who has no statement at all: a rule of that name would be taken for it.
_RESERVED_RULES = frozenset({"no_statement", NOT_COMPUTED})
# What a registry's column and an API's threshold hold.
_GREATEST = 32_000


def check_programme(file: str, programme: Programme) -> None:
    """What no single field shows."""
    _check_bands(file, programme)
    if not isfinite(programme.scale.base_odds):
        found = str(programme.scale.base_odds)
        raise BadProgramme(
            where=f"{file}, scale.base_odds", found=found, expected=tr("a number"), do=tr("Correct the field.")
        )
    dimensions = [dimension.name for dimension in programme.dimensions]
    _check_names(f"{file}, bands", [band.name for band in programme.bands])
    _check_names(f"{file}, dimensions", dimensions)
    _check_names(f"{file}, characteristics", [characteristic.name for characteristic in programme.characteristics])
    _check_names(f"{file}, coverage", [rule.name for rule in programme.coverage])
    for rule in programme.coverage:
        _check_free(f"{file}, coverage {rule.name}", rule.name, _RESERVED_RULES)
    for characteristic in programme.characteristics:
        _check_characteristic(f"{file}, characteristic {characteristic.name}", characteristic, dimensions)
    _check_ceilings(file, programme)
    check_texts(file, programme)


def _check_ceilings(file: str, programme: Programme) -> None:
    """A ceiling is of a characteristic that there is, and inside the range."""
    _check_names(f"{file}, ceilings", [ceiling.name for ceiling in programme.ceilings])
    names = [characteristic.name for characteristic in programme.characteristics]
    least, greatest = programme.range
    for ceiling in programme.ceilings:
        where = f"{file}, ceiling {ceiling.name}"
        if ceiling.characteristic not in names:
            expected = tr("a characteristic of the programme")
            raise BadProgramme(
                where=f"{where}, characteristic",
                found=ceiling.characteristic,
                expected=expected,
                do=tr("Correct the name."),
            )
        if not isfinite(ceiling.at):
            raise BadProgramme(
                where=f"{where}, at", found=str(ceiling.at), expected=tr("a number"), do=tr("Correct the field.")
            )
        # At the very bottom there would be no doubt about any score, and so nothing to say of it.
        if not least < ceiling.most <= greatest:
            expected = tr("{least} to {most}", least=least + 1, most=greatest)
            raise BadProgramme(
                where=f"{where}, most", found=str(ceiling.most), expected=expected, do=tr("Correct the field.")
            )


def _check_bands(file: str, programme: Programme) -> None:
    """Bands rise from the beginning of the range and end inside it."""
    least, greatest = programme.range
    starts = [band.least for band in programme.bands]
    _check_rising(f"{file}, range", [least, greatest])
    if least < 0 or greatest > _GREATEST:
        expected = tr("from {least} to {greatest}", least=0, greatest=_GREATEST)
        raise BadProgramme(
            where=f"{file}, range", found=f"{least}, {greatest}", expected=expected, do=tr("Choose a smaller range.")
        )
    _check_rising(f"{file}, bands", starts)
    if starts[0] != least:
        do = tr("Let the first band begin where the range does.")
        raise BadProgramme(where=f"{file}, bands", found=str(starts[0]), expected=str(least), do=do)
    if starts[-1] > greatest:
        expected = tr("at most {greatest}", greatest=greatest)
        raise BadProgramme(
            where=f"{file}, bands",
            found=str(starts[-1]),
            expected=expected,
            do=tr("Let each band begin inside the range."),
        )


def _check_rising(where: str, values: Sequence[int]) -> None:
    if any(a >= b for a, b in pairwise(values)):
        raise BadProgramme(
            where=where, found=", ".join(map(str, values)), expected=tr("rising numbers"), do=tr("Put them in order.")
        )


def _check_names(where: str, names: Sequence[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadProgramme(
            where=where, found=", ".join(twice), expected=tr("each name once"), do=tr("Rename one of them.")
        )


def _check_free(where: str, name: str, reserved: Collection[str]) -> None:
    if name in reserved:
        raise BadProgramme(
            where=where,
            found=name,
            expected=tr("none of {names}", names=", ".join(sorted(reserved))),
            do=tr("Rename it."),
        )


def _check_characteristic(where: str, characteristic: DeclaredCharacteristic, dimensions: Sequence[str]) -> None:
    _check_free(where, characteristic.name, _RESERVED)
    if characteristic.dimension not in dimensions:
        expected = one_of(dimensions)
        raise BadProgramme(
            where=where, found=characteristic.dimension, expected=expected, do=tr("Correct its dimension.")
        )
    if (characteristic.advice is None) != (characteristic.months is None):
        do = tr("Say how soon the advice takes effect.")
        raise BadProgramme(where=where, found=tr("advice or months alone"), expected=tr("both or neither"), do=do)
    if characteristic.followed is not None and characteristic.advice is None:
        do = tr("Say what the advice is, or leave `followed` out.")
        raise BadProgramme(
            where=where, found=tr("followed without advice"), expected=tr("an advice that can be followed"), do=do
        )


def check_law(file: str, programme: Programme) -> None:
    """Every door of the law that a programme passes through, and that its formulas compile to numbers."""
    laws = _laws(file, programme)
    _check_measures(file, programme, laws)
    check_dimensions(f"{file}, dimensions", [d.name for d in programme.dimensions], laws)
    parts: list[tuple[str, str, DeclaredCharacteristic | Coverage]] = [
        *((f"{file}, characteristic {part.name}", part.sql, part) for part in programme.characteristics),
        *((f"{file}, coverage {part.name}", part.requires, part) for part in programme.coverage),
    ]
    for where, text, part in parts:
        check_scored(where, names_in(text) | {part.name}, laws)
        _check_formula(where, programme, part, laws)
    _check_results(programme, parts)
    for part in programme.characteristics:
        _check_followed(f"{file}, characteristic {part.name}", programme, part)


def _check_measures(file: str, programme: Programme, laws: Sequence[LawInForce]) -> None:
    """Measures of its own compile, hide no column of a statement and no measure of ties, and read what the law lets."""
    try:
        measures = programme.roll_up.measures
    except BadProgramme as error:
        raise BadProgramme(
            where=f"{file}, {error.where}", found=error.found, expected=error.expected, do=error.do
        ) from error
    if programme.measures:
        for measure in measures.values():
            where = f"{file}, measures.{measure.table}.{measure.name}"
            _check_free(where, measure.name, _RESERVED | TIE_MEASURES.keys())
            check_scored(where, measure.reads | {measure.name}, laws)
            _check_measured(where, measure, measures)


def _check_measured(where: str, measure: Measure, measures: Mapping[str, Measure]) -> None:
    """A measure is a whole number, or a day where its name says so: a statement has room for nothing else."""
    columns = (
        {field.name: field.sql_type for field in TABLES[measure.table].fields}
        if measure.stored
        else {name: measures[name].type for name in measure.uses} | {"as_of_day": "DATE"}
    )
    _, found = results_of((measure.sql,), tuple(columns.items()))[0]
    if found != "DATE" if measure.type == "DATE" else found not in WHOLE:
        expected = tr("a whole number, or a day in a measure whose name ends in _on")
        raise BadProgramme(where=where, found=found, expected=expected, do=tr("Rename it, or write it otherwise."))


def _check_followed(where: str, programme: Programme, part: DeclaredCharacteristic) -> None:
    """What following an advice does is said of measures of the person's own statements."""
    if part.followed is None:
        return
    try:
        past, coming = programme.followed(part)
    except BadProgramme as error:
        raise BadProgramme(
            where=f"{where}, followed", found=error.found, expected=error.expected, do=error.do
        ) from error
    for measure in (*past, *coming):
        if measure not in programme.roll_up.measures:
            expected = one_of(sorted(programme.roll_up.measures))
            raise BadProgramme(where=f"{where}, followed", found=measure, expected=expected, do=tr("Correct the name."))


def _laws(file: str, programme: Programme) -> Sequence[LawInForce]:
    """The laws of its jurisdictions as they are today.

    Their packs are shipped, or its own, which take the name of no other and are all named.
    """
    for name, data in programme.law.items():
        check_own_name(f"{file}, law.{name}", name)
        read_pack(f"{file}, law.{name}", name, data)
        if name not in programme.jurisdictions:
            found = tr("a pack that no jurisdiction names")
            raise BadProgramme(
                where=f"{file}, law.{name}",
                found=found,
                expected=f"jurisdictions: {name}",
                do=tr("Name it, or take it out."),
            )
    where = f"{file}, jurisdictions"
    _check_names(where, programme.jurisdictions)
    if NO_LAW in programme.jurisdictions and len(programme.jurisdictions) > 1:
        found = ", ".join(programme.jurisdictions)
        raise BadProgramme(
            where=where, found=found, expected=tr("{name} by itself", name=NO_LAW), do=tr("Take the others out, or it.")
        )
    for name in programme.jurisdictions:
        if name not in programme.law:
            load_pack(name, where)
    return programme.laws_on(today())


def _check_formula(
    where: str, programme: Programme, part: DeclaredCharacteristic | Coverage, laws: Sequence[LawInForce]
) -> None:
    """It compiles, and looks back on what speaks against a person no longer than the law lets it."""
    try:
        formula = programme.formula(part)
    except BadProgramme as error:
        raise BadProgramme(where=where, found=error.found, expected=error.expected, do=error.do) from error
    known = programme.known_measures
    for measure, months in formula.months:
        check_scored(where, known[measure].reads, laws)
        if known[measure].adverse:
            check_looking_back(where, measure, months, laws)


def _check_results(programme: Programme, parts: Sequence[tuple[str, str, DeclaredCharacteristic | Coverage]]) -> None:
    """A characteristic gives a number, a coverage rule a condition, and neither compares with a text."""
    formulas = tuple(programme.formula(part).sql for _, _, part in parts)
    read = sorted({column for _, _, part in parts for column in programme.formula(part).reads})
    columns = {column: programme.known_measures[column].type for column in read}
    columns |= {f"{table}_records": "INTEGER" for table in ("people", *tables_read(programme))}
    results = results_of(formulas, tuple(columns.items()), tuple(columns_beside(programme)))
    for (where, text, part), (kind, found) in zip(parts, results, strict=True):
        if quoted := texts_in(text):
            do = tr("Take the text out; a statement holds whole numbers.")
            raise BadProgramme(where=where, found=repr(quoted[0]), expected=tr("numbers"), do=do)
        wanted = "number" if isinstance(part, DeclaredCharacteristic) else "condition"
        if kind == wanted:
            continue
        if wanted == "condition":
            do = tr("Compare it with something.")
            raise BadProgramme(
                where=where, found=found, expected=tr("a condition, such as months_on_file() >= 3"), do=do
            )
        do = tr("Write it as a number, such as case when ... then 1 else 0 end.")
        raise BadProgramme(
            where=where, found=tr("a condition") if kind == "condition" else found, expected=tr("a number"), do=do
        )


def check_expert(file: str, programme: Programme, expert: ExpertCard) -> None:
    """A card written by hand: known names, cuts in order, points that never reward the worse side, spans as allowed."""
    better: Mapping[str, str] = {c.name: c.better for c in programme.characteristics}
    for name, attributes in expert.characteristics.items():
        where = f"{file}, {name}"
        if name not in better:
            raise BadProgramme(
                where=where, found=name, expected=tr("a characteristic of the programme"), do=tr("Correct the name.")
            )
        if len(attributes.points) != len(attributes.cuts) + 1:
            raise BadProgramme(
                where=where,
                found=tr("{n} points", n=len(attributes.points)),
                expected=tr("one more than cuts"),
                do=tr("Correct the line."),
            )
        if not all(map(isfinite, attributes.cuts)):
            raise BadProgramme(
                where=where, found=str(attributes.cuts), expected=tr("numbers"), do=tr("Correct the line.")
            )
        rising = attributes.points if better[name] == "higher" else attributes.points[::-1]
        if list(attributes.cuts) != sorted(set(attributes.cuts)) or list(rising) != sorted(rising):
            raise BadProgramme(
                where=where,
                found=str(attributes.points),
                expected=tr("rising cuts, and points that follow `better`"),
                do=tr("Put them in order."),
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
                where=f"{file}, {dimension.name}",
                found=tr("{share} % of all points", share=f"{share:.1f}"),
                expected=tr("at most {share} %", share=f"{dimension.greatest_influence:g}"),
                do=tr("Give it fewer points or the others more."),
            )
