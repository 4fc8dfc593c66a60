"""Whether the odds that a score stands for come true."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from goodstanding.errors import BadInput
from goodstanding.scorecard.outcomes import check_alike, read_bads, read_chances, read_numbers
from goodstanding.wording import tr

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


def calibration(chance: ArrayLike, bad: ArrayLike, groups: int = GROUPS, *, in_sample: bool = False) -> Calibration:
    """Calibration of n chances of bad against n outcomes, in `groups` of about as many people by rising chance.

    Equal chances are never parted. The degrees of freedom are the groups, less 2 where the card was fitted on the same
    sample (Hosmer and Lemeshow 1980). Raises BadInput where there is nobody, as `reliability` does, and for no groups.
    """
    chance, bad = _read(chance, bad)
    if not len(chance):
        raise BadInput(
            where="chance", found=tr("nobody"), expected=tr("some people"), do=tr("Give it a sample with outcomes.")
        )
    if groups < 1:
        raise BadInput(
            where="groups", found=str(groups), expected=tr("a whole number from 1"), do=tr("Choose one within.")
        )
    found = _between(chance, bad, np.quantile(chance, np.arange(1, groups) / groups, method="higher"))
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


def reliability(chance: ArrayLike, bad: ArrayLike, cuts: ArrayLike) -> tuple[Group, ...]:
    """Expected and found bads between cuts of the chance; a cut belongs to the group above it.

    Raises BadInput for a chance outside 0 to 1, an outcome other than 0 and 1, one missing, and other lengths.
    """
    return _between(*_read(chance, bad), read_numbers(cuts, "cuts"))


def _read(chance: ArrayLike, bad: ArrayLike) -> tuple[Floats, Bads]:
    chances, bads = read_chances(chance), read_bads(bad)
    check_alike(chance=chances, bad=bads)
    return chances, bads


def _between(chance: Floats, bad: Bads, cuts: Floats) -> tuple[Group, ...]:
    group = np.searchsorted(np.unique(cuts), chance, side="right")
    return tuple(_group(chance[group == g], bad[group == g]) for g in np.unique(group))


def by_band(score: ArrayLike, chance: ArrayLike, bad: ArrayLike, bands: dict[str, int]) -> dict[str, Group]:
    """The same by band: `bands` gives the least score of each, in rising order; empty bands are left out.

    Scores below the first band are in none. Raises BadInput as `reliability` does, and for bands in another order.
    """
    chance, bad = _read(chance, bad)
    score = read_numbers(score, "score")
    check_alike(chance=chance, score=score)
    names, least = list(bands), read_numbers(list(bands.values()), "bands")
    if (np.diff(least) <= 0).any():
        raise BadInput(
            where="bands", found=str(bands), expected=tr("the least score of each, rising"), do=tr("Put them in order.")
        )
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
