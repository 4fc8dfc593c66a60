"""Compiled: the place of each of many values among rising cuts, and the points of it."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Values searched for side by side: a search waits for memory, many at once do not.
AT_ONCE = 256
# Comparing with each of so few cuts is quicker than to search.
FEW_CUTS = 20


def places(values: NDArray[np.float64], cuts: NDArray[np.float64], first: int) -> NDArray[np.uint8]:
    """`first` and the number of cuts at or below each of n values; 0 for NaN. At most 255 - `first` cuts, rising."""
    if len(cuts) <= FEW_CUTS:
        return _places_among_few(values, cuts, first)
    # As many as fill a whole tree, so that every search takes the same steps; nothing is above what is not a number.
    tree = np.full((1 << len(cuts).bit_length()) - 1, np.nan)
    tree[: len(cuts)] = cuts
    return _places(values, tree, first)


@njit(cache=True)
def add_points(  # pragma: no cover - compiled
    values: NDArray[np.float64], cuts: NDArray[np.float64], points: NDArray[np.int64], total: NDArray[np.int64]
) -> None:
    """Add to n totals the points of n values: `points[0]` for NaN, then by the number of rising cuts at or below."""
    place = np.empty(AT_ONCE, np.int64)
    for start in range(0, len(values), AT_ONCE):
        few = values[start : start + AT_ONCE]
        _count(few, cuts, place)
        for k in range(len(few)):
            total[start + k] += points[place[k]]


@njit(cache=True)
def _places_among_few(  # pragma: no cover - compiled
    values: NDArray[np.float64], cuts: NDArray[np.float64], first: int
) -> NDArray[np.uint8]:
    out = np.empty(len(values), np.uint8)
    place = np.empty(AT_ONCE, np.int64)
    for start in range(0, len(values), AT_ONCE):
        few = values[start : start + AT_ONCE]
        _count(few, cuts, place)
        for k in range(len(few)):
            out[start + k] = first - 1 + place[k] if place[k] > 0 else 0
    return out


@njit(cache=True)
def _count(  # pragma: no cover - compiled
    few: NDArray[np.float64], cuts: NDArray[np.float64], place: NDArray[np.int64]
) -> None:
    """One more than the number of cuts at or below each of a few values, 0 for NaN."""
    # Of one width with the values compared, so that the machine compares several at once.
    for k in range(len(few)):
        place[k] = 1 if few[k] == few[k] else 0
    for j in range(len(cuts)):
        cut = cuts[j]
        for k in range(len(few)):
            place[k] += 1 if few[k] >= cut else 0


@njit(cache=True)
def _places(  # pragma: no cover - compiled
    values: NDArray[np.float64], tree: NDArray[np.float64], first: int
) -> NDArray[np.uint8]:
    out = np.empty(len(values), np.uint8)
    low = np.zeros(AT_ONCE, np.int64)
    for start in range(0, len(values), AT_ONCE):
        many = min(AT_ONCE, len(values) - start)
        low[:] = 0
        step = (len(tree) + 1) >> 1
        while step > 0:
            for k in range(many):
                low[k] += step * (tree[low[k] + step - 1] <= values[start + k])
            step >>= 1
        for k in range(many):
            out[start + k] = 0 if np.isnan(values[start + k]) else first + low[k]
    return out
