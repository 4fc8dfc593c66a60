"""The distinct values of a column in order; of many rows runs of neighbouring ones, counted and not sorted."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning.tallies import ROUNDING, Floats, totals

# Whole numbers within such a range are counted without sorting.
MOST_WHOLE = 100_000
FEW = 1_000
# Up to so many people's values are sorted: that is quick then.
FEW_PEOPLE = 50_000
# A sign and an exponent, the first bits of a double, are one of so many.
EXPONENTS = 4096
FRACTION_BITS = 52
FRACTION = np.uint64((1 << FRACTION_BITS) - 1)
SIGN = np.uint64(1 << 63)
# About so many runs are counted, shared out by the weight that each exponent has.
RUNS = 8192
# None of several values may hold more of the weight than one in so many: a quarter of a fine class.
LEAST_RUNS = 512


@dataclass(frozen=True)
class Runs:
    """Runs of neighbouring values in rising order: the least and the greatest value seen of each, and its weight."""

    least: Floats
    most: Floats
    weights: Floats

    def __len__(self) -> int:
        """How many there are."""
        return len(self.weights)


def runs_of_values(values: Floats, weight: Floats, least: int) -> Runs:
    """Runs that hold n values, NaN and rows without weight left out, in whatever order the rows are.

    Each is of one distinct value where there are at most `least` of these, where people are few, and where whole
    numbers are near each other; else a run of several values holds little of the weight.
    """
    values, weight = _that_count(values, weight)
    if weight.sum() > FEW_PEOPLE * (1 + ROUNDING) and not _near_whole(values):
        found = _counted_runs(_unsigned(values), weight)
        several = found.least < found.most
        if len(found) > least and not (found.weights[several] > weight.sum() / LEAST_RUNS * (1 + ROUNDING)).any():
            return found
    distinct, weights = _distinct(values, weight)
    return Runs(distinct, distinct, weights)


def distinct_values(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Distinct values in order, NaN and rows without weight left out, and the weight of each, which is above 0."""
    return _distinct(*_that_count(values, weight))


def _distinct(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Distinct values, all of them known and with weight."""
    if not len(values):
        return np.empty(0), np.empty(0)
    if _near_whole(values):
        least = values.min()
        counted = totals((values - least).astype(np.int64), weight, int(values.max() - least) + 1)
        seen = np.flatnonzero(counted)
        return least + seen.astype(np.float64), counted[seen]
    if (weight == weight[0]).all():
        distinct, count = np.unique(values, return_counts=True)
        return _unsigned(distinct), count.astype(np.float64) * float(weight[0])
    distinct, inverse = np.unique(values, return_inverse=True)
    return _unsigned(distinct), totals(inverse, weight, len(distinct))


def _that_count(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The values that are known and have weight."""
    known = ~np.isnan(values) & (weight > 0)
    return (values, weight) if known.all() else (values[known], weight[known])


def _unsigned(values: Floats) -> Floats:
    """The same in one piece, 0 without a sign, which would go by the order of rows."""
    return values + 0.0


def _near_whole(values: Floats) -> bool:
    """Whether all values are whole numbers near enough to each other."""
    # Of many columns the first few values tell that they are not.
    return _whole(values[:FEW]) and float(values.max()) - float(values.min()) < MOST_WHOLE and _whole(values)


def _whole(values: Floats) -> bool:
    return bool((values == np.rint(values)).all())


def _counted_runs(values: Floats, weight: Floats) -> Runs:
    """Runs of values that agree in their first bits, in more of them where more of the weight lies.

    A double's bits, turned round below 0, rise with its value.
    """
    bits = values.view(np.uint64)
    by_exponent = _by_exponent(bits, weight)
    asked = np.maximum(by_exponent * (RUNS / max(float(by_exponent.sum()), 1e-300)), 1.0)
    # A hair less, for sums of weights that should be a power of two.
    bits_used = np.ceil(np.log2(asked) - ROUNDING).astype(np.uint64)
    first = np.concatenate([[0], np.cumsum(1 << bits_used.astype(np.int64))])
    least, most, weights = _by_run(values, bits, weight, bits_used, first)
    seen = weights > 0
    return Runs(least[seen], most[seen], weights[seen])


@njit(cache=True)
def _rising(bits: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    return ~bits if bits & SIGN else bits | SIGN


@njit(cache=True)
def _by_exponent(bits: NDArray[np.uint64], weight: Floats) -> Floats:  # pragma: no cover - compiled
    weights = np.zeros((2, EXPONENTS))
    for row in range(len(bits)):
        weights[row & 1, _rising(bits[row]) >> np.uint64(FRACTION_BITS)] += weight[row]
    return weights[0] + weights[1]


@njit(cache=True)
def _by_run(
    values: Floats, bits: NDArray[np.uint64], weight: Floats, bits_used: NDArray[np.uint64], first: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats]:  # pragma: no cover - compiled
    """The least and the greatest value of each run, and its weight."""
    least, most, weights = np.full(first[-1], np.inf), np.full(first[-1], -np.inf), np.zeros(first[-1])
    for row in range(len(values)):
        key = _rising(bits[row])
        exponent = key >> np.uint64(FRACTION_BITS)
        run = first[exponent] + np.int64((key & FRACTION) >> (np.uint64(FRACTION_BITS) - bits_used[exponent]))
        weights[run] += weight[row]
        least[run] = min(least[run], values[row])
        most[run] = max(most[run], values[row])
    return least, most, weights
