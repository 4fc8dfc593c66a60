"""Additive boosting: for each characteristic a shape over its fine classes, in log-odds of bad.

One characteristic after another, some cuts a visit, by Newton's method (Friedman 2001; Lou, Caruana and Gehrke 2012),
as often as the weight that is left out says; the mean over the folds that were left out is the shape.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Codes, FineClasses, Floats, Trend
from goodstanding.scorecard.fitting.design import outcomes
from goodstanding.scorecard.fitting.folds import fold_weights

RATE = 0.2
# Cuts a visit. A visit costs two passes over the rows, its cuts next to nothing; with more, characteristics take what
# is due to others, with fewer the same shapes take longer.
CUTS = 4
# The most that a visit moves a class, in log-odds: further away the quadratic that the cuts follow no longer holds.
MOST_MOVE = 0.5
# Strength of the pull of a step to 0.
RIDGE = 5.0
# The least on either side of a cut: information (weight x p x (1 - p)), or bads beyond what was expected or short of
# it. A small group that nearly all went bad has little information where bads are rare, until it is cut off.
LEAST_SEEN = 3.0
MOST_ROUNDS = 200
PATIENCE = 3
# A round is better only if it gains more than this share of the loss: the rest is noise and would take many rounds.
LEAST_GAIN = 1e-4
FOLDS = 5
# Two draws of the folds where that is cheap; with many rows only so many folds are fitted as have ROWS_FITTED together
# (where rows are many, fits without one fold or another hardly differ); past MOST_ROWS that many are learned from.
TWICE_UP_TO = 20_000
ROWS_FITTED = 250_000
MOST_ROWS = 200_000
DIGITS = 9
SIGNED: dict[Trend, int] = {"ascending": 1, "descending": -1}


class _Classes(NamedTuple):
    """The classes of p characteristics: how many, the numbers of the ordinary ones, which are levels without an order.

    `signs` are those of trends: 1 rises, -1 falls, 0 does not bind.

    A named tuple is what the compiler takes.
    """

    sizes: NDArray[np.int64]
    firsts: NDArray[np.int64]
    ends: NDArray[np.int64]
    named: NDArray[np.bool_]
    signs: NDArray[np.int64]


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
    classes = _Classes(
        sizes=np.array([f.size for f in fine]),
        firsts=np.array([f.first for f in fine]),
        ends=np.array([f.end for f in fine]),
        named=np.array([f.levels is not None and not f.ordered for f in fine]),
        signs=np.array([SIGNED.get(trend, 0) for trend in trends]),
    )
    found: list[Floats] = []
    rounds: list[int] = []
    for draw in range(2 if len(bad) <= TWICE_UP_TO else 1):
        for left_out in fold_weights(codes, bad, weight, FOLDS, seed + draw, max(ROWS_FITTED // len(bad), 1)):
            kept = np.maximum(weight - left_out, 0.0)
            if min(kept[bad].sum(), kept[~bad].sum(), left_out[bad].sum(), left_out[~bad].sum()) <= 0:
                continue
            shape, taken = _boosted(
                codes, classes, bad.astype(np.float64), kept, left_out, missing_is_average=missing_is_average
            )
            found.append(shape)
            rounds.append(taken)
    if not found:
        return Shapes(np.zeros((len(fine), int(classes.sizes.max()))), ())
    # Further digits depend on the order of rows.
    return Shapes(np.asarray(np.round(np.mean(found, axis=0), DIGITS), dtype=np.float64), tuple(rounds))


def _enough(codes: Codes, bad: NDArray[np.bool_], weight: Floats, seed: int) -> tuple[Codes, NDArray[np.bool_], Floats]:
    """At most about MOST_ROWS rows, drawn by what they say, in the proportions of the whole."""
    if len(bad) <= MOST_ROWS:
        return codes, bad, weight
    parts = -(-len(bad) // MOST_ROWS)
    drawn = fold_weights(codes, bad, weight, parts, seed, 1)[0]
    rows = np.flatnonzero(drawn > 0)
    return np.ascontiguousarray(codes[:, rows]), bad[rows], drawn[rows]


def _boosted(
    codes: Codes, classes: _Classes, y: Floats, kept: Floats, left_out: Floats, *, missing_is_average: bool
) -> tuple[Floats, int]:
    """Boost on the kept weight; return the shapes of the round that was best on the weight left out, and its number.

    Within a round the gradient follows each step to first order; it is made exact at the start of the next.
    """
    shape = np.zeros((len(codes), int(classes.sizes.max())))
    best, least, best_round = shape.copy(), np.inf, 0
    z = np.full(len(y), np.log((kept @ y) / (kept @ (1 - y))))
    tested = np.flatnonzero(left_out)
    for taken in range(MOST_ROUNDS):
        loss = outcomes(z[tested], y[tested], left_out[tested]).loss
        if loss < least * (1 - LEAST_GAIN):
            best, least, best_round = shape.copy(), loss, taken
        elif taken - best_round >= PATIENCE:
            break
        now = outcomes(z, y, kept)
        _round(codes, classes, z, now.error, now.information, shape, missing_is_average)
    return best, best_round


@njit(cache=True)
def _round(  # noqa: PLR0913, PLR0917 # pragma: no cover - compiled
    codes: Codes,
    classes: _Classes,
    z: Floats,
    gradient: Floats,
    curvature: Floats,
    shape: Floats,
    missing_is_average: bool,  # noqa: FBT001
) -> None:
    """Visit every characteristic once: move its shape and the rows' log-odds."""
    most = shape.shape[1]
    g, h, move = np.empty(most), np.empty(most), np.empty(most)
    # The intercept is a move of every class.
    moved = codes[0]
    move[:] = -gradient.sum() / (curvature.sum() + 1e-12)
    for j in range(len(codes)):
        size = classes.sizes[j]
        _moved_and_counted(moved, move, codes[j], z, gradient, curvature, g[:size], h[:size])
        moved = codes[j]
        _visit(classes, j, g, h, move, missing_is_average)
        shape[j, :size] += move[:size]
    for i in range(len(z)):
        z[i] += move[moved[i]]


@njit(cache=True)
def _moved_and_counted(  # noqa: PLR0913, PLR0917 # pragma: no cover - compiled
    moved: NDArray[np.uint8],
    move: Floats,
    codes: NDArray[np.uint8],
    z: Floats,
    gradient: Floats,
    curvature: Floats,
    g: Floats,
    h: Floats,
) -> None:
    """Let the rows follow the last move, and sum their slopes by class of the next characteristic, in one pass."""
    # Four sums side by side: a row need not wait for the one before it, which is often of the same class.
    sums = np.zeros((4, len(g), 2))
    for i in range(len(z)):
        by = move[moved[i]]
        z[i] += by
        gradient[i] += curvature[i] * by
        c = codes[i]
        sums[i & 3, c, 0] += gradient[i]
        sums[i & 3, c, 1] += curvature[i]
    for c in range(len(g)):
        g[c] = sums[0, c, 0] + sums[1, c, 0] + sums[2, c, 0] + sums[3, c, 0]
        h[c] = sums[0, c, 1] + sums[1, c, 1] + sums[2, c, 1] + sums[3, c, 1]


@njit(cache=True)
def _visit(  # pragma: no cover - compiled
    classes: _Classes,
    j: int,
    g: Floats,
    h: Floats,
    move: Floats,
    missing_is_average: bool,  # noqa: FBT001
) -> None:
    """The move of one characteristic: some cuts one after the other, each at RATE of its full step."""
    size = classes.sizes[j]
    step = np.empty(size)
    move[:] = 0.0
    for _ in range(CUTS):
        _steps(classes, j, g, h, step)
        if missing_is_average:
            step[0] = 0.0
            step[1:] -= (step[1:] * h[1:size]).sum() / (h[1:size].sum() + 1e-12)
        for c in range(size):
            move[c] += RATE * step[c]
            g[c] += RATE * step[c] * h[c]
    for c in range(size):
        move[c] = min(max(move[c], -MOST_MOVE), MOST_MOVE)


@njit(cache=True)
def _steps(classes: _Classes, j: int, g: Floats, h: Floats, step: Floats) -> None:  # pragma: no cover - compiled
    """A Newton step for each class: its own for missing, special and named ones, two for numbers at the best cut."""
    first, end, sign = classes.firsts[j], classes.ends[j], classes.signs[j]
    for c in range(len(step)):
        step[c] = -g[c] / (h[c] + RIDGE)
    if classes.named[j] or end - first < 1:
        return
    all_g, all_h = g[first:end].sum(), h[first:end].sum()
    low_g = low_h = 0.0
    greatest, at = 0.0, -1
    for c in range(first, end - 1):
        low_g += g[c]
        low_h += h[c]
        high_g, high_h = all_g - low_g, all_h - low_h
        if max(low_h, abs(low_g)) < LEAST_SEEN or max(high_h, abs(high_g)) < LEAST_SEEN:
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
