"""How well a score tells good from bad."""

from collections.abc import Callable
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

    >>> found = discrimination([500, 550, 600, 650, 700, 720], [1, 1, 0, 1, 0, 0])
    >>> round(found.auc, 3), round(found.gini, 3)
    (0.889, 0.778)
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
    interval = _logit_interval(auc, variance)
    if variance <= 0 or interval[0] == interval[1]:
        interval = _score_interval(auc, len(goods), len(bads))
    return Discrimination(
        n=len(score),
        bad=len(bads),
        auc=round(auc, 4),
        auc_interval=interval,
        ks=round(_ks(goods, bads), 4),
        gini=round(2 * auc - 1, 4),
        ks_interval=_ks_interval(goods, bads),
        gini_interval=(round(2 * interval[0] - 1, 4), round(2 * interval[1] - 1, 4)),
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
    good_below, bad_below = _below(goods, bads)
    return float(np.abs(bad_below - good_below).max())


def _below(goods: NDArray[np.float64], bads: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The shares of goods and of bads at or below each distinct score."""
    at = np.unique(np.concatenate([goods, bads]))
    return [np.searchsorted(np.sort(of), at, side="right") / len(of) for of in (goods, bads)]


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
    interval = round(float(np.clip(low, 0.0, seen)), 4), round(float(np.clip(high, seen, 1.0)), 4)
    return interval if interval[0] < interval[1] else _difference_interval(seen, goods, bads)


def _difference_interval(seen: float, goods: NDArray[np.float64], bads: NDArray[np.float64]) -> tuple[float, float]:
    """Where resamples leave nothing open, all having one score or goods and bads being apart.

    KS is the difference of a share of bads and a share of goods: Newcombe's hybrid score interval (1998, method 10), of
    Wilson's for each share, at the score below which the shares differ the most, and are nearest to a half.
    """
    good_below, bad_below = _below(goods, bads)
    apart = np.abs(bad_below - good_below)
    widest = np.flatnonzero(apart >= apart.max())
    place = widest[np.argmin(np.abs(bad_below[widest] - 0.5))]
    (more, n), (less, m) = sorted(
        [(float(bad_below[place]), len(bads)), (float(good_below[place]), len(goods))], reverse=True
    )
    (low, high), (below, above) = _wilson(more, n), _wilson(less, m)
    least, most = seen - float(np.hypot(more - low, above - less)), seen + float(np.hypot(high - more, less - below))
    if seen == 0:
        most = max(most, -least)
    return round(max(least, 0.0), 4), round(min(most, 1.0), 4)


def _wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of n (Wilson 1927)."""
    square = NormalDist().inv_cdf(0.975) ** 2
    centre = (share + square / (2 * n)) / (1 + square / n)
    reach = float(np.sqrt(square * (share * (1 - share) / n + square / (4 * n**2)))) / (1 + square / n)
    return centre - reach, centre + reach


def _logit_interval(auc: float, variance: float) -> tuple[float, float]:
    inside = min(max(auc, 1e-6), 1 - 1e-6)
    centre = np.log(inside / (1 - inside))
    half = NormalDist().inv_cdf(0.975) * np.sqrt(variance) / (inside * (1 - inside))
    low, high = 1 / (1 + np.exp(-(centre - half))), 1 / (1 + np.exp(-(centre + half)))
    return round(float(low), 4), round(float(high), 4)


def _score_interval(auc: float, goods: int, bads: int) -> tuple[float, float]:
    """Where DeLong's variance is next to nothing: a sample cannot show so much.

    Newcombe's method 5 (2006): the areas that are not further from the one seen than they would scatter themselves.
    """
    z, mean = NormalDist().inv_cdf(0.975), (goods + bads) / 2 - 1

    def apart(area: float) -> float:
        scatter = area * (1 - area) * (1 + mean * ((1 - area) / (2 - area) + area / (1 + area))) / (goods * bads)
        return abs(auc - area) - z * float(np.sqrt(scatter))

    low, high = (end if apart(end) <= 0 else _crossing(apart, auc, end) for end in (0.0, 1.0))
    return round(low, 4), round(high, 4)


def _crossing(apart: Callable[[float], float], inside: float, outside: float) -> float:
    """Where a function that is below 0 beside `inside` and above 0 at `outside` crosses it, by halving."""
    for _ in range(60):
        between = (inside + outside) / 2
        inside, outside = (between, outside) if apart(between) <= 0 else (inside, between)
    return outside


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
