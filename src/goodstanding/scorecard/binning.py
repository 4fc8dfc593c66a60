"""Cutting a characteristic into attributes whose bad rate never turns against the declared direction."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

FINE_CLASSES = 20
MIN_SHARE = 0.03
MAX_ATTRIBUTES = 8
# An attribute's bad rate is drawn to the average as if so many people of average risk were in it.
CREDIBILITY = 10.0


@dataclass(frozen=True)
class Binning:
    """`cuts` (k - 1 rising lower bounds), and for each of the k attributes its count, bads and weight of evidence."""

    cuts: NDArray[np.float64]
    count: NDArray[np.int64]
    bads: NDArray[np.int64]
    weight: NDArray[np.float64]
    information_value: float

    def weights_of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each value's weight of evidence, 0 where it is unknown."""
        attribute = np.searchsorted(self.cuts, np.nan_to_num(values), side="right")
        return np.where(np.isnan(values), 0.0, self.weight[attribute])


def bin_values(values: NDArray[np.float64], bad: NDArray[np.bool_], *, higher_is_better: bool) -> Binning:
    """Cut n values by their n outcomes: quantiles, pooled where the bad rate turns, merged where few.

    Pooling adjacent violators gives the monotone step function nearest to the bad rates (Barlow et al. 1972).
    """
    known = ~np.isnan(values)
    seen, outcome, average = values[known], bad[known], float(bad.mean())
    cuts = _pooled(_fine_cuts(seen), seen, outcome, 0.0, average, rising=not higher_is_better)
    cuts = _merged(cuts, seen, outcome)
    # Drawn to the average, a small class may pass a large one: pool again, on what the points will be made of.
    cuts = _pooled(cuts, seen, outcome, CREDIBILITY, average, rising=not higher_is_better)
    count, bads = _counts(cuts, seen, outcome)
    weight, value = _weights(count, bads, average)
    return Binning(cuts, count, bads, weight, value)


def _pooled(
    cuts: NDArray[np.float64],
    seen: NDArray[np.float64],
    bad: NDArray[np.bool_],
    credibility: float,
    average: float,
    *,
    rising: bool,
) -> NDArray[np.float64]:
    """Drop cuts until the classes' bad rates, drawn to the average, rise or fall throughout."""
    while len(cuts):
        count, bads = _counts(cuts, seen, bad)
        people = count + credibility
        rate = (bads + credibility * average) / np.maximum(people, 1e-9)
        pooled = isotonic_regression(rate, weights=np.maximum(people, 1e-9), increasing=rising).x
        keep = np.flatnonzero(np.diff(pooled) != 0)
        if len(keep) == len(cuts):
            break
        cuts = cuts[keep]
    return cuts


def _fine_cuts(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Up to FINE_CLASSES classes: every distinct value if there are few, else quantiles; bounds with few digits."""
    distinct = np.unique(seen)
    if len(distinct) > FINE_CLASSES:
        levels = np.linspace(0, 1, FINE_CLASSES + 1)[1:-1]
        distinct = np.unique(np.concatenate([distinct[:1], np.quantile(seen, levels, method="lower")]))
    below = np.array([seen[seen < value].max() for value in distinct[1:]], dtype=np.float64)
    return np.unique(
        np.array([_short(low, high) for low, high in zip(below, distinct[1:], strict=True)], dtype=np.float64)
    )


def _short(low: float, high: float) -> float:
    """The number with the fewest digits above `low` and not above `high`."""
    for digits in range(-6, 12):
        candidate = float(np.floor(high * 10.0**digits) / 10.0**digits)
        candidate = round(candidate, max(digits, 0))
        if low < candidate <= high:
            return candidate
    return float(high)


def _counts(
    cuts: NDArray[np.float64], seen: NDArray[np.float64], bad: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many values, and how many bads, in each class."""
    attribute = np.searchsorted(cuts, seen, side="right")
    classes = len(cuts) + 1
    return np.bincount(attribute, minlength=classes), np.bincount(attribute[bad], minlength=classes)


def _merged(cuts: NDArray[np.float64], seen: NDArray[np.float64], bad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Drop cuts until no class is too small and there are not too many: always the one that tells least apart."""
    while len(cuts):
        count, bads = _counts(cuts, seen, bad)
        small = count < MIN_SHARE * len(seen)
        if not small.any() and len(cuts) < MAX_ATTRIBUTES:
            break
        rate = (bads + 0.5) / (count + 1.0)
        apart = np.abs(np.diff(rate)) * np.minimum(count[:-1], count[1:])
        touching = small[:-1] | small[1:] if small.any() else np.ones(len(cuts), dtype=bool)
        cuts = np.delete(cuts, int(np.argmin(np.where(touching, apart, np.inf))))
    return cuts


def _weights(count: NDArray[np.int64], bads: NDArray[np.int64], average: float) -> tuple[NDArray[np.float64], float]:
    """Weight of evidence of each class, drawn to the average, and the information value of all."""
    if not 0 < average < 1:
        return np.zeros(len(count)), 0.0
    rate = (bads + CREDIBILITY * average) / (count + CREDIBILITY)
    weight = np.log((1 - rate) / rate) - np.log((1 - average) / average)
    goods_share = (count - bads) / max((count - bads).sum(), 1)
    bads_share = bads / max(bads.sum(), 1)
    return weight, float(np.sum((goods_share - bads_share) * weight))
