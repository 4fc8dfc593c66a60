"""The values that a card was developed on: the least and the greatest of each characteristic of numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.coding import Special
from goodstanding.scorecard.table.model import PointsTable


def with_seen(
    table: PointsTable,
    values: Mapping[str, NDArray[Any]],
    weight: Floats,
    special: Mapping[str, Sequence[Special]],
) -> PointsTable:
    """The table with the least and the greatest ordinary value of each characteristic among rows that have weight.

    `values` has n values a characteristic: doubles, NaN for missing, or text, which has no ends.
    """
    present = slice(None) if (weight > 0).all() else weight > 0
    ends = {
        c.name: _ends(values[c.name][present], special.get(c.name, ())) for c in table.characteristics if not c.named
    }
    return structs.replace(
        table,
        characteristics=tuple(
            structs.replace(c, least_seen=ends[c.name][0], greatest_seen=ends[c.name][1]) if c.name in ends else c
            for c in table.characteristics
        ),
    )


def _ends(values: Floats, special: Sequence[Special]) -> tuple[float | None, float | None]:
    ordinary = (
        values[~np.isin(values, [value for value in special if not isinstance(value, str)])] if special else values
    )
    least, greatest = (float(end.reduce(ordinary, initial=np.nan)) for end in (np.fmin, np.fmax))
    return (None, None) if np.isnan(least) else (least, greatest)
