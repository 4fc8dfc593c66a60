"""The two ways to an additive table: what boosting is asked, and rows that say the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from goodstanding.scorecard.binning import GroupLimits
from goodstanding.scorecard.fitting import Scale, Settings, fit_table, methods
from goodstanding.scorecard.fitting.methods import fit_additive
from goodstanding.scorecard.fitting.prepared import prepare

ASKED = Settings("boosted", GroupLimits(0.02, 0, 8), Scale(600, 20, 40, (-10_000, 10_000)))
N = 20_000


def _sample(seed: int) -> tuple[dict[str, Any], Any]:
    chance = np.random.default_rng(seed)
    values = {name: np.round(chance.normal(size=N), 2) for name in ("rises", "falls")}
    z = -1 + 0.6 * values["rises"] - 0.6 * values["falls"]
    return values, chance.random(N) < 1 / (1 + np.exp(-z))


def test_a_monotone_trend_is_settled_before_boosting(monkeypatch: pytest.MonkeyPatch) -> None:
    values, bad = _sample(1)
    settings = replace(ASKED, trends=dict.fromkeys(values, "monotone"))
    prepared, _ = prepare(values, bad, np.ones(N), settings)
    asked: list[Any] = []
    boost = methods.boost
    monkeypatch.setattr(methods, "boost", lambda *given, **named: asked.append(given[2]) or boost(*given, **named))
    # As many bads as there have to be for shapes to be drawn to nothing else.
    assert bad.sum() > 3600
    fit_additive(prepared, settings)
    assert asked == [["ascending", "descending"]]


def test_rows_that_say_the_same_are_written_once_and_the_card_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values, bad = _sample(2)
    few = {name: np.round(column, 0) for name, column in values.items()}
    prepared, _ = prepare(few, bad, np.ones(N), ASKED)
    short = prepared.condensed()
    assert len(short.bad) < 200
    assert short.weight.sum() == N
    assert short.weight[short.bad].sum() == bad.sum()
    one = fit_table(few, bad, np.ones(N), ASKED).table
    monkeypatch.setattr(type(prepared), "condensed", lambda self: self)
    assert fit_table(few, bad, np.ones(N), ASKED).table == one


def test_rows_stand_in_one_order_however_they_came() -> None:
    values, bad = _sample(3)
    order = np.random.default_rng(3).permutation(N)
    one, _ = prepare(values, bad, np.ones(N), ASKED)
    other, _ = prepare({name: column[order] for name, column in values.items()}, bad[order], np.ones(N), ASKED)
    first, second = one.condensed(), other.condensed()
    assert (first.codes == second.codes).all()
    assert (first.bad == second.bad).all()
    assert (first.weight == second.weight).all()
