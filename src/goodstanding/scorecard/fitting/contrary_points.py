"""Points that stand against the outcomes: gained where more than the average were bad, or lost where fewer were."""

import numpy as np

from goodstanding.scorecard.binning import SURE, deviance
from goodstanding.scorecard.table.points_table import Characteristic, PointsTable, Warned

# As a share of the points that double the odds; what is less is no more than the rest of a characteristic's trend.
LEAST_POINTS = 0.25


def against_rates(table: PointsTable) -> tuple[Warned, ...]:
    """The characteristics with such an attribute, each with the points that stand furthest against, in their order.

    The attribute's bad rate is off the average for sure, and its points have the other sign. It is what is left to one
    of several that tell the same; a person would be told that paying late had helped.
    """
    found = ((c.name, _furthest(c, table.points_to_double * LEAST_POINTS)) for c in table.characteristics)
    return tuple(Warned(name, "against_rates", float(points)) for name, points in found if points)


def _furthest(characteristic: Characteristic, least: float) -> int:
    """The points that stand furthest against; 0 where none of at least so many do."""
    attributes = [attribute for attribute in characteristic.all_attributes if attribute.count > 0]
    count = np.array([attribute.count for attribute in attributes], dtype=np.float64)
    bads = np.array([attribute.bads for attribute in attributes], dtype=np.float64)
    points = np.array([attribute.points for attribute in attributes])
    average = bads.sum() / max(float(count.sum()), 1.0)
    if not 0 < average < 1:
        return 0
    sure = deviance(count, bads, float(average)) >= SURE**2
    against = sure & (np.abs(points) >= least) & (np.sign(points) == np.sign(bads - average * count))
    return int(points[np.argmax(np.abs(points) * against)]) if against.any() else 0
