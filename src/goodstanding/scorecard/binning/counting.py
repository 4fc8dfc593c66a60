"""Weights counted by class."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.coding import Codes

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Weight of all and of bads in each fine class."""

    count: Floats
    bads: Floats


def totals(numbers: NDArray[np.integer], weight: Floats, size: int) -> Floats:
    """The weight of each of `size` classes, from n class numbers and weights."""
    return np.bincount(numbers, weights=weight, minlength=size).astype(np.float64)


def tally(codes: Codes, bad: NDArray[np.bool_], weight: Floats, size: int) -> Tally:
    """Count n class numbers."""
    return Tally(totals(codes, weight, size), totals(codes[bad], weight[bad], size))
