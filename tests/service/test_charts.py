"""Where the lines of the charts go."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.months import Month
from goodstanding.scoring.standing import DimensionPoints
from goodstanding.service.pages.charts import HALF_WIDTH, line, polygon

RADIUS = 88
BOX = (300, 90)
START = Month(2024, 1)
FAST = settings(max_examples=60, deadline=None)


@st.composite
def _dimension(draw: st.DrawFn) -> DimensionPoints:
    least, most = draw(st.integers(-300, 0)), draw(st.integers(0, 300))
    return DimensionPoints(draw(st.sampled_from("abc")), draw(st.integers(least, most)), least, most)


HISTORIES = st.lists(st.none() | st.integers(350, 950), max_size=24).map(
    lambda scores: [(START.plus(i), score) for i, score in enumerate(scores)]
)


def _length(point: tuple[float, float]) -> float:
    return math.hypot(*point)


@FAST
@given(st.lists(_dimension(), min_size=5, max_size=5))
def test_there_is_a_corner_for_each_dimension_in_order(dimensions: list[DimensionPoints]) -> None:
    assert [corner.name for corner in polygon(dimensions, RADIUS)] == [dimension.name for dimension in dimensions]


@FAST
@given(st.lists(_dimension(), min_size=5, max_size=5))
def test_every_point_reached_lies_on_its_axis_inside_the_radius(dimensions: list[DimensionPoints]) -> None:
    for corner in polygon(dimensions, RADIUS):
        across = corner.axis[0] * corner.reached[1] - corner.axis[1] * corner.reached[0]
        along = corner.axis[0] * corner.reached[0] + corner.axis[1] * corner.reached[1]
        assert _length(corner.axis) == pytest.approx(RADIUS, abs=0.02)
        assert 0.1 * RADIUS - 0.02 <= _length(corner.reached) <= RADIUS + 0.02
        assert abs(across) < 0.02 * RADIUS
        assert along > 0


@FAST
@given(_dimension(), st.integers(1, 50))
def test_more_points_reach_further_out(dimension: DimensionPoints, more: int) -> None:
    points = min(dimension.points + more, dimension.most)
    richer = DimensionPoints(dimension.name, points, dimension.least, dimension.most)
    (before,), (after,) = polygon([dimension], RADIUS), polygon([richer], RADIUS)
    wider = points > dimension.points
    assert _length(after.reached) >= _length(before.reached) - 0.01
    assert not wider or _length(after.reached) > _length(before.reached)


def test_the_most_reaches_the_rim_and_the_least_a_tenth() -> None:
    most, least = (polygon([DimensionPoints("a", points, -20, 40)], RADIUS)[0] for points in (40, -20))
    assert _length(most.reached) == RADIUS
    assert _length(least.reached) == pytest.approx(RADIUS / 10)


def test_a_dimension_without_points_on_the_card_lies_in_the_middle() -> None:
    (corner,) = polygon([DimensionPoints("a", 0, 0, 0)], RADIUS)
    assert _length(corner.reached) == pytest.approx(0.55 * RADIUS)


def test_the_first_corner_is_at_the_top_and_the_next_to_its_right() -> None:
    first, second, *_ = polygon([DimensionPoints(name, 0, -1, 1) for name in "abcde"], RADIUS)
    assert first.axis == (0, -RADIUS)
    assert second.axis[0] > 0


def test_every_label_is_inside_the_picture_on_its_side_and_clear_of_the_lines() -> None:
    for corner in polygon([DimensionPoints(name, 0, -1, 1) for name in "abcde"], RADIUS):
        x, y = corner.label
        assert abs(x) <= HALF_WIDTH
        assert x * corner.axis[0] >= 0
        assert max(abs(x), abs(y)) > RADIUS


@FAST
@given(HISTORIES)
def test_there_is_a_line_only_with_two_scores_to_join(history: list[tuple[Month, int | None]]) -> None:
    scores = [score for _, score in history if score is not None]
    assert (line(history, *BOX) is None) == (len(scores) < 2)


@FAST
@given(HISTORIES)
def test_the_line_stays_in_its_box(history: list[tuple[Month, int | None]]) -> None:
    drawn = line(history, *BOX)
    for x, y in [point for piece in drawn.pieces for point in piece] if drawn else []:
        assert 0 <= x <= BOX[0]
        assert 0 <= y <= BOX[1]


@FAST
@given(HISTORIES)
def test_each_score_is_one_point_and_each_gap_breaks_the_line(history: list[tuple[Month, int | None]]) -> None:
    drawn = line(history, *BOX)
    if drawn is None:
        return
    runs = "".join("." if score is None else "#" for _, score in history).replace(".", " ").split()
    assert [len(piece) for piece in drawn.pieces] == [len(run) for run in runs]


@FAST
@given(HISTORIES)
def test_later_is_further_right_and_a_higher_score_further_up(history: list[tuple[Month, int | None]]) -> None:
    drawn = line(history, *BOX)
    if drawn is None:
        return
    points = [point for piece in drawn.pieces for point in piece]
    scores = [score for _, score in history if score is not None]
    assert all(a[0] < b[0] for a, b in pairwise(points))
    for (a, before), (b, after) in pairwise(zip(points, scores, strict=True)):
        assert (before < after) == (a[1] > b[1])


@FAST
@given(HISTORIES)
def test_the_ends_of_the_scale_are_round_and_hold_every_score(history: list[tuple[Month, int | None]]) -> None:
    drawn = line(history, *BOX)
    if drawn is None:
        return
    assert drawn.low % 50 == drawn.high % 50 == 0
    assert all(drawn.low <= score < drawn.high for _, score in history if score is not None)


def test_a_month_that_was_never_scored_breaks_the_line_too() -> None:
    drawn = line([(START, 600), (START.plus(2), 620), (START.plus(3), 640)], *BOX)
    assert drawn is not None
    assert [len(piece) for piece in drawn.pieces] == [1, 2]
