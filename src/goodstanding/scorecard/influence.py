"""Holding each dimension to its greatest influence.

Influence is the mean absolute deviation of a dimension's points over the development sample, as a share of all
dimensions' together.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def deviation(points: NDArray[np.float64]) -> float:
    """Mean absolute deviation of points over the sample."""
    return float(np.abs(points - points.mean()).mean())


def shares(deviations: Mapping[str, float]) -> dict[str, float]:
    """Each deviation as a share of all."""
    total = sum(deviations.values())
    return {key: value / total if total else 0.0 for key, value in deviations.items()}


def capped(free: Mapping[str, float], greatest: Mapping[str, float]) -> dict[str, float]:
    """The shares nearest to the free ones of which none is above its greatest; shares sum to 1.

    What is cut from one is spread over the others in proportion. Where the greatest shares of the dimensions
    that have any influence sum to 1 or less, they are the answer, in proportion.
    """
    active = {key for key, share in free.items() if share > 0 and greatest[key] > 0}
    if not active:
        return dict.fromkeys(free, 0.0)
    room = sum(greatest[key] for key in active)
    if room <= 1:
        return {key: greatest[key] / room if key in active else 0.0 for key in free}
    found = dict(free)
    held: set[str] = set()
    while above := {key for key in active - held if found[key] > greatest[key] * (1 + 1e-12)}:
        held |= above
        left = 1 - sum(greatest[key] for key in held)
        others = sum(free[key] for key in active - held)
        found = {
            key: greatest[key] if key in held else free[key] / others * left if key in active else 0.0 for key in free
        }
    return found
