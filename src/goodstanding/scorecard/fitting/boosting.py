"""Additive boosting: for each characteristic a shape over its fine classes, in log-odds of bad.

One characteristic a step, one cut a step, by Newton's method (Friedman 2001; Lou, Caruana and Gehrke 2012), as often
as the weight that is left out says; the mean over the folds that were left out is the shape.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Codes, FineClasses, Floats, Trend
from goodstanding.scorecard.fitting.folds import fold_weights

RATE = 0.2
# Strength of the pull of a step to 0, and the least information (weight x p x (1 - p)) on either side of a cut.
RIDGE = 5.0
LEAST_INFORMATION = 3.0
MOST_ROUNDS = 400
PATIENCE = 20
# A round is better only if it gains more than this share of the loss: the rest is noise and would take many rounds.
LEAST_GAIN = 1e-5
FOLDS = 5
# Two draws of the folds where that is cheap; past MOST_ROWS the shapes are learned from that many.
TWICE_UP_TO = 20_000
MOST_ROWS = 200_000
SIGNED: dict[Trend, int] = {"ascending": 1, "descending": -1}


@dataclass(frozen=True)
class Shapes:
    """`value` (p x most classes) in log-odds of bad, and how many rounds each fold took."""

    value: Floats
    rounds: tuple[int, ...]


def boost(  # noqa: PLR0913 - all of it is the problem
    codes: Codes,
    fine: list[FineClasses],
    trends: list[Trend],
    bad: NDArray[np.bool_],
    weight: Floats,
    *,
    missing_is_average: bool,
    seed: int,
) -> Shapes:
    """Shapes for p characteristics of n rows (codes: p x n). Rising and falling trends hold, others do not bind.

    `missing_is_average` keeps what is missing at 0 and the mean of what is known too.
    """
    if not fine:
        return Shapes(np.zeros((0, 1)), ())
    codes, bad, weight = _enough(codes, bad, weight, seed)
    sizes = np.array([f.size for f in fine])
    firsts = np.array([f.first for f in fine])
    ends = np.array([f.size - (f.levels is not None) for f in fine])
    named = np.array([f.levels is not None for f in fine])
    signs = np.array([0 if f.levels is not None else SIGNED.get(t, 0) for f, t in zip(fine, trends, strict=True)])
    found: list[Floats] = []
    rounds: list[int] = []
    for draw in range(2 if len(bad) <= TWICE_UP_TO else 1):
        for left_out in fold_weights(codes, bad, weight, FOLDS, seed + draw):
            kept = weight - left_out
            if min(kept[bad].sum(), kept[~bad].sum(), left_out[bad].sum(), left_out[~bad].sum()) <= 0:
                continue
            shape, taken = _boosted(
                codes, sizes, firsts, ends, named, signs, bad.astype(np.float64), kept, left_out, missing_is_average
            )
            found.append(shape)
            rounds.append(int(taken))
    if not found:
        return Shapes(np.zeros((len(fine), int(sizes.max(initial=1)))), ())
    return Shapes(np.mean(found, axis=0), tuple(rounds))


def _enough(codes: Codes, bad: NDArray[np.bool_], weight: Floats, seed: int) -> tuple[Codes, NDArray[np.bool_], Floats]:
    """At most about MOST_ROWS rows, drawn by what they say, in the proportions of the whole."""
    if len(bad) <= MOST_ROWS:
        return codes, bad, weight
    parts = -(-len(bad) // MOST_ROWS)
    drawn = fold_weights(codes, bad, weight, parts, seed)[0]
    rows = np.flatnonzero(drawn > 0)
    return np.ascontiguousarray(codes[:, rows]), bad[rows], drawn[rows]


@njit(cache=True)
def _boosted(  # noqa: PLR0913, PLR0917 # pragma: no cover - compiled
    codes: Codes,
    sizes: NDArray[np.int64],
    firsts: NDArray[np.int64],
    ends: NDArray[np.int64],
    named: NDArray[np.bool_],
    signs: NDArray[np.int64],
    y: Floats,
    kept: Floats,
    left_out: Floats,
    missing_is_average: bool,  # noqa: FBT001
) -> tuple[Floats, int]:
    """Boost on the kept weight; return the shapes of the round that was best on the weight left out.

    Within a round the gradient follows each step to first order; it is made exact at the start of the next.
    """
    characteristics, rows = codes.shape
    shape = np.zeros((characteristics, sizes.max()))
    best = shape.copy()
    z = np.full(rows, np.log((kept * y).sum() / (kept * (1 - y)).sum()))
    gradient, curvature = np.empty(rows), np.empty(rows)
    g, h, step = np.empty(sizes.max()), np.empty(sizes.max()), np.empty(sizes.max())
    least, best_round = np.inf, 0
    for taken in range(MOST_ROUNDS):
        loss = 0.0
        for i in range(rows):
            small = np.exp(-abs(z[i]))
            p = 1 / (1 + small) if z[i] >= 0 else small / (1 + small)
            loss += left_out[i] * (np.log1p(small) + max(z[i], 0.0) - y[i] * z[i])
            gradient[i] = kept[i] * (p - y[i])
            curvature[i] = kept[i] * p * (1 - p)
        if loss < least * (1 - LEAST_GAIN):
            least, best_round = loss, taken
            best[:] = shape
        elif taken - best_round > PATIENCE:
            break
        move = -gradient.sum() / (curvature.sum() + 1e-12)
        for i in range(rows):
            z[i] += move
            gradient[i] += curvature[i] * move
        for j in range(characteristics):
            size = sizes[j]
            g[:size] = 0
            h[:size] = 0
            for i in range(rows):
                c = codes[j, i]
                g[c] += gradient[i]
                h[c] += curvature[i]
            _steps(g, h, step, size, firsts[j], ends[j], named[j], signs[j])
            if missing_is_average:
                step[0] = 0.0
                step[1:size] -= (step[1:size] * h[1:size]).sum() / (h[1:size].sum() + 1e-12)
            step[:size] *= RATE
            shape[j, :size] += step[:size]
            for i in range(rows):
                move = step[codes[j, i]]
                z[i] += move
                gradient[i] += curvature[i] * move
    return best, best_round


@njit(cache=True)
def _steps(  # noqa: PLR0913, PLR0917 # pragma: no cover - compiled
    g: Floats,
    h: Floats,
    step: Floats,
    size: int,
    first: int,
    end: int,
    named: bool,  # noqa: FBT001
    sign: int,
) -> None:
    """A Newton step for each class: its own for missing, special and named ones, two for numbers at the best cut."""
    for c in range(size):
        step[c] = -g[c] / (h[c] + RIDGE)
    if named or end - first < 1:
        return
    all_g, all_h = g[first:end].sum(), h[first:end].sum()
    low_g = low_h = 0.0
    greatest, at = 0.0, -1
    for c in range(first, end - 1):
        low_g += g[c]
        low_h += h[c]
        high_g, high_h = all_g - low_g, all_h - low_h
        if low_h < LEAST_INFORMATION or high_h < LEAST_INFORMATION:
            continue
        low, high = -low_g / (low_h + RIDGE), -high_g / (high_h + RIDGE)
        if sign * (high - low) < 0:
            continue
        gain = low_g * low_g / (low_h + RIDGE) + high_g * high_g / (high_h + RIDGE)
        # Equal but for the last digits is equal: the first cut stays.
        if gain > greatest * (1 + 1e-9):
            greatest, at = gain, c
    low = high = -all_g / (all_h + RIDGE)
    if at >= 0:
        low_g, low_h = g[first : at + 1].sum(), h[first : at + 1].sum()
        low = -low_g / (low_h + RIDGE)
        high = -(all_g - low_g) / (all_h - low_h + RIDGE)
    for c in range(first, end):
        step[c] = low if c <= at else high
