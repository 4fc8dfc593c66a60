"""The sample as each characteristic's log-odds, read from attribute numbers as they are needed: never n x p floats."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning import ClassCodes, Floats

ROWS_AT_ONCE = 16_384
# With more rows than twice this the first steps of a fit look at about so many: they only have to come near.
ROWS_TO_START = 20_000
# Log-odds as good as certain; their odds are still numbers.
FARTHEST = 500.0


@dataclass(frozen=True)
class Design:
    """n rows by p characteristics: `attribute` (p x n numbers) and the log-odds of bad of each one's attributes."""

    attribute: ClassCodes
    values: Sequence[Floats]

    def __len__(self) -> int:
        return self.attribute.shape[1]

    @cached_property
    def table(self) -> Floats:
        """The values side by side, p x most attributes."""
        found = np.zeros((len(self.values), max((len(values) for values in self.values), default=1)))
        for row, values in zip(found, self.values, strict=True):
            row[: len(values)] = values
        return found

    def pieces(self, times: Floats) -> Iterator[tuple[slice, Floats]]:
        """Rows and their log-odds, m x p, in order; each row multiplied by its element of `times`."""
        for start in range(0, len(self), ROWS_AT_ONCE):
            rows = slice(start, min(start + ROWS_AT_ONCE, len(self)))
            yield rows, _piece(self.attribute[:, rows], self.table, times[rows]).T

    def of(self, rows: NDArray[np.integer], times: float) -> Floats:
        """The log-odds of some rows, p x m, each multiplied."""
        return np.stack(
            [(times * values)[numbers[rows]] for numbers, values in zip(self.attribute, self.values, strict=True)]
        )

    def every(self, step: int) -> "Design":
        """Every `step`-th row."""
        return Design(np.ascontiguousarray(self.attribute[:, ::step]), self.values)

    def sum(self, scale: Floats) -> Floats:
        """Each row's sum of its characteristics' log-odds, each times its scale."""
        return added(self.attribute, np.asarray(scale)[:, None] * self.table)

    def total(self) -> Floats:
        """Each row's sum of its characteristics' log-odds."""
        return added(self.attribute, self.table)


@dataclass(frozen=True)
class LogLoss:
    """n outcomes against log-odds of bad: the negative log-likelihood, and its first and second slope by row."""

    loss: float
    error: Floats
    information: Floats


def log_loss(z: Floats, y: Floats, weight: Floats) -> LogLoss:
    """How log-odds z fit outcomes y (1 for bad) with these weights."""
    error, information = np.empty(len(z)), np.empty(len(z))
    loss = 0.0
    # A piece at a time stays in the cache, and so does what is written over for each.
    scratch = np.empty((2, min(len(z), ROWS_AT_ONCE)))
    for start in range(0, len(z), ROWS_AT_ONCE):
        rows = slice(start, min(start + ROWS_AT_ONCE, len(z)))
        odds, both = scratch[:, : rows.stop - start]
        p = error[rows]
        np.exp(np.clip(z[rows], -FARTHEST, FARTHEST, out=odds), out=odds)
        np.add(odds, 1, out=both)
        np.divide(odds, both, out=p)
        np.multiply(np.divide(p, both, out=odds), weight[rows], out=information[rows])
        np.multiply(np.subtract(p, y[rows], out=p), weight[rows], out=p)
        np.subtract(np.log(both, out=both), np.multiply(y[rows], z[rows], out=odds), out=both)
        loss += float(weight[rows] @ both)
    return LogLoss(loss, error, information)


def log_odds_loss(z: Floats, y: Floats, weight: Floats) -> float:
    """Negative log-likelihood of outcomes y at log-odds z."""
    return log_loss(z, y, weight).loss


def chance(z: Floats) -> Floats:
    """The logistic function, without its overflow."""
    return 0.5 * (1 + np.tanh(z / 2))


@njit(cache=True)
def added(attribute: ClassCodes, table: Floats) -> Floats:  # pragma: no cover - compiled
    """Each row's sum of its characteristics' values, from class numbers (p x n) and a table of values (p x most)."""
    found = np.zeros(attribute.shape[1])
    for start in range(0, len(found), ROWS_AT_ONCE):
        end = min(start + ROWS_AT_ONCE, len(found))
        for j in range(len(table)):
            numbers, values = attribute[j], table[j]
            for row in range(start, end):
                found[row] += values[numbers[row]]
    return found


@njit(cache=True)
def _piece(attribute: ClassCodes, table: Floats, times: Floats) -> Floats:  # pragma: no cover - compiled
    found = np.empty(attribute.shape)
    for j in range(len(table)):
        numbers, values = attribute[j], table[j]
        for row in range(len(times)):
            found[j, row] = values[numbers[row]] * times[row]
    return found
