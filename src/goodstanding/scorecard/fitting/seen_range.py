"""The values that a card was developed on: the least and the greatest of each characteristic of numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.codes import Special
from goodstanding.scorecard.table.points_table import PointsTable

Ends: TypeAlias = tuple[float | None, float | None]


def seen_ends(
    values: Mapping[str, NDArray[Any]], weight: Floats, special: Mapping[str, Sequence[Special]]
) -> dict[str, Ends]:
    """The least and the greatest ordinary value of each characteristic of numbers among rows that have weight.

    `values` has n values a characteristic: doubles, NaN for missing, or text, which has no ends.
    """
    present = slice(None) if (weight > 0).all() else weight > 0
    return {
        name: _ends(column[present], special.get(name, ())) for name, column in values.items() if column.dtype != object
    }


def with_seen(table: PointsTable, ends: Mapping[str, Ends]) -> PointsTable:
    """The table with what was seen of each characteristic of numbers."""
    return structs.replace(
        table,
        characteristics=tuple(
            structs.replace(c, least_seen=ends[c.name][0], greatest_seen=ends[c.name][1]) if c.name in ends else c
            for c in table.characteristics
        ),
    )


def _ends(values: Floats, special: Sequence[Special]) -> Ends:
    ordinary = (
        values[~np.isin(values, [value for value in special if not isinstance(value, str)])] if special else values
    )
    least, greatest = (float(end.reduce(ordinary, initial=np.nan)) for end in (np.fmin, np.fmax))
    # 0 without a sign, which would go by the order of rows.
    return (None, None) if np.isnan(least) else (least + 0.0, greatest + 0.0)
