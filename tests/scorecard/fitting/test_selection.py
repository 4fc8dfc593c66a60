"""Characteristics that are left out, each for its reason and with the figure behind it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from goodstanding.scorecard.binning import GroupLimits
from goodstanding.scorecard.fitting import Scale, Selection, Settings, fit_table
from goodstanding.scorecard.fitting.prepared import Prepared, prepare
from goodstanding.scorecard.fitting.selection import select
from goodstanding.scorecard.table import Decision

N = 4000
Values = NDArray[np.float64]


def _asked(selection: Selection) -> Settings:
    return Settings("logistic", GroupLimits(0.01, 5, 8), Scale(600, 20, 40, (0, 1200)), selection=selection)


def _selected(
    values: dict[str, Values], bad: NDArray[np.bool_], selection: Selection, periods: NDArray[np.int64] | None = None
) -> tuple[tuple[str, ...], dict[str, Decision]]:
    prepared, nothing = prepare(values, bad, np.ones(len(bad)), _asked(selection))
    assert nothing == []
    left, decisions = select(prepared, _asked(selection), periods)
    assert [decision.characteristic for decision in decisions] == list(
        dict.fromkeys(d.characteristic for d in decisions)
    )
    assert {*left.names} | {d.characteristic for d in decisions} == set(values)
    return left.names, {decision.characteristic: decision for decision in decisions}


def _yes(share: float, chance: np.random.Generator) -> Values:
    """Zeros and ones: weights of evidence of two attributes correlate as the values do."""
    return (chance.random(N) < share).astype(np.float64)


def _sample() -> tuple[dict[str, Values], NDArray[np.bool_]]:
    """The first tells most, the second says nearly the same, the third what the second and "apart" say together."""
    chance = np.random.default_rng(7)
    first, apart, noise = _yes(0.5, chance), _yes(0.4, chance), _yes(0.5, chance)
    second = np.where(chance.random(N) < 0.9, first, 1 - first)
    third = np.where(chance.random(N) < 0.9, np.maximum(second, apart), _yes(0.5, chance))
    bad = chance.random(N) < 1 / (1 + np.exp(2 - 1.6 * first - 1.0 * apart))
    return {"noise": noise, "second": second, "first": first, "third": third, "apart": apart}, bad


def _told(value: Values, bad: NDArray[np.bool_]) -> float:
    """The textbook's information value of zeros and ones."""
    good_share = np.array([(~bad & (value == v)).sum() for v in (0, 1)]) / (~bad).sum()
    bad_share = np.array([(bad & (value == v)).sum() for v in (0, 1)]) / bad.sum()
    return float(np.sum((good_share - bad_share) * np.log(good_share / bad_share)))


def test_nothing_is_left_out_where_nothing_is_asked() -> None:
    values, bad = _sample()
    assert _selected(values, bad, Selection(), np.arange(N) % 3) == (tuple(values), {})


def test_what_tells_too_little_is_left_out_with_what_it_tells() -> None:
    values, bad = _sample()
    names, decisions = _selected(values, bad, Selection(least_information=0.02))
    assert names == ("second", "first", "third", "apart")
    assert decisions == {"noise": Decision("noise", "low_information", round(_told(values["noise"], bad), 4), 0.02)}


def test_what_tells_just_enough_stays() -> None:
    values, bad = _sample()
    told = round(_told(values["noise"], bad), 4)
    assert "noise" in _selected(values, bad, Selection(least_information=told))[0]
    assert "noise" not in _selected(values, bad, Selection(least_information=told + 0.0001))[0]


def _psi(then: Values, now: Values) -> float:
    """The stability index of zeros and ones, by its formula."""
    before, after = (np.array([(value == v).mean() for v in (0, 1)]) for value in (then, now))
    return float(np.sum((after - before) * np.log(after / before)))


def test_what_moved_between_periods_is_left_out_with_how_much_it_moved() -> None:
    values, bad = _sample()
    chance = np.random.default_rng(1)
    period = np.arange(N) % 4
    values["noise"] = np.where(period == 3, _yes(0.9, chance), _yes(0.5, chance))
    names, decisions = _selected(values, bad, Selection(most_psi=0.1), period)
    assert names == ("second", "first", "third", "apart")
    moved = max(_psi(values["noise"], values["noise"][period == one]) for one in range(4))
    assert moved > 0.1
    told = round(_told(values["noise"], bad), 4)
    assert decisions == {"noise": Decision("noise", "unstable", told, round(moved, 4))}


def test_without_periods_nothing_is_unstable() -> None:
    values, bad = _sample()
    assert _selected(values, bad, Selection(most_psi=0.0))[1] == {}
    assert _selected(values, bad, Selection(most_psi=1e-9), np.arange(N) % 4)[0] == ()


def test_stability_counts_weights() -> None:
    value, period = np.array([0.0, 1.0, 0.0, 1.0] * 100), np.repeat([0, 1], 200)
    weight = np.where(value == period, 3.0, 1.0)
    asked = _asked(Selection(most_psi=0.01))
    prepared, _ = prepare({"x": value}, np.arange(400) % 8 < 3, weight, asked)
    _, decisions = select(prepared, asked, period)
    # By weight three quarters are 0 in the first period and 1 in the second; by rows a half is, in both.
    moved = (0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5)
    assert [decision.figure for decision in decisions] == [round(float(moved), 4)]


def test_of_two_that_go_together_the_one_that_tells_less_is_left_out_beside_the_other() -> None:
    values, bad = _sample()
    del values["third"]
    names, decisions = _selected(values, bad, Selection(most_correlation=0.7))
    assert names == ("noise", "first", "apart")
    together = abs(float(np.corrcoef(values["first"], values["second"])[0, 1]))
    told = round(_told(values["second"], bad), 4)
    assert decisions == {"second": Decision("second", "correlated", told, round(together, 4), "first")}


def test_a_correlation_counts_whichever_way_it_goes() -> None:
    # Each means more bads, and where one holds the other mostly does not.
    chance = np.random.default_rng(2)
    one = _yes(0.5, chance)
    other = np.where(chance.random(N) < 0.9, 1 - one, one)
    bad = chance.random(N) < 1 / (1 + np.exp(2 - 3 * one - 3 * other))
    together = float(np.corrcoef(one, other)[0, 1])
    assert together < -0.7
    _, decisions = _selected({"one": one, "other": other}, bad, Selection(most_correlation=0.7))
    assert [decision.figure for decision in decisions.values()] == [round(-together, 4)]


def test_what_goes_together_only_with_what_was_left_out_stays() -> None:
    # A chain: each goes with the next, the ends do not go together; the middle one tells less than the first.
    chance = np.random.default_rng(3)
    end = _yes(0.5, chance)
    middle = np.where(chance.random(N) < 0.85, end, 1 - end)
    other = np.where(chance.random(N) < 0.85, middle, 1 - middle)
    bad = chance.random(N) < np.where(end == 1, 0.5, 0.1)
    names, decisions = _selected({"end": end, "middle": middle, "other": other}, bad, Selection(most_correlation=0.6))
    assert names == ("end", "other")
    assert decisions["middle"].beside == "end"


def test_what_others_say_together_is_left_out_with_its_inflation() -> None:
    values, bad = _sample()
    del values["first"]
    names, decisions = _selected(values, bad, Selection(most_vif=2.0))
    assert names == ("noise", "second", "apart")
    inflation = np.diag(np.linalg.inv(np.corrcoef(list(values.values()))))
    (decision,) = decisions.values()
    assert (decision.characteristic, decision.why) == ("third", "inflated")
    assert decision.figure == pytest.approx(inflation[list(values).index("third")], abs=0.006)
    assert decision.information_value == round(_told(values["third"], bad), 4)
    others = {name: abs(np.corrcoef(values["third"], values[name])[0, 1]) for name in names}
    assert decision.beside == max(others, key=others.__getitem__)


def test_of_two_inflated_the_one_that_tells_less_is_left_out() -> None:
    values, bad = _sample()
    near = np.where(np.random.default_rng(5).random(N) < 0.95, values["first"], 1 - values["first"])
    names, decisions = _selected({"near": near, "first": values["first"]}, bad, Selection(most_vif=3.0))
    assert names == ("first",)
    inflation = 1 / (1 - np.corrcoef(near, values["first"])[0, 1] ** 2)
    assert decisions["near"].figure == pytest.approx(inflation, abs=0.006)
    assert decisions["near"].beside == "first"


def test_inflation_is_looked_at_again_after_each_that_is_left_out() -> None:
    values, bad = _sample()
    values = {"first": values["first"], "copy": values["first"].copy(), "again": values["first"].copy()}
    names, decisions = _selected(values, bad, Selection(most_vif=5.0))
    assert len(names) == 1
    assert {decision.why for decision in decisions.values()} == {"inflated"}


def test_rules_are_applied_one_after_the_other() -> None:
    values, bad = _sample()
    period = np.arange(N) % 2
    values["drifting"] = np.where(period == 1, 1.0, values["apart"])
    rules = Selection(least_information=0.02, most_correlation=0.7, most_vif=1.9, most_psi=0.2)
    names, decisions = _selected(values, bad, rules, period)
    assert {name: decision.why for name, decision in decisions.items()} == {
        "noise": "low_information",
        "drifting": "unstable",
        "second": "correlated",
    } | {name: "inflated" for name in ["third"] if name not in names}


def test_the_order_of_characteristics_stays_and_their_columns_with_them() -> None:
    values, bad = _sample()
    rules = _asked(Selection(least_information=0.02))
    prepared, _ = prepare(values, bad, np.ones(N), rules)
    left, _ = select(prepared, rules, None)
    again, _ = prepare({name: values[name] for name in left.names}, bad, np.ones(N), rules)
    assert isinstance(left, Prepared)
    assert left.codes.tobytes() == again.codes.tobytes()
    assert [list(one.bads) for one in left.counted] == [list(one.bads) for one in again.counted]


def test_a_card_says_why_each_characteristic_has_no_points() -> None:
    values, bad = _sample()
    values |= {"unknown": np.full(N, np.nan), "flat": np.full(N, 3.0)}
    fit = fit_table(values, bad, np.ones(N), _asked(Selection(least_information=0.02, most_correlation=0.7)))
    why = {decision.characteristic: decision.why for decision in fit.decisions}
    assert why["unknown"] == "no_data"
    assert why["flat"] == "one_attribute"
    assert why["noise"] == "low_information"
    assert why["second"] == "correlated"
    assert {*why} | {c.name for c in fit.table.characteristics} == set(values)


def test_where_what_is_missing_is_average_one_value_and_missing_tell_nothing() -> None:
    bad = np.arange(N) % 5 == 0
    values = {"x": np.where(np.arange(N) % 3 == 0, np.nan, 1.0)}
    settings = Settings("logistic", GroupLimits(0.01, 5, 8), Scale(600, 20, 40, (0, 1200)), unknown="average")
    assert prepare(values, bad, np.ones(N), settings)[1] == [Decision("x", "one_attribute")]
    assert prepare(values, bad, np.ones(N), _asked(Selection()))[1] == []


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_a_card_of_which_nothing_is_left_says_the_average(method: str) -> None:
    values, bad = _sample()
    asked = Settings(
        "boosted" if method == "boosted" else "logistic",
        GroupLimits(0.01, 5, 8),
        Scale(600, 20, 40, (0, 1200)),
        selection=Selection(least_information=99),
    )
    fit = fit_table(values, bad, np.ones(N), asked)
    assert fit.table.characteristics == ()
    assert {decision.why for decision in fit.decisions} == {"low_information"}
    odds = (~bad).sum() / bad.sum()
    assert fit.table.base == round(600 + 40 * np.log2(odds / 20))
