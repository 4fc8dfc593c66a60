"""A card's SQL against a plain lookup, on the cut values above all."""

from bisect import bisect_right
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck
from goodstanding.scorecard import Attribute, Card, CardCharacteristic, half_width_sql, points_sql, total_sql

# The engine is only asked; examples may share it.
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
finite = st.floats(-1e15, 1e15).map(lambda value: value + 0.0)
short = st.tuples(st.integers(-100_000, 100_000), st.integers(0, 6)).map(lambda pair: round(pair[0] / 10 ** pair[1], 6))
cuts = st.lists(finite | short, min_size=1, max_size=7, unique=True).map(sorted)


def _characteristic(cuts: list[float], name: str = "x", missing_variance: int = 9) -> CardCharacteristic:
    bounds = [None, *cuts]
    attributes = tuple(Attribute(bounds[i], 10 * i - 25, variance=i * i) for i in range(len(bounds)))
    return CardCharacteristic(name, "credit_history", attributes, missing_variance)


def _around(cuts: list[float]) -> list[float | None]:
    """Each cut, the nearest numbers on both sides, and what lies between."""
    at = [float(v) for cut in cuts for v in (cut, np.nextafter(cut, -np.inf), np.nextafter(cut, np.inf))]
    return [*at, *((a + b) / 2 for a, b in pairwise(cuts)), cuts[0] - 1e9, cuts[-1] + 1e9, None]


def _ask(duck: Duck, sql: str, values: list[float | None], kind: str = "DOUBLE") -> list[int]:
    """What the SQL gives for each value of `x`."""
    known = np.array([value is not None for value in values])
    duck.table("given", {"n": np.arange(len(values)), "known": known, "v": np.array([v or 0.0 for v in values])})
    asked = f"SELECT n, CASE WHEN known THEN CAST(v AS {kind}) END AS x FROM given"
    return [row["found"] for row in duck.rows(f"SELECT {sql} AS found FROM ({asked}) ORDER BY n")]


@often
@given(cuts=cuts)
def test_points_are_those_of_the_attribute_a_value_is_in(duck: Duck, cuts: list[float]) -> None:
    values = _around(cuts)
    expected = [0 if value is None else 10 * bisect_right(cuts, value) - 25 for value in values]
    assert _ask(duck, points_sql(_characteristic(cuts)), values) == expected


@often
@given(cuts=st.lists(short, min_size=1, max_size=5, unique=True).map(sorted))
def test_whole_numbers_meet_the_same_bounds(duck: Duck, cuts: list[float]) -> None:
    values: list[float | None] = [float(v) for cut in cuts for v in (np.floor(cut), np.ceil(cut), round(cut) + 1)]
    expected = [10 * bisect_right(cuts, value) - 25 for value in values if value is not None]
    assert _ask(duck, points_sql(_characteristic(cuts)), values, "BIGINT") == expected


def test_a_characteristic_of_one_attribute_gives_its_points_to_all_who_are_known(duck: Duck) -> None:
    only = CardCharacteristic("x", "credit_history", (Attribute(None, 7),), missing_variance=0)
    assert _ask(duck, points_sql(only), [1.0, -1e300, None]) == [7, 7, 0]


def _card(*characteristics: CardCharacteristic) -> Card:
    return Card("sesame", "1.0.0", "", "expert", 600, (350, 950), characteristics)


def test_the_total_is_the_base_and_all_points(duck: Duck) -> None:
    card = _card(_characteristic([0.5]), _characteristic([1.0, 2.0]))
    assert _ask(duck, total_sql(card), [0.0, 0.5, 1.5, 2.0, None]) == [550, 560, 570, 580, 600]


def test_half_the_interval_is_that_of_the_variances_together(duck: Duck) -> None:
    card = _card(_characteristic([0.5], missing_variance=100), _characteristic([0.5], missing_variance=300))
    # 1.645 standard deviations of 0 + 0, 1 + 1 and 100 + 300 points squared.
    assert _ask(duck, half_width_sql(card), [0.0, 1.0, None]) == [0, 2, 33]


@pytest.mark.parametrize("sql", [total_sql, half_width_sql])
def test_a_card_without_characteristics_still_compiles(duck: Duck, sql: object) -> None:
    assert callable(sql)
    assert _ask(duck, sql(_card()), [1.0]) == [600 if sql is total_sql else 0]
