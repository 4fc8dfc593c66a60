"""The SQL of one characteristic's points and of the interval, against a plain lookup, on the cut values above all."""

from bisect import bisect_right
from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck
from goodstanding.scorecard import Attribute, Characteristic, PointsTable, half_width_sql, points_sql

# The engine is only asked; examples may share it.
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
finite = st.floats(-1e15, 1e15).map(lambda value: value + 0.0)
short = st.tuples(st.integers(-100_000, 100_000), st.integers(0, 6)).map(lambda pair: round(pair[0] / 10 ** pair[1], 6))
cuts = st.lists(finite | short, min_size=1, max_size=7, unique=True).map(sorted)


def _characteristic(cuts: list[float], missing: Attribute, name: str = "x") -> Characteristic:
    bounds = [None, *cuts]
    attributes = tuple(Attribute(bounds[i], points=10 * i - 25, variance=i * i) for i in range(len(bounds)))
    return Characteristic(name, "credit_history", attributes, missing=missing)


def _table(*characteristics: Characteristic) -> PointsTable:
    return PointsTable(600, (350, 950), 650, 20, 40, characteristics)


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
@given(cuts=cuts, missing=st.integers(-50, 50))
def test_points_are_those_of_the_attribute_a_value_is_in(duck: Duck, cuts: list[float], missing: int) -> None:
    values = _around(cuts)
    expected = [missing if value is None else 10 * bisect_right(cuts, value) - 25 for value in values]
    assert _ask(duck, points_sql(_characteristic(cuts, Attribute(points=missing))), values) == expected


@often
@given(cuts=st.lists(short, min_size=1, max_size=5, unique=True).map(sorted))
def test_whole_numbers_meet_the_same_bounds(duck: Duck, cuts: list[float]) -> None:
    values: list[float | None] = [float(v) for cut in cuts for v in (np.floor(cut), np.ceil(cut), round(cut) + 1)]
    expected = [10 * bisect_right(cuts, value) - 25 for value in values if value is not None]
    assert _ask(duck, points_sql(_characteristic(cuts, Attribute())), values, "BIGINT") == expected


def test_a_characteristic_of_one_attribute_gives_its_points_to_all_who_are_known(duck: Duck) -> None:
    only = Characteristic("x", "credit_history", (Attribute(None, points=7),))
    assert _ask(duck, points_sql(only), [1.0, -1e300, None]) == [7, 7, 0]


def test_special_values_are_looked_at_before_ranges(duck: Duck) -> None:
    special = (Attribute(levels=(0.5,), points=100), Attribute(levels=(-9.0,), points=200))
    ranges = (Attribute(None, points=1), Attribute(0.5, points=2))
    coded = Characteristic("x", "", ranges, special=special, missing=Attribute(points=3))
    assert _ask(duck, points_sql(coded), [0.5, -9.0, -8.9, 0.6, None]) == [100, 200, 1, 2, 3]


def test_half_the_interval_is_that_of_the_variances_together(duck: Duck) -> None:
    table = _table(
        _characteristic([0.5], Attribute(variance=100)),
        _characteristic([0.5], Attribute(variance=300)),
    )
    # 1.645 standard deviations of 0 + 0, 1 + 1 and 100 + 300 points squared; never less than a point.
    assert _ask(duck, half_width_sql(table), [0.0, 1.0, None]) == [1, 2, 33]


def test_a_table_without_characteristics_is_no_surer_than_a_point(duck: Duck) -> None:
    assert _ask(duck, half_width_sql(_table()), [1.0]) == [1]
