"""Attributes: the grouping of greatest information value that keeps to the limits, and no other."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.binning import (
    CREDIBILITY,
    FineClasses,
    Grouping,
    GroupLimits,
    Tally,
    Trend,
    TrendConstraint,
    fine_classes,
    group_by_information,
    group_by_shape,
    information,
    tally,
    without_turns,
)

Counts = NDArray[np.float64]
TRENDS = get_args(Trend)
often = settings(max_examples=120, deadline=None)
seeds = st.integers(0, 2**32 - 1)
limits = st.builds(GroupLimits, st.sampled_from([0.0, 0.05, 0.2]), st.sampled_from([0.0, 1.0, 5.0]), st.integers(1, 6))
ANY = GroupLimits(0.0, 0.0, 20)


def _numbers(classes: int, special: int = 0) -> FineClasses:
    """Fine classes 0, 1, 2 and so on."""
    return FineClasses(
        tuple(float(-1 - i) for i in range(special)), np.arange(1.0, classes), np.arange(0.0, classes - 1)
    )


def _drawn(seed: int, size: int) -> Tally:
    """Counts of classes, some of them empty, with ties in the rates."""
    chance = np.random.default_rng(seed)
    count = chance.integers(0, 5, size) * chance.choice([1, 10, 100], size)
    bads = np.floor(count * chance.integers(0, 5, size) / 4)
    return Tally(count.astype(np.float64), bads)


def _keeps(rates: list[float], trend: Trend) -> bool:
    up = [b >= a for a, b in pairwise(rates)]
    down = [b <= a for a, b in pairwise(rates)]
    match trend:
        case "ascending":
            return all(up)
        case "descending":
            return all(down)
        case "peak":
            return any(all(up[:i]) and all(down[i:]) for i in range(len(up) + 1))
        case "valley":
            return any(all(down[:i]) and all(up[i:]) for i in range(len(up) + 1))
        case "none":
            return True


def _allowed(groups: list[Tally], everyone: float, limit: GroupLimits) -> bool:
    """Whether groups keep to the limits; one group alone always does."""
    return len(groups) == 1 or all(
        g.count.sum() >= limit.min_share * everyone * (1 - 1e-9)
        and g.bads.sum() >= limit.min_bads
        and (limit.min_bads <= 0 or g.bads.sum() < g.count.sum())
        and g.count.sum() > 0
        for g in groups
    )


def _told(groups: list[Tally]) -> float:
    """The textbook's information value, half of one added where there is none; 0 for one group or one outcome."""
    if len(groups) == 1:
        return 0.0
    count, bads = (np.array([getattr(g, part).sum() for g in groups]) for part in ("count", "bads"))
    if not bads.sum() or not (count - bads).sum():
        return 0.0
    pure = (bads == 0) | (bads == count)
    good_share, bad_share = (count - bads + pure / 2) / (count - bads).sum(), (bads + pure / 2) / bads.sum()
    return float(np.sum((good_share - bad_share) * np.log(good_share / bad_share)))


def _runs(counted: Tally, first: int, most: int) -> Iterator[list[Tally]]:
    """Every partition of the classes from `first` into neighbouring ones."""
    end = len(counted.count)
    for attributes in range(1, most + 1):
        for starts in combinations(range(first + 1, end), attributes - 1):
            bounds = [first, *starts, end]
            yield [Tally(counted.count[i:j], counted.bads[i:j]) for i, j in pairwise(bounds)]


def _groups(grouping: Grouping, counted: Tally) -> list[Tally]:
    return [
        Tally(counted.count[grouping.attribute == g], counted.bads[grouping.attribute == g]) for g in grouping.groups
    ]


def _rates(groups: list[Tally]) -> list[float]:
    return [float(g.bads.sum() / g.count.sum()) for g in groups]


@pytest.mark.parametrize("trend", TRENDS)
@often
@given(seed=seeds, classes=st.integers(1, 7), special=st.integers(0, 2), limit=limits)
def test_no_grouping_that_keeps_to_limits_and_trend_tells_more(
    trend: Trend, seed: int, classes: int, special: int, limit: GroupLimits
) -> None:
    fine = _numbers(classes, special)
    counted = _drawn(seed, fine.size)
    found = group_by_information(fine, counted, limit, trend)
    groups = _groups(found, counted)
    room = max(limit.max_attributes - int((counted.count[: fine.first] > 0).sum()), 1)
    everyone = float(counted.count.sum())
    assert len(groups) <= room
    assert _allowed(groups, everyone, limit)
    every = [
        _told(other)
        for other in _runs(counted, fine.first, room)
        if _allowed(other, everyone, limit) and (len(other) == 1 or _keeps(_rates(other), trend))
    ]
    assert _told(groups) == pytest.approx(max(every), abs=1e-9)
    assert found.trend == trend
    assert len(groups) == 1 or _keeps(_rates(groups), trend)


@pytest.mark.parametrize("asked", ["auto", "monotone"])
@often
@given(seed=seeds, classes=st.integers(1, 12), limit=limits)
def test_a_trend_that_is_found_is_kept(asked: TrendConstraint, seed: int, classes: int, limit: GroupLimits) -> None:
    fine = _numbers(classes)
    counted = _drawn(seed, fine.size)
    found = group_by_information(fine, counted, limit, asked)
    groups = _groups(found, counted)
    assert _allowed(groups, float(counted.count.sum()), limit)
    assert len(groups) == 1 or _keeps(_rates(groups), found.trend)
    assert asked == "auto" or found.trend in {"ascending", "descending"}


@pytest.mark.parametrize("trend", TRENDS)
@often
@given(seed=seeds, classes=st.integers(1, 9), special=st.integers(0, 2), limit=limits)
def test_rates_drawn_to_the_average_keep_to_the_trend_as_well(
    trend: Trend, seed: int, classes: int, special: int, limit: GroupLimits
) -> None:
    fine = _numbers(classes, special)
    counted = _drawn(seed, fine.size)
    counts = group_by_information(fine, counted, limit, trend)
    found = without_turns(counts, counted)
    groups = _groups(found, counted)
    average = counted.bads.sum() / max(counted.count.sum(), 1.0)
    drawn = [(g.bads.sum() + CREDIBILITY * average) / (g.count.sum() + CREDIBILITY) for g in groups]
    assert _keeps(np.round(drawn, 9).tolist(), trend)
    assert len(groups) == 1 or _keeps(_rates(groups), trend)
    assert _allowed(groups, float(counted.count.sum()), limit)
    # Groups are only made one: what had one attribute has one still, and where nothing turns all stay.
    assert len(set(zip(counts.attribute.tolist(), found.attribute.tolist(), strict=True))) == counts.size
    rates = [(g.bads.sum() + CREDIBILITY * average) / (g.count.sum() + CREDIBILITY) for g in _groups(counts, counted)]
    if _keeps(rates, trend):
        np.testing.assert_array_equal(found.attribute, counts.attribute)


def test_levels_that_have_an_order_are_grouped_by_it_and_each_has_its_place() -> None:
    order = ("low", "middle", "high", "never")
    values = np.array(["low"] * 50 + ["middle"] * 2 + ["high"] * 50 + [None] * 10, dtype=object)
    fine = fine_classes(values, np.ones(len(values)), (), order)
    assert (fine.levels, fine.first, fine.end, fine.size) == (order, 1, 5, 6)
    bad = np.array([1] * 20 + [0] * 30 + [1, 1] + [1] * 5 + [0] * 45 + [0] * 10, dtype=bool)
    found = group_by_information(
        fine, tally(fine.codes(values), bad, np.ones(len(values)), fine.size), ANY, "descending"
    )
    assert [found.levels(group) for group in found.groups] == [("low", "middle"), ("high", "never")]
    assert found.of(fine.codes(np.array(["never", "unheard of"], dtype=object))).tolist() == [2, 3]


@often
@given(seed=seeds, classes=st.integers(1, 8))
def test_monotone_is_the_better_of_rising_and_falling(seed: int, classes: int) -> None:
    fine, counted = _numbers(classes), _drawn(seed, classes + 1)
    told = {
        asked: _told(_groups(group_by_information(fine, counted, ANY, asked), counted))
        for asked in ("monotone", "ascending", "descending")
    }
    assert told["monotone"] == pytest.approx(max(told["ascending"], told["descending"]))


@pytest.mark.parametrize(
    ("bads", "trend"),
    [
        ([900, 500, 300, 100], "descending"),
        ([100, 300, 500, 900], "ascending"),
        ([100, 900, 850, 50], "peak"),
        ([900, 100, 50, 850], "valley"),
        ([900, 50, 800, 100], "none"),
        # A turn within chance is no turn.
        ([100, 300, 298, 900], "ascending"),
    ],
)
def test_the_trend_found_is_the_simplest_that_tells_nearly_as_much(bads: list[int], trend: str) -> None:
    counted = Tally(np.array([0.0] + [1000.0] * 4), np.array([0.0, *bads]))
    assert group_by_information(_numbers(4), counted, ANY, "auto").trend == trend


def test_missing_special_and_other_values_are_attributes_of_their_own() -> None:
    fine = FineClasses(("refused",), np.empty(0), np.empty(0), ("a", "b", "c"))
    counted = Tally(np.array([50.0, 40, 100, 100, 100, 7]), np.array([25.0, 2, 10, 50, 10, 3]))
    found = group_by_information(fine, counted, ANY, "auto")
    assert list(found.attribute) == [0, 1, 2, 3, 2, 4]
    assert (list(found.groups), found.size) == ([2, 3], 5)
    assert [found.levels(group) for group in found.groups] == [("a", "c"), ("b",)]
    numbers = group_by_information(
        _numbers(2, special=2), Tally(np.full(5, 9.0), np.array([3.0, 1, 1, 1, 8])), ANY, "auto"
    )
    assert list(numbers.attribute) == [0, 1, 2, 3, 4]


def test_attributes_of_missing_special_and_other_values_count_towards_the_most() -> None:
    fine = FineClasses(("refused",), np.empty(0), np.empty(0), ("a", "b", "c", "d"))
    counted = Tally(np.array([9.0, 9, 100, 100, 100, 100, 9]), np.array([2.0, 2, 10, 30, 50, 70, 2]))
    assert group_by_information(fine, counted, GroupLimits(0.0, 0.0, 5), "auto").size == 5
    unseen = Tally(counted.count * (np.arange(7) % 6 > 0), counted.bads * (np.arange(7) % 6 > 0))
    assert len(group_by_information(fine, unseen, GroupLimits(0.0, 0.0, 4), "auto").groups) == 3


def _sets(members: list[int]) -> Iterator[list[list[int]]]:
    """Every way to put members into sets."""
    if not members:
        yield []
        return
    for rest in _sets(members[1:]):
        for i in range(len(rest)):
            yield [*rest[:i], [members[0], *rest[i]], *rest[i + 1 :]]
        yield [[members[0]], *rest]


@settings(max_examples=40, deadline=None)
@given(bads=st.lists(st.integers(1, 999), min_size=1, max_size=6), most=st.integers(1, 4))
def test_no_sets_of_levels_tell_more_than_the_groups_by_rate(bads: list[int], most: int) -> None:
    levels = len(bads)
    fine = FineClasses((), np.empty(0), np.empty(0), tuple("abcdef"[:levels]))
    counted = Tally(np.array([0.0] + [1000.0] * levels + [0.0]), np.array([0.0, *bads, 0.0]))
    found = group_by_information(fine, counted, GroupLimits(0.0, 0.0, most), "auto")
    every = [
        _told([Tally(counted.count[one], counted.bads[one]) for one in sets])
        for sets in _sets([1 + i for i in range(levels)])
        if len(sets) <= most
    ]
    groups = _groups(found, counted)
    assert _told(groups) == pytest.approx(max(every), abs=1e-9)
    assert _rates(groups) == sorted(_rates(groups))


def test_levels_are_grouped_by_their_rates_and_rare_ones_are_other() -> None:
    chance = np.random.default_rng(4)
    rate = dict.fromkeys("adg", 0.1) | dict.fromkeys("beh", 0.4) | dict.fromkeys("cf", 0.8)
    names = chance.choice(list(rate), 4000)
    bad = chance.random(4000) < np.array([rate[name] for name in names])
    values: NDArray[Any] = names.astype(object)
    values[:4] = "rare"
    fine = fine_classes(values, np.ones(4000))
    codes = fine.codes(values)
    found = group_by_information(fine, tally(codes, bad, np.ones(4000), fine.size), GroupLimits(0.05, 5, 4), "auto")
    assert [found.levels(group) for group in found.groups] == [("a", "d", "g"), ("b", "e", "h"), ("c", "f")]
    assert set(found.of(codes)[:4].tolist()) == {found.size - 1}
    assert set(found.of(fine.codes(np.array(["never seen", None], dtype=object))).tolist()) == {0, found.size - 1}


def test_ten_thousand_levels_are_a_few_attributes() -> None:
    chance = np.random.default_rng(5)
    level = chance.integers(0, 10_000, 40_000)
    level[:20_000] %= 300
    values = np.array([f"level {i}" for i in level], dtype=object)
    bad = chance.random(40_000) < 0.1 + 0.2 * (level % 3)
    fine = fine_classes(values, np.ones(40_000))
    counted = tally(fine.codes(values), bad, np.ones(40_000), fine.size)
    found = group_by_information(fine, counted, GroupLimits(0.05, 5, 8), "auto")
    assert (counted.count.sum(), counted.bads.sum()) == (40_000, bad.sum())
    assert 2 <= len(found.groups) <= 7
    assert all(g.count.sum() >= 0.05 * 40_000 for g in _groups(found, counted))


@pytest.mark.parametrize("asked", get_args(TrendConstraint))
def test_an_empty_characteristic_and_one_class_are_one_group(asked: TrendConstraint) -> None:
    empty = group_by_information(_numbers(1), Tally(np.zeros(2), np.zeros(2)), ANY, asked)
    assert (list(empty.attribute), empty.cuts()) == ([0, 1], [])
    missing = group_by_information(_numbers(1), Tally(np.array([9.0, 0.0]), np.array([4.0, 0.0])), ANY, asked)
    assert list(missing.attribute) == [0, 1]
    one = group_by_information(_numbers(1), Tally(np.array([0.0, 9.0]), np.array([0.0, 4.0])), ANY, asked)
    assert (list(one.attribute), one.cuts()) == ([0, 1], [])
    unnamed = FineClasses((), np.empty(0), np.empty(0), ())
    other = group_by_information(unnamed, Tally(np.array([9.0, 4.0]), np.array([4.0, 1.0])), ANY, asked)
    assert (list(other.attribute), list(other.groups)) == ([0, 1], [])


@pytest.mark.parametrize("bads", [0.0, 10.0])
def test_where_everybody_ended_alike_there_is_one_group(bads: float) -> None:
    counted = Tally(np.array([0.0] + [10.0] * 5), np.array([0.0] + [bads] * 5))
    assert len(group_by_information(_numbers(5), counted, ANY, "auto").groups) == 1


def test_a_class_of_one_person_in_a_hundred_joins_its_neighbour() -> None:
    # Bad rates of 80, 40 and 10 %, so that nothing but its size makes the first class join the second.
    counted = Tally(np.array([0.0, 10, 490, 500]), np.array([0.0, 8, 196, 50]))
    found = group_by_information(_numbers(3), counted, GroupLimits(0.03, 0.0, 8), "descending")
    assert list(found.attribute) == [0, 1, 1, 2]


def test_cuts_are_short_and_keep_every_value_that_was_seen_on_its_side() -> None:
    values = np.array([0.123] * 100 + [0.987] * 100 + [1.0004] * 100)
    bad = np.concatenate([np.arange(100) < 10, np.arange(100) < 50, np.arange(100) < 52])
    fine = fine_classes(values, np.ones(300))
    counted = tally(fine.codes(values), bad, np.ones(300), fine.size)
    found = group_by_information(fine, counted, GroupLimits(0.05, 5, 2), "auto")
    assert found.cuts() == [0.9]
    assert list(np.searchsorted(found.cuts(), values, side="right")) == list(found.of(fine.codes(values)) - fine.first)


def test_the_information_value_is_that_of_the_textbook() -> None:
    goods, bads = np.array([600.0, 900.0]), np.array([400.0, 100.0])
    share, bad_share = goods / 1500, bads / 500
    expected = np.sum((share - bad_share) * np.log(share / bad_share))
    assert information(goods + bads, bads) == pytest.approx(expected)
    assert information(np.array([1000.0, 0, 1000]), np.array([400.0, 0, 100])) == pytest.approx(expected)


@pytest.mark.parametrize(("count", "bads"), [([10, 10], [0, 0]), ([10, 10], [10, 10]), ([0, 0], [0, 0]), ([], [])])
def test_where_everybody_ended_alike_nothing_is_told(count: list[float], bads: list[float]) -> None:
    assert information(np.array(count, dtype=float), np.array(bads, dtype=float)) == 0


def test_a_perfect_split_tells_much_and_finitely_much() -> None:
    assert 1 < information(np.array([100.0, 100.0]), np.array([0.0, 100.0])) < 100


def test_groups_by_shape_are_the_steps_of_the_shape() -> None:
    shape = np.array([0.0, -1.0, -1.0, -0.2, -0.2, -0.2, 1.3, 1.3])
    counted = Tally(np.array([0.0] + [100.0] * 7), np.array([0.0] + [20.0] * 7))
    found = group_by_shape(_numbers(7), counted, shape, ANY, "auto")
    assert (list(found.attribute), found.trend) == ([0, 1, 1, 2, 2, 2, 3, 3], "ascending")
    # With room for two, the nearer neighbours go together.
    assert list(group_by_shape(_numbers(7), counted, shape, GroupLimits(0.0, 0.0, 2), "auto").attribute) == [
        *[0, 1, 1, 1, 1, 1, 2, 2]
    ]


@pytest.mark.parametrize("trend", TRENDS)
@often
@given(seed=seeds, classes=st.integers(1, 7), limit=limits)
def test_groups_by_shape_keep_to_limits_and_trend(trend: Trend, seed: int, classes: int, limit: GroupLimits) -> None:
    fine = _numbers(classes)
    counted = _drawn(seed, fine.size)
    shape = np.random.default_rng(seed).integers(-4, 5, fine.size) / 4
    found = group_by_shape(fine, counted, shape, limit, trend)
    room = max(limit.max_attributes - int(counted.count[0] > 0), 1)
    held = [found.attribute == g for g in found.groups]
    assert len(held) <= room
    if len(held) > 1:
        everyone = counted.count.sum()
        assert all(counted.count[g].sum() >= limit.min_share * everyone * (1 - 1e-9) for g in held)
        assert all(counted.bads[g].sum() >= limit.min_bads * (1 - 1e-9) for g in held)
        means = [round(float(np.average(shape[g], weights=counted.count[g])), 5) for g in held]
        assert _keeps(means, trend)
