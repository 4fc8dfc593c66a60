"""The best way to cut ordered classes into attributes, exactly.

Dynamic programming over runs of neighbouring classes (Bellman 1961; Jackson et al. 2005). What is best is the
caller's: a gain of each possible attribute, and a rate that must keep to the trend from attribute to attribute.
"""

# Compiled loops carry no types that a checker can follow.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning.tallies import Floats

Trend: TypeAlias = Literal["ascending", "descending", "peak", "valley", "none"]

Ints: TypeAlias = NDArray[np.integer]

_NEVER = -np.inf
# Sums nearer than this share are equal: the last digits of a sum depend on the order of rows, the answer must not.
TIE = 1e-11


@dataclass(frozen=True)
class Candidates:
    """Every possible attribute of B ordered classes, as (B + 1) x (B + 1) arrays: classes i to j - 1 are at [i, j].

    `gain` is what it adds, -inf where it is not allowed; `rate` is what must keep to the trend.
    """

    gain: Floats
    rate: Floats


def best_partitions(candidates: Candidates, most: int, trend: Trend) -> list[tuple[float, tuple[int, ...]]]:
    """For 1 to `most` attributes: the greatest sum of gains and the first class of each attribute but the first.

    A rate may stay as it is from one attribute to the next. "peak" rises, then falls; either part may be empty.
    Numbers of attributes that cannot be reached have the sum -inf and no cuts.
    """
    gain, rate = np.ascontiguousarray(candidates.gain), np.ascontiguousarray(candidates.rate)
    match trend:
        case "none":
            value, starts = _free(gain, most)
        case "ascending" | "descending":
            value, starts = _ordered(gain, rate if trend == "ascending" else -rate, most, turns=False)
        case "peak" | "valley":
            value, starts = _ordered(gain, rate if trend == "peak" else -rate, most, turns=True)
    return [
        (float(value[k]), tuple(int(start) for start in starts[k, 1 : k + 1]))
        if np.isfinite(value[k])
        else (_NEVER, ())
        for k in range(most)
    ]


@njit(cache=True)
def _free(gain: Floats, most: int) -> tuple[Floats, Ints]:
    """Without a trend: best sum with k + 1 attributes up to each class."""
    ends = gain.shape[0]
    value = np.full((most + 1, ends), -np.inf)
    before = np.zeros((most + 1, ends), np.int64)
    value[0, 0] = 0.0
    for k in range(1, most + 1):
        for j in range(1, ends):
            for i in range(j):
                total = value[k - 1, i] + gain[i, j]
                if total - value[k, j] > TIE * abs(total):
                    value[k, j] = total
                    before[k, j] = i
    best = np.full(most, -np.inf)
    starts = np.zeros((most, most + 1), np.int64)
    for k in range(1, most + 1):
        best[k - 1] = value[k, ends - 1]
        if best[k - 1] > -np.inf:
            end = ends - 1
            for step in range(k, 0, -1):
                end = before[step, end]
                starts[k - 1, step - 1] = end
    return best, starts


@njit(cache=True)
def _ordered(gain: Floats, rate: Floats, most: int, turns: bool) -> tuple[Floats, Ints]:  # noqa: FBT001
    """With a trend, the state is the last attribute [i, j] and whether the rate has turned.

    For each start i the attributes [h, i] that may come before are sorted by rate once, and each [i, j] finds its place
    among them once; then the best before it is one of running maxima: O(B^2 log B + most * B^2) and not O(most * B^3).
    """
    ends = gain.shape[0]
    phases = 2 if turns else 1
    value = np.full((most, phases, ends, ends), -np.inf)
    # For each state the start before it and whether the rate had turned there.
    before = np.zeros((most, phases, ends, ends, 2), np.int16)
    for phase in range(phases):
        value[0, phase, 0, :] = gain[0, :]
    orders = np.zeros((ends, ends), np.int64)
    last, first = np.zeros((ends, ends), np.int64), np.zeros((ends, ends), np.int64)
    for i in range(1, ends - 1):
        order = np.argsort(rate[:i, i], kind="mergesort")
        rates = rate[order, i]
        orders[i, :i] = order
        for j in range(i + 1, ends):
            if gain[i, j] > -np.inf:
                last[i, j] = np.searchsorted(rates, rate[i, j], side="right") - 1
                if turns:
                    first[i, j] = np.searchsorted(rates, rate[i, j], side="left")
    for k in range(1, most):
        for i in range(1, ends - 1):
            low, low_at = _so_far(value[k - 1, 0, :, i], orders[i, :i])
            _rise(value[k, 0, i], before[k, 0, i], gain[i], i, last[i], low, low_at)
            if turns:
                high, high_at, high_phase = _from_here(value[k - 1, :, :, i], orders[i, :i])
                _fall(value[k, 1, i], before[k, 1, i], gain[i], i, first[i], high, high_at, high_phase)
    return _traced(value, before)


@njit(cache=True)
def _so_far(value: Floats, order: Ints) -> tuple[Floats, Ints]:
    """The best of the starts in this order up to each place."""
    best, at = np.empty(len(order)), np.empty(len(order), np.int64)
    top, top_at = -np.inf, 0
    for place in range(len(order)):
        if value[order[place]] - top > TIE * abs(value[order[place]]):
            top, top_at = value[order[place]], order[place]
        best[place], at[place] = top, top_at
    return best, at


@njit(cache=True)
def _from_here(value: Floats, order: Ints) -> tuple[Floats, Ints, Ints]:
    """The best of the starts in this order from each place on, turned or not."""
    best, at, phase_at = np.empty(len(order)), np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    top, top_at, top_phase = -np.inf, 0, 0
    for place in range(len(order) - 1, -1, -1):
        for phase in range(2):
            if value[phase, order[place]] - top > TIE * abs(value[phase, order[place]]):
                top, top_at, top_phase = value[phase, order[place]], order[place], phase
        best[place], at[place], phase_at[place] = top, top_at, top_phase
    return best, at, phase_at


@njit(cache=True)
def _rise(  # noqa: PLR0913, PLR0917
    value: Floats, before: Ints, gain: Floats, start: int, last: Ints, low: Floats, low_at: Ints
) -> None:
    """Every end of an attribute whose rate is not below that of the one before it."""
    for j in range(start + 1, len(gain)):
        if gain[j] > -np.inf and last[j] >= 0 and low[last[j]] > -np.inf:
            value[j] = low[last[j]] + gain[j]
            before[j, 0] = low_at[last[j]]


@njit(cache=True)
def _fall(  # noqa: PLR0913, PLR0917
    value: Floats, before: Ints, gain: Floats, start: int, first: Ints, high: Floats, high_at: Ints, phase: Ints
) -> None:
    """Every end of an attribute whose rate is not above that of the one before it."""
    for j in range(start + 1, len(gain)):
        if gain[j] > -np.inf and first[j] < len(high) and high[first[j]] > -np.inf:
            value[j] = high[first[j]] + gain[j]
            before[j, 0] = high_at[first[j]]
            before[j, 1] = phase[first[j]]


@njit(cache=True)
def _traced(value: Floats, before: Ints) -> tuple[Floats, Ints]:
    """The best sum for each number of attributes and the starts that give it."""
    most, phases, ends, _ = value.shape
    best = np.full(most, -np.inf)
    starts = np.zeros((most, most + 1), np.int64)
    for k in range(most):
        start, phase = 0, 0
        for p in range(phases):
            for i in range(ends - 1):
                if value[k, p, i, ends - 1] - best[k] > TIE * abs(value[k, p, i, ends - 1]):
                    best[k], start, phase = value[k, p, i, ends - 1], i, p
        end = ends - 1
        if best[k] > -np.inf:
            for step in range(k, -1, -1):
                starts[k, step] = start
                earlier = before[step, phase, start, end]
                start, end, phase = earlier[0], start, earlier[1]
    return best, starts
