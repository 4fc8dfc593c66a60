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

from goodstanding.scorecard.binning import ClassCodes, FineClasses, Floats, totals
from goodstanding.scorecard.fitting.boosting import FOLDS
from goodstanding.scorecard.fitting.cell_prior import drawn, side, sum_features, table_features
from goodstanding.scorecard.fitting.design import Design, LogLoss, log_loss, log_odds_loss
from goodstanding.scorecard.fitting.influence_caps import deviation
from goodstanding.scorecard.fitting.methods import Additive
from goodstanding.scorecard.fitting.prepared import MANY_LEVELS, Prepared
from goodstanding.scorecard.fitting.scale import ROUNDING, calibrate
from goodstanding.scorecard.fitting.settings import UNBOUND, Settings
from goodstanding.scorecard.table.column_names import cross_name
from goodstanding.scorecard.table.points_table import Cross

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

    def cells(self, attribute: ClassCodes) -> ClassCodes:
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

    `counted` is 1 for the rows that cells are learned from, 0 for others. `by_rate`: one of the two has levels
    that were put together by what became of everybody.
    """

    pair: CrossFit
    features: Floats
    of_sum: Floats
    counted: Floats
    by_rate: bool

    @property
    def both(self) -> tuple[Floats, Floats]:
        """The features of all, and of a sum of the two."""
        return self.features, self.of_sum


@dataclass(frozen=True)
class _Sample:
    """n people: attribute numbers (p x n), outcomes (1 for bad), weights, and how much of each is in each fold."""

    attribute: ClassCodes
    y: Floats
    weight: Floats
    folds: Floats


@dataclass(frozen=True)
class _Slopes:
    """The first and second slopes of the loss by fold and cell (folds x cells)."""

    gradient: Floats
    information: Floats

    @staticmethod
    def of(tried: _Tried, at: LogLoss, sample: _Sample) -> "_Slopes":
        """The slopes by cell from those by person."""
        cells, size = tried.pair.cells(sample.attribute), len(tried.features)
        error, information = tried.counted * at.error, tried.counted * at.information
        return _Slopes(
            np.array([totals(cells, fold * error, size) for fold in sample.folds]),
            np.array([totals(cells, fold * information, size) for fold in sample.folds]),
        )

    def beyond(self, tried: _Tried) -> "_Beyond":
        """What the table tells beyond a sum of the two, by cells learned without each of the folds."""
        full, of_sum = self._without_each(tried.features), self._without_each(tried.of_sum)
        cells = full - of_sum
        most = max(float(np.sum(self.information * cells**2)), 1e-300)
        gain = min(self._gain(full) - max(self._gain(of_sum), 0.0), self._gain(cells))
        return _Beyond(cells, gain, min(max(-float(np.sum(self.gradient * cells)) / most, 0.0), 1.0))

    def _without_each(self, features: Floats) -> Floats:
        g, h = (slopes.sum(axis=0) - slopes for slopes in (self.gradient, self.information))
        return np.stack([drawn(own_g, own_h, features).values for own_g, own_h in zip(g, h, strict=True)])

    def _gain(self, cells: Floats) -> float:
        """The log-likelihood that cells gain, to second order, each on the fold that it was not learned from."""
        return -float(np.sum(self.gradient * cells + self.information * cells**2 / 2))


@dataclass(frozen=True)
class _Beyond:
    """The log-odds of cells beyond a sum of the two (folds x cells), their gain, and the slope that they deserve."""

    cells: Floats
    gain: float
    slope: float

    @property
    def believed(self) -> float:
        """The slope of cells learned from everybody: those of four fifths overstate more."""
        return self.slope / max(self.slope + (1 - self.slope) * (1 - 1 / FOLDS), 1e-300)

    def best_of(self, many: int) -> "_Beyond":
        """The same, chosen as the best of so many: drawn to 0 by the share of its gain that the choice may have made.

        The best of that many that tell nothing gains log(many) by chance (after Efron and Morris 1973).
        """
        return replace(self, slope=self.slope * (1 - float(np.log(many)) / self.gain))


def fit_crosses(
    prepared: Prepared, additive: Additive, design: Design, settings: Settings, unseen_log_odds: Floats | None = None
) -> tuple[CrossFit, ...]:
    """Up to `settings.crosses` pairs, the one that tells most first; both of one dimension, if there are dimensions.

    `design` is the sample in the attributes of the fit. `unseen_log_odds` is what log-odds of bad fits
    said of each of n rows that they were not learned from, where there are such fits.
    A characteristic whose trend was asked is in none, nor is one of many levels without an order.
    """
    if not settings.crosses:
        return ()
    sample = _Sample(
        design.attribute,
        prepared.bad.astype(np.float64),
        prepared.weight,
        prepared.folds(FOLDS, settings.seed + 100),
    )
    beside = [
        calibrate(total, prepared.bad, prepared.weight).log_odds(total)
        for total in (unseen_log_odds, design.total())
        if total is not None
    ]
    left = _tried(prepared, additive, design, settings)
    found: list[CrossFit] = []
    while len(found) < settings.crosses and (sure := _first_sure(left, sample, beside)):
        chosen, beyond = sure
        tried = left.pop(chosen)
        cells = tried.pair.cells(design.attribute)
        # A sum of the two is the card's own to tell: only what is beyond one is added to it.
        full, of_sum = (_cells(cells, features, beside[0], sample, tried.counted) for features in tried.both)
        values = beyond.believed * (full - of_sum)
        found.append(replace(tried.pair, values=values))
        # The next pair is judged beside what cells of this one say of people that they were not learned from.
        unseen = np.sum(sample.folds * beyond.slope * beyond.cells[:, cells], axis=0)
        beside[0] = beside[0] + unseen / np.maximum(sample.folds.sum(axis=0), 1e-300)
        beside[1:] = [z + values[cells] for z in beside[1:]]
    return tuple(found)


def _first_sure(left: list[_Tried], sample: _Sample, beside: list[Floats]) -> tuple[int, _Beyond] | None:
    """The pair that tells most beside the first log-odds, and tells enough beside all: its place, and what it tells.

    What fits say of people whom they were not learned from is honest, but they had groups of levels of their own: of
    those of the card, which were put together by what became of everybody, they leave a rest. The card leaves none.
    """
    if not left:
        return None
    least = float(np.log(ONCE_IN * len(left)))
    first, *others = (log_loss(z, sample.y, np.ones(len(z))) for z in beside)
    each = [_Slopes.of(tried, first, sample).beyond(tried) for tried in left]
    for place in sorted(range(len(each)), key=lambda at: -each[at].gain):
        if each[place].gain < least:
            return None
        tried = left[place]
        if not tried.by_rate or all(_Slopes.of(tried, at, sample).beyond(tried).gain >= least for at in others):
            return place, each[place].best_of(len(left))
    return None


def _tried(prepared: Prepared, additive: Additive, design: Design, settings: Settings) -> list[_Tried]:
    sides: dict[int, Floats] = {}
    found: list[_Tried] = []
    for row, column, shape in _pairs(prepared, design, settings):
        for j, size in zip((row, column), shape, strict=True):
            if j not in sides:
                fine, groups = prepared.fine[j], additive.groupings[j].groups
                # What was put in order by its rates has no neighbours by nature.
                alike = groups[:0] if _by_rate(fine) else groups
                sides[j] = side(totals(design.attribute[j], prepared.weight, size), alike)
        pair = CrossFit(row, column, shape, np.zeros(0))
        both = sides[row], sides[column]
        counted = _counted(pair, design.attribute, settings)
        by_rate = any(_by_rate(prepared.fine[j]) for j in (row, column))
        found.append(_Tried(pair, table_features(*both), sum_features(*both), counted, by_rate))
    return found


def _by_rate(fine: FineClasses) -> bool:
    return fine.levels is not None and not fine.ordered


def _pairs(prepared: Prepared, design: Design, settings: Settings) -> list[tuple[int, int, tuple[int, int]]]:
    # A cell moves points against the trend that was asked of its row or column; and of many levels the groups that were
    # put together by their rates know the outcomes of everybody, which looks like an interaction.
    free = [
        j
        for j, (name, fine) in enumerate(zip(prepared.names, prepared.fine, strict=True))
        if settings.trends.get(name, "auto") in UNBOUND
        and not (_by_rate(fine) and len(fine.levels or ()) > MANY_LEVELS)
    ]
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


def _counted(pair: CrossFit, attribute: ClassCodes, settings: Settings) -> Floats:
    """1 for the rows that the cells are learned from, 0 where one of the two is missing and missing is average."""
    counted = cast("Floats", np.ones(len(attribute[pair.row])))
    if settings.unknown == "average":
        counted[attribute[pair.row] == 0] = 0.0
        counted[attribute[pair.column] == 0] = 0.0
    return counted


def _cells(cells: ClassCodes, features: Floats, z: Floats, sample: _Sample, counted: Floats) -> Floats:
    """The cells' log-odds, by Newton's method on the whole sample, with mean 0 over it."""
    y, weight, size = sample.y, sample.weight * counted, len(features)
    at = log_loss(z, y, weight)
    pull = 1 / drawn(totals(cells, at.error, size), totals(cells, at.information, size), features).variance
    found = np.zeros(features.shape[1])

    def penalised(point: Floats) -> float:
        return log_odds_loss(z + (features @ point)[cells], y, weight) + pull * float(point @ point) / 2

    least = penalised(found)
    for _ in range(MOST_STEPS):
        at = log_loss(z + (features @ found)[cells], y, weight)
        slope = features.T @ totals(cells, at.error, size) + pull * found
        curvature = features.T @ (totals(cells, at.information, size)[:, None] * features)
        # Of very many people the pull is lost in rounding.
        rounding = ROUNDING * float(np.trace(curvature))
        step = np.linalg.solve(curvature + (pull + rounding) * np.eye(len(found)), slope)
        # Where few are bad a full step may go too far.
        while (loss := penalised(found - step)) > least + ENOUGH + ROUNDING * abs(least):
            step = step / 2
        gained, least, found = least - loss, loss, found - step
        if gained < ENOUGH:
            break
    values, count = features @ found, totals(cells, weight, size)
    return np.where(count > 0, values - np.average(values, weights=count), 0.0)
