"""One round of additive boosting, compiled: every characteristic is visited once.

A visit makes some cuts by Newton's method, each at a part of its full step; the gradient follows to first order.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning import ClassCodes, Floats

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
# What gains less than half the price is looked at every so many rounds.
LOOKED_AT = 5


class RoundClasses(NamedTuple):
    """The classes of p characteristics: how many, the numbers of the ordinary ones, which are levels without an order.

    `signs` are those of trends: 1 rises, -1 falls, 0 does not bind. `pulls` are how much information the value of a
    level is drawn to 0 by, 0 where it is the step that is drawn.

    A named tuple is what the compiler takes.
    """

    sizes: NDArray[np.int64]
    firsts: NDArray[np.int64]
    ends: NDArray[np.int64]
    named: NDArray[np.bool_]
    signs: NDArray[np.int64]
    pulls: Floats


@njit(cache=True)
def visit_all(  # noqa: PLR0913, PLR0917 # pragma: no cover - compiled
    codes: ClassCodes,
    classes: RoundClasses,
    z: Floats,
    gradient: Floats,
    curvature: Floats,
    shape: Floats,
    gains: Floats,
    price: float,
    taken: int,
    missing_is_average: bool,  # noqa: FBT001
) -> float:
    """Visit every characteristic once: move its shape and the rows' log-odds; the move of the intercept.

    One whose shape is 0 yet comes in where the first cut of its visit gains more than the price; `gains` (p) is told
    that gain. `taken` rounds were before this one.
    """
    most = shape.shape[1]
    g, h, move = np.empty(most), np.empty(most), np.empty(most)
    # The intercept is a move of every class.
    moved = codes[0]
    of_all = -gradient.sum() / (curvature.sum() + 1e-12)
    move[:] = of_all
    for j in range(len(codes)):
        # Far from coming in: it is looked at again, but not each round.
        if price > 0 and taken % LOOKED_AT and gains[j] < price / 2:
            continue
        size = classes.sizes[j]
        _moved_and_counted(moved, move, codes[j], z, gradient, curvature, g[:size], h[:size])
        moved = codes[j]
        _visit(classes, j, g, h, shape[j], move, gains, price, missing_is_average)
        shape[j, :size] += move[:size]
    for i in range(len(z)):
        z[i] += move[moved[i]]
    return of_all


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
def _visit(  # noqa: PLR0913, PLR0917 # pragma: no cover - compiled
    classes: RoundClasses,
    j: int,
    g: Floats,
    h: Floats,
    shape: Floats,
    move: Floats,
    gains: Floats,
    price: float,
    missing_is_average: bool,  # noqa: FBT001
) -> None:
    """The move of one characteristic: some cuts one after the other, each at RATE of its full step."""
    size = classes.sizes[j]
    step = np.empty(size)
    move[:] = 0.0
    outside = np.abs(shape[:size]).max() == 0
    for cut in range(CUTS):
        _steps(classes, j, g, h, shape, move, step)
        if missing_is_average:
            step[0] = 0.0
            step[1:] -= (step[1:] * h[1:size]).sum() / (h[1:size].sum() + 1e-12)
        if outside and cut == 0:
            gains[j] = _gain(classes, j, g[:size], h[:size], step)
            if price > 0 and gains[j] <= price:
                break
        for c in range(size):
            move[c] += RATE * step[c]
            g[c] += RATE * step[c] * h[c]
    for c in range(size):
        move[c] = min(max(move[c], -MOST_MOVE), MOST_MOVE)


@njit(cache=True)
def _gain(classes: RoundClasses, j: int, g: Floats, h: Floats, step: Floats) -> float:  # pragma: no cover - compiled
    """Twice the log-likelihood that a step gains beyond one for all, less one for each value of its own past the first.

    So much each is expected to gain by chance. A number's best cut gains more: that is what the price is for.
    """
    found, own = 0.0, 0.0
    for c in range(len(step)):
        found -= 2 * g[c] * step[c] + h[c] * step[c] * step[c]
        own += h[c] > 0 and (classes.named[j] or not classes.firsts[j] <= c < classes.ends[j])
    # Of levels two are one cut's worth; what is missing or special stands beside the cut of the numbers.
    spare = max(own - 2, 0.0) if classes.named[j] else own
    return found - g.sum() ** 2 / (h.sum() + RIDGE) - spare


@njit(cache=True)
def _steps(  # noqa: PLR0913, PLR0917 # pragma: no cover - compiled
    classes: RoundClasses, j: int, g: Floats, h: Floats, shape: Floats, move: Floats, step: Floats
) -> None:
    """A Newton step for each class: its own for missing, special and named ones, two for numbers at the best cut."""
    first, end, sign = classes.firsts[j], classes.ends[j], classes.signs[j]
    # Where there is a pull the value itself is drawn to 0, not the step: in many steps levels that differ by chance
    # would come apart.
    pull, of_value = (classes.pulls[j], 1.0) if classes.pulls[j] > 0 else (RIDGE, 0.0)
    for c in range(len(step)):
        step[c] = -(g[c] + of_value * pull * (shape[c] + move[c])) / (h[c] + pull)
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
