"""Weights counted by class."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.coding import Codes

Floats: TypeAlias = NDArray[np.float64]

# An attribute's bad rate is drawn to the average as if so many people of average risk were in it.
CREDIBILITY = 10.0


@dataclass(frozen=True)
class Tally:
    """Weight of all and of bads in each fine class."""

    count: Floats
    bads: Floats


def drawn_rates(count: Floats, bads: Floats, average: float, credibility: float = CREDIBILITY) -> Floats:
    """Bad rates drawn to the average by so many people's weight: what points are made of. Empty ones are average."""
    return (bads + credibility * average) / (count + credibility)


def totals(numbers: NDArray[np.integer], weight: Floats, size: int) -> Floats:
    """The weight of each of `size` classes, from n class numbers and weights."""
    return _totals(numbers, weight, size)


def tally(codes: Codes, bad: NDArray[np.bool_], weight: Floats, size: int) -> Tally:
    """Count n class numbers."""
    return Tally(totals(codes, weight, size), totals(codes[bad], weight[bad], size))


@njit(cache=True)
def _totals(numbers: NDArray[np.integer], weight: Floats, size: int) -> Floats:  # pragma: no cover - compiled
    # Four sums side by side: a row need not wait for the one before it, which is often of the same class.
    found = np.zeros((4, size))
    for row in range(len(numbers)):
        found[row & 3, numbers[row]] += weight[row]
    return found.sum(axis=0)
