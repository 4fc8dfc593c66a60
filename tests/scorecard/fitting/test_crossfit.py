"""How much of a fit is believed: little of noise, nearly all of what is there in every part of the sample."""

from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from goodstanding.scorecard.binning import GroupLimits
from goodstanding.scorecard.fitting import Method, Scale, Settings, boosting, crossfit, fit_table, methods
from goodstanding.scorecard.fitting.crossfit import LEAST_SHRINKAGE, Crossfit
from goodstanding.scorecard.fitting.methods import fit_additive
from goodstanding.scorecard.fitting.prepared import prepare
from goodstanding.scorecard.table import table_points

SCALE = Scale(600, 20, 40, (-10_000, 10_000))
Values = NDArray[np.float64]


def _asked(method: Method) -> Settings:
    return Settings(method, GroupLimits(0.05, 3, 6), SCALE)


def _noise(seed: int, n: int, columns: int = 8) -> tuple[dict[str, Values], NDArray[np.bool_]]:
    chance = np.random.default_rng(seed)
    return {f"x{i}": chance.normal(size=n) for i in range(columns)}, chance.random(n) < 0.25


def _signal(seed: int, n: int) -> tuple[dict[str, Values], NDArray[np.bool_]]:
    chance = np.random.default_rng(seed)
    values = {f"x{i}": chance.normal(size=n) for i in range(4)}
    return values, chance.random(n) < 1 / (1 + np.exp(1.2 - values["x0"] - 0.8 * values["x1"]))


def _honest(values: dict[str, Values], bad: NDArray[np.bool_], method: Method) -> Crossfit:
    prepared, _ = prepare(values, bad, np.ones(len(bad)), _asked(method))
    additive = fit_additive(prepared, _asked(method))
    return crossfit.crossfit(prepared, additive, additive.design(prepared), _asked(method))


def _chances(values: dict[str, Values], bad: NDArray[np.bool_], method: Method) -> Values:
    fit = fit_table(values, bad, np.ones(len(bad)), _asked(method))
    points = table_points(fit.table, values)
    total = fit.table.base + sum(points.values(), np.zeros(len(bad)))
    return 1 / (1 + 20 * np.exp2((total - 600) / 40))


@pytest.mark.parametrize("method", get_args(Method))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_chances_of_noise_stay_near_the_average(method: Method, seed: int) -> None:
    values, bad = _noise(seed, 200)
    chances = _chances(values, bad, method)
    assert np.abs(chances - bad.mean()).mean() < 0.1
    assert chances.mean() == pytest.approx(bad.mean(), abs=0.01)


@pytest.mark.parametrize("method", get_args(Method))
def test_what_is_there_is_believed_the_more_the_more_people_there_are(method: Method) -> None:
    few, many = (_honest(*_signal(4, n), method) for n in (150, 4000))
    assert ((few.believed >= 0) & (many.believed <= 1)).all()
    assert few.believed[:2].mean() < many.believed[:2].mean()
    assert many.believed[:2].min() > 0.85
    assert _honest(*_noise(4, 200), method).believed.mean() < 0.5


@pytest.mark.parametrize("method", get_args(Method))
def test_one_characteristic_of_two_values_is_believed_with_many_people(method: Method) -> None:
    chance = np.random.default_rng(5)
    value = chance.integers(0, 2, 4000).astype(np.float64)
    bad = chance.random(4000) < np.where(value == 1, 0.4, 0.1)
    assert _honest({"x": value}, bad, method).believed.item() > 0.85
    chances = _chances({"x": value}, bad, method)
    assert [chances[value == v].mean() for v in (0, 1)] == pytest.approx([0.1, 0.4], abs=0.05)


@pytest.mark.parametrize("method", get_args(Method))
@pytest.mark.parametrize("folds", [1, 2, 4])
def test_with_very_many_people_noise_is_believed_no_more(
    method: Method, folds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, bad = _noise(6, 1000)
    monkeypatch.setattr(crossfit, "ALL_UP_TO", 0)
    monkeypatch.setattr(crossfit, "PEOPLE_FITTED", folds * 1000)
    found = _honest(values, bad, method)
    assert found.believed.mean() < 0.5
    assert (found.variance * np.maximum(found.believed, LEAST_SHRINKAGE) == crossfit.USUAL_VARIANCE).all()


def test_a_fit_that_left_people_out_is_held_against_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boosting, "PEOPLE_FITTED", 4000)
    monkeypatch.setattr(boosting, "TWICE_UP_TO", 0)
    monkeypatch.setattr(methods, "LEAST_DRAWN", 1.0)
    fitted: list[int] = []
    again = crossfit.fit_additive
    monkeypatch.setattr(crossfit, "fit_additive", lambda *asked: fitted.append(1) or again(*asked))
    assert _honest(*_noise(7, 4000), "boosted").believed.mean() < 0.5
    assert _honest(*_signal(7, 4000), "boosted").believed[:2].min() > 0.8
    assert not fitted


def test_what_tells_nothing_is_believed_less_than_what_tells_much() -> None:
    values, bad = _signal(12, 3000)
    noise, _ = _noise(13, 3000, 30)
    found = _honest(values | {f"noise {name}": column for name, column in noise.items()}, bad, "logistic").believed
    assert found[:2].min() > 0.8
    assert np.median(found[4:]) < found[:2].min() - 0.2


@pytest.mark.parametrize("method", get_args(Method))
def test_a_card_expects_as_many_bads_as_there_were(method: Method) -> None:
    values, bad = _signal(7, 1500)
    assert _chances(values, bad, method).sum() == pytest.approx(bad.sum(), rel=0.02)


@pytest.mark.parametrize("method", get_args(Method))
def test_the_same_people_give_the_same_card_in_any_order_and_by_weight(method: Method) -> None:
    values, bad = _signal(8, 400)
    weight = np.random.default_rng(8).integers(1, 3, 400)
    row = np.random.default_rng(9).permutation(np.repeat(np.arange(400), weight))
    one = fit_table(values, bad, weight.astype(np.float64), _asked(method))
    other = fit_table({name: v[row] for name, v in values.items()}, bad[row], np.ones(len(row)), _asked(method))
    assert one.table == other.table


def test_the_variance_is_a_share_of_the_attributes_own() -> None:
    for n in (200, 1500):
        found = _honest(*_signal(10, n), "logistic")
        share = found.variance * np.maximum(found.believed, LEAST_SHRINKAGE)
        assert ((share > 0) & (share <= 1 + 1e-9)).all()
