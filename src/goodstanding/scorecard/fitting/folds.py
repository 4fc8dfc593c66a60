"""Folds that depend on what the rows say and not on where they stand.

A row of weight 2 is the same as the row twice, and rows in another order give the same folds: so the same records
give the same card, and a row never has its twin on the other side.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning import ROUNDING, Codes, Floats

# People who say the same are many of all with one in so many of a fold.
MANY_OF_ALL = 4


def fold_weights(
    codes: Codes, bad: NDArray[np.bool_], weight: Floats, folds: int, seed: int, only: int | None = None
) -> Floats:
    """How much of each row's weight is in each fold: folds x n, from p x n class numbers; each class is split evenly.

    Rows are put in an order drawn by `seed` from what they say; rows that say the same share the place of all of them.
    Where as many as there are folds say the same, some of them bad and some not, they are people alike and are
    spread evenly: a fit without one fold would know only the others' outcome. So are those who are many of all, whom
    it would not know at all. What is heavy otherwise may be one person of much weight, and is in one fold, since in
    several it would be on both sides. `only` so many of the folds are looked up.
    """
    place = row_places(codes, seed)
    found = np.zeros((folds if only is None else min(only, folds), len(bad)))
    for outcome in (False, True):
        rows = np.flatnonzero(bad == outcome)
        if not len(rows):
            continue
        rows = rows[np.argsort(place[rows])]
        places, own = place[rows], weight[rows]
        # Where rows that say the same begin, and where the last of them end.
        begins: NDArray[np.intp] = np.flatnonzero(np.diff(places, prepend=~places[:1], append=~places[-1:]))
        total, rows_alike = np.add.reduceat(own, begins[:-1]), np.diff(begins)
        # A hair below, for sums of weights that should be equal to it.
        many = total >= folds * (1 - ROUNDING)
        if many.any():
            others = (bad != outcome) & (weight > ROUNDING * weight.max())
            mixed = np.isin(places[begins[:-1][many]], place[others])
            many[many] = mixed | (total[many] >= total.sum() / (folds * MANY_OF_ALL) * (1 - ROUNDING))
            of_many = np.repeat(many, rows_alike)
            found[:, rows[of_many]] = own[of_many] / folds
        for fold, (of, share) in enumerate(_in_turn(np.where(many, 0.0, total), begins, folds, len(found))):
            found[fold, rows[of]] += share * own[of]
    return found


def _in_turn(total: Floats, begins: NDArray[np.intp], folds: int, only: int) -> Iterator[tuple[slice, Floats]]:
    """For each fold the rows from one to another, by number in their order, and the share of each that is in it.

    `total` is the weight of those who say the same, one after the other, and `begins` where their rows begin.
    """
    end = np.cumsum(total)
    start = end - total
    edges = end[-1] * np.arange(folds + 1) / folds
    # Both rise: the first that ends beyond the low edge, and past the last that starts below the high one.
    first_of: NDArray[np.int64] = np.asarray(np.searchsorted(end, edges[:-1], "right"), dtype=np.int64)
    past_of: NDArray[np.int64] = np.asarray(np.searchsorted(start, edges[1:]), dtype=np.int64)
    for fold, (first, past) in enumerate(zip(first_of[:only], past_of[:only], strict=True)):
        inside = np.minimum(end[first:past], edges[fold + 1]) - np.maximum(start[first:past], edges[fold])
        weight = total[first:past]
        share = np.divide(np.maximum(inside, 0.0), weight, out=np.zeros_like(inside), where=weight > 0)
        share *= share > ROUNDING
        yield slice(begins[first], begins[past]), np.repeat(share, np.diff(begins[first : past + 1]))


def surely_least(losses: Sequence[Sequence[float]], sure: float) -> int:
    """The choice with the least loss over the same folds, the first by preference: a later one must be better for sure.

    By more than `sure` standard errors of the difference: the least of several is least by chance, too (in the manner
    of the one standard error rule, Breiman et al. 1984).
    """
    best = 0
    for now in range(1, len(losses)):
        gained = np.subtract(losses[best], losses[now])
        if gained.sum() > sure * np.sqrt(len(gained)) * gained.std():
            best = now
    return best


def row_places(codes: Codes, seed: int) -> NDArray[np.uint64]:
    """A number for each of n rows, drawn by `seed` from its class numbers (p x n): one for all that say the same."""
    return _places(codes, np.uint64(seed))


@njit(cache=True)
def _places(codes: Codes, seed: np.uint64) -> NDArray[np.uint64]:  # pragma: no cover - compiled
    """Class numbers mixed by the finaliser of SplitMix64 (Steele et al. 2014)."""
    characteristics, rows = codes.shape
    out = np.full(rows, seed, np.uint64)
    for j in range(characteristics):
        for row in range(rows):
            z = (out[row] ^ np.uint64(codes[j, row])) + np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            out[row] = z ^ (z >> np.uint64(31))
    return out
