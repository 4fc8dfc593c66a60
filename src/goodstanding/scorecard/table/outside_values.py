"""Values that a card has not seen: outside of what it was developed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from goodstanding.engines import literal, name
from goodstanding.scorecard.table.apply import attribute_numbers
from goodstanding.scorecard.table.points_table import Characteristic, PointsTable


@dataclass(frozen=True)
class OutsideValues:
    """How many of n rows are outside, and the least and the greatest ordinary value found; None where not known."""

    rows: int | None
    least: float | None
    greatest: float | None


def table_outside(table: PointsTable, values: Mapping[str, NDArray[Any]]) -> dict[str, OutsideValues]:
    """Each characteristic's rows outside of what the table was developed on; values as fit_table takes them.

    Outside is a number less than the least or greater than the greatest of development, and a level that is in no
    attribute where development had none but those. What is missing or special is not outside. `rows` is None where the
    table does not say what was seen: a table of before it did, and levels of which some were rare, as a new one is.
    """
    return {c.name: _outside(c, values[c.name]) for c in table.characteristics}


def outside_sql(characteristic: Characteristic, column: str) -> str | None:
    """SQL of whether a column of doubles is outside, NULL being missing; None where it is not known what was seen."""
    least, greatest = characteristic.least_seen, characteristic.greatest_seen
    if characteristic.named or least is None or greatest is None:
        return None
    value = name(column)
    # Read from text: a decimal of as many digits would not be the same double on every engine.
    ends = [f"CAST({literal(repr(end))} AS DOUBLE)" for end in (least, greatest)]
    beyond = f"({value} < {ends[0]} OR {value} > {ends[1]})"
    special = [literal(level) for attribute in characteristic.special for level in attribute.levels or ()]
    return f"{beyond} AND {value} NOT IN ({', '.join(special)})" if special else beyond


def _outside(characteristic: Characteristic, values: NDArray[Any]) -> OutsideValues:
    number = attribute_numbers(characteristic, values)
    first = 1 + len(characteristic.special)
    if characteristic.other is not None:
        unseen = int((number == len(characteristic.all_attributes) - 1).sum())
        return OutsideValues(None if characteristic.other.count else unseen, None, None)
    ordinary = values[number >= first]
    ends = (float(ordinary.min()), float(ordinary.max())) if len(ordinary) else (None, None)
    least, greatest = characteristic.least_seen, characteristic.greatest_seen
    if least is None or greatest is None:
        return OutsideValues(None, *ends)
    return OutsideValues(int(((ordinary < least) | (ordinary > greatest)).sum()), *ends)
