"""A points table applied to values: which attribute, which points."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.codes import ClassCodes, Special, level_codes, number_codes
from goodstanding.scorecard.levels import plain_text, readings
from goodstanding.scorecard.table.points_table import Characteristic, PointsTable

Numbers: TypeAlias = ClassCodes
Points: TypeAlias = NDArray[np.int64]
# Up to so many attributes a value is compared with every cut; beyond, it is searched for.
MOST_COMPARED = 16


def attribute_numbers(characteristic: Characteristic, values: NDArray[Any]) -> Numbers:
    """The number of each value's attribute, in the order of all_attributes; values as fit_table takes them."""
    special = tuple(value for attribute in characteristic.special for value in attribute.levels or ())
    if not characteristic.named:
        return number_codes(values, special, _cuts(characteristic))
    groups = [attribute.levels or () for attribute in characteristic.attributes]
    levels = tuple(str(level) for group in groups for level in group)
    first = 1 + len(special)
    number = [*range(first), *(first + i for i, group in enumerate(groups) for _ in group), first + len(groups)]
    return np.array(number, dtype=np.uint8)[_level_numbers(values, special, levels)]


def _level_numbers(values: NDArray[Any], special: Sequence[Special], levels: Sequence[str]) -> ClassCodes:
    """As level_codes, but that texts of the numbers that are levels, "1.0" and "true", are these levels as well."""
    found = level_codes(values, special, levels)
    others = found == 1 + len(special) + len(levels)
    if others.any():
        read = readings(str(level) for level in (*special, *levels))
        meant = {text: read.get(plain_text(text), text) for text in set(values[others].tolist())}
        again = np.array([*(meant[text] for text in values[others].tolist()), None], dtype=object)[:-1]
        found[others] = level_codes(again, special, levels)
    return found


def table_numbers(table: PointsTable, values: Mapping[str, NDArray[Any]]) -> dict[str, Numbers]:
    """The attribute numbers of n values of each characteristic, by name."""
    return {c.name: attribute_numbers(c, values[c.name]) for c in table.characteristics}


def table_points(table: PointsTable, values: Mapping[str, NDArray[Any]]) -> dict[str, Points]:
    """Points of each characteristic and cross, by name, of n values each."""
    return points_of(table, table_numbers(table, values))


def points_of(table: PointsTable, numbers: Mapping[str, Numbers]) -> dict[str, Points]:
    """Points of each characteristic and cross, by name, of n attribute numbers each."""
    found = {c.name: _points(c)[numbers[c.name]] for c in table.characteristics}
    for cross in table.crosses:
        found[cross.name] = np.array(cross.points, dtype=np.int64)[numbers[cross.row], numbers[cross.column]]
    return found


def table_totals(table: PointsTable, values: Mapping[str, NDArray[Any]], n: int) -> Points:
    """The scores of n rows: base and points, held inside the table's range."""
    # Brings the compiler along, which nobody should wait for who only reads a card.
    from goodstanding.scorecard.kernels import add_points  # noqa: PLC0415

    total = np.full(n, table.base, dtype=np.int64)
    crossed = {name for cross in table.crosses for name in (cross.row, cross.column)}
    numbers: dict[str, Numbers] = {}
    for c in table.characteristics:
        if c.named or c.special or c.name in crossed or len(c.attributes) > MOST_COMPARED:
            numbers[c.name] = attribute_numbers(c, values[c.name])
            total += _points(c)[numbers[c.name]]
        else:
            add_points(np.ascontiguousarray(values[c.name], dtype=np.float64), _cuts(c), _points(c), total)
    for cross in table.crosses:
        total += np.array(cross.points, dtype=np.int64)[numbers[cross.row], numbers[cross.column]]
    return clipped(table, total)


def _cuts(characteristic: Characteristic) -> NDArray[np.float64]:
    """Where each attribute of numbers but the first begins."""
    return np.array([attribute.least for attribute in characteristic.attributes[1:]], dtype=np.float64)


def _points(characteristic: Characteristic) -> Points:
    """The points of each attribute, in the order of all_attributes."""
    return np.array([attribute.points for attribute in characteristic.all_attributes], dtype=np.int64)


def free_total(table: PointsTable, points: Mapping[str, Points], n: int) -> Points:
    """Base and points together, before they are held inside the range."""
    return np.full(n, table.base, dtype=np.int64) + sum(points.values(), np.zeros(n, dtype=np.int64))


def clipped(table: PointsTable, total: Points) -> Points:
    """Totals held inside the table's range."""
    return np.clip(total, *table.range)


def chance_of_bad(table: PointsTable, total: Points) -> NDArray[np.float64]:
    """The chance of bad that a total stands for, by the table's scale."""
    doublings = (total - table.base_score) / table.points_to_double
    return 1 / (1 + table.base_odds * np.exp2(doublings))
