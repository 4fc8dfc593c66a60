"""Crossed characteristics: points for two attributes together, where that tells more than their sum.

A pair is judged on the part of the sample that its cells were not learned from, so that chance does not pass for an
interaction (in the manner of FAST, Lou et al. 2013, with cross-validation in place of its ranking in sample).
"""

from dataclasses import dataclass
from itertools import combinations
from typing import cast

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Codes, Floats, totals
from goodstanding.scorecard.fitting.boosting import FOLDS
from goodstanding.scorecard.fitting.capping import deviation
from goodstanding.scorecard.fitting.design import Design, chance
from goodstanding.scorecard.fitting.folds import fold_weights
from goodstanding.scorecard.fitting.prepared import Prepared
from goodstanding.scorecard.fitting.scaling import calibrate
from goodstanding.scorecard.fitting.settings import UNBOUND, Settings
from goodstanding.scorecard.table.column_names import cross_name
from goodstanding.scorecard.table.model import Cross

# Only the characteristics that move the score most are tried with each other.
MOST_TRIED = 16
# A cell is drawn to 0 as by so much information (weight x p x (1 - p)).
RIDGE = 10.0
# The best pair must gain more log-likelihood, on rows that its cells were not learned from, than the best of as many
# that tell nothing does once in twenty. Of one such pair exp(gain) is 1 on average, so that it is above 20 times the
# number of pairs once in 20 times as many (Markov; Vovk and Wang 2021).
ONCE_IN = 20.0
NEWTON_STEPS = 4


@dataclass(frozen=True)
class CrossFit:
    """Two characteristics by number, how many attributes each has, and the log-odds of bad of each cell, row by row."""

    row: int
    column: int
    shape: tuple[int, int]
    values: Floats

    def cells(self, attribute: Codes) -> Codes:
        """The cell number of each of n rows (attribute: p x n)."""
        return attribute[self.row] * np.uint8(self.shape[1]) + attribute[self.column]

    def written(self, names: tuple[str, ...], points: NDArray[np.int64], settings: Settings) -> Cross:
        """The cross as it stands on the card."""
        row, column = names[self.row], names[self.column]
        cells = points.reshape(self.shape).tolist()
        return Cross(
            cross_name(row, column), settings.dimensions.get(row, ""), row, column, tuple(tuple(line) for line in cells)
        )


def fit_crosses(prepared: Prepared, design: Design, settings: Settings) -> tuple[CrossFit, ...]:
    """Up to `settings.crosses` pairs, the one that tells most first; both of one dimension, if there are dimensions.

    A characteristic whose trend was asked is in none.
    """
    if not settings.crosses:
        return ()
    y = prepared.bad.astype(np.float64)
    total = design.sum(np.ones(len(design.values)))
    line = calibrate(total, prepared.bad, prepared.weight)
    z = line.intercept + line.slope * total
    folds = fold_weights(prepared.codes, prepared.bad, prepared.weight, FOLDS, settings.seed + 100)
    pairs = _pairs(prepared, design, settings)
    found: list[CrossFit] = []
    for _ in range(settings.crosses):
        empty = [CrossFit(i, j, shape, np.zeros(0)) for i, j, shape in pairs]
        gains = [
            _gain(pair, design.attribute, z, y, folds * _counted(pair, design.attribute, settings)) for pair in empty
        ]
        if not gains or max(gains) < np.log(ONCE_IN * len(gains)):
            break
        best = empty[int(np.argmax(gains))]
        counted = _counted(best, design.attribute, settings)
        values = _cells(best, design.attribute, z, y, prepared.weight * counted)
        found.append(CrossFit(best.row, best.column, best.shape, values))
        z = z + values[best.cells(design.attribute)]
        pairs = [pair for pair in pairs if pair[:2] != (best.row, best.column)]
    return tuple(found)


def _pairs(prepared: Prepared, design: Design, settings: Settings) -> list[tuple[int, int, tuple[int, int]]]:
    # A cell moves points against the trend that was asked of its row or column.
    free = [j for j, name in enumerate(prepared.names) if settings.trends.get(name, "auto") in UNBOUND]
    moved = {j: deviation(design.values[j][design.attribute[j]], prepared.weight) for j in free}
    tried = sorted(free, key=lambda j: (-moved[j], j))[:MOST_TRIED]
    sizes = [len(values) for values in design.values]
    dimension = [settings.dimensions.get(name, "") for name in prepared.names]
    # The rows are those of the first by name, in whatever order the two were learned from.
    tried = sorted(tried, key=lambda j: prepared.names[j])
    return [
        (i, j, (sizes[i], sizes[j]))
        for i, j in combinations(tried, 2)
        if dimension[i] == dimension[j] and sizes[i] * sizes[j] <= np.iinfo(np.uint8).max
    ]


def _counted(pair: CrossFit, attribute: Codes, settings: Settings) -> Floats:
    """1 for the rows that the cells are learned from, 0 where one of the two is missing and missing is average."""
    counted = cast("Floats", np.ones(len(attribute[pair.row])))
    if settings.unknown == "average":
        counted[attribute[pair.row] == 0] = 0.0
        counted[attribute[pair.column] == 0] = 0.0
    return counted


def _gain(pair: CrossFit, attribute: Codes, z: Floats, y: Floats, folds: Floats) -> float:
    """Log-likelihood gained, to second order, on each fold by cells learned from the others."""
    p = chance(z)
    cells, size = pair.cells(attribute), pair.shape[0] * pair.shape[1]
    g = np.array([totals(cells, fold * (p - y), size) for fold in folds])
    h = np.array([totals(cells, fold * p * (1 - p), size) for fold in folds])
    step = -(g.sum(axis=0) - g) / (h.sum(axis=0) - h + RIDGE)
    return float(-np.sum(g * step + h * step**2 / 2))


def _cells(pair: CrossFit, attribute: Codes, z: Floats, y: Floats, weight: Floats) -> Floats:
    """The cells' log-odds, by Newton's method on the whole sample, with mean 0 over it."""
    cells, size = pair.cells(attribute), pair.shape[0] * pair.shape[1]
    values = np.zeros(size)
    for _ in range(NEWTON_STEPS):
        p = chance(z + values[cells])
        g = totals(cells, weight * (p - y), size)
        h = totals(cells, weight * p * (1 - p), size)
        values -= (g + RIDGE * values) / (h + RIDGE)
    count = totals(cells, weight, size)
    return np.where(count > 0, values - np.average(values, weights=count), 0.0)
