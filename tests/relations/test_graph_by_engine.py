"""The graph measured by queries gives what the arrays give, on DuckDB and on Spark."""

from collections.abc import Callable, Iterator
from itertools import combinations, count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, Engine
from goodstanding.engines.spark import Spark
from goodstanding.relations.graph import components, core_numbers, graph_measures, graph_of, ranks
from goodstanding.relations.graph.graph_queries import whole

Ties = list[tuple[int, int]]
MOST = 10


@pytest.fixture
def scratch(tmp_path: Path) -> Callable[[], Path]:
    """Paths for files that do not exist yet."""
    numbers = count()
    return lambda: tmp_path / f"{next(numbers):06d}"


def person(node: int) -> str:
    return f"p{node:04d}"


@pytest.fixture(params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine."""
    if request.param == "spark":
        yield request.getfixturevalue("spark")
        return
    with Duck() as duck:
        yield duck


def by_query(engine: Engine, ties: Ties, scratch: Callable[[], Path]) -> list[tuple[str, int, str, int, int]]:
    both = {pair for a, b in ties for pair in ((a, b), (b, a)) if a != b}
    rows = ", ".join(f"('{person(a)}', '{person(b)}')" for a, b in sorted(both))
    engine.keep("edges", f"SELECT * FROM (VALUES {rows}) AS v (person_id, other_person)")
    found = engine.rows(f"SELECT * FROM {graph_measures(engine, 'edges', scratch)} AS m ORDER BY person_id")
    return [(r["person_id"], r["ties"], r["component"], r["core"], r["rank"]) for r in found]


def in_arrays(ties: Ties, nodes: int = MOST) -> list[tuple[str, int, str, int, int]]:
    graph = graph_of(nodes, *np.array(ties, dtype=np.int64).T)
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


def test_a_long_chain_is_measured_in_few_rounds(scratch: Callable[[], Path]) -> None:
    # Mixed up, so that the least is not always next door.
    chain = [(37 * n % 300, 37 * (n + 1) % 300) for n in range(299)]
    made = []

    def counted() -> Path:
        made.append(scratch())
        return made[-1]

    with Duck() as duck:
        assert by_query(duck, chain, counted) == in_arrays(chain, 300)
    assert len(made) < 300
    assert len([path for path in made if path.exists()]) <= 5


@pytest.mark.parametrize(("a", "b"), [(41043090717541397, 100), (2**63 - 1, 7), (2**53 + 1, 1), (6, 7), (0, 3)])
def test_a_whole_part_is_exact_beyond_what_a_double_holds(engine: Engine, a: int, b: int) -> None:
    numbers = f"SELECT CAST({a} AS BIGINT) AS a, CAST({b} AS BIGINT) AS b"
    assert engine.value(f"SELECT {whole('a', 'b')} AS whole FROM ({numbers}) AS n") == a // b
