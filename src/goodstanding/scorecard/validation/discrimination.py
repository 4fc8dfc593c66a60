"""How well a score tells good from bad."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodstanding.scorecard.outcomes import check_alike, read_amounts, read_bads, read_labels, read_numbers

RESAMPLES = 200
# Whole scores within such a range are counted without sorting.
MOST_WHOLE = 1_000_000


@dataclass(frozen=True)
class Discrimination:
    """n people of whom `bad` were bad: AUC, KS and Gini with their 95 % intervals."""

    n: int
    bad: int
    auc: float
    auc_interval: tuple[float, float]
    ks: float
    gini: float
    ks_interval: tuple[float, float]
    gini_interval: tuple[float, float]


def discrimination(score: ArrayLike, bad: ArrayLike) -> Discrimination | None:
    """AUC, KS and Gini of n scores (higher is better) against n outcomes; None unless there are two of each.

    The interval of AUC is DeLong's (1988), by midranks (Sun and Xu 2014), on the logit scale so that it stays inside 0
    and 1; Gini's follows from it. That of KS is from RESAMPLES bootstrap samples of goods and of bads. Raises BadInput
    for a missing score or outcome, outcomes other than 0 and 1, and other lengths.
    """
    return _discrimination(*_read(score, bad))


def _read(score: ArrayLike, bad: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    scores, bads = read_numbers(score, "score").astype(np.float64), read_bads(bad)
    check_alike(score=scores, bad=bads)
    return scores, bads


def _discrimination(score: NDArray[np.float64], bad: NDArray[np.bool_]) -> Discrimination | None:
    goods, bads = score[~bad], score[bad]
    if min(len(goods), len(bads)) < 2:  # noqa: PLR2004 - a variance needs two
        return None
    ranks = _midranks(np.concatenate([goods, bads]))
    above = (ranks[: len(goods)] - _midranks(goods)) / len(bads)
    below = 1 - (ranks[len(goods) :] - _midranks(bads)) / len(goods)
    auc = float(above.mean())
    variance = float(above.var(ddof=1) / len(goods) + below.var(ddof=1) / len(bads))
    interval = (
        _logit_interval(auc, variance) if variance > 0 or 0 < auc < 1 else _apart_interval(auc, len(goods), len(bads))
    )
    return Discrimination(
        len(score),
        len(bads),
        round(auc, 4),
        interval,
        round(_ks(goods, bads), 4),
        round(2 * auc - 1, 4),
        _ks_interval(goods, bads),
        (round(2 * interval[0] - 1, 4), round(2 * interval[1] - 1, 4)),
    )


def by_segment(score: ArrayLike, bad: ArrayLike, segment: ArrayLike) -> dict[str, Discrimination | None]:
    """The same within each segment of n people; None where it has too few of either.

    Raises BadInput as `discrimination` does, and for a person without a segment.
    """
    score, bad = _read(score, bad)
    names, number = read_labels(segment, "segment")
    check_alike(score=score, segment=number)
    return {name: _discrimination(score[number == i], bad[number == i]) for i, name in enumerate(names)}


def _midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, those of equal values being their mean."""
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[inverse]


def _ks(goods: NDArray[np.float64], bads: NDArray[np.float64]) -> float:
    """Greatest distance between the two distributions."""
    at = np.unique(np.concatenate([goods, bads]))
    good_below = np.searchsorted(np.sort(goods), at, side="right") / len(goods)
    bad_below = np.searchsorted(np.sort(bads), at, side="right") / len(bads)
    return float(np.abs(bad_below - good_below).max())


def _ks_interval(goods: NDArray[np.float64], bads: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of KS from resampled goods and bads, each counted at the distinct scores.

    Resampling overstates KS as sampling does, so its quantiles are taken from the other side (the basic bootstrap,
    Davison and Hinkley 1997).
    """
    at, place = np.unique(np.concatenate([goods, bads]), return_inverse=True)
    rng = np.random.default_rng(0)
    below = [
        np.cumsum(
            rng.multinomial(len(place_of), np.bincount(place_of, minlength=len(at)) / len(place_of), RESAMPLES)
            / len(place_of),
            axis=1,
        )
        for place_of in (place[: len(goods)], place[len(goods) :])
    ]
    found = np.abs(below[1] - below[0]).max(axis=1)
    seen = _ks(goods, bads)
    low, high = 2 * seen - np.quantile(found, [0.975, 0.025])
    return round(float(np.clip(low, 0.0, seen)), 4), round(float(np.clip(high, seen, 1.0)), 4)


def _logit_interval(auc: float, variance: float) -> tuple[float, float]:
    inside = min(max(auc, 1e-6), 1 - 1e-6)
    centre = np.log(inside / (1 - inside))
    half = NormalDist().inv_cdf(0.975) * np.sqrt(variance) / (inside * (1 - inside))
    low, high = 1 / (1 + np.exp(-(centre - half))), 1 / (1 + np.exp(-(centre + half)))
    return round(float(low), 4), round(float(high), 4)


def _apart_interval(auc: float, goods: int, bads: int) -> tuple[float, float]:
    """Where DeLong's variance is 0, goods and bads not overlapping at all: a sample cannot show that much.

    Hanley and McNeil's (1982) variance, at the AUC that half a pair in the wrong order would give.
    """
    inside = 1 - 0.5 / (goods * bads)
    one, two = inside / (2 - inside), 2 * inside**2 / (1 + inside)
    spread = inside * (1 - inside) + (bads - 1) * (one - inside**2) + (goods - 1) * (two - inside**2)
    low, _ = _logit_interval(inside, spread / (goods * bads))
    return (low, 1.0) if auc > 0.5 else (0.0, round(1 - low, 4))  # noqa: PLR2004 - which way they are apart


def auc(score: ArrayLike, bad: ArrayLike, weight: ArrayLike) -> float:
    """The chance that a good has a higher score than a bad, ties counting half, by weight; .5 without either.

    Raises BadInput as `discrimination` does, and for a weight below 0.
    """
    score, bad, weight = read_numbers(score, "score"), read_bads(bad), read_amounts(weight, "weight")
    check_alike(score=score, bad=bad, weight=weight)
    least = score.min(initial=0)
    size = int(score.max(initial=0)) - int(least) + 1
    if score.dtype.kind == "i" and size <= MOST_WHOLE:
        place = score - least
    else:
        values, place = np.unique(score, return_inverse=True)
        size = len(values)
    goods = np.bincount(place[~bad], weights=weight[~bad], minlength=size)
    bads = np.bincount(place[bad], weights=weight[bad], minlength=size)
    if goods.sum() <= 0 or bads.sum() <= 0:
        return 0.5
    below = np.cumsum(bads) - bads
    return float(goods @ (below + bads / 2) / (goods.sum() * bads.sum()))
