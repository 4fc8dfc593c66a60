"""The graph measured by queries gives what the arrays give, on DuckDB and on Spark."""

from collections.abc import Callable
from itertools import combinations, count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, Engine
from goodstanding.engines.spark import Spark
from goodstanding.relations.graph import components, core_numbers, graph_measures, graph_of, ranks

Ties = list[tuple[int, int]]
MOST = 10


@pytest.fixture
def scratch(tmp_path: Path) -> Callable[[], Path]:
    """Paths for files that do not exist yet."""
    numbers = count()
    return lambda: tmp_path / f"{next(numbers):06d}"


def person(node: int) -> str:
    return f"p{node:02d}"


def by_query(engine: Engine, ties: Ties, scratch: Callable[[], Path]) -> list[tuple[str, int, str, int, int]]:
    both = {pair for a, b in ties for pair in ((a, b), (b, a)) if a != b}
    rows = ", ".join(f"('{person(a)}', '{person(b)}')" for a, b in sorted(both))
    engine.keep("edges", f"SELECT * FROM (VALUES {rows}) AS v (person_id, other_person)")
    found = engine.rows(f"SELECT * FROM {graph_measures(engine, 'edges', scratch)} AS m ORDER BY person_id")
    return [(r["person_id"], r["ties"], r["component"], r["core"], r["rank"]) for r in found]


def in_arrays(ties: Ties) -> list[tuple[str, int, str, int, int]]:
    graph = graph_of(MOST, *np.array(ties, dtype=np.int64).T)
    columns = graph.degrees, components(graph), core_numbers(graph), ranks(graph)
    rows = enumerate(zip(*(column.tolist() for column in columns), strict=True))
    return [(person(n), ties_of, person(least), core, rank) for n, (ties_of, least, core, rank) in rows if ties_of]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda t: t[0] != t[1]), min_size=1, max_size=25)
)
def test_queries_on_duckdb_measure_a_graph_as_arrays_do(scratch: Callable[[], Path], ties: Ties) -> None:
    with Duck() as duck:
        assert by_query(duck, ties, scratch) == in_arrays(ties)


def test_queries_on_spark_measure_a_graph_as_arrays_do(spark: Spark, scratch: Callable[[], Path]) -> None:
    ties = [*combinations(range(4), 2), (3, 4), (4, 5), (7, 8)]
    assert by_query(spark, ties, scratch) == in_arrays(ties)
