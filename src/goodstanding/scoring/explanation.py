"""Reasons: since points add up, they are plain subtraction; and the plan to a target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from babel.numbers import format_decimal, format_percent

from goodstanding.cards import Card
from goodstanding.programmes import DeclaredCharacteristic, Programme, in_language
from goodstanding.scorecard import MOST_REASONS, Action, Move, Plan, best_points, cheapest_changes, rank_losses
from goodstanding.wording import language


@dataclass(frozen=True)
class ReasonInWords:
    """What cost the most: the characteristic, the person's own value, and the points lost to its best attribute."""

    characteristic: str
    dimension: str
    text: str
    value: float
    points: int
    lost: int


def losses(
    card: Card, people: Sequence[tuple[Mapping[str, float], Mapping[str, int]]], most: int = MOST_REASONS
) -> list[list[tuple[str, int]]]:
    """What cost each of n people the most, from the values that are known and the points: names with points lost.

    Ranked as `rank_losses` has it. What is not known costs nothing here and is no reason. A ceiling in force costs
    what the sum of points lies above it.
    """
    names, best = card.looked_at, best_points(card, unknown="none")
    lost = np.zeros((len(people), len(names)), dtype=np.int64)
    for row, (values, points) in enumerate(people):
        short = short_of_best(best, values, points)
        if ceiling := card.ceiling_over(values):
            above = max(card.base + sum(points.values()) - ceiling.most, 0)
            short[ceiling.characteristic] = short.get(ceiling.characteristic, 0) + above
        lost[row] = [short.get(name, 0) for name in names]
    ranked = rank_losses(names, lost, most)
    return [[(names[j], int(lost[row, j])) for j in places] for row, places in enumerate(ranked)]


def short_of_best(best: Mapping[str, int], values: Mapping[str, float], points: Mapping[str, int]) -> dict[str, int]:
    """By how many points each known characteristic lies below its best attribute (`best_points` of the card)."""
    return {name: most - points[name] for name, most in best.items() if name in values}


def reasons(
    programme: Programme, card: Card, values: Mapping[str, float], points: Mapping[str, int], day: date
) -> list[ReasonInWords]:
    """What cost the most, in words with the person's own values: as many at most as the law of a day wants."""
    found: list[ReasonInWords] = []
    for name, lost in losses(card, [(values, points)], programme.reasons_most(day))[0]:
        definition, value = programme.characteristic(name), values[name]
        text = in_language(definition.reason).format(value=shown(definition, value))
        found.append(
            ReasonInWords(
                characteristic=name,
                dimension=definition.dimension,
                text=text,
                value=value,
                points=points.get(name, 0),
                lost=lost,
            )
        )
    return found


def plan_to(programme: Programme, card: Card, values: Mapping[str, float], target: int) -> Plan | None:
    """The cheapest set of things to do, in months, with which the score reaches the target; None if none does.

    Only what the programme gives advice on is moved, the way it calls better. What counts months can only grow with
    them. A ceiling in force that lies under the target must be left first. Raises BadInput for a target outside the
    range.
    """
    actions = {
        c.name: Action(c.months, c.better, waits=c.unit == "months")
        for c in programme.characteristics
        if c.advice is not None and c.months is not None
    }
    on_card = {c.name for c in card.characteristics}
    ceiling = card.ceiling_over(values)
    if ceiling is None or target <= ceiling.most:
        return cheapest_changes(
            card, values, target, {name: action for name, action in actions.items() if name in on_card}
        )
    if ceiling.characteristic not in actions:
        return None
    definition, action = programme.characteristic(ceiling.characteristic), actions.pop(ceiling.characteristic)
    left = dict(values) | {ceiling.characteristic: _best(card, ceiling.characteristic, ceiling.at, definition.better)}
    rest = plan_to(programme, card, left, target)
    if rest is None:
        return None
    to = f"{'<' if definition.better == 'lower' else '>'} {shown(definition, ceiling.at)}"
    changes = (Move(ceiling.characteristic, to, action.months, float(action.months)), *rest.changes)
    return Plan(changes, rest.score, rest.cost + action.months, max(rest.months, action.months))


def _best(card: Card, characteristic: str, at: float, better: str) -> float:
    """A value that a ceiling at `at` is not over, with the most points on the card."""
    on_card = [c for c in card.characteristics if c.name == characteristic]
    beside = at - 1 if better == "lower" else at + 1
    if not on_card or better == "higher":
        return beside
    # The lowest attribute ends where the next begins.
    ends = [attribute.least for attribute in on_card[0].attributes if attribute.least is not None]
    return min([beside, *(end - 1 for end in ends)])


def shown(definition: DeclaredCharacteristic, value: float) -> str:
    """A value as a person reads it."""
    locale = language().replace("-", "_")
    match definition.unit:
        case "percent":
            return format_percent(round(value, 2), locale=locale)
        case "times":
            return format_decimal(round(value, 1), locale=locale)
        case _:
            return format_decimal(round(value), locale=locale)
