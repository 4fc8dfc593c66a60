"""Whether the odds that a score stands for come true."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]
Bads = NDArray[np.bool_]

GROUPS = 10
# Of a normal distribution 95 % lies within so many standard deviations.
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Group:
    """n people of like chance: how many bad were expected and found; the found rate's 95 % interval (Wilson 1927)."""

    least: float
    most: float
    n: int
    expected: float
    bads: int
    rate_interval: tuple[float, float]

    @property
    def rate(self) -> float:
        """The share found bad."""
        return self.bads / self.n


@dataclass(frozen=True)
class Calibration:
    """Brier score (mean squared error of the chance; 0 best) and its skill against the average rate (1 best);
    Hosmer and Lemeshow's statistic with its degrees of freedom and p value; and the groups."""  # noqa: D205, D209

    brier: float
    skill: float
    hosmer_lemeshow: float
    degrees: int
    p_value: float
    groups: tuple[Group, ...]


def calibration(chance: Floats, bad: Bads, groups: int = GROUPS, *, in_sample: bool = False) -> Calibration:
    """Calibration of n chances of bad against n outcomes, in `groups` of about as many people by rising chance.

    Equal chances are never parted. The degrees of freedom are the groups, less 2 where the card was fitted on the same
    sample (Hosmer and Lemeshow 1980).
    """
    found = reliability(chance, bad, np.quantile(chance, np.arange(1, groups) / groups, method="higher"))
    statistic = sum(
        (group.bads - group.expected) ** 2 / max(group.expected * (1 - group.expected / group.n), 1e-12)
        for group in found
    )
    degrees = max(len(found) - (2 if in_sample else 0), 1)
    brier, average = float(np.mean((chance - bad) ** 2)), float(bad.mean())
    spread = average * (1 - average)
    return Calibration(
        brier,
        1 - brier / spread if spread else 0.0,
        float(statistic),
        degrees,
        float(chdtrc(degrees, statistic)),
        found,
    )


def reliability(chance: Floats, bad: Bads, cuts: Floats) -> tuple[Group, ...]:
    """Expected and found bads between cuts of the chance; a cut belongs to the group above it."""
    group = np.searchsorted(np.unique(cuts), chance, side="right")
    return tuple(_group(chance[group == g], bad[group == g]) for g in np.unique(group))


def by_band(score: NDArray[np.int64], chance: Floats, bad: Bads, bands: dict[str, int]) -> dict[str, Group]:
    """The same by band: `bands` gives the least score of each, in rising order; empty bands are left out."""
    names, least = list(bands), np.array(list(bands.values()))
    band = np.searchsorted(least, score, side="right") - 1
    return {names[b]: _group(chance[band == b], bad[band == b]) for b in np.unique(band[band >= 0])}


def _group(chance: Floats, bad: Bads) -> Group:
    n, bads = len(bad), int(bad.sum())
    return Group(float(chance.min()), float(chance.max()), n, float(chance.sum()), bads, _wilson(bads, n))


def _wilson(bads: int, n: int) -> tuple[float, float]:
    z2 = NORMAL_95**2
    centre, rate = (bads + z2 / 2) / (n + z2), bads / n
    half = NORMAL_95 / (n + z2) * float(np.sqrt(n * rate * (1 - rate) + z2 / 4))
    return max(centre - half, 0.0), min(centre + half, 1.0)
