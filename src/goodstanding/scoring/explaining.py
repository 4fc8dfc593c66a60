"""Reasons and recourse: since points add up, both are plain subtraction."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import format_decimal, format_percent

from goodstanding.programmes import Characteristic, Programme, said
from goodstanding.scorecard import MOST_REASONS, Action, Card, Plan, cheapest_changes
from goodstanding.scorecard import Characteristic as OnCard
from goodstanding.wording import language

MOST_RECOURSE = 4


@dataclass(frozen=True)
class Reason:
    """What cost the most: the characteristic, the person's own value, and the points lost to its best attribute."""

    characteristic: str
    dimension: str
    text: str
    value: float
    points: int
    lost: int


@dataclass(frozen=True)
class Recourse:
    """What would raise the score: by `gain` points, after `months` at the soonest."""

    characteristic: str
    dimension: str
    text: str
    gain: int
    months: int


def losses(card: Card, values: Mapping[str, float], points: Mapping[str, int]) -> list[tuple[OnCard, int]]:
    """At most four characteristics with the points lost to their best attribute, the greatest loss first.

    What is not known costs nothing and is no reason.
    """
    found = [
        (on_card, max(attribute.points for attribute in on_card.attributes) - points[on_card.name])
        for on_card in card.characteristics
        if on_card.name in values
    ]
    lost = [(on_card, points_lost) for on_card, points_lost in found if points_lost > 0]
    return sorted(lost, key=lambda pair: (-pair[1], pair[0].name))[:MOST_REASONS]


def reasons(programme: Programme, card: Card, values: Mapping[str, float], points: Mapping[str, int]) -> list[Reason]:
    """What cost the most, in words with the person's own values; at most four, the greatest loss first."""
    found: list[Reason] = []
    for on_card, lost in losses(card, values, points):
        definition, value = programme.characteristic(on_card.name), values[on_card.name]
        text = said(definition.reason).format(value=shown(definition, value))
        found.append(Reason(on_card.name, on_card.dimension, text, value, points[on_card.name], lost))
    return found


def recourse(
    programme: Programme, card: Card, values: Mapping[str, float], points: Mapping[str, int]
) -> list[Recourse]:
    """At most four things to do, the greatest gain first; only what the programme says a person can change.

    A gain is what the score itself would rise by: a sum outside the range counts only from the range on.
    """
    total = card.base + sum(points.values())
    found: list[Recourse] = []
    for on_card in card.characteristics:
        definition = programme.characteristic(on_card.name)
        if on_card.name not in values or definition.advice is None or definition.months is None:
            continue
        better = _reachable(definition, on_card, values[on_card.name]) - points[on_card.name]
        gain = held(card, total + better) - held(card, total)
        if gain > 0:
            found.append(Recourse(on_card.name, on_card.dimension, said(definition.advice), gain, definition.months))
    return sorted(found, key=lambda step: (-step.gain, step.characteristic))[:MOST_RECOURSE]


def plan_to(programme: Programme, card: Card, values: Mapping[str, float], target: int) -> Plan | None:
    """The cheapest set of things to do, in months, with which the score reaches the target; None if none does.

    Only what the programme gives advice on is moved, the way it calls better. What counts months can only grow with
    them. Raises BadInput for a target outside the range.
    """
    actions = {
        c.name: Action(c.months, c.better, waits=c.unit == "months")
        for c in programme.characteristics
        if c.advice is not None and c.months is not None
    }
    return cheapest_changes(card, values, target, actions)


def held(card: Card, total: int) -> int:
    """A sum of points held inside the card's range."""
    return min(max(total, card.range[0]), card.range[1])


def _reachable(definition: Characteristic, on_card: OnCard, value: float) -> int:
    """The best points within the advice's months: what counts in months since can only grow with time."""
    if definition.unit == "months" and definition.months is not None:
        return points_of(on_card, value + definition.months)
    return max(attribute.points for attribute in on_card.attributes)


def points_of(on_card: OnCard, value: float) -> int:
    """The points of a value."""
    reached = [a.points for a in on_card.attributes if a.least is None or value >= a.least]
    return reached[-1]


def shown(definition: Characteristic, value: float) -> str:
    """A value as a person reads it."""
    locale = language().replace("-", "_")
    match definition.unit:
        case "percent":
            return format_percent(round(value, 2), locale=locale)
        case "times":
            return format_decimal(round(value, 1), locale=locale)
        case _:
            return format_decimal(round(value), locale=locale)
