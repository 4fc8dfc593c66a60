"""PageRank in whole numbers: the same on every engine, in whatever order it is added up."""

import numpy as np
from numba import njit

from goodstanding.relations.graph.csr import Graph, Ints, Nodes

AVERAGE_RANK = 1_000_000_000
# A step follows a tie 85 times of 100 and begins anew otherwise (Brin and Page 1998).
FOLLOWED, OF = 85, 100
# Rounds end when no rank moves by more than this, or after so many.
STILL = 1_000
MOST_ROUNDS = 100


def ranks(graph: Graph) -> Ints:
    """The PageRank of each tied node (n), in parts of AVERAGE_RANK; 0 for a node without ties, which has no part in it.

    Each round gives every node (OF - FOLLOWED) average ranks and FOLLOWED of what its neighbours hand on,
    each the whole part of its rank over its degree, all divided by OF and rounded down. A node may have
    10^8 neighbours: more would not be held by 64 bits.
    """
    now = np.where(graph.degrees > 0, AVERAGE_RANK, 0)
    for _ in range(MOST_ROUNDS):
        then, now = now, _round(graph.offsets, graph.neighbours, now)
        if len(now) == 0 or np.abs(now - then).max() <= STILL:
            break
    return now


@njit(cache=True)
def _round(offsets: Ints, neighbours: Nodes, now: Ints) -> Ints:
    nodes = len(now)
    share = np.zeros(nodes, dtype=np.int64)
    for node in range(nodes):
        degree = offsets[node + 1] - offsets[node]
        if degree > 0:
            share[node] = now[node] // degree
    fresh = np.zeros(nodes, dtype=np.int64)
    for node in range(nodes):
        if offsets[node + 1] > offsets[node]:
            got = 0
            for tie in range(offsets[node], offsets[node + 1]):
                got += share[neighbours[tie]]
            fresh[node] = ((OF - FOLLOWED) * AVERAGE_RANK + FOLLOWED * got) // OF
    return fresh
