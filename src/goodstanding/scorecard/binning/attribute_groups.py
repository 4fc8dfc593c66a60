"""Fine classes grouped into attributes: by information value, or to follow a fitted shape."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from goodstanding.scorecard.binning.fine_classes import FineClasses, shortest
from goodstanding.scorecard.binning.partition import Candidates, Trend, best_partitions
from goodstanding.scorecard.binning.tallies import ROUNDING, ClassCodes, Floats, Tally, drawn_rates, totals

TrendConstraint: TypeAlias = Literal["auto", "monotone", "ascending", "descending", "peak", "valley", "none"]
Ints: TypeAlias = NDArray[np.int64]

# What a class without goods or without bads is given of them, and what keeps an impossible class from a logarithm of 0.
HALF = 0.5
TINY = 1e-300
# Rates that differ only in further digits are equal: those depend on the order of rows.
DIGITS = 12
MONOTONE: tuple[Trend, ...] = ("ascending", "descending")
TURNING: tuple[Trend, ...] = ("peak", "valley")


@dataclass(frozen=True)
class Keeps:
    """What share of the most that can be told a simpler trend, and fewer attributes, must keep to be taken.

    A simpler trend may fall short of its share by `slack`.
    """

    trend: float
    attributes: float
    slack: float = 0.0


# Counted bad rates turn by chance: a trend is not given up for less than this many times (1 / goods + 1 / bads).
CHANCE = 20.0
# A shape has been smoothed already.
INFORMATION = Keeps(trend=0.97, attributes=1.0)
SHAPE = Keeps(trend=0.99, attributes=0.999)


# A rare attribute needs so many people, and a rate so many standard deviations off the average.
LEAST_RARE = 15.0
SURE = 4.0


@dataclass(frozen=True)
class GroupLimits:
    """`min_share` of the sample's weight and `min_bads` in each attribute made of a range or of levels; how many.

    `min_bads` of None is the floor that the sample asks for, once it is known (see fitting). `rare`: an attribute with
    less may stand, where its rate is off the average for sure.
    """

    min_share: float
    min_bads: float | None
    max_attributes: int
    rare: bool = False


@dataclass(frozen=True)
class Grouping:
    """Fine classes and the attribute of each: 0 for missing, then the special values, groups in order, other levels.

    `trend` is the one that was asked for or found.
    """

    fine: FineClasses
    attribute: NDArray[np.uint8]
    trend: Trend

    @property
    def groups(self) -> range:
        """The numbers of the attributes made of ranges or levels."""
        first = self.fine.first
        return range(first, int(self.attribute.max()) + (1 if self.fine.levels is None else 0))

    @property
    def size(self) -> int:
        """How many attributes in all."""
        return int(self.attribute.max()) + 1

    def of(self, codes: ClassCodes) -> ClassCodes:
        """The attribute of each of n class numbers."""
        return self.attribute[codes]

    def cuts(self) -> list[float]:
        """The lower bounds of all groups but the first, with as few digits as will do."""
        classes = self.attribute[self.fine.first :]
        at = np.flatnonzero(np.diff(classes.astype(int)))
        return [shortest(float(self.fine.below[i]), float(self.fine.cuts[i])) for i in at]

    def levels(self, group: int) -> tuple[str, ...]:
        """The levels of a group."""
        assert self.fine.levels is not None  # noqa: S101 - asked of levels only
        return tuple(level for i, level in enumerate(self.fine.levels) if self.attribute[self.fine.first + i] == group)


def information(count: Floats, bads: Floats) -> float:
    """Information value: the sum of (share of goods - share of bads) x ln(share of goods / share of bads).

    A class without goods or without bads is given half of one, so that the sum stays finite.
    """
    seen = count > 0
    goods, bads = count[seen] - bads[seen], bads[seen]
    return float(np.sum(_information_of_classes(goods, bads, goods.sum(), bads.sum())))


def _information_of_classes(goods: Floats, bads: Floats, all_goods: float, all_bads: float) -> Floats:
    """What each class adds to the information value."""
    if all_goods <= 0 or all_bads <= 0:
        return np.zeros_like(goods)
    pure = (goods <= 0) | (bads <= 0)
    # Sums of great weights may be a rounding below 0.
    good_share = np.maximum(np.maximum(goods, 0.0) + HALF * pure, TINY) / all_goods
    bad_share = np.maximum(np.maximum(bads, 0.0) + HALF * pure, TINY) / all_bads
    return (good_share - bad_share) * (np.log(good_share) - np.log(bad_share))


def group_by_information(fine: FineClasses, counted: Tally, limits: GroupLimits, asked: TrendConstraint) -> Grouping:
    """The grouping with the greatest information value that keeps to the limits and the trend."""
    order = _order(fine, _rates(counted))
    count, bads = counted.count[order], counted.bads[order]
    weight = _between(count)
    bad = _between(bads)
    rate = np.divide(bad, weight, out=np.zeros_like(bad), where=weight > 0)
    # Not the rest of two sums: where all were bad there is none, and not a rounding of one.
    good = _between(count - bads)
    inside = _allowed(weight, bad, counted, limits)
    if limits.min_bads and not limits.rare:
        inside &= good > 0
    gain = np.where(inside, _information_of_classes(good, bad, good[0, -1], bad[0, -1]), -np.inf)
    gain[0, -1] = 0.0
    keeps = replace(INFORMATION, slack=CHANCE * (1 / max(good[0, -1], 1.0) + 1 / max(bad[0, -1], 1.0)))
    starts, trend = _best(fine, Candidates(gain, _rounded(rate)), _most_groups(fine, counted, limits), asked, keeps)
    return _grouping(fine, order, starts, trend)


def group_by_shape(
    fine: FineClasses, counted: Tally, shape: Floats, limits: GroupLimits, asked: TrendConstraint
) -> Grouping:
    """The grouping whose means follow a shape (log-odds of bad by class) most closely, in weighted squares."""
    order = _order(fine, shape)
    # Every class has a little weight, so that empty ones have a mean too.
    weight = counted.count[order] + 1e-9 * max(counted.count.sum(), 1.0)
    total, sums = _between(weight), _between(weight * shape[order])
    mean = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    count, bads = _between(counted.count[order]), _between(counted.bads[order])
    centred = mean - mean[0, -1]
    gain = np.where(_allowed(count, bads, counted, limits), total * centred**2, -np.inf)
    gain[0, -1] = 0.0
    starts, trend = _best(fine, Candidates(gain, _rounded(mean)), _most_groups(fine, counted, limits), asked, SHAPE)
    return _grouping(fine, order, starts, trend)


def even_groups(fine: FineClasses, counted: Tally, most: int) -> Grouping:
    """At most so many groups of about as many people each, whatever their outcomes; of levels the commonest alone."""
    order = np.arange(fine.first, fine.end)
    count = counted.count[order]
    if fine.levels is not None and not fine.ordered:
        order = order[np.argsort(-_rounded(count), kind="stable")]
        starts = np.arange(1, min(most, len(order)))
    else:
        reached = np.cumsum(count)
        share = reached[:-1] / max(float(count.sum()), 1e-300)
        # A class goes to the group that its middle falls into.
        group = np.minimum((share * most + 1e-9).astype(int), most - 1)
        starts = 1 + np.flatnonzero(np.diff(group, prepend=0)) if len(order) else np.empty(0, int)
    return _grouping(fine, order, tuple(starts.tolist()), "none")


def without_turns(grouping: Grouping, counted: Tally) -> Grouping:
    """The same groups, neighbours made one where the rates that points are made of turn against the trend.

    Rates drawn to the average, small groups' further, can turn where the counted ones do not.
    """
    average = float(counted.bads.sum() / max(counted.count.sum(), TINY))
    sizes = [totals(grouping.attribute, weight, grouping.size) for weight in (counted.count, counted.bads)]
    edges = [*grouping.groups, grouping.groups.stop]

    def drawn() -> Floats:
        count, bads = (np.array([size[i:j].sum() for i, j in pairwise(edges)]) for size in sizes)
        return _rounded(drawn_rates(count, bads, average))

    while (turn := _turn(drawn().tolist(), grouping.trend)) is not None:
        del edges[turn + 1]
    number = np.searchsorted(edges[1:], np.arange(grouping.size), side="right") + grouping.fine.first
    number[: grouping.fine.first] = range(grouping.fine.first)
    return replace(grouping, attribute=number.astype(np.uint8)[grouping.attribute])


def _rates(counted: Tally) -> Floats:
    """Bad rates of the classes, drawn to the average by one person's weight."""
    average = counted.bads.sum() / max(counted.count.sum(), 1e-300)
    return (counted.bads + average) / (counted.count + 1.0)


def _order(fine: FineClasses, by: Floats) -> Ints:
    """The numbers of the classes to be grouped: those with an order in it, other levels by their rate."""
    named = np.arange(fine.first, fine.end)
    if fine.levels is None or fine.ordered:
        return named
    return named[np.argsort(_rounded(by[named]), kind="stable")]


def _rounded(values: Floats) -> Floats:
    return np.round(values, DIGITS).astype(np.float64)


def _between(values: Floats) -> Floats:
    """Sums of values i to j - 1, at [i, j]."""
    reached = np.concatenate([[0.0], np.cumsum(values)])
    return reached[None, :] - reached[:, None]


def _allowed(count: Floats, bads: Floats, counted: Tally, limits: GroupLimits) -> NDArray[np.bool_]:
    # A hair below the limit, for sums of weights that should be equal to it.
    least, least_bads = (
        limits.min_share * counted.count.sum() * (1 - ROUNDING),
        (limits.min_bads or 0.0) * (1 - ROUNDING),
    )
    common = (count >= least) & (bads >= least_bads) & (count > 0)
    if not limits.rare:
        return common
    rare = ~common & (count >= LEAST_RARE)
    average = counted.bads.sum() / counted.count.sum()
    common[rare] = deviance(count[rare], bads[rare], average) >= SURE**2
    return common


def deviance(count: Floats, bads: Floats, average: float) -> Floats:
    """Twice what the log-likelihood of bads gains by a rate of their own: the square of how many sd they are off.

    For rates near 0 the count itself is far from normal, and its distance in sd would call chance sure.
    """
    goods = np.maximum(count - bads, 0.0)
    gained = xlogy(bads, bads / (count * average)) + xlogy(goods, goods / (count * (1 - average)))
    return np.asarray(2 * gained, dtype=np.float64)


def _most_groups(fine: FineClasses, counted: Tally, limits: GroupLimits) -> int:
    """How many groups there may be beside the missing, special and other values that were seen."""
    own = [*range(fine.first), *([] if fine.levels is None else [fine.size - 1])]
    return max(limits.max_attributes - int((counted.count[own] > 0).sum()), 1)


@dataclass(frozen=True)
class _Grouped:
    """Under a trend: what the best number of attributes tells, and the fewest that tell nearly as much, by starts."""

    greatest: float
    information: float
    starts: tuple[int, ...]
    trend: Trend


def _best(
    fine: FineClasses, candidates: Candidates, most: int, asked: TrendConstraint, keeps: Keeps
) -> tuple[tuple[int, ...], Trend]:
    """The best partition under the asked trend; "auto" takes the simplest trend that tells nearly as much.

    The first class of each group but the first, and the trend.
    """
    classes = len(candidates.gain) - 1
    most = min(most, classes)
    if not classes:
        return (), "none"
    if fine.levels is not None and not fine.ordered:
        tries: list[tuple[Trend, ...]] = [("none",)]
    elif asked == "auto":
        tries = [MONOTONE, TURNING, ("none",)]
    else:
        tries = [MONOTONE if asked == "monotone" else (asked,)]

    def best(trends: tuple[Trend, ...]) -> _Grouped:
        return max(
            (_grouped(candidates, most, trend, keeps.attributes) for trend in trends),
            key=lambda grouped: grouped.information,
        )

    # The last of them binds least and tells most: the others are tried only until one tells nearly as much.
    *simpler, last = tries
    freest = best(last)
    for trends in simpler:
        found = best(trends)
        if found.information >= keeps.trend * freest.greatest - keeps.slack:
            return found.starts, found.trend
    return freest.starts, freest.trend


def _turn(rates: list[float], trend: Trend) -> int | None:
    """The first rate that stands against the next one; None where all keep to the trend."""
    match trend:
        case "none":
            return None
        case "ascending" | "descending":
            top = len(rates) if trend == "ascending" else 0
        case "peak" | "valley":
            top = rates.index(max(rates) if trend == "peak" else min(rates))
    before = -1 if trend == "valley" else 1
    for at, (rate, after) in enumerate(pairwise(rates)):
        if (after - rate) * (before if at < top else -before) < 0:
            return at
    return None


def _grouped(candidates: Candidates, most: int, trend: Trend, keeps: float) -> _Grouped:
    found = best_partitions(candidates, most, trend)
    greatest = max(value for value, _ in found)
    return _Grouped(greatest, *next(best for best in found if best[0] >= keeps * greatest), trend)


def _grouping(fine: FineClasses, order: Ints, starts: tuple[int, ...], trend: Trend) -> Grouping:
    attribute = np.zeros(fine.size, dtype=np.uint8)
    attribute[: fine.first] = np.arange(fine.first)
    group = np.zeros(len(order), dtype=np.uint8)
    group[list(starts)] = 1
    attribute[order] = fine.first + np.cumsum(group)
    if fine.levels is not None:
        attribute[-1] = fine.first + len(starts) + (1 if len(order) else 0)
    return Grouping(fine, attribute, trend)
