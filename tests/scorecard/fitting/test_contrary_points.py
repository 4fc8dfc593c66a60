"""Points that stand against the outcomes are named, and a trend keeps a card from them."""

import numpy as np
import pandas as pd
import pytest

from goodstanding.scorecard import Attribute, Characteristic, PointsTable, Scorecard, Warned
from goodstanding.scorecard.fitting.contrary_points import against_rates


def _table(*attributes: tuple[int, int, int]) -> PointsTable:
    """One characteristic, of attributes by how many were in it, how many of them bad, and points."""
    found = tuple(
        Attribute(None if number == 0 else float(number), count=count, bads=bads, points=points)
        for number, (count, bads, points) in enumerate(attributes)
    )
    return PointsTable(600, (350, 950), 650, 20, 40, (Characteristic("late", "", found),))


CASES = {
    "as the rates are": ([(900, 45, 8), (100, 55, -40)], ()),
    "gained by the worse": ([(900, 45, -8), (100, 55, 40)], (Warned("late", "against_rates", 40.0),)),
    "lost by the better": ([(900, 45, -12), (100, 55, 0)], (Warned("late", "against_rates", -12.0),)),
    "a few points only": ([(900, 45, -9), (100, 55, 9)], ()),
    "a rate that may be chance": ([(900, 90, -8), (20, 5, 40)], ()),
    "nobody bad": ([(900, 0, -8), (100, 0, 40)], ()),
    "an attribute that nobody was in": ([(900, 45, 8), (100, 55, -40), (0, 0, 60)], ()),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_named_where_it_is_sure_and_matters(case: str) -> None:
    attributes, expected = CASES[case]
    assert against_rates(_table(*attributes)) == expected


@pytest.fixture(scope="module")
def told_twice() -> tuple[pd.DataFrame, np.ndarray]:
    """Late last month, and late the month before: mostly the same, but the latter paid once since."""
    chance = np.random.default_rng(4)
    last = chance.random(30_000) < 0.3
    before = np.where(chance.random(30_000) < 0.1, ~last, last)
    odds = -2.0 + 4.0 * last - 2.0 * before
    return pd.DataFrame({"last": last, "before": before}), chance.random(30_000) < 1 / (1 + np.exp(-odds))


def test_a_card_that_pays_for_lateness_says_so_and_with_a_trend_it_does_not(
    told_twice: tuple[pd.DataFrame, np.ndarray],
) -> None:
    free = Scorecard().fit(*told_twice)
    assert [(one.characteristic, one.why) for one in free.warnings_] == [("before", "against_rates")]
    (before,) = (c for c in free.table_.characteristics if c.name == "before")
    assert free.warnings_[0].figure in {float(attribute.points) for attribute in before.attributes}
    assert Scorecard(trends="ascending").fit(*told_twice).warnings_ == ()
