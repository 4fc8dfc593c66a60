"""What each cut-off would mean: who is taken, and how many of them go bad."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Cutoff:
    """Taking everybody with at least `score` points: shares (0 to 1) of all people, goods and bads taken, and the bad
    rate among those taken (0 where nobody is)."""  # noqa: D205, D209

    score: int
    taken: float
    goods_taken: float
    bads_taken: float
    bad_rate: float


def cutoff_table(score: NDArray[np.int64], bad: NDArray[np.bool_], cutoffs: Sequence[int]) -> tuple[Cutoff, ...]:
    """What each cut-off would have meant for n people with known outcomes."""
    return tuple(_cutoff(score >= cutoff, bad, int(cutoff)) for cutoff in cutoffs)


def _cutoff(taken: NDArray[np.bool_], bad: NDArray[np.bool_], cutoff: int) -> Cutoff:
    goods, bads = int((taken & ~bad).sum()), int((taken & bad).sum())
    return Cutoff(
        cutoff,
        (goods + bads) / max(len(bad), 1),
        goods / max(int((~bad).sum()), 1),
        bads / max(int(bad.sum()), 1),
        bads / (goods + bads) if goods + bads else 0.0,
    )
