"""Components, cores and ranks of random graphs against plain definitions."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodstanding.relations.graph import AVERAGE_RANK, Graph, components, core_numbers, graph_of, ranks

Ties = list[tuple[int, int]]
MOST = 12
TIES = st.lists(st.tuples(st.integers(0, MOST - 1), st.integers(0, MOST - 1)), max_size=40)
FEW = settings(max_examples=60, deadline=None)


def graph(ties: Sequence[tuple[int, int]], nodes: int = MOST) -> Graph:
    left, right = np.array([a for a, _ in ties], dtype=np.int64), np.array([b for _, b in ties], dtype=np.int64)
    return graph_of(nodes, left, right)


def neighbours(ties: Ties) -> dict[int, set[int]]:
    both = [pair for a, b in ties if a != b for pair in ((a, b), (b, a))]
    return {node: {b for a, b in both if a == node} for node in range(MOST)}


@FEW
@given(TIES)
@example([])
@example([(3, 3)])
def test_a_node_has_each_of_its_neighbours_once_in_order(ties: Ties) -> None:
    found = graph(ties)
    assert len(found) == MOST
    for node, expected in neighbours(ties).items():
        row = found.neighbours[found.offsets[node] : found.offsets[node + 1]]
        assert row.tolist() == sorted(expected)
        assert found.degrees[node] == len(expected)


@FEW
@given(TIES)
def test_a_component_is_all_that_can_be_reached_and_is_named_by_its_least_node(ties: Ties) -> None:
    known = neighbours(ties)

    def reached(node: int) -> set[int]:
        found, ahead = {node}, [node]
        while ahead:
            fresh = known[ahead.pop()] - found
            found |= fresh
            ahead += fresh
        return found

    assert components(graph(ties)).tolist() == [min(reached(node)) for node in range(MOST)]


@FEW
@given(TIES)
def test_a_core_number_is_what_is_left_when_those_with_fewer_ties_are_taken_away(ties: Ties) -> None:
    known = neighbours(ties)

    def core(k: int) -> set[int]:
        left = set(range(MOST))
        while weak := {node for node in left if len(known[node] & left) < k}:
            left -= weak
        return left

    expected = [max(k for k in range(MOST) if node in core(k)) for node in range(MOST)]
    assert core_numbers(graph(ties)).tolist() == expected


@FEW
@given(TIES)
def test_ranks_are_those_of_a_walk_that_begins_anew_15_times_of_100(ties: Ties) -> None:
    known = neighbours(ties)
    tied = [node for node in range(MOST) if known[node]]
    # The rank solves r = 0.15 + 0.85 M r, an average rank being 1.
    moves = np.array([[1 / len(known[j]) if i in known[j] else 0.0 for j in tied] for i in tied]).reshape(
        len(tied), len(tied)
    )
    exact = np.linalg.solve(np.eye(len(tied)) - 0.85 * moves, np.full(len(tied), 0.15))
    found = ranks(graph(ties))
    assert found[tied] / AVERAGE_RANK == pytest.approx(exact, abs=1e-5)
    assert [found[node] for node in range(MOST) if node not in tied] == [0] * (MOST - len(tied))


@FEW
@given(TIES, st.randoms(use_true_random=False))
def test_neither_order_nor_direction_nor_saying_it_twice_shows(ties: Ties, random: object) -> None:
    mixed = [(b, a) if n % 2 else (a, b) for n, (a, b) in enumerate([*ties, *ties[:5]])]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = graph(ties), graph(mixed)
    for measure in (components, core_numbers, ranks):
        assert measure(one).tolist() == measure(other).tolist()


def test_five_who_all_know_each_other_and_one_who_knows_one_of_them() -> None:
    found = graph([*permutations(range(5), 2), (5, 0)], nodes=7)
    assert core_numbers(found).tolist() == [4, 4, 4, 4, 4, 1, 0]
    assert components(found).tolist() == [0, 0, 0, 0, 0, 0, 6]
    assert ranks(found).argmax() == 0


def test_no_node_is_no_measure() -> None:
    nobody = graph([], nodes=0)
    assert [len(measure(nobody)) for measure in (components, core_numbers, ranks)] == [0, 0, 0]


def test_a_long_chain_is_one_component() -> None:
    chain = graph([(n, n + 1) for n in range(9_999)], nodes=10_000)
    assert set(components(chain).tolist()) == {0}
    assert set(core_numbers(chain).tolist()) == {1}


@pytest.mark.parametrize("ties", [10, 1_000, 100_000])
def test_the_rank_of_one_whom_everybody_knows_is_exact_to_a_millionth(ties: int) -> None:
    star = ranks(graph([(0, n) for n in range(1, ties + 1)], nodes=ties + 1)) / AVERAGE_RANK
    # hub = .15 + .85 n leaf, leaf = .15 + .85 hub / n
    hub = (0.15 + 0.85 * 0.15 * ties) / (1 - 0.85**2)
    assert star[0] == pytest.approx(hub, rel=1e-6)
    assert star[1:] == pytest.approx(0.15 + 0.85 * hub / ties, rel=1e-6)


@pytest.mark.parametrize("ends", [([0], [7]), ([-1], [0])])
def test_a_node_that_is_not_there_is_refused(ends: tuple[list[int], list[int]]) -> None:
    with pytest.raises(ValueError, match="expected 0 to 6"):
        graph_of(7, *map(np.array, ends))


def test_more_nodes_than_there_are_numbers_for_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected fewer than 2\^31"):
        graph_of(2**31, np.array([0]), np.array([1]))
