"""From log-odds to whole points: scaled under the caps, the odds set right, rounded."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.crosses import CrossFit
from goodstanding.scorecard.fitting.design import Design
from goodstanding.scorecard.fitting.influence_caps import Caps, scales_under_caps, shares
from goodstanding.scorecard.fitting.prepared import Prepared
from goodstanding.scorecard.fitting.scale import base_points, calibrate, factor, level, whole_points
from goodstanding.scorecard.fitting.settings import Scale, Settings
from goodstanding.scorecard.validation.discrimination import auc

# How often caps are tightened by what rounding put above them.
MOST_TIGHTENINGS = 20


@dataclass(frozen=True)
class Rounding:
    """What whole points cost: in AUC over the sample, and the greatest change of any total, in points."""

    auc_before: float
    auc_after: float
    greatest_change: float


@dataclass(frozen=True)
class TableTerms:
    """All that points are added up of, characteristics first, then crosses: log-odds, dimension, and trust.

    `believed` is how much of the slope over the sample is believed of each, 0 to 1.
    """

    design: Design
    dimension: tuple[str, ...]
    believed: Floats


@dataclass(frozen=True)
class Finished:
    """Whole points of each term's attributes, what its log-odds were scaled by, and the log-odds of bad by row."""

    base: int
    scales: Floats
    points: tuple[NDArray[np.int64], ...]
    log_odds: Floats
    rounding: Rounding


def terms_of(
    prepared: Prepared, design: Design, crosses: tuple[CrossFit, ...], believed: Floats, settings: Settings
) -> TableTerms:
    """Characteristics and crosses side by side; a cell of a cross is an attribute."""
    dimension = [settings.dimensions.get(name, "") for name in prepared.names]
    dimension += [dimension[cross.row] for cross in crosses]
    # Crosses were judged on rows they were not learned from: they are not drawn in once more.
    believed = np.concatenate([believed, np.ones(len(crosses))])
    if crosses:
        cells = np.stack([cross.cells(design.attribute) for cross in crosses])
        design = Design(np.vstack([design.attribute, cells]), (*design.values, *(cross.values for cross in crosses)))
    return TableTerms(design, tuple(dimension), believed)


def finish(terms: TableTerms, prepared: Prepared, scale: Scale, greatest: Mapping[str, float] | None) -> Finished:
    """Whole points; where there are greatest shares, scaled under them and tightened by what rounding put above."""
    if greatest is None:
        return _rounded(terms, prepared, scale, np.ones(len(terms.dimension)))
    caps = Caps(terms.dimension, {name: greatest.get(name, 1.0) for name in {*greatest, *terms.dimension}})
    asked = dict(caps.greatest)
    found = None
    for _ in range(MOST_TIGHTENINGS):
        scales = scales_under_caps(terms.design, prepared.bad, prepared.weight, Caps(caps.dimension, asked))
        found = _rounded(terms, prepared, scale, scales)
        now = influences(terms, found, prepared, caps)
        above = {name: share - caps.greatest[name] for name, share in now.items() if share > caps.greatest[name]}
        allowed = sum(asked[name] for name, share in now.items() if share > 0)
        if not above or allowed <= 1:
            break
        asked |= {name: asked[name] - 1.2 * excess for name, excess in above.items()}
    assert found is not None  # noqa: S101 - the loop runs at least once
    return found


def influences(terms: TableTerms, finished: Finished, prepared: Prepared, caps: Caps) -> dict[str, float]:
    """Each dimension's share of the influence of the points, 0 to 1."""
    return shares(_in_points(terms, finished.points), prepared.weight, np.ones(len(terms.dimension)), caps)


def _in_points(terms: TableTerms, points: tuple[NDArray[np.int64], ...]) -> Design:
    return Design(terms.design.attribute, tuple(column.astype(np.float64) for column in points))


def _rounded(terms: TableTerms, prepared: Prepared, scale: Scale, scales: Floats) -> Finished:
    """Whole points at these scales."""
    design = terms.design
    line = calibrate(design.sum(scales), prepared.bad, prepared.weight)
    scales = line.slope * terms.believed * scales
    total = design.sum(scales)
    intercept = level(total, prepared.bad, prepared.weight, line.intercept)
    points = tuple(whole_points(times * column, scale) for times, column in zip(scales, design.values, strict=True))
    from_exact = -factor(scale) * total
    summed = _in_points(terms, points).total()
    rounding = Rounding(
        # To a hundredth of a point: whole numbers need no sorting.
        auc(np.rint(100 * from_exact).astype(np.int64), prepared.bad, prepared.weight),
        auc(np.rint(summed).astype(np.int64), prepared.bad, prepared.weight),
        float(np.abs(summed - from_exact).max(initial=0.0)),
    )
    return Finished(base_points(scale, intercept), scales, points, intercept + total, rounding)
