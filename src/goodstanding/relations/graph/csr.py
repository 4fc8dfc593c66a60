"""A graph as arrays: compressed sparse rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Nodes = NDArray[np.int32]


@dataclass(frozen=True)
class Graph:
    """n nodes, tied or not; those tied to node i are `neighbours[offsets[i]:offsets[i + 1]]`, in order, each once."""

    offsets: Ints
    neighbours: Nodes

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def degrees(self) -> Ints:
        """How many each node is tied to."""
        return np.diff(self.offsets)


def graph_of(nodes: int, left: NDArray[Any], right: NDArray[Any]) -> Graph:
    """The graph of ties between nodes 0 to n - 1; a tie said twice counts once, one with oneself not at all.

    Raises ValueError for a node outside them, or for 2^31 nodes and more.
    """
    if nodes > np.iinfo(np.int32).max:
        raise ValueError(f"{nodes} nodes; expected fewer than 2^31")
    for ends in (left, right):
        if len(ends) and not 0 <= ends.min() <= ends.max() < nodes:
            raise ValueError(f"nodes from {ends.min()} to {ends.max()}; expected 0 to {nodes - 1}")
    apart = left != right
    ends = left[apart].astype(np.int32), right[apart].astype(np.int32)
    return Graph(*_rows(nodes, *ends))


@njit(cache=True)
def _rows(nodes: int, left: Nodes, right: Nodes) -> tuple[Ints, Nodes]:
    starts = np.zeros(nodes + 1, dtype=np.int64)
    for tie in range(len(left)):
        starts[left[tie] + 1] += 1
        starts[right[tie] + 1] += 1
    for node in range(nodes):
        starts[node + 1] += starts[node]
    filled = starts[:-1].copy()
    found = np.empty(2 * len(left), dtype=np.int32)
    for tie in range(len(left)):
        a, b = left[tie], right[tie]
        found[filled[a]] = b
        filled[a] += 1
        found[filled[b]] = a
        filled[b] += 1
    offsets = np.zeros(nodes + 1, dtype=np.int64)
    count = 0
    for node in range(nodes):
        row = np.sort(found[starts[node] : starts[node + 1]])
        for place in range(len(row)):
            if place == 0 or row[place] != row[place - 1]:
                found[count] = row[place]
                count += 1
        offsets[node + 1] = count
    return offsets, found[:count].copy()
