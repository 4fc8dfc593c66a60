"""Points for two attributes together: where they tell more than their sum, and nowhere else."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from goodstanding.scorecard.binning import GroupLimits
from goodstanding.scorecard.fitting import Fit, Method, Scale, Settings, fit_table
from goodstanding.scorecard.fitting.crosses import CrossFit, fit_crosses
from goodstanding.scorecard.fitting.methods import fit_additive
from goodstanding.scorecard.fitting.prepared import prepare
from goodstanding.scorecard.fitting.scale import calibrate
from goodstanding.scorecard.table import Cross, table_points
from goodstanding.scorecard.validation.discrimination import auc

N = 4000
SCALE = Scale(600, 20, 40, (-10_000, 10_000))
ASKED = Settings("logistic", GroupLimits(0.02, 5, 8), SCALE, crosses=3)
Values = NDArray[np.float64]


def _values(seed: int) -> dict[str, Values]:
    """Two characteristics of two values, and three of many values."""
    chance = np.random.default_rng(seed)
    found = {name: chance.integers(0, 2, N).astype(np.float64) for name in "ab"}
    return found | {name: np.round(chance.normal(size=N), 2) for name in "cde"}


def _drawn(seed: int, z: Values) -> NDArray[np.bool_]:
    return np.random.default_rng(seed + 1000).random(N) < 1 / (1 + np.exp(-z))


def _either(seed: int) -> tuple[dict[str, Values], NDArray[np.bool_]]:
    """Bad where just one of "a" and "b" holds; neither tells anything alone, "c" a little."""
    values = _values(seed)
    return values, _drawn(seed, -1.6 + 1.6 * (values["a"] != values["b"]) + 0.4 * values["c"])


def _additive(seed: int) -> tuple[dict[str, Values], NDArray[np.bool_]]:
    values = _values(seed)
    return values, _drawn(seed, -1.5 + values["a"] - 0.8 * values["b"] + 0.8 * values["c"] - 0.5 * values["d"])


def _chances(fit: Fit, values: dict[str, Values]) -> Values:
    points = table_points(fit.table, values)
    total = fit.table.base + sum(points.values(), np.zeros(N))
    return 1 / (1 + 20 * np.exp2((total - 600) / 40))


@pytest.mark.parametrize("method", get_args(Method))
def test_one_or_the_other_but_not_both_is_found_and_used(method: Method) -> None:
    values, bad = _either(1)
    fit = fit_table(values, bad, np.ones(N), replace(ASKED, method=method))
    assert [(cross.row, cross.column) for cross in fit.table.crosses] == [("a", "b")]
    assert {"a", "b"} <= {c.name for c in fit.table.characteristics}
    without = fit_table(values, bad, np.ones(N), replace(ASKED, method=method, crosses=0))
    assert without.table.crosses == ()
    assert fit.auc > without.auc + 0.05
    # In each of the four parts of the sample the card says about what happened there.
    chances = _chances(fit, values)
    for a, b in product((0, 1), (0, 1)):
        part = (values["a"] == a) & (values["b"] == b)
        assert chances[part].mean() == pytest.approx(bad[part].mean(), abs=0.06)


@pytest.mark.parametrize("method", get_args(Method))
def test_one_or_the_other_is_found_where_nothing_else_is_known(method: Method) -> None:
    values = {name: value for name, value in _values(1).items() if name in "ab"}
    bad = _drawn(1, -1.6 + 1.6 * (values["a"] != values["b"]))
    fit = fit_table(values, bad, np.ones(N), replace(ASKED, method=method))
    assert [(cross.row, cross.column) for cross in fit.table.crosses] == [("a", "b")]


@pytest.mark.parametrize("seed", range(4))
def test_where_parts_just_add_up_nothing_is_crossed(seed: int) -> None:
    values, bad = _additive(seed)
    assert fit_table(values, bad, np.ones(N), ASKED).table.crosses == ()


def test_where_there_is_nothing_to_tell_nothing_is_crossed() -> None:
    values = _values(5)
    assert fit_table(values, _drawn(5, np.full(N, -1.5)), np.ones(N), ASKED).table.crosses == ()


def test_nothing_is_crossed_where_it_is_not_asked() -> None:
    values, bad = _either(2)
    assert fit_table(values, bad, np.ones(N), replace(ASKED, crosses=0)).table.crosses == ()


def test_the_pair_that_was_chosen_of_many_is_not_believed_for_being_chosen() -> None:
    slopes = [
        slope
        for seed in range(12)
        if (slope := _slope_of_card_with_crosses(seed, people=500, others=20_000)) is not None
    ]
    assert len(slopes) > 5
    # Believed as they were found, .72.
    assert np.mean(slopes) == pytest.approx(1, abs=0.2)


def _slope_of_card_with_crosses(seed: int, people: int, others: int) -> float | None:
    """The slope of other people's outcomes on what the card says, where there are two steps that cross."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(8, people + others))
    side = np.sign(x)
    z = -1.2 + 0.4 * x[0] - 0.4 * x[3] + 0.6 * (side[0] * side[1] + side[2] * side[3])
    bad = chance.random(people + others) < 1 / (1 + np.exp(-z))
    values = {f"x{j}": column for j, column in enumerate(x)}
    asked = replace(ASKED, method="boosted", limits=GroupLimits(0.02, None, 8))
    fit = fit_table({name: column[:people] for name, column in values.items()}, bad[:people], np.ones(people), asked)
    if not fit.table.crosses:
        return None
    points = table_points(fit.table, {name: column[people:] for name, column in values.items()})
    said = -sum(points.values(), np.zeros(others)) * np.log(2) / SCALE.points_to_double
    return calibrate(said, bad[people:], np.ones(others)).slope


def test_only_characteristics_of_one_dimension_are_crossed() -> None:
    values, bad = _either(3)
    apart = {"a": "history", "b": "means", "c": "history", "d": "means", "e": "means"}
    assert fit_table(values, bad, np.ones(N), replace(ASKED, dimensions=apart)).table.crosses == ()
    together = apart | {"b": "history"}
    crosses = fit_table(values, bad, np.ones(N), replace(ASKED, dimensions=together)).table.crosses
    assert [(cross.row, cross.column, cross.dimension) for cross in crosses] == [("a", "b", "history")]


def test_a_cross_counts_towards_the_influence_of_its_dimension() -> None:
    values, bad = _either(3)
    dimensions = dict.fromkeys("ab", "history") | dict.fromkeys("cde", "means")
    caps = {"history": 0.3, "means": 1.0}
    fit = fit_table(values, bad, np.ones(N), replace(ASKED, dimensions=dimensions, influence=caps))
    assert len(fit.table.crosses) == 1
    points = table_points(fit.table, values)
    dimension = {part.name: part.dimension for part in (*fit.table.characteristics, *fit.table.crosses)}
    total = {name: np.zeros(N) for name in caps}
    for name, own in points.items():
        total[dimension[name]] += own
    moved = {name: np.abs(own - own.mean()).mean() for name, own in total.items()}
    assert moved["history"] / sum(moved.values()) <= 0.305
    assert moved["history"] > 0


def test_there_are_no_more_crosses_than_asked_and_the_one_that_tells_most_is_first() -> None:
    values = _values(6)
    c, d, e = (values[name] > 0 for name in "cde")
    bad = _drawn(6, -1.5 + 1.6 * (values["a"] != values["b"]) + 1.0 * (c != d) - 0.3 * e)
    two = fit_table(values, bad, np.ones(N), ASKED).table.crosses
    assert {(cross.row, cross.column) for cross in two[:2]} == {("a", "b"), ("c", "d")}
    one = fit_table(values, bad, np.ones(N), replace(ASKED, crosses=1)).table.crosses
    assert [(cross.row, cross.column) for cross in one] == [("a", "b")]


def test_cells_are_centred_and_follow_what_happened() -> None:
    values, bad = _either(7)
    prepared, _ = prepare(values, bad, np.ones(N), ASKED)
    additive = fit_additive(prepared, ASKED)
    (cross,) = fit_crosses(prepared, additive, additive.design(prepared), ASKED)
    cells = cross.cells(additive.design(prepared).attribute)
    assert np.average(cross.values[cells]) == pytest.approx(0, abs=1e-9)
    seen = np.bincount(cells, minlength=len(cross.values)) > 0
    assert not cross.values[~seen].any()
    rates = np.bincount(cells, weights=bad, minlength=len(seen))[seen] / np.bincount(cells, minlength=len(seen))[seen]
    assert np.corrcoef(cross.values[seen], rates)[0, 1] > 0.95


def test_a_cell_is_the_pair_of_its_attributes() -> None:
    cross = CrossFit(1, 0, (3, 4), np.arange(12.0))
    attribute = np.array([list(range(4)) * 3, np.repeat(range(3), 4)], dtype=np.uint8)
    assert list(cross.cells(attribute)) == list(range(12))
    written = cross.written(("x", "y"), np.arange(12), replace(ASKED, dimensions={"y": "history"}))
    assert (written.row, written.column, written.dimension) == ("y", "x", "history")
    assert written.points == ((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11))


def test_points_of_a_cross_are_added_to_those_of_its_two() -> None:
    values, bad = _either(8)
    fit = fit_table(values, bad, np.ones(N), ASKED)
    (cross,) = fit.table.crosses
    table = fit.table
    points = table_points(table, values)
    # Attribute 0 is missing; each of the two has two values.
    expected = [cross.points[int(a) + 1][int(b) + 1] for a, b in zip(values["a"], values["b"], strict=True)]
    assert list(points[cross.name]) == expected
    assert np.ptp(points[cross.name]) > 40
    # As many bads are expected as there are.
    assert _chances(fit, values).sum() == pytest.approx(bad.sum(), rel=0.02)


@pytest.mark.parametrize("method", get_args(Method))
def test_an_interaction_is_believed_though_the_rest_is_noise(method: Method) -> None:
    values = _values(9)
    bad = _drawn(9, -1.6 + 1.6 * (values["a"] != values["b"]))
    fit = fit_table(values, bad, np.ones(N), replace(ASKED, method=method))
    assert [(cross.row, cross.column) for cross in fit.table.crosses] == [("a", "b")]
    chances, either = _chances(fit, values), values["a"] != values["b"]
    assert [chances[~either].mean(), chances[either].mean()] == pytest.approx(
        [bad[~either].mean(), bad[either].mean()], abs=0.06
    )


@pytest.mark.parametrize("method", get_args(Method))
def test_what_is_missing_stays_average_in_a_cross_where_that_is_asked(method: Method) -> None:
    values, bad = _either(10)
    values["a"][::4] = np.nan
    (cross,) = fit_table(values, bad, np.ones(N), replace(ASKED, method=method, unknown="average")).table.crosses
    assert not any(cross.points[0])


def _crosses_of_nothing(seed: int) -> Sequence[Cross]:
    """Those of sixteen numbers of which four just add up and the rest tell nothing: 120 pairs."""
    chance = np.random.default_rng(seed)
    values = {f"x{i}": np.round(chance.normal(size=1500), 1) for i in range(16)}
    z = -1.5 + 0.5 * np.sum([values[f"x{i}"] for i in range(4)], axis=0)
    bad = chance.random(1500) < 1 / (1 + np.exp(-z))
    return fit_table(values, bad, np.ones(1500), ASKED).table.crosses


@pytest.mark.parametrize("seed", [0, 4, 11])
def test_the_best_of_many_pairs_that_tell_nothing_is_not_crossed(seed: int) -> None:
    assert _crosses_of_nothing(seed) == ()


def test_the_best_of_many_pairs_that_tell_nothing_is_hardly_ever_crossed() -> None:
    assert sum(len(_crosses_of_nothing(seed)) > 0 for seed in range(20)) <= 1


@pytest.mark.parametrize("seed", range(4))
def test_what_each_of_two_tells_and_the_fit_leaves_out_is_not_a_cross(seed: int) -> None:
    chance = np.random.default_rng(seed)
    values = {name: chance.normal(size=N) for name in "abcde"}
    # A trend that turns, at both ends: points of "a" and "b" in eight attributes miss some of it.
    z = -2 + 0.8 * (values["a"] ** 2 + values["b"] ** 2) - values["c"]
    prepared, _ = prepare(values, _drawn(seed, z), np.ones(N), ASKED)
    additive = fit_additive(prepared, replace(ASKED, limits=GroupLimits(0.2, 5, 4)))
    assert fit_crosses(prepared, additive, additive.design(prepared), ASKED) == ()


@pytest.mark.parametrize("levels", [15, 40])
def test_levels_put_together_by_their_rates_are_not_crossed_for_what_that_leaves(levels: int) -> None:
    """Their groups know the outcomes of everybody, also of who was left out."""
    crossed = []
    for seed in range(6):
        chance = np.random.default_rng(2000 + seed)
        numbers = (chance.random((2000, 8)) ** 2 * levels).astype(int)
        effects = np.random.default_rng(5).normal(0, 0.4, (4, levels))
        z = -1.3 + np.sum([effects[j][numbers[:, j]] for j in range(4)], axis=0)
        texts = {f"t{j}": np.array([f"L{number}" for number in numbers[:, j]], dtype=object) for j in range(8)}
        bad = chance.random(2000) < 1 / (1 + np.exp(-z))
        crossed += fit_table(texts, bad, np.ones(2000), replace(ASKED, method="boosted")).table.crosses
    assert len(crossed) <= 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", get_args(Method))
def test_a_product_of_two_numbers_is_found_among_a_thousand_people(method: Method, seed: int) -> None:
    def made(people: int, chance: np.random.Generator) -> tuple[dict[str, Values], Values]:
        values = {name: chance.normal(size=people) for name in "abcdefgh"}
        return values, -1.5 + 0.9 * values["a"] * values["b"] + 0.5 * values["c"]

    chance = np.random.default_rng(seed)
    (values, z), (others, other_z) = made(1000, chance), made(20_000, chance)
    bad, other_bad = (chance.random(len(odds)) < 1 / (1 + np.exp(-odds)) for odds in (z, other_z))
    asked = replace(ASKED, method=method)
    crossed = fit_table(values, bad, np.ones(1000), asked)
    assert [(cross.row, cross.column) for cross in crossed.table.crosses] == [("a", "b")]
    plain = fit_table(values, bad, np.ones(1000), replace(asked, crosses=0))

    def told(fit: Fit) -> float:
        total = sum(table_points(fit.table, others).values(), np.zeros(len(other_bad)))
        return auc(total.astype(np.int64), other_bad, np.ones(len(other_bad)))

    assert told(crossed) > told(plain) + 0.02
