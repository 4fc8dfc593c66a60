"""The sample as each characteristic's log-odds, made from attribute numbers a piece at a time: never n x p floats."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Codes, Floats

ROWS_AT_ONCE = 16_384


@dataclass(frozen=True)
class Design:
    """n rows by p characteristics: `attribute` (p x n numbers) and the log-odds of bad of each one's attributes."""

    attribute: Codes
    values: tuple[Floats, ...]

    def __len__(self) -> int:
        return self.attribute.shape[1]

    def pieces(self) -> Iterator[tuple[slice, Floats]]:
        """Rows and their log-odds, m x p, in order."""
        for start in range(0, len(self), ROWS_AT_ONCE):
            rows = slice(start, min(start + ROWS_AT_ONCE, len(self)))
            piece = np.empty((rows.stop - start, len(self.values)), order="F")
            for j, values in enumerate(self.values):
                np.take(values, self.attribute[j, rows], out=piece[:, j])
            yield rows, piece

    def sum(self, scale: Floats) -> Floats:
        """Each row's sum of its characteristics' log-odds, each times its scale."""
        found = np.zeros(len(self))
        for j, (values, times) in enumerate(zip(self.values, scale, strict=True)):
            if times:
                found += (times * values)[self.attribute[j]]
        return found

    def total(self) -> Floats:
        """Each row's sum of its characteristics' log-odds."""
        return self.sum(np.ones(len(self.values)))


def log_odds_loss(z: Floats, y: NDArray[np.float64], weight: Floats) -> float:
    """Negative log-likelihood of outcomes y at log-odds z."""
    return float(np.sum(weight * (np.logaddexp(0, z) - y * z)))


def chance(z: Floats) -> Floats:
    """The logistic function, without its overflow."""
    return 0.5 * (1 + np.tanh(z / 2))
