"""How a card does on people it has not learned from, where no later outcomes tell: cross-fitting.

The people are cut into folds; each fold is scored by a card learned from all others (Stone 1974). All outcomes of a
person are in one fold, so that nobody is on both sides.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from goodstanding.cards.development_sample import Sample
from goodstanding.scorecard.fitting import Settings, fit_table
from goodstanding.scorecard.table import PointsTable, free_total, table_points

MOST_FOLDS = 5


@dataclass(frozen=True)
class HeldOut:
    """Totals of n outcomes, each by the card of the other folds, with and without the caps; not held in the range."""

    folds: int
    total: NDArray[np.int64]
    uncapped: NDArray[np.int64]


def held_out_totals(sample: Sample, settings: Settings) -> HeldOut | None:
    """Score each fold by a card of the others; None where there are not two people of each outcome.

    The folds are drawn by the settings' seed.
    """
    # By chance a fold may have what the whole has not; what the whole has was allowed.
    settings = replace(settings, allowed_leaks=None)
    folds, fold = _folds(sample, settings.seed)
    if folds < 2:  # noqa: PLR2004 - one side to learn from, one to test on
        return None
    total, uncapped = (np.zeros(len(sample), dtype=np.int64) for _ in range(2))
    for number in range(folds):
        inside = fold == number
        rest, part = sample.where(~inside), sample.where(inside)
        fit = fit_table(rest.values, rest.bad, np.ones(len(rest)), settings)
        total[inside], uncapped[inside] = sample_total(fit.table, part), sample_total(fit.uncapped, part)
    return HeldOut(folds, total, uncapped)


def sample_total(table: PointsTable, sample: Sample) -> NDArray[np.int64]:
    """What the table gives the sample, before it is held inside the range."""
    return free_total(table, table_points(table, sample.values), len(sample))


def _folds(sample: Sample, seed: int) -> tuple[int, NDArray[np.int64]]:
    """How many folds, and each outcome's; people who were ever bad, and all others, are dealt out evenly."""
    _, person = np.unique(sample.people, return_inverse=True)
    ever_bad = np.bincount(person, weights=sample.bad, minlength=1) > 0
    folds = int(min(MOST_FOLDS, ever_bad.sum(), (~ever_bad).sum()))
    fold, chance = np.zeros(len(ever_bad), dtype=np.int64), np.random.default_rng(seed)
    for outcome in (False, True):
        among = chance.permutation(np.flatnonzero(ever_bad == outcome))
        fold[among] = np.arange(len(among)) % max(folds, 1)
    return folds, fold[person]
