"""A fit written down as characteristics with their attributes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats, Grouping
from goodstanding.scorecard.fitting.methods import Additive, weights_of_evidence
from goodstanding.scorecard.fitting.prepared import Prepared, attribute_tally, information_of
from goodstanding.scorecard.fitting.scale import factor
from goodstanding.scorecard.fitting.settings import Settings
from goodstanding.scorecard.fitting.whole_table import Finished
from goodstanding.scorecard.table.points_table import Attribute, Characteristic


def assembled(
    prepared: Prepared,
    additive: Additive,
    finished: Finished,
    variances: Sequence[Floats],
    crossed: frozenset[int],
    settings: Settings,
) -> tuple[Characteristic, ...]:
    """The characteristics that have points or are crossed: counts, weights of evidence, the points' sampling variance.

    `variances` are those of each characteristic's log-odds, by attribute: points have them times the square of what
    these were scaled by.
    """
    scales = factor(settings.scale) * finished.scales
    return tuple(
        _characteristic(
            prepared,
            j,
            additive.groupings[j],
            finished.points[j],
            scales[j] ** 2 * variances[j],
            settings,
        )
        for j in range(len(prepared.names))
        if finished.points[j].any() or j in crossed
    )


def _characteristic(
    prepared: Prepared, j: int, grouping: Grouping, points: NDArray[np.int64], variance: Floats, settings: Settings
) -> Characteristic:
    counted = attribute_tally(grouping, prepared.counted[j])
    weight = -weights_of_evidence(counted)
    fine, name = grouping.fine, prepared.names[j]

    def attribute(number: int, least: float | None = None, levels: tuple[str | float, ...] | None = None) -> Attribute:
        return Attribute(
            least=least,
            levels=levels,
            points=int(points[number]),
            count=round(float(counted.count[number])),
            bads=round(float(counted.bads[number])),
            weight=round(float(weight[number]), 4) if counted.count[number] > 0 else 0.0,
            variance=round(float(variance[number])),
        )

    bounds = [None, *grouping.cuts()] if fine.levels is None else []
    missing = attribute(0)
    if settings.unknown == "average":
        missing = Attribute(count=missing.count, bads=missing.bads, variance=_open(counted.count, points, variance))
    return Characteristic(
        name=name,
        dimension=settings.dimensions.get(name, ""),
        attributes=tuple(
            attribute(g, bounds[i]) if fine.levels is None else attribute(g, None, grouping.levels(g))
            for i, g in enumerate(grouping.groups)
        ),
        special=tuple(attribute(1 + i, None, (value,)) for i, value in enumerate(fine.special)),
        missing=missing,
        other=None if fine.levels is None else attribute(grouping.size - 1),
        information_value=round(information_of(grouping, prepared.counted[j]), 4),
        trend=grouping.trend,
    )


def _open(count: Floats, points: NDArray[np.int64], variance: Floats) -> int:
    """What not knowing leaves open: the spread of the points of those who are known, and their sampling variance.

    Never less than the least certain of what could be known: to know less must not narrow an interval.
    """
    known = count[1:]
    mean = np.average(points[1:], weights=known)
    spread = float(np.average((points[1:] - mean) ** 2 + variance[1:], weights=known))
    return round(max(spread, float(variance[1:][known > 0].max())))
