"""Boosted shapes: they find what is there, keep their trends, and see little where there is nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from goodstanding.scorecard.binning import ClassCodes, FineClasses, Trend, fine_classes
from goodstanding.scorecard.fitting import boosting, boosting_round
from goodstanding.scorecard.fitting.boosting import FOLDS, PEOPLE_FITTED, Shapes, boost
from goodstanding.scorecard.fitting.boosting_round import CUTS, RATE, RIDGE

Columns = NDArray[np.float64]
N = 1200


def _boosted(
    columns: list[NDArray[np.float64]],
    bad: NDArray[np.bool_],
    trends: list[Trend] | None = None,
    weight: NDArray[np.float64] | None = None,
    *,
    missing_is_average: bool = False,
    seed: int = 0,
) -> tuple[list[FineClasses], ClassCodes, Shapes]:
    weight = np.ones(len(bad)) if weight is None else weight
    fine = [fine_classes(column, weight) for column in columns]
    codes = np.stack([f.codes(column) for f, column in zip(fine, columns, strict=True)])
    found = boost(
        codes,
        fine,
        trends or ["none"] * len(fine),
        bad,
        weight,
        missing_is_average=missing_is_average,
        seed=seed,
    )
    return fine, codes, found


def _sample(seed: int, n: int = N) -> tuple[list[Columns], NDArray[np.bool_]]:
    """A characteristic that rises, one that falls, one that turns and one of noise."""
    chance = np.random.default_rng(seed)
    columns = [chance.normal(size=n) for _ in range(4)]
    z = -1 + columns[0] - 0.8 * columns[1] + 1.2 * (np.abs(columns[2]) - 0.8)
    return columns, chance.random(n) < 1 / (1 + np.exp(-z))


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), first=st.sampled_from(["ascending", "descending"]))
def test_shapes_are_monotone_where_their_trends_say_so(seed: int, first: Trend) -> None:
    columns, bad = _sample(seed, 500)
    fine, _, found = _boosted(columns, bad, [first, "descending", "ascending", first])
    for f, trend, shape in zip(fine, [first, "descending", "ascending", first], found.value, strict=True):
        steps = np.diff(shape[f.first : f.size])
        assert (steps * (1 if trend == "ascending" else -1) >= -1e-12).all()


def test_shapes_go_the_way_of_the_outcomes() -> None:
    columns, bad = _sample(1)
    fine, _, found = _boosted(columns, bad)
    rising, falling, turning, _ = (shape[f.first : f.size] for f, shape in zip(fine, found.value, strict=True))
    assert rising[-1] - rising[0] > 1
    assert falling[0] - falling[-1] > 1
    middle = len(turning) // 2
    assert min(turning[0], turning[-1]) - turning[middle] > 0.5


def test_noise_gets_nearly_nothing() -> None:
    columns, bad = _sample(0, 5000)
    _, codes, found = _boosted(columns, bad)
    spread = [shape[code].std() for shape, code in zip(found.value, codes, strict=True)]
    assert spread[3] < 0.15 * min(spread[:3])


def test_noise_alone_gets_nearly_nothing() -> None:
    chance = np.random.default_rng(8)
    _, codes, found = _boosted([chance.normal(size=N) for _ in range(3)], chance.random(N) < 0.2)
    assert max(shape[code].std() for shape, code in zip(found.value, codes, strict=True)) < 0.12


def test_one_characteristic_of_few_values_is_learned_in_full() -> None:
    chance = np.random.default_rng(9)
    value = chance.integers(0, 2, 4000).astype(np.float64)
    bad = chance.random(4000) < np.where(value == 1, 0.4, 0.1)
    _, _, found = _boosted([value], bad)
    expected = np.log(0.4 / 0.6) - np.log(0.1 / 0.9)
    assert found.value[0, 2] - found.value[0, 1] == pytest.approx(expected, rel=0.15)


def test_what_is_missing_stays_average_where_that_is_asked() -> None:
    columns, bad = _sample(2)
    columns[0] = np.where(bad & (np.arange(N) % 2 == 0), np.nan, columns[0])
    _, codes, found = _boosted(columns, bad, missing_is_average=True)
    assert (found.value[:, 0] == 0).all()
    known = codes[0] > 0
    assert abs(found.value[0][codes[0][known]].mean()) < 0.2
    _, _, learned = _boosted(columns, bad)
    assert learned.value[0, 0] > 1


def test_the_same_sample_gives_the_same_shapes_to_the_bit() -> None:
    columns, bad = _sample(3)
    one, again, other = (_boosted(columns, bad, seed=seed)[2] for seed in (0, 0, 1))
    assert one.value.tobytes() == again.value.tobytes()
    assert one.rounds == again.rounds
    assert one.value.tobytes() != other.value.tobytes()


def test_neither_the_order_of_rows_nor_a_row_written_twice_matters() -> None:
    columns, bad = _sample(4, 600)
    chance = np.random.default_rng(4)
    weight = chance.integers(1, 3, 600)
    row = chance.permutation(np.repeat(np.arange(600), weight))
    _, _, one = _boosted(columns, bad, weight=weight.astype(np.float64))
    _, _, other = _boosted([column[row] for column in columns], bad[row])
    assert one.rounds == other.rounds
    assert one.value == pytest.approx(other.value, abs=1e-9)


def test_a_large_sample_is_learned_from_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, bad = _sample(5, 3000)
    monkeypatch.setattr(boosting, "MOST_ROWS", 1000)
    fine = [fine_classes(column, np.ones(3000)) for column in columns]
    codes = np.stack([f.codes(column) for f, column in zip(fine, columns, strict=True)])
    _, rows = boosting._learned_from(codes, bad, np.ones(3000), 0, 1.0)  # noqa: SLF001 - what it learns from
    assert rows.weight.sum() == pytest.approx(1000)
    assert rows.codes.shape[1] == len(rows.y) <= 1010
    assert rows.weight @ rows.y / 1000 == pytest.approx(bad.mean())
    assert np.ptp(_boosted(columns, bad)[2].value[0]) > 1


@pytest.mark.parametrize("bads", [0, 1, 200])
def test_outcomes_that_cannot_be_split_give_flat_shapes(bads: int) -> None:
    _, _, found = _boosted([np.arange(200.0)], np.arange(200) < bads)
    assert np.isfinite(found.value).all()
    assert bads == 1 or not found.value.any()


def test_a_class_that_was_never_seen_has_no_part_in_it() -> None:
    columns, bad = _sample(6)
    _, _, found = _boosted(columns, bad)
    assert (found.value[:, 0] == 0).all()


def test_without_characteristics_there_are_no_shapes() -> None:
    found = boost(
        np.empty((0, 20), np.uint8), [], [], np.arange(20) < 10, np.ones(20), missing_is_average=False, seed=0
    )
    assert found.value.shape[0] == 0


def test_the_same_characteristic_many_times_says_what_it_says_once() -> None:
    columns, bad = _sample(3)
    (f,), _, alone = _boosted(columns[:1], bad)
    _, _, together = _boosted(columns[:1] * 20, bad)
    once, often = alone.value[0, : f.size], together.value[:, : f.size].sum(axis=0)
    # Each visit sees what the one before left over; otherwise twenty would move twenty times as far.
    assert np.abs(often - once).max() < 0.35 * np.ptp(once)


def test_a_small_group_that_nearly_all_went_bad_is_learned_without_overshooting() -> None:
    n, few = 20_000, 200
    group = (np.arange(n) < few).astype(np.float64)
    bad = np.where(group > 0, np.arange(n) % 10 > 0, np.arange(n) % 100 == 0)
    _, codes, found = _boosted([group, group + 1], bad)
    true = np.log(9) - np.log(0.01 / 0.99)
    said = found.value[np.arange(2)[:, None], codes].sum(axis=0)
    assert said[0] - said[-1] == pytest.approx(true, rel=0.15)


def test_the_cuts_of_a_visit_follow_each_other() -> None:
    three, one = np.array([3]), np.array([1])
    classes = boosting_round.RoundClasses(three, one, three, np.array([False]), np.array([0]), np.zeros(1))
    g, h, move, gains = np.array([0.0, 8.0, -8.0]), np.array([0.0, 1e3, 1e3]), np.zeros(3), np.zeros(1)
    boosting_round._visit(classes, 0, g, h, np.zeros(3), move, gains, 0.0, False)  # noqa: FBT003, SLF001 - one visit alone
    # Every cut takes RATE of what those before it left.
    assert move[1:] == pytest.approx((1 - (1 - RATE) ** CUTS) * np.array([-8, 8]) / (1e3 + RIDGE), rel=0.01)


@pytest.mark.parametrize(("n", "fits"), [(400, 2 * FOLDS), (PEOPLE_FITTED // 8, FOLDS), (PEOPLE_FITTED // 2, 2)])
def test_with_many_rows_fewer_folds_are_fitted(n: int, fits: int) -> None:
    chance = np.random.default_rng(0)
    column = np.round(chance.normal(size=n), 1)
    _, _, found = _boosted([column], chance.random(n) < 1 / (1 + np.exp(1 - column)))
    assert len(found.rounds) == fits


def _noise(seed: int, rows: int, columns: int) -> list[Columns]:
    chance = np.random.default_rng(seed)
    return [chance.normal(size=rows) for _ in range(columns)]


def test_what_tells_nothing_does_not_come_in_beside_much_of_its_kind() -> None:
    columns, bad = _sample(7, 1000)
    _, _, found = _boosted([*columns, *_noise(7, 1000, 200)], bad)
    came_in = found.value.any(axis=1)
    assert found.price > 0
    assert came_in[:3].all()
    assert came_in[3:].sum() < 20


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_people_left_out_are_told_no_less_where_there_is_a_price(seed: int) -> None:
    columns, bad = _sample(seed, 800)
    fresh, outcomes = _sample(seed + 1, 4000)
    noise = [*_noise(seed, 800, 60)], [*_noise(seed + 1, 4000, 60)]
    fine, _, found = _boosted([*columns, *noise[0]], bad)
    codes = [f.codes(column) for f, column in zip(fine, [*fresh, *noise[1]], strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosting, "PRICES", ())
        _, _, free = _boosted([*columns, *noise[0]], bad)
    told, before = (
        roc_auc_score(outcomes, sum(value[code] for value, code in zip(shapes.value, codes, strict=True)))
        for shapes in (found, free)
    )
    assert told > before - 0.01


def test_where_all_come_in_at_once_no_price_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, bad = _sample(8, 4000)
    monkeypatch.setattr(boosting, "FEW_CHARACTERISTICS", 0)
    _, _, found = _boosted(columns[:3], bad)
    monkeypatch.setattr(boosting, "PRICES", ())
    _, _, free = _boosted(columns[:3], bad)
    assert found.price == 0
    assert found.value.tobytes() == free.value.tobytes()


def test_levels_that_differ_by_chance_are_drawn_together() -> None:
    chance = np.random.default_rng(9)
    level = np.array([f"L{i}" for i in chance.integers(0, 300, 6000)], dtype=object)
    fine = [fine_classes(level, np.ones(6000))]
    codes = np.stack([fine[0].codes(level)])
    bad = chance.random(6000) < 0.2
    drawn, free = (
        boost(codes, fine, ["none"], bad, np.ones(6000), missing_is_average=False, seed=0, pulls=[pull])
        for pull in (1e4, 0.0)
    )
    assert np.abs(drawn.value).max() <= np.abs(free.value).max()
    assert np.abs(drawn.value).max() < 0.05


def test_who_a_single_fit_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, bad = _sample(10, 2000)
    assert _boosted(columns, bad)[2].unseen is None
    monkeypatch.setattr(boosting, "PEOPLE_FITTED", 2000)
    monkeypatch.setattr(boosting, "TWICE_UP_TO", 0)
    unseen = _boosted(columns, bad)[2].unseen
    assert unseen is not None
    assert unseen.sum() == pytest.approx(2000 / FOLDS, rel=0.01)
