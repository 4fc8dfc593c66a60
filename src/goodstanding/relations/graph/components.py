"""Components: who can be reached from whom over ties."""

import numpy as np
from numba import njit

from goodstanding.relations.graph.csr import Graph, Ints, Nodes


def components(graph: Graph) -> Ints:
    """The component of each node (n), named by the least node in it."""
    return _components(graph.offsets, graph.neighbours)


@njit(cache=True)
def _components(offsets: Ints, neighbours: Nodes) -> Ints:
    """Union of sets with path halving (Tarjan and van Leeuwen 1984); the lesser root wins, so it is the least node."""
    nodes = len(offsets) - 1
    parent = np.arange(nodes)
    for node in range(nodes):
        for place in range(offsets[node], offsets[node + 1]):
            if neighbours[place] < node:
                a, b = node, np.int64(neighbours[place])
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                if a < b:
                    parent[b] = a
                else:
                    parent[a] = b
    for node in range(nodes):
        parent[node] = parent[parent[node]]
    return parent
