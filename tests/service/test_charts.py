"""Where the lines of the charts go."""

import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.months import Month
from goodstanding.scoring.standing import DimensionPoints
from goodstanding.service.pages.charts import RADIUS, Corner, Radar, line, radar

BOX = (300, 90)
START = Month(2024, 1)
FAST = settings(max_examples=60, deadline=None)
SCALE = (350, 950)


@st.composite
def _dimension(draw: st.DrawFn) -> DimensionPoints:
    least, most = draw(st.integers(-300, 0)), draw(st.integers(0, 300))
    return DimensionPoints(draw(st.uuids()).hex, draw(st.integers(least, most)), least, most)


DIMENSIONS = st.lists(_dimension(), min_size=3, max_size=8)
WORDS = st.lists(
    st.sampled_from(
        ["Payment", "on time", "Regularity of income", "MWMW", "信用历史", "履约能力与偿付意愿", "आय", "&"]
    ),
    min_size=1,
    max_size=5,
).map(" ".join)
HISTORIES = st.lists(st.none() | st.integers(350, 950), max_size=24).map(
    lambda scores: [(START.plus(i), score) for i, score in enumerate(scores)]
)


def _length(point: tuple[float, float]) -> float:
    return math.hypot(*point)


def _drawn(dimensions: list[DimensionPoints], title: str = "Cash") -> Radar:
    found = radar(dimensions, dict.fromkeys((dimension.name for dimension in dimensions), title))
    assert found is not None
    return found


def _of(points: int, least: int = -20, most: int = 40) -> Corner:
    """The first corner of three, of a dimension with so many points."""
    others = [DimensionPoints(name, 0, -1, 1) for name in "bc"]
    return _drawn([DimensionPoints("a", points, least, most), *others]).corners[0]


@FAST
@given(DIMENSIONS)
def test_there_is_a_corner_for_each_dimension_in_order(dimensions: list[DimensionPoints]) -> None:
    assert [corner.name for corner in _drawn(dimensions).corners] == [dimension.name for dimension in dimensions]


@FAST
@given(DIMENSIONS)
def test_every_point_reached_lies_on_its_axis_inside_the_radius(dimensions: list[DimensionPoints]) -> None:
    for corner in _drawn(dimensions).corners:
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
    before, after = (_of(found, dimension.least, dimension.most) for found in (dimension.points, points))
    wider = points > dimension.points
    assert _length(after.reached) >= _length(before.reached) - 0.01
    assert not wider or _length(after.reached) > _length(before.reached)


def test_the_most_reaches_the_rim_and_the_least_a_tenth() -> None:
    assert _length(_of(40).reached) == RADIUS
    assert _length(_of(-20).reached) == pytest.approx(RADIUS / 10)


def test_a_dimension_without_points_on_the_card_lies_in_the_middle() -> None:
    assert _length(_of(0, 0, 0).reached) == pytest.approx(0.55 * RADIUS)


def test_the_first_corner_is_at_the_top_and_the_next_to_its_right() -> None:
    first, second, *_ = _drawn([DimensionPoints(name, 0, -1, 1) for name in "abcde"]).corners
    assert first.axis == (0, -RADIUS)
    assert second.axis[0] > 0


@FAST
@given(st.lists(WORDS, min_size=3, max_size=8))
def test_labels_of_whatever_titles_neither_meet_nor_leave_the_picture_nor_cover_the_lines(titles: list[str]) -> None:
    dimensions = [DimensionPoints(str(i), 100 * i - 400, -1000, 1000) for i in range(len(titles))]
    drawn = radar(dimensions, {str(i): title for i, title in enumerate(titles)})
    if drawn is None:
        return
    left, top, right, bottom = drawn.picture
    for corner in drawn.corners:
        x0, y0, x1, y1 = corner.box
        assert left <= x0 <= x1 <= right
        assert top <= y0 <= y1 <= bottom
        nearest = (min(max(0, x0), x1), min(max(0, y0), y1))
        assert _length(nearest) > RADIUS - 1
        assert " ".join(corner.lines).replace(" ", "") == titles[int(corner.name)].replace(" ", "")
    for a, b in combinations(drawn.corners, 2):
        assert a.box[2] <= b.box[0] or b.box[2] <= a.box[0] or a.box[3] <= b.box[1] or b.box[3] <= a.box[1]


@pytest.mark.parametrize("n", range(3, 9))
@pytest.mark.parametrize("title", ["Fulfilment capacity", "Relationships", "履约能力", "信用历史长度"])
def test_titles_of_usual_length_are_drawn_as_a_radar(n: int, title: str) -> None:
    assert len(_drawn([DimensionPoints(str(i), 0, -1, 1) for i in range(n)], title).corners) == n


@pytest.mark.parametrize("n", [0, 1, 2, 9, 20])
def test_too_few_or_too_many_dimensions_are_no_radar(n: int) -> None:
    assert radar([DimensionPoints(str(i), 0, -1, 1) for i in range(n)], {str(i): "A" for i in range(n)}) is None


@pytest.mark.parametrize("title", ["Donaudampfschifffahrtsgesellschaft", "the most of what is known " * 4])
def test_a_title_that_finds_no_room_is_no_radar(title: str) -> None:
    assert radar([DimensionPoints(str(i), 0, -1, 1) for i in range(4)], dict.fromkeys("0123", title)) is None


@FAST
@given(HISTORIES)
def test_there_is_a_line_only_with_two_scores_to_join(history: list[tuple[Month, int | None]]) -> None:
    scores = [score for _, score in history if score is not None]
    assert (line(history, SCALE, *BOX) is None) == (len(scores) < 2)


@FAST
@given(HISTORIES)
def test_the_line_stays_in_its_box(history: list[tuple[Month, int | None]]) -> None:
    drawn = line(history, SCALE, *BOX)
    for x, y in [point for piece in drawn.pieces for point in piece] if drawn else []:
        assert 0 <= x <= BOX[0]
        assert 0 <= y <= BOX[1]


@FAST
@given(HISTORIES)
def test_each_score_is_one_point_and_each_gap_breaks_the_line(history: list[tuple[Month, int | None]]) -> None:
    drawn = line(history, SCALE, *BOX)
    if drawn is None:
        return
    runs = "".join("." if score is None else "#" for _, score in history).replace(".", " ").split()
    assert [len(piece) for piece in drawn.pieces] == [len(run) for run in runs]


@FAST
@given(HISTORIES)
def test_later_is_further_right_and_a_higher_score_further_up(history: list[tuple[Month, int | None]]) -> None:
    drawn = line(history, SCALE, *BOX)
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
    drawn = line(history, SCALE, *BOX)
    if drawn is None:
        return
    assert drawn.low % 50 == drawn.high % 50 == 0
    assert all(drawn.low <= score <= drawn.high for _, score in history if score is not None)


@FAST
@given(st.data(), st.integers(0, 1000), st.integers(1, 30_000))
def test_the_ends_of_the_scale_follow_the_range_and_stay_in_it(data: st.DataObject, least: int, width: int) -> None:
    scale = (least, least + width)
    scores = data.draw(st.lists(st.integers(*scale), min_size=2, max_size=9))
    drawn = line([(START.plus(i), score) for i, score in enumerate(scores)], scale, *BOX)
    assert drawn is not None
    assert least <= drawn.low < drawn.high <= least + width
    assert all(drawn.low <= score <= drawn.high for score in scores)
    # Scores beside one another are not drawn as if they lay across the whole range.
    assert drawn.high - drawn.low <= max(scores) - min(scores) + 2 * max(1, width // 4)


@pytest.mark.parametrize(
    ("scale", "scores", "ends"),
    [((350, 950), (610, 640), (600, 650)), ((0, 100), (41, 58), (40, 60)), ((1, 10), (5, 5), (5, 6)),
     ((300, 900), (900, 900), (850, 900)), ((0, 1000), (0, 20), (0, 100))],
)  # fmt: skip
def test_the_ends_of_the_scale_are_worked_out(
    scale: tuple[int, int], scores: tuple[int, int], ends: tuple[int, int]
) -> None:
    drawn = line([(START.plus(i), score) for i, score in enumerate(scores)], scale, *BOX)
    assert drawn is not None
    assert (drawn.low, drawn.high) == ends


def test_a_month_that_was_never_scored_breaks_the_line_too() -> None:
    drawn = line([(START, 600), (START.plus(2), 620), (START.plus(3), 640)], SCALE, *BOX)
    assert drawn is not None
    assert [len(piece) for piece in drawn.pieces] == [1, 2]
