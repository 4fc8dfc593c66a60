"""What following an advice gains: the score as of the month promised, worked out and not guessed.

A file is carried on to that month as it went: each month to come is the month twelve before it (of a table furnished
for less, the months furnished over again), with the same payments, transfers, dues, balances and orders, and as far as
they were known when that month was as old: who pays late has the last ones open then as now. Once that is done with the
measures as the advice makes them, and once without. Both are scored by the same characteristics and the same card. What
is promised is the lesser of two gains: over the score now, and over the score then without the advice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from goodstanding.cards import Card
from goodstanding.engines import Duck, Formula, Steps, literal, name
from goodstanding.engines.duck import Row
from goodstanding.months import Month
from goodstanding.programmes import DeclaredCharacteristic, Programme, characteristics_sql, in_language, measures_read
from goodstanding.relations import (
    DEALT,
    JOINED,
    TIE_MEASURES,
    checked_at,
    dealings_at,
    known_as_of,
    known_at,
    tie_steps,
)
from goodstanding.scorecard.table import best_points, free_total, table_points
from goodstanding.scoring.explanation import short_of_best
from goodstanding.statements import MEASURES, Measure, PointInTime, RollUp, age_sql, worked_out_sql
from goodstanding.store import Workspace

MOST_RECOURSE = 4
YEAR = 12
TRANSFERS = "transfers"
# What goes on from month to month. Who moves, is asked about or is sued does not do so every year.
GOES_ON = ("payments", TRANSFERS, "dues", "balances", "orders")

Edits: TypeAlias = tuple[Mapping[str, Formula], Mapping[str, Formula]]
_NOTHING_DONE: Edits = ({}, {})


@dataclass(frozen=True)
class Recourse:
    """What would raise the score: by at least `gain` points after `months`, all else going on as it went.

    `gain` is None where the programme does not say what following the advice does: how much depends on how far one
    goes.
    """

    characteristic: str
    dimension: str
    text: str
    gain: int | None
    months: int


@dataclass(frozen=True)
class Projected:
    """A person's values and score as of a month to come, None where there would be none."""

    values: Mapping[str, float]
    score: int | None


def recourse(
    workspace: Workspace,
    programme: Programme,
    card: Card,
    as_of: Month,
    person: str,
    now: tuple[int, Mapping[str, float], Mapping[str, int]],
) -> list[Recourse]:
    """At most four things to do, the greatest gain first, of a person of this score, these values and points now."""
    found = recourse_of_all(workspace, programme, card, as_of, {person: now}, person)
    return found[person]


def recourse_of_all(
    workspace: Workspace,
    programme: Programme,
    card: Card,
    as_of: Month,
    people: Mapping[str, tuple[int, Mapping[str, float], Mapping[str, int]]],
    only: str | None = None,
) -> dict[str, list[Recourse]]:
    """The recourse of many people at once, of each with the score, values and points now; of `only` one if named."""
    best = best_points(card, unknown="none")
    wanting = {
        person: _wanting(programme, card, best, values, points) for person, (_, values, points) in people.items()
    }
    asked = list({c.name: c for chosen in wanting.values() for c in chosen if c.followed is not None}.values())
    then = project(workspace, programme, card, as_of, asked, only) if asked else {}
    found: dict[str, list[Recourse]] = {}
    for person, (score, _, _) in people.items():
        steps = [
            Recourse(c.name, c.dimension, in_language(c.advice), gain, c.months)
            for c in wanting[person]
            if c.advice is not None and c.months is not None
            for gain in [None if c.followed is None else _gain(then.get(person, {}), c, score)]
            if gain is None or gain > 0
        ]
        found[person] = sorted(steps, key=lambda step: (step.gain is None, -(step.gain or 0)))[:MOST_RECOURSE]
    return found


def _wanting(
    programme: Programme,
    card: Card,
    best: Mapping[str, int],
    values: Mapping[str, float],
    points: Mapping[str, int],
) -> list[DeclaredCharacteristic]:
    """The characteristics with advice that a person has less than the most points of, or a ceiling for; most first."""
    ceiling = card.ceiling_over(values)
    missing = short_of_best(best, values, points)
    if ceiling is not None:
        missing[ceiling.characteristic] = max(missing.get(ceiling.characteristic, 0), 0) + 1
    chosen = [c for c in programme.characteristics if c.advice is not None and missing.get(c.name, 0) > 0]
    return sorted(chosen, key=lambda c: -missing[c.name])


def _gain(then: Mapping[tuple[str, int], Projected], c: DeclaredCharacteristic, score: int) -> int:
    """What an advice gains at the least; 0 where it is not known."""
    months = c.months or 0
    done, left = then.get((c.name, months)), then.get(("", months))
    if done is None or left is None or done.score is None:
        return 0
    return done.score - max(score, left.score if left.score is not None else score)


def project(
    workspace: Workspace,
    programme: Programme,
    card: Card,
    as_of: Month,
    followed: Sequence[DeclaredCharacteristic],
    person: str | None = None,
) -> dict[str, dict[tuple[str, int], Projected]]:
    """Everybody's (or one person's) score after each advice was followed for its months, and after none was.

    By the advice's characteristic ('' for none) and months.
    """
    scenarios = [
        *((c, c.months or 1) for c in followed),
        *((None, m) for m in sorted({c.months or 1 for c in followed})),
    ]
    edits = {c.name: programme.followed(c) for c in followed} | {"": _NOTHING_DONE}
    of = programme.roll_up.measures
    measures, ties = _measures(programme, edits)
    with Duck() as duck:
        point = PointInTime(workspace, duck, as_of)
        stored = sorted({k for m in measures for k in ([m] if of[m].stored else of[m].uses)})
        duck.keep("on_file", known_at(point, stored, person, programme.roll_up))
        horizons = sorted({months for _, months in scenarios})
        _keep_repeated(duck, point, programme.roll_up, stored, horizons)
        _keep_ties(duck, point, person, ties, horizons)
        parts: list[str] = []
        for number, (c, months) in enumerate(scenarios):
            edited = edits["" if c is None else c.name]
            parts.append(_scenario_sql(programme.roll_up, number, as_of, months, stored, measures, ties, edited))
        rows = duck.rows(characteristics_sql(programme, " UNION ALL ".join(parts), by=["person_id", "scenario"]))
    found: dict[str, dict[tuple[str, int], Projected]] = {}
    for row, (values, score) in zip(rows, _scored(programme, card, rows), strict=True):
        c, months = scenarios[int(row["scenario"])]
        found.setdefault(row["person_id"], {})["" if c is None else c.name, months] = Projected(values, score)
    return found


def _measures(programme: Programme, edits: Mapping[str, Edits]) -> tuple[list[str], list[str]]:
    """The measures of statements, and of ties, that the programme or what is followed reads."""
    read = set(measures_read(programme))
    for both in edits.values():
        for part in both:
            read |= part.keys() | {column for formula in part.values() for column in formula.reads}
    return sorted(read - TIE_MEASURES.keys()), sorted(read & TIE_MEASURES.keys())


def _keep_ties(duck: Duck, point: PointInTime, person: str | None, ties: Sequence[str], months: Sequence[int]) -> None:
    """Keep what people's ties are so many months on, as `ties`, with their dealings carried on as well."""
    dealings = dealings_at(point, person) if ties else None
    if dealings is None:
        nothing = "".join(f", CAST(NULL AS BIGINT) AS {name(tie)}" for tie in ties)
        duck.keep("ties", f"SELECT person_id, 0 AS months{nothing} FROM on_file WHERE FALSE")
        return
    duck.keep("dealt", dealings)
    # Of dealings no more is kept than what ties are seen from; transfers may be furnished for longer.
    of_transfers = next(m.name for m in MEASURES.values() if m.table == TRANSFERS and m.stored)
    duck.keep("transferred", known_at(point, [of_transfers], person))
    period = _period(TRANSFERS, "transferred")
    duck.keep("checked_now", checked_at(point))
    columns = ", ".join(["d.person_id", "d.other_person", *(f"d.{name(column)}" for column in DEALT)])
    carried_on = " UNION ALL ".join(
        f"SELECT {n} AS months, {columns}, d.age + {n} AS age FROM dealt AS d UNION ALL "
        f"SELECT {n} AS months, {columns}, {n} - c.month AS age FROM dealt AS d {_repeated('d', n, period)}"
        for n in months
    )
    horizons = ", ".join(f"({n})" for n in months)
    checked = f"SELECT m.months, c.* FROM checked_now AS c CROSS JOIN (VALUES {horizons}) AS m (months)"
    steps = tie_steps(Steps().step("dealings", carried_on).step("checked", checked), ["person_id", "months"], ties)
    duck.keep("ties", steps.query(f"SELECT * FROM {steps.last}"))


def _keep_repeated(
    duck: Duck, point: PointInTime, roll_up: RollUp, stored: Sequence[str], horizons: Sequence[int]
) -> None:
    """Keep the statements that months to come repeat, as `repeated`: each as known so many months `before` the as-of.

    What is paid late is open while a month is young, and what is sent late not known: a month to come is, at the
    horizon, as old as the month that it repeats was when it was known so. A table of which nothing was known of a
    person by then, since it was furnished for the past at once, is taken as it is known now: `known_then` has the rest.
    """
    tables = sorted({roll_up.measures[measure].table for measure in stored} & set(GOES_ON))
    periods = {
        int(row["months"]) for table in tables for row in duck.rows(f"SELECT DISTINCT months FROM {_period(table)}")
    }
    before = sorted({back - n for p in periods for n in horizons for back in range(p, n + p, p) if back - n > 0})
    repeated = "SELECT *, 0 AS before FROM on_file"
    if before:
        months = ", ".join(f"({literal(point.month.plus(-n).first_day)})" for n in before)
        people = "(SELECT DISTINCT person_id FROM on_file)"
        asked = f"(SELECT p.person_id, m.as_of FROM {people} AS p CROSS JOIN (VALUES {months}) AS m (as_of))"
        known = known_as_of(point.workspace, duck, asked, stored, roll_up)
        ago = age_sql(literal(point.month.first_day), "as_of")
        repeated += (
            f" UNION ALL BY NAME SELECT * EXCLUDE (as_of) REPLACE (age + {ago} AS age), {ago} AS before "
            f"FROM ({known}) AS k"
        )
    duck.keep("repeated", repeated)
    furnished = "".join(f", max({table}_records) > 0 AS {table}" for table in tables)
    duck.keep("known_then", f"SELECT person_id, before{furnished} FROM repeated GROUP BY person_id, before")


def _period(table: str, statements: str = "on_file") -> str:
    """SQL of how many months of a table are repeated, by person: those for which it is furnished, up to a year."""
    furnished = f"max(CASE WHEN {table}_records > 0 THEN age END)"
    return (
        f"(SELECT person_id, least({furnished} + 1, {YEAR}) AS months FROM {statements} GROUP BY person_id "
        f"HAVING {furnished} IS NOT NULL)"
    )


# Each month to come, from 1 on, repeats the month of its place in the period that ends with the as-of month.
_BACK = "((c.month - 1) // p.months + 1) * p.months"


def _repeated(of: str, months: int, period: str) -> str:
    """SQL that joins a relation with the months to come that repeat its own; `period` is how many, by person."""
    return (
        f"JOIN {period} AS p ON p.person_id = {of}.person_id "
        f"JOIN (SELECT unnest(range(1, {months + 1})) AS month) AS c ON {of}.age = {_BACK} - c.month"
    )


def _scenario_sql(  # noqa: PLR0913, PLR0917 - the parts of one query
    roll_up: RollUp,
    number: int,
    as_of: Month,
    months: int,
    stored: Sequence[str],
    measures: Sequence[str],
    ties: Sequence[str],
    edits: Edits,
) -> str:
    """SQL of everybody's statements so many months on, as an advice makes them."""
    of = roll_up.measures
    counts = sorted({JOINED, *(of[measure].counted.records for measure in stored)})
    past = ", ".join(f"f.{name(column)}" for column in (*counts, *stored))
    listed = ", ".join(map(name, (*counts, *stored)))
    tables = sorted({of[measure].table for measure in stored} & set(GOES_ON))
    carried_on = f"SELECT f.person_id, {past}, f.age + {months} AS age, FALSE AS to_come FROM on_file AS f"
    if tables:
        # Each table repeats the months for which it is furnished; together they are the statements of months to come.
        summed = ", ".join(
            [
                *(f"CAST(sum({name(count)}) AS INTEGER) AS {name(count)}" for count in counts),
                *(
                    f"CAST({'max' if of[m].type == 'DATE' else 'sum'}({name(m)}) AS {of[m].type}) AS {name(m)}"
                    for m in stored
                ),
            ]
        )
        parts = " UNION ALL ".join(_table_to_come(of, table, months, counts, stored) for table in tables)
        carried_on += (
            f" UNION ALL SELECT person_id, {listed}, age, TRUE AS to_come FROM "
            f"(SELECT person_id, age, {summed} FROM ({parts}) AS t GROUP BY person_id, age) AS s"
        )
    day = f"SELECT *, {literal(as_of.plus(months).last_day)} AS as_of_day FROM ({carried_on}) AS c"
    read = f"SELECT *{worked_out_sql((m for m in measures if not of[m].stored), roll_up)} FROM ({day}) AS d"
    edited = ", ".join(f"{_edited(measure, *edits)} AS {name(measure)}" for measure in measures)
    own = ", ".join(f"r.{column}" for column in ["person_id", *counts, "age"])
    of_ties = "".join(f", t.{name(tie)}" for tie in ties)
    joined = f"({read}) AS r LEFT JOIN ties AS t ON t.person_id = r.person_id AND t.months = {months}"
    return f"SELECT {number} AS scenario, {own}, {edited}{of_ties} FROM {joined}"


def _table_to_come(
    of: Mapping[str, Measure], table: str, months: int, counts: Sequence[str], stored: Sequence[str]
) -> str:
    """SQL of what one table says of the months to come: what it said of those that they repeat, dates moved along."""
    records = f"{table}_records"
    columns = [f"{f'greatest(f.{count}, 0)' if count == records else '0'} AS {name(count)}" for count in counts]
    columns += [f"{_moved(of[measure], table)} AS {name(measure)}" for measure in stored]
    return (
        f"SELECT f.person_id, {months} - c.month AS age, {', '.join(columns)} FROM repeated AS f "
        f"{_repeated('f', months, _period(table))} "
        f"LEFT JOIN known_then AS k ON k.person_id = f.person_id AND k.before = greatest({_BACK} - {months}, 0) "
        f"WHERE f.before = CASE WHEN k.{table} THEN k.before ELSE 0 END"
    )


def _moved(measure: Measure, table: str) -> str:
    """SQL of a kept measure of a month to come, as far as a table says it."""
    if measure.table != table:
        return f"CAST({literal(measure.empty)} AS {measure.type})"
    if measure.type == "DATE":
        return f"CAST(f.{name(measure.name)} + to_months(CAST({_BACK} AS INTEGER)) AS DATE)"
    return f"f.{name(measure.name)}"


def _edited(measure: str, past: Mapping[str, Formula], coming: Mapping[str, Formula]) -> str:
    steps = "".join(
        f"WHEN {when} THEN {edit[measure].sql} "
        for when, edit in (("NOT to_come", past), ("to_come", coming))
        if measure in edit
    )
    return f"CASE {steps}ELSE {name(measure)} END" if steps else name(measure)


def _scored(programme: Programme, card: Card, rows: Sequence[Row]) -> list[tuple[dict[str, float], int | None]]:
    """The known values and the score of each row of characteristics."""
    names = [c.name for c in programme.characteristics]
    values = {n: np.array([np.nan if row[n] is None else float(row[n]) for row in rows]) for n in names}
    totals = free_total(card, table_points(card, {c.name: values[c.name] for c in card.characteristics}), len(rows))
    found: list[tuple[dict[str, float], int | None]] = []
    for number, row in enumerate(rows):
        known = {n: float(values[n][number]) for n in names if not np.isnan(values[n][number])}
        score = None if row["not_scored"] is not None else card.score(known, int(totals[number]))
        found.append((known, score))
    return found
