"""Reject inference: learning also from those who were refused, whose outcomes nobody saw.

No method creates knowledge of them; each makes an assumption and says it. `augmented` gives the sample that any
classifier with weights can be fitted on.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard.outcomes import read_bads, read_chances
from goodstanding.wording import one_of, tr

Method: TypeAlias = Literal["parcelling", "fuzzy", "reweighting"]
Floats: TypeAlias = NDArray[np.float64]

PARCELS = 10


@dataclass(frozen=True)
class Augmented:
    """Rows of accepted and refused people, by number, with outcome and weight; refused ones count on from accepted."""

    row: NDArray[np.int64]
    bad: NDArray[np.bool_]
    weight: Floats


def augmented(
    method: Method,
    bad: ArrayLike,
    chance_accepted: ArrayLike,
    chance_refused: ArrayLike,
    *,
    worse: float = 1.0,
    seed: int = 0,
) -> Augmented:
    """The sample with the refused in it.

    `bad` and `chance_accepted` are of the n accepted, `chance_refused` of the m refused; chances of bad are by a card
    fitted on the accepted alone. `worse` is how many times worse the odds of the refused are than those of accepted
    people of the same score; no data say it, so it is asked for.

    "parcelling": in each tenth by chance, refused people are drawn bad at the accepted ones' rate there, made worse.
    "fuzzy": each refused person counts as bad by their chance, made worse, and as good by the rest (Siddiqi 2006).
    "reweighting": only the accepted, each weighted by how many like them applied (assumes that `worse` is 1).
    Raises BadInput for outcomes other than 0 and 1, chances outside 0 to 1, one of either missing, or odds not above 0.
    """
    if method not in get_args(Method):
        expected = one_of(get_args(Method))
        raise BadInput(where="method", found=repr(method), expected=expected, do=tr("Correct the name."))
    bad = read_bads(bad)
    chance_accepted = read_chances(chance_accepted, "chance_accepted")
    chance_refused = read_chances(chance_refused, "chance_refused")
    if len(bad) != len(chance_accepted):
        raise BadInput(
            where="bad",
            found=str(len(bad)),
            expected=tr("{n} outcomes", n=len(chance_accepted)),
            do=tr("Give one for each row."),
        )
    if not 0 < worse < np.inf:
        raise BadInput(
            where="worse", found=str(worse), expected=tr("odds above 0"), do=tr("Use 1 for no worse than the accepted.")
        )
    n, m = len(bad), len(chance_refused)
    accepted, refused = np.arange(n), np.arange(n, n + m)
    if method == "reweighting":
        return Augmented(accepted, bad, _applied(chance_accepted, chance_refused))
    if method == "fuzzy":
        share = _made_worse(chance_refused, worse)
        return Augmented(
            np.concatenate([accepted, refused, refused]),
            np.concatenate([bad, np.ones(m, dtype=bool), np.zeros(m, dtype=bool)]),
            np.concatenate([np.ones(n), share, 1 - share]),
        )
    drawn = _parcelled(bad, chance_accepted, chance_refused, worse, seed)
    return Augmented(np.concatenate([accepted, refused]), np.concatenate([bad, drawn]), np.ones(n + m))


def _parcelled(
    bad: NDArray[np.bool_], chance_accepted: Floats, chance_refused: Floats, worse: float, seed: int
) -> NDArray[np.bool_]:
    """Outcomes for the refused: in each parcel as many bad as the rate says, who exactly being drawn."""
    rng = np.random.default_rng(seed)
    ours, theirs = _parcels(chance_accepted, chance_refused)
    drawn = np.zeros(len(chance_refused), dtype=bool)
    for parcel in np.unique(theirs):
        people, like = np.flatnonzero(theirs == parcel), ours == parcel
        # Where nobody like them was accepted, the chance itself has to do.
        known = (bad[like].sum() + 0.5) / (like.sum() + 1) if like.any() else chance_refused[people].mean()
        rate = float(_made_worse(np.array([known]), worse)[0])
        exact = rate * len(people)
        bads = int(exact) + int(rng.random() < exact - int(exact))
        drawn[rng.choice(people, bads, replace=False)] = True
    return drawn


def _applied(chance_accepted: Floats, chance_refused: Floats) -> Floats:
    """How many applied for each one accepted, by parcel; the mean weight stays 1."""
    ours, theirs = _parcels(chance_accepted, chance_refused)
    accepted = np.bincount(ours, minlength=PARCELS)
    applied = accepted + np.bincount(theirs, minlength=PARCELS)
    weight = (applied / np.maximum(accepted, 1))[ours]
    return weight / weight.mean()


def _parcels(chance_accepted: Floats, chance_refused: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tenths of all who applied, by chance of bad."""
    cuts = np.quantile(np.concatenate([chance_accepted, chance_refused]), np.arange(1, PARCELS) / PARCELS)
    return np.searchsorted(cuts, chance_accepted, side="right"), np.searchsorted(cuts, chance_refused, side="right")


def _made_worse(chance: Floats, worse: float) -> Floats:
    odds = worse * chance / np.maximum(1 - chance, 1e-12)
    return odds / (1 + odds)
