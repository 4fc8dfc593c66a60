"""Bounds as they are printed are the bounds: who reads the table puts people where the card puts them."""

import re
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard import Action, Attribute, Characteristic, PointsTable, Scorecard, cheapest_changes
from goodstanding.scorecard.table import label

N = 300


def _read(label: str) -> tuple[float, float]:
    """The lower bound and the one above, as a reader takes them from a label."""
    least, below = re.search(r"≥ (\S+)", label), re.search(r"< (\S+)", label)
    return float(least[1]) if least else -np.inf, float(below[1]) if below else np.inf


def _ends(characteristic: Characteristic) -> list[tuple[float, float]]:
    least = [-np.inf if a.least is None else a.least for a in characteristic.attributes]
    return list(zip(least, [*least[1:], np.inf], strict=True))


@given(bounds=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8, unique=True))
def test_a_bound_reads_back_from_its_label(bounds: list[float]) -> None:
    characteristic = Characteristic("n", "", tuple(Attribute(least) for least in (None, *sorted(bounds))))
    labels = [label(characteristic, number) for number in range(1, len(bounds) + 2)]
    assert [_read(text) for text in labels] == _ends(characteristic)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 1000),
    middle=st.sampled_from([0.0, 1e6, -1e9, 1e15, 1e-7]),
    step=st.sampled_from([1e-9, 0.01, 0.1, 0.5, 1.0, 37.0]),
    special=st.sampled_from([(), (-9999.0,), (1234567.25,)]),
)
def test_the_table_names_the_bounds_and_special_values_of_the_card(
    seed: int, middle: float, step: float, special: tuple[float, ...]
) -> None:
    chance = np.random.default_rng(seed)
    rank = chance.integers(0, 60, N)
    value = middle + step * rank
    bad = (chance.random(N) < np.where(rank < 30, 0.15, 0.6)).astype(int)
    x = pd.DataFrame({"debt": value})
    card = Scorecard(method="logistic", special_values=special).fit(x, bad)
    for debt in card.table_.characteristics:
        printed = [text for text in card.table("pandas")["attribute"] if re.search("[≥<]|any", text)]
        assert [_read(text) for text in printed] == _ends(debt)
        assert {float(text) for text in card.table("pandas")["attribute"] if text not in printed} == set(special)


def test_everybody_is_told_the_range_that_their_value_is_in() -> None:
    debt = np.random.default_rng(0).integers(1_000_000, 1_002_000, 1200)
    bad = (np.random.default_rng(1).random(1200) < np.where(debt > 1_001_000, 0.5, 0.1)).astype(int)
    x = pd.DataFrame({"debt": debt})
    card = Scorecard(method="logistic").fit(x, bad)
    for reasons, value in zip(card.explain(x), debt, strict=True):
        for reason in reasons:
            least, below = _read(reason.attribute)
            assert least <= value < below


def test_a_plan_names_the_bound_to_reach() -> None:
    ranges = (Attribute(None, points=30), Attribute(1_000_999.0, points=0))
    table = PointsTable(600, (350, 950), 650, 20, 40, (Characteristic("debt", "", ranges),))
    person: dict[str, Any] = {"debt": 1_001_500.0}
    plan = cheapest_changes(table, person, 630, {"debt": Action(months=2)})
    assert plan is not None
    assert [change.to for change in plan.changes] == ["< 1000999"]
