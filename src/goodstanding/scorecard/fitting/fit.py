"""The whole fit: classes, selection, method, caps, scaling, rounding; and the record of all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.capping import Caps, deviation, scales_under_caps, shares
from goodstanding.scorecard.fitting.crossfit import crossfit
from goodstanding.scorecard.fitting.crossing import CrossFit, fit_crosses
from goodstanding.scorecard.fitting.design import Design
from goodstanding.scorecard.fitting.methods import Additive, fit_additive
from goodstanding.scorecard.fitting.prepared import Prepared, prepare
from goodstanding.scorecard.fitting.scaling import base_points, calibrate, factor, level, whole_points
from goodstanding.scorecard.fitting.selecting import Periods, select
from goodstanding.scorecard.fitting.settings import Scale, Settings
from goodstanding.scorecard.fitting.writing import written
from goodstanding.scorecard.table.model import Characteristic, Cross, Decision, Influence
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
class Fit:
    """A points table with its record: why characteristics have none, influence, AUC without and with the caps.

    `auc_uncapped` and `auc` are over the development sample, of integer points both.
    """

    base: int
    characteristics: tuple[Characteristic, ...]
    crosses: tuple[Cross, ...]
    decisions: tuple[Decision, ...]
    influence: tuple[Influence, ...]
    rounding: Rounding
    auc: float
    auc_uncapped: float


def fit_table(
    values: Mapping[str, NDArray[Any]],
    bad: NDArray[np.bool_],
    weight: Floats,
    settings: Settings,
    periods: Periods | None = None,
) -> Fit:
    """Fit a points table on n values a characteristic: float64 with NaN, or objects of text with None.

    `bad` and `weight` have n elements; both goods and bads must have weight. `periods` are slices of time, for
    stability.
    """
    prepared, decisions = prepare(values, bad, weight, settings)
    prepared, dropped = select(prepared, settings, periods)
    decisions += dropped
    additive = fit_additive(prepared, settings)
    design = additive.design(prepared)
    crosses = fit_crosses(prepared, design, settings)
    honest = crossfit(prepared, additive, settings)
    free = _finish(design, crosses, prepared, _Scaling(settings.scale, honest.shrinkage), None)
    caps = _caps(prepared, crosses, settings)
    scaling = _Scaling(settings.scale, honest.shrinkage)
    held = free if caps is None else _finish(design, crosses, prepared, scaling, caps)
    crossed = frozenset(j for cross in crosses for j in (cross.row, cross.column))
    decisions += [
        Decision(name, "no_weight")
        for j, name in enumerate(prepared.names)
        if not held.points[j].any() and j not in crossed
    ]
    return Fit(
        held.base,
        written(
            prepared, additive, held.points, held.scales * np.sqrt(honest.variance), held.log_odds, crossed, settings
        ),
        tuple(
            cross.written(prepared.names, points, settings)
            for cross, points in zip(crosses, held.cross_points, strict=True)
        ),
        tuple(decisions),
        _influence(prepared, crosses, free, held, settings),
        held.rounding,
        held.rounding.auc_after,
        free.rounding.auc_after,
    )


@dataclass(frozen=True)
class _Scaling:
    """The scale, and how much of the slope over the sample is believed."""

    scale: Scale
    shrinkage: float


@dataclass(frozen=True)
class _Finished:
    """Whole points of attributes and of crosses, what their log-odds were scaled by, and log-odds of bad by row."""

    base: int
    scales: Floats
    points: tuple[NDArray[np.int64], ...]
    cross_points: tuple[NDArray[np.int64], ...]
    log_odds: Floats
    rounding: Rounding
    design: Design


def _caps(prepared: Prepared, crosses: tuple[CrossFit, ...], settings: Settings) -> Caps | None:
    """The caps of the settings over the characteristics and crosses that are in; None without any."""
    if settings.influence is None:
        return None
    dimension = [settings.dimensions.get(name, "") for name in prepared.names]
    dimension += [settings.dimensions.get(prepared.names[cross.row], "") for cross in crosses]
    return Caps(dimension, {name: settings.influence.get(name, 1.0) for name in {*settings.influence, *dimension}})


def _finish(
    design: Design, crosses: tuple[CrossFit, ...], prepared: Prepared, scaling: _Scaling, caps: Caps | None
) -> _Finished:
    """Scale under the caps, set the odds right, round; tighten the caps by what rounding put above them."""
    whole = _with_crosses(design, crosses)
    if caps is None:
        return _rounded(whole, len(design.values), prepared, scaling, np.ones(len(whole.values)))
    asked = dict(caps.greatest)
    found = None
    for _ in range(MOST_TIGHTENINGS):
        scales = scales_under_caps(whole, prepared.bad, prepared.weight, Caps(caps.dimension, asked))
        found = _rounded(whole, len(design.values), prepared, scaling, scales)
        now = shares(found.design, prepared.weight, np.ones(len(whole.values)), caps)
        above = {name: share - caps.greatest[name] for name, share in now.items() if share > caps.greatest[name]}
        room = sum(asked[name] for name, share in now.items() if share > 0)
        if not above or room <= 1:
            break
        asked |= {name: asked[name] - 1.2 * excess for name, excess in above.items()}
    assert found is not None  # noqa: S101 - the loop runs at least once
    return found


def _rounded(whole: Design, k: int, prepared: Prepared, scaling: _Scaling, scales: Floats) -> _Finished:
    """Whole points at these scales; the first k columns are characteristics, the rest crosses."""
    total = whole.sum(scales)
    scale, line = scaling.scale, calibrate(total, prepared.bad, prepared.weight)
    # Crosses were judged on rows they were not learned from: they are not drawn in once more.
    believed = np.where(np.arange(len(scales)) < k, scaling.shrinkage, 1.0)
    scales = line.slope * believed * scales
    total = whole.sum(scales)
    intercept = level(total, prepared.bad, prepared.weight)
    values = [times * column for times, column in zip(scales, whole.values, strict=True)]
    points = [whole_points(column, scale) for column in values]
    log_odds = intercept + total
    as_points = Design(whole.attribute, tuple(column.astype(np.float64) for column in points))
    ones = np.ones(len(points))
    summed = as_points.sum(ones)
    from_exact = -factor(scale) * total
    rounding = Rounding(
        # To a thousandth of a point: whole numbers need no sorting.
        auc(np.rint(1000 * from_exact).astype(np.int64), prepared.bad, prepared.weight),
        auc(np.rint(summed).astype(np.int64), prepared.bad, prepared.weight),
        float(np.abs(summed - from_exact).max(initial=0.0)),
    )
    base = base_points(scale, intercept)
    return _Finished(base, scales, tuple(points[:k]), tuple(points[k:]), log_odds, rounding, as_points)


def _with_crosses(design: Design, crosses: tuple[CrossFit, ...]) -> Design:
    """Crosses as further columns: a cell is an attribute."""
    if not crosses:
        return design
    cells = np.stack([cross.cells(design.attribute) for cross in crosses])
    return Design(np.vstack([design.attribute, cells]), (*design.values, *(cross.values for cross in crosses)))


def _influence(
    prepared: Prepared, crosses: tuple[CrossFit, ...], free: _Finished, held: _Finished, settings: Settings
) -> tuple[Influence, ...]:
    """Each dimension's influence in percent: as allowed, as first fitted, on the card."""
    said = [*(settings.influence or {}), *(settings.dimensions.get(n, "") for n in prepared.names)]
    names = sorted(set(said), key=said.index)
    if not any(names):
        return ()
    dimension = [settings.dimensions.get(n, "") for n in prepared.names]
    dimension += [settings.dimensions.get(prepared.names[cross.row], "") for cross in crosses]
    caps = Caps(dimension, dict.fromkeys(names, 1.0))
    before, after = (
        shares(finished.design, prepared.weight, np.ones(len(dimension)), caps) for finished in (free, held)
    )
    greatest = settings.influence or {}
    return tuple(
        Influence(name, 100 * greatest.get(name, 1.0), round(100 * before[name], 1), round(100 * after[name], 1))
        for name in names
    )


__all__ = ["Additive", "Fit", "Rounding", "deviation", "fit_table"]
