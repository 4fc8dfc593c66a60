"""Cores: how tightly people hang together."""

import numpy as np
from numba import njit

from goodstanding.relations.graph.csr import Graph, Ints, Nodes


def core_numbers(graph: Graph) -> Ints:
    """The core number of each node (n): the greatest k so that it is among people who each have k ties within.

    Batagelj and Zaversnik, An O(m) algorithm for cores decomposition of networks (2003).
    """
    return _core_numbers(graph.offsets, graph.neighbours)


@njit(cache=True)
def _core_numbers(offsets: Ints, neighbours: Nodes) -> Ints:
    """Take nodes away, those of the least degree first; what is left of a node's degree then is its core number."""
    nodes = len(offsets) - 1
    left = offsets[1:] - offsets[:-1]
    most = 0 if nodes == 0 else left.max()
    starts = np.zeros(most + 2, dtype=np.int64)
    for node in range(nodes):
        starts[left[node] + 1] += 1
    for degree in range(most + 1):
        starts[degree + 1] += starts[degree]
    order, place_of = np.empty(nodes, dtype=np.int64), np.empty(nodes, dtype=np.int64)
    filled = starts[:-1].copy()
    for node in range(nodes):
        place_of[node] = filled[left[node]]
        order[place_of[node]] = node
        filled[left[node]] += 1
    for place in range(nodes):
        node = order[place]
        for tie in range(offsets[node], offsets[node + 1]):
            other = neighbours[tie]
            if left[other] > left[node]:
                # Swapped with the first of its degree, it belongs to the degree below.
                first = starts[left[other]]
                swapped, there = order[first], place_of[other]
                order[first], order[there] = other, swapped
                place_of[other], place_of[swapped] = first, there
                starts[left[other]] += 1
                left[other] -= 1
    return left
