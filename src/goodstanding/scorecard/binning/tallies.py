"""Weights counted by class."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.codes import ClassCodes

Floats: TypeAlias = NDArray[np.float64]

# Sums of weights are known to so much: their last digits depend on the order of rows.
ROUNDING = 1e-9
# An attribute's bad rate is drawn to the average as if so many people of average risk were in it.
CREDIBILITY = 10.0


# What is drawn to the average the most, where levels differ no more than chance would have it, and the least.
MOST_CREDIBILITY = 100_000.0
LEAST_CREDIBILITY = 1.0


@dataclass(frozen=True)
class Tally:
    """Weight of all and of bads in each fine class."""

    count: Floats
    bads: Floats


def drawn_rates(count: Floats, bads: Floats, average: float, credibility: float = CREDIBILITY) -> Floats:
    """Bad rates drawn to the average by so many people's weight: what points are made of. Empty ones are average."""
    return (bads + credibility * average) / (count + credibility)


def credibility_between(counted: Tally) -> float:
    """How many people of average risk a class's rate is to be drawn by, from how much rates differ between classes.

    The variance within over the variance between, the latter by the method of moments (Buehlmann and Straub 1970): many
    for classes that differ as chance would have it, few for those that differ for sure.
    """
    seen = counted.count > 0
    count, bads = counted.count[seen], counted.bads[seen]
    people = count.sum()
    average = bads.sum() / max(people, 1e-300)
    within = average * (1 - average)
    spread = people - (count**2).sum() / max(people, 1e-300)
    if within <= 0 or spread <= 0:
        return MOST_CREDIBILITY
    apart = float(np.sum(count * (bads / count - average) ** 2))
    between = (apart - (len(count) - 1) * within) / spread
    return float(np.clip(within / max(between, 1e-300), LEAST_CREDIBILITY, MOST_CREDIBILITY))


def totals(numbers: NDArray[np.integer], weight: Floats, size: int) -> Floats:
    """The weight of each of `size` classes, from n class numbers and weights."""
    return _totals(numbers, weight, size)


def tally(codes: ClassCodes, bad: NDArray[np.bool_], weight: Floats, size: int) -> Tally:
    """Count n class numbers."""
    bads, goods = _tallied(codes, bad, weight, size)
    return Tally(bads + goods, bads)


@njit(cache=True)
def _totals(numbers: NDArray[np.integer], weight: Floats, size: int) -> Floats:  # pragma: no cover - compiled
    # Four sums side by side: a row need not wait for the one before it, which is often of the same class.
    found = np.zeros((4, size))
    for row in range(len(numbers)):
        found[row & 3, numbers[row]] += weight[row]
    return found.sum(axis=0)


@njit(cache=True)
def _tallied(
    codes: ClassCodes, bad: NDArray[np.bool_], weight: Floats, size: int
) -> tuple[Floats, Floats]:  # pragma: no cover - compiled
    """The weight of bads and of goods in each of `size` classes, in one pass."""
    found = np.zeros((4, 2, size))
    for row in range(len(codes)):
        found[row & 3, 0 if bad[row] else 1, codes[row]] += weight[row]
    sums = found.sum(axis=0)
    return sums[0], sums[1]
