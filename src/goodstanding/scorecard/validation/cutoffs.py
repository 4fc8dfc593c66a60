"""What each cut-off would mean: who is taken, and how many of them go bad."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard.outcomes import check_alike, read_bads, read_numbers
from goodstanding.wording import tr


@dataclass(frozen=True)
class Cutoff:
    """Taking everybody with at least `score` points: shares (0 to 1) of all people, goods and bads taken, and the bad
    rate among those taken (0 where nobody is)."""  # noqa: D205, D209

    score: int
    taken: float
    goods_taken: float
    bads_taken: float
    bad_rate: float


def cutoff_table(score: ArrayLike, bad: ArrayLike, cutoffs: Sequence[int]) -> tuple[Cutoff, ...]:
    """What each cut-off would have meant for n people with known outcomes.

    Raises BadInput for a missing score or outcome, outcomes other than 0 and 1, and a cut-off that is not whole.

    >>> [cutoff.taken for cutoff in cutoff_table([500, 600, 700, 800], [1, 0, 0, 0], [550, 750])]
    [0.75, 0.25]
    """
    points, bads, least = read_numbers(score, "score"), read_bads(bad), read_numbers(cutoffs, "cutoffs")
    check_alike(score=points, bad=bads)
    if (least != np.rint(least)).any():
        found = ", ".join(f"{cutoff:g}" for cutoff in least)
        raise BadInput(
            where="cutoffs", found=found, expected=tr("whole numbers"), do=tr("Round them: scores are whole.")
        )
    return tuple(_cutoff(points >= cutoff, bads, int(cutoff)) for cutoff in least)


def _cutoff(taken: NDArray[np.bool_], bad: NDArray[np.bool_], cutoff: int) -> Cutoff:
    goods, bads = int((taken & ~bad).sum()), int((taken & bad).sum())
    return Cutoff(
        cutoff,
        (goods + bads) / max(len(bad), 1),
        goods / max(int((~bad).sum()), 1),
        bads / max(int(bad.sum()), 1),
        bads / (goods + bads) if goods + bads else 0.0,
    )
