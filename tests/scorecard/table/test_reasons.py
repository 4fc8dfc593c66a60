"""Why a score is not higher."""

from typing import TypeAlias

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard import Attribute, Characteristic, PointsTable, Scorecard
from goodstanding.scorecard.table import Cross, label, table_reasons

People: TypeAlias = tuple[pd.DataFrame, np.ndarray]
points = st.integers(-30, 30)


def _table(rows: list[tuple[int, int, int]], crossed: tuple[tuple[int, ...], ...] | None = None) -> PointsTable:
    """Characteristics c0, c1 ... of the points for missing, below 0 and from 0; a cross of the first two."""
    characteristics = tuple(
        Characteristic(
            f"c{i}", "", (Attribute(None, points=low), Attribute(0.0, points=high)), missing=Attribute(points=gap)
        )
        for i, (gap, low, high) in enumerate(rows)
    )
    crosses = () if crossed is None else (Cross("both", "", "c0", "c1", crossed),)
    return PointsTable(600, (350, 950), 650, 20, 40, characteristics, crosses)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(points, points, points), min_size=1, max_size=7),
    numbers=st.lists(st.integers(0, 2), min_size=7, max_size=7),
)
def test_reasons_are_the_four_greatest_losses_in_order(rows: list[tuple[int, int, int]], numbers: list[int]) -> None:
    values = {f"c{i}": np.array([[np.nan, -1.0, 1.0][numbers[i]]]) for i in range(len(rows))}
    (found,) = table_reasons(_table(rows), values)
    lost = {f"c{i}": max(row) - row[numbers[i]] for i, row in enumerate(rows)}
    expected = sorted((name for name in lost if lost[name]), key=lambda name: (-lost[name], name))[:4]
    assert [reason.characteristic for reason in found] == expected
    for reason in found:
        i = int(reason.characteristic[1:])
        assert reason.lost == lost[reason.characteristic] > 0
        assert reason.points == rows[i][numbers[i]]
        assert reason.attribute == ["missing", "< 0", "≥ 0"][numbers[i]]


def test_a_cross_is_a_reason_of_its_own_with_both_attributes() -> None:
    table = _table([(0, 0, 5), (0, 0, 0)], ((0, 0, 0), (0, 9, -9), (0, 0, 0)))
    (found, best) = table_reasons(table, {"c0": np.array([-1.0, -1.0]), "c1": np.array([1.0, -1.0])})
    assert [(r.characteristic, r.attribute, r.points, r.lost) for r in found] == [
        ("both", "< 0 x ≥ 0", -9, 18),
        ("c0", "< 0", 0, 5),
    ]
    assert [r.characteristic for r in best] == ["c0"]


def test_reasons_of_a_fitted_card_add_up(card: Scorecard, newcomers: pd.DataFrame) -> None:
    own = card.points(newcomers)
    best = {c.name: max(a.points for a in c.all_attributes) for c in card.table_.characteristics}
    best |= {cross.name: max(map(max, cross.points)) for cross in card.table_.crosses}
    said = card.explain(newcomers)
    assert len(said) == len(newcomers)
    assert max(map(len, said)) == 4
    for row, reasons in enumerate(said):
        lost = [best[name] - own[name].iloc[row] for name in own.columns]
        assert [reason.lost for reason in reasons] == sorted((loss for loss in lost if loss), reverse=True)[:4]
        for reason in reasons:
            assert reason.points == own[reason.characteristic].iloc[row]
            assert reason.lost == best[reason.characteristic] - reason.points


def test_an_attribute_in_words_says_which_values_it_has() -> None:
    numbers = Characteristic(
        "n", "", (Attribute(None), Attribute(0.5), Attribute(1000000.0)), special=(Attribute(levels=(-1.0,)),)
    )
    assert [label(numbers, i) for i in range(5)] == ["missing", "-1", "< 0.5", "≥ 0.5 < 1000000", "≥ 1000000"]
    words = Characteristic("w", "", (Attribute(levels=("a", "b c")),), other=Attribute())
    assert [label(words, i) for i in range(3)] == ["missing", "a, b c", "other"]
    assert label(Characteristic("o", "", (Attribute(None),)), 1) == "any"
