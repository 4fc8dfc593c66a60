"""Crossed characteristics: points for two attributes together, where that tells more than their sum.

A pair is judged on the part of the sample that its cells were not learned from, beside what fits say of people that
they were not learned from either, so that chance does not pass for an interaction (in the manner of FAST, Lou et al.
2013, with cross-validation in place of its ranking in sample).
"""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import cast

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Codes, Floats, totals
from goodstanding.scorecard.fitting.boosting import FOLDS
from goodstanding.scorecard.fitting.capping import deviation
from goodstanding.scorecard.fitting.cells import drawn, side, sum_features, table_features
from goodstanding.scorecard.fitting.design import Design, log_odds_loss, outcomes
from goodstanding.scorecard.fitting.folds import fold_weights
from goodstanding.scorecard.fitting.methods import Additive
from goodstanding.scorecard.fitting.prepared import Prepared
from goodstanding.scorecard.fitting.scaling import calibrate
from goodstanding.scorecard.fitting.settings import UNBOUND, Settings
from goodstanding.scorecard.table.column_names import cross_name
from goodstanding.scorecard.table.model import Cross

# Only the characteristics that move the score most are tried with each other.
MOST_TRIED = 16
# What the best pair must gain, in log-likelihood on rows that its cells were not learned from, is the logarithm of this
# times the number of pairs. Of one pair that tells nothing exp(gain) is 1 on average, so that the best of all is above
# once in ten times at most (Markov; Vovk and Wang 2021). In fact it was twice in 290 made samples with 120 pairs each.
ONCE_IN = 10.0
MOST_STEPS = 12
# A step that gains less is the last.
ENOUGH = 1e-6


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


@dataclass(frozen=True)
class _Tried:
    """A pair without values yet, and features of its cells: all, and those of a sum of the two, which is no cross.

    `counted` is 1 for the rows that cells are learned from, 0 for others.
    """

    pair: CrossFit
    features: Floats
    of_sum: Floats
    counted: Floats


@dataclass(frozen=True)
class _Slopes:
    """The first and second slopes of the loss by fold and cell (folds x cells)."""

    gradient: Floats
    information: Floats

    @staticmethod
    def of(tried: _Tried, attribute: Codes, z: Floats, y: Floats, folds: Floats) -> "_Slopes":
        """The slopes at log-odds z."""
        cells, size = tried.pair.cells(attribute), len(tried.features)
        at = outcomes(z, y, tried.counted)
        return _Slopes(
            np.array([totals(cells, fold * at.error, size) for fold in folds]),
            np.array([totals(cells, fold * at.information, size) for fold in folds]),
        )

    def without_each(self, features: Floats) -> Floats:
        """The cells' log-odds learned without each of the folds (folds x cells)."""
        g, h = (slopes.sum(axis=0) - slopes for slopes in (self.gradient, self.information))
        return np.stack([drawn(own_g, own_h, features).values for own_g, own_h in zip(g, h, strict=True)])

    def gain(self, tried: _Tried) -> float:
        """The log-likelihood gained beyond a sum of the two, on each fold by cells learned from the others."""

        def gained(features: Floats) -> float:
            step = self.without_each(features)
            return -float(np.sum(self.gradient * step + self.information * step**2 / 2))

        return gained(tried.features) - max(gained(tried.of_sum), 0.0)


def fit_crosses(
    prepared: Prepared, additive: Additive, settings: Settings, told: Floats | None = None
) -> tuple[CrossFit, ...]:
    """Up to `settings.crosses` pairs, the one that tells most first; both of one dimension, if there are dimensions.

    `told` is what log-odds of bad fits said of each of n rows that they were not learned from, where there are such
    fits. A characteristic whose trend was asked is in none.
    """
    if not settings.crosses:
        return ()
    y = prepared.bad.astype(np.float64)
    design = additive.design(prepared)
    total = design.total() if told is None else told
    line = calibrate(total, prepared.bad, prepared.weight)
    z = line.intercept + line.slope * total
    folds = fold_weights(prepared.codes, prepared.bad, prepared.weight, FOLDS, settings.seed + 100)
    left = _tried(prepared, additive, design, settings)
    found: list[CrossFit] = []
    while left and len(found) < settings.crosses:
        slopes = [_Slopes.of(tried, design.attribute, z, y, folds) for tried in left]
        gains = [own.gain(tried) for own, tried in zip(slopes, left, strict=True)]
        if max(gains) < np.log(ONCE_IN * len(gains)):
            break
        chosen = int(np.argmax(gains))
        best = left.pop(chosen)
        found.append(replace(best.pair, values=_cells(best, design.attribute, z, y, prepared.weight)))
        # The next pair is judged beside what cells of this one say of people that they were not learned from.
        told_cells = slopes[chosen].without_each(best.features)[:, best.pair.cells(design.attribute)]
        z = z + np.sum(folds * told_cells, axis=0) / np.maximum(folds.sum(axis=0), 1e-300)
    return tuple(found)


def _tried(prepared: Prepared, additive: Additive, design: Design, settings: Settings) -> list[_Tried]:
    sides: dict[int, Floats] = {}
    found: list[_Tried] = []
    for row, column, shape in _pairs(prepared, design, settings):
        for j, size in zip((row, column), shape, strict=True):
            if j not in sides:
                fine, groups = prepared.fine[j], additive.groupings[j].groups
                # Levels without an order were put in one by what they told: their neighbours are not alike by nature.
                alike = groups if fine.levels is None or fine.ordered else groups[:0]
                sides[j] = side(totals(design.attribute[j], prepared.weight, size), alike)
        pair = CrossFit(row, column, shape, np.zeros(0))
        both = sides[row], sides[column]
        counted = _counted(pair, design.attribute, settings)
        found.append(_Tried(pair, table_features(*both), sum_features(*both), counted))
    return found


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


def _cells(tried: _Tried, attribute: Codes, z: Floats, y: Floats, weight: Floats) -> Floats:
    """The cells' log-odds, by Newton's method on the whole sample, with mean 0 over it."""
    features, weight = tried.features, weight * tried.counted
    cells, size = tried.pair.cells(attribute), len(tried.features)
    at = outcomes(z, y, weight)
    pull = 1 / drawn(totals(cells, at.error, size), totals(cells, at.information, size), features).variance
    found = np.zeros(features.shape[1])

    def penalised(point: Floats) -> float:
        return log_odds_loss(z + (features @ point)[cells], y, weight) + pull * float(point @ point) / 2

    least = penalised(found)
    for _ in range(MOST_STEPS):
        at = outcomes(z + (features @ found)[cells], y, weight)
        slope = features.T @ totals(cells, at.error, size) + pull * found
        curvature = features.T @ (totals(cells, at.information, size)[:, None] * features)
        step = np.linalg.solve(curvature + pull * np.eye(len(found)), slope)
        # Where few are bad a full step may go too far.
        while (loss := penalised(found - step)) > least + ENOUGH:
            step = step / 2
        gained, least, found = least - loss, loss, found - step
        if gained < ENOUGH:
            break
    values, count = features @ found, totals(cells, weight, size)
    return np.where(count > 0, values - np.average(values, weights=count), 0.0)
