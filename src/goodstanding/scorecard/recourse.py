"""Recourse: the cheapest set of changes that brings a person to a score. Exact, since points add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, inf
from typing import Literal, TypeAlias

import numpy as np

from goodstanding.errors import BadInput
from goodstanding.scorecard.frames import column_name
from goodstanding.scorecard.levels import level_text
from goodstanding.scorecard.table import Characteristic, PointsTable, attribute_numbers, label
from goodstanding.wording import one_of, tr

Value: TypeAlias = float | str | None


@dataclass(frozen=True)
class Action:
    """What a person can do about a characteristic: which way it can go, how soon, and what that costs.

    `months` is the soonest that any change shows; where the value itself counts months ("waits"), it grows by one a
    month, and a range takes as long as it is away. `cost` is in any one unit; by default a change costs its months.
    """

    months: int
    towards: Literal["higher", "lower", "any"] = "any"
    waits: bool = False
    cost: float | None = None


@dataclass(frozen=True)
class Move:
    """One characteristic moved to one attribute, given in words."""

    characteristic: str
    to: str
    months: int
    cost: float


@dataclass(frozen=True)
class Plan:
    """Changes to be made side by side: the score they reach, what they cost together, and when the last one shows."""

    changes: tuple[Move, ...]
    score: int
    cost: float
    months: int


@dataclass(frozen=True)
class _Option:
    changes: tuple[Move, ...]
    gain: int
    cost: float


def cheapest_changes(
    table: PointsTable, values: Mapping[str, Value], target: int, actions: Mapping[str, Action]
) -> Plan | None:
    """The cheapest set of changes with which a person reaches at least `target`; None if no set does.

    `values` is the person (None for missing). Only characteristics in `actions` are moved, and only those that are
    known. Columns may be named by their number, as in an array. Of plans that cost the same, the one with the fewest
    changes. Raises BadInput for a target outside the range, and for an action on what is not on the card.
    A knapsack with one choice of each group (Martello and Toth 1990), over points.

    >>> from goodstanding.scorecard import Attribute
    >>> days = Characteristic("days_late", "", (Attribute(None, points=20), Attribute(1.0, points=-10)))
    >>> table = PointsTable(600, (350, 950), 650, 20, 40, (days,))
    >>> plan = cheapest_changes(table, {"days_late": 9.0}, 610, {"days_late": Action(months=3, towards="lower")})
    >>> plan.changes, plan.score, plan.months
    ((Move(characteristic='days_late', to='< 1', months=3, cost=3.0),), 620, 3)
    """
    if not table.range[0] <= target <= table.range[1]:
        raise BadInput(
            where=tr("target"),
            found=str(target),
            expected=tr("{least} to {most}", least=table.range[0], most=table.range[1]),
            do=tr("Name a score of this card."),
        )
    values = {column_name(name): value for name, value in values.items()}
    actions = {column_name(name): action for name, action in actions.items()}
    names = [c.name for c in table.characteristics]
    if unknown := [name for name in actions if name not in names]:
        expected = one_of(names)
        raise BadInput(where="actions", found=", ".join(unknown), expected=expected, do=tr("Correct the name."))
    now = {c.name: _number(c, values.get(c.name)) for c in table.characteristics}
    total = table.base + _points(table, now)
    groups = [_options(table, group, now, values, actions) for group in _groups(table)]
    # Everybody has the least score of the range, however low the sum.
    needed = 0 if target == table.range[0] else max(target - total, 0)
    best = _cheapest([group for group in groups if len(group) > 1], needed)
    if best is None:
        return None
    changes = tuple(change for option in best for change in option.changes)
    reached = total + sum(option.gain for option in best)
    return Plan(
        changes,
        min(max(reached, table.range[0]), table.range[1]),
        sum(change.cost for change in changes),
        max((change.months for change in changes), default=0),
    )


def _cheapest(groups: Sequence[Sequence[_Option]], needed: int) -> list[_Option] | None:
    """One option of each group: the gains reach what is needed, at the least cost and with the fewest changes."""
    # By how much is needed still: the cheapest way there with the groups so far.
    best: dict[int, tuple[float, int, tuple[_Option, ...]]] = {needed: (0.0, 0, ())}
    for group in groups:
        found: dict[int, tuple[float, int, tuple[_Option, ...]]] = {}
        for left, (cost, count, chosen) in best.items():
            for option in group:
                key = max(left - option.gain, 0)
                way = (cost + option.cost, count + len(option.changes), (*chosen, option))
                if key not in found or way[:2] < found[key][:2]:
                    found[key] = way
        best = found
    return list(best[0][2]) if 0 in best else None


def _groups(table: PointsTable) -> list[list[Characteristic]]:
    """Characteristics whose points depend on each other, by crosses; most stand alone."""
    group = {c.name: {c.name} for c in table.characteristics}
    for cross in table.crosses:
        together = group[cross.row] | group[cross.column]
        for name in together:
            group[name] = together
    return [
        [c for c in table.characteristics if c.name in group[first.name]]
        for first in table.characteristics
        if first.name == min(group[first.name])
    ]


def _options(
    table: PointsTable,
    group: Sequence[Characteristic],
    now: Mapping[str, int],
    values: Mapping[str, Value],
    actions: Mapping[str, Action],
) -> list[_Option]:
    """What can be done about a group: nothing, or changes that gain points."""
    moves = [_moves(c, now[c.name], values.get(c.name), actions.get(c.name)) for c in group]
    before = _points(table, now)
    found = [_Option((), 0, 0.0)]
    for chosen in product(*moves):
        changes = tuple(change for _, change in chosen if change is not None)
        then = dict(now) | {c.name: number for c, (number, _) in zip(group, chosen, strict=True)}
        gain = _points(table, then) - before if changes else 0
        if gain > 0:
            found.append(_Option(changes, gain, sum(change.cost for change in changes)))
    return found


def _moves(
    characteristic: Characteristic, now: int, value: Value, action: Action | None
) -> list[tuple[int, Move | None]]:
    """Staying, and every attribute that can be reached."""
    stay: list[tuple[int, Move | None]] = [(now, None)]
    if action is None or now == 0 or value is None:
        return stay
    first = 1 + len(characteristic.special)
    last = len(characteristic.all_attributes) - (1 if characteristic.named else 0)
    for number in range(first, last):
        months = _months(characteristic, number, now, value, action)
        if number != now and months < inf:
            cost = float(months) if action.cost is None else action.cost
            stay.append((number, Move(characteristic.name, label(characteristic, number), int(months), cost)))
    return stay


def _months(characteristic: Characteristic, number: int, now: int, value: Value, action: Action) -> float:
    """How soon an attribute can be reached; infinite if never."""
    first = 1 + len(characteristic.special)
    up = number > now
    if characteristic.named or now < first:
        return action.months if action.towards == "any" and not action.waits else inf
    if action.waits:
        least = characteristic.attributes[number - first].least
        away = inf if not up or least is None or isinstance(value, str) or value is None else least - value
        return max(ceil(away), 1) if away < inf else inf
    allowed = action.towards == "any" or (action.towards == "higher") == up
    return action.months if allowed else inf


def _points(table: PointsTable, numbers: Mapping[str, int]) -> int:
    alone = sum(c.all_attributes[numbers[c.name]].points for c in table.characteristics)
    return alone + sum(cross.points[numbers[cross.row]][numbers[cross.column]] for cross in table.crosses)


def _number(characteristic: Characteristic, value: Value) -> int:
    if characteristic.named:
        level = None if value is None else level_text(value)
        return int(attribute_numbers(characteristic, np.array([level, None], dtype=object)[:1])[0])
    return int(attribute_numbers(characteristic, np.array([value], dtype=np.float64))[0])
