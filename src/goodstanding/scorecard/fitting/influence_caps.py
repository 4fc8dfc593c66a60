"""Holding each dimension to its greatest influence, inside the fit.

Influence is the mean absolute deviation of a dimension's points over the development sample, as a share of all
dimensions' together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.design import Design, chance, log_odds_loss

# The search looks at this many rows at most; what it finds is held to the caps over all of them.
ROWS_TO_SEARCH = 50_000
MOST_STEPS = 100
# Strength of the pull of a characteristic to its dimension's scale, for a change as large as that scale itself.
PULL = 10.0


@dataclass(frozen=True)
class Caps:
    """The dimension of each of p characteristics and the greatest share of each dimension, 0 to 1."""

    dimension: Sequence[str]
    greatest: Mapping[str, float]

    def members(self) -> dict[str, list[int]]:
        """The characteristics of each dimension."""
        return {name: [j for j, d in enumerate(self.dimension) if d == name] for name in self.greatest}


def deviation(points: Floats, weight: Floats) -> float:
    """Weighted mean absolute deviation of points over the sample."""
    return float(np.average(np.abs(points - np.average(points, weights=weight)), weights=weight))


def shares(design: Design, weight: Floats, scale: Floats, caps: Caps) -> dict[str, float]:
    """Each dimension's share of influence, 0 to 1."""
    found = {name: deviation(_part(design, scale, of), weight) for name, of in caps.members().items()}
    total = sum(found.values())
    return {name: value / total if total else 0.0 for name, value in found.items()}


def scales_under_caps(design: Design, bad: NDArray[np.bool_], weight: Floats, caps: Caps) -> Floats:
    """A scale from 0 for each characteristic: the likeliest card whose dimensions keep to their greatest influence.

    Starts from every dimension scaled as a whole, then moves each characteristic for itself (sequential least squares
    programming, Kraft 1988), and at the end scales dimensions so that the caps hold over the whole sample. Where the
    greatest shares of the dimensions with any influence sum to less than 1, nothing can hold them: they share in
    proportion.
    """
    scale = _scaled(design, weight, np.ones(len(design.values)), caps)
    if not scale.any():
        return scale
    rows, stands_for = rows_to_search(weight)
    some = Design(design.attribute.take(rows, axis=1), design.values)
    found = _searched(some, bad[rows], stands_for, caps, scale)
    return _scaled(design, weight, found, caps)


def capped(free: Mapping[str, float], greatest: Mapping[str, float]) -> dict[str, float]:
    """The shares nearest to the free ones of which none is above its greatest; shares sum to 1.

    What is cut from one is spread over the others in proportion. Where the greatest shares of the dimensions
    that have any influence sum to 1 or less, they are the answer, in proportion.
    """
    active = {key for key, share in free.items() if share > 0 and greatest[key] > 0}
    if not active:
        return dict.fromkeys(free, 0.0)
    allowed = sum(greatest[key] for key in active)
    if allowed <= 1:
        return {key: greatest[key] / allowed if key in active else 0.0 for key in free}
    shared = sum(free[key] for key in active)
    found = {key: free[key] / shared if key in active else 0.0 for key in free}
    at_cap: set[str] = set()
    while above := {key for key in active - at_cap if found[key] > greatest[key] * (1 + 1e-12)}:
        at_cap |= above
        left = 1 - sum(greatest[key] for key in at_cap)
        others = sum(free[key] for key in active - at_cap)
        found = {
            key: greatest[key] if key in at_cap else free[key] / others * left if key in active else 0.0 for key in free
        }
    return found


def rows_to_search(weight: Floats) -> tuple[NDArray[np.integer], Floats]:
    """The rows to search: all, or so many evenly along the weight; and how much weight each stands for."""
    if len(weight) <= ROWS_TO_SEARCH:
        return np.arange(len(weight)), weight
    reached = np.cumsum(weight)
    each = float(reached[-1]) / ROWS_TO_SEARCH
    at: NDArray[np.int64] = np.asarray(np.searchsorted(reached, each * (np.arange(ROWS_TO_SEARCH) + 0.5)), np.int64)
    times = np.bincount(at, minlength=len(weight))
    rows = np.flatnonzero(times)
    return rows, np.asarray(each * times[rows], dtype=np.float64)


def _part(design: Design, scale: Floats, of: Sequence[int]) -> Floats:
    """The sum of some characteristics."""
    only = np.zeros(len(scale))
    only[of] = scale[of]
    return design.sum(only)


def _scaled(design: Design, weight: Floats, scale: Floats, caps: Caps) -> Floats:
    """Whole dimensions scaled down and up until none is above its greatest share."""
    free = shares(design, weight, scale, caps)
    allowed = capped(free, caps.greatest)
    times = {name: allowed[name] / share if share else 0.0 for name, share in free.items()}
    return scale * np.array([times.get(name, 1.0) for name in caps.dimension])


def _minimize(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    """SciPy's minimize; its types know no constraint with a slope of its own."""
    return cast("Any", minimize)(*args, **kwargs)


def _searched(design: Design, bad: NDArray[np.bool_], weight: Floats, caps: Caps, start: Floats) -> Floats:
    """The likeliest scales under the caps from a start that keeps to them; the start if none is found."""
    y, k = bad.astype(np.float64), len(start)
    columns = np.column_stack([values[design.attribute[j]] for j, values in enumerate(design.values)])
    columns -= np.average(columns, axis=0, weights=weight)
    members = [(np.array(of, dtype=int), caps.greatest[name]) for name, of in caps.members().items() if len(of)]
    allowed = sum(greatest for of, greatest in members if start[of].any())
    greatest = np.array([share / min(allowed, 1.0) for _, share in members])
    share = weight / weight.sum()
    pull = PULL * (start > 0) / np.maximum(start, 1e-9) ** 2

    def loss(x: Floats) -> tuple[float, Floats]:
        z = x[0] + columns @ x[1:]
        error = weight * (chance(z) - y)
        moved = x[1:] - start
        value = log_odds_loss(z, y, weight) + float(pull @ moved**2) / 2
        return value, np.concatenate([[error.sum()], columns.T @ error + pull * moved])

    def deviations(x: Floats) -> tuple[Floats, Floats]:
        found, slopes = np.zeros(len(members)), np.zeros((len(members), k + 1))
        for i, (of, _) in enumerate(members):
            part = columns[:, of] @ x[1 + of]
            found[i] = share @ np.abs(part)
            slopes[i, 1 + of] = (share * np.sign(part)) @ columns[:, of]
        return found, slopes

    def slack(x: Floats) -> Floats:
        found, _ = deviations(x)
        return greatest * found.sum() - found

    def slack_slopes(x: Floats) -> Floats:
        _, slopes = deviations(x)
        return greatest[:, None] * slopes.sum(axis=0) - slopes

    base = float(np.log((weight @ y + 0.5) / (weight @ (1 - y) + 0.5)))
    found = _minimize(
        loss,
        np.concatenate([[base], start]),
        jac=True,
        method="SLSQP",
        bounds=[(None, None)] + [(0.0, None) if value else (0.0, 0.0) for value in start],
        constraints=[{"type": "ineq", "fun": slack, "jac": slack_slopes}],
        options={"maxiter": MOST_STEPS, "ftol": 1e-7 * max(abs(loss(np.concatenate([[base], start]))[0]), 1.0)},
    )
    better = np.all(np.isfinite(found.x)) and loss(found.x)[0] < loss(np.concatenate([[base], start]))[0]
    return np.maximum(np.asarray(found.x[1:], dtype=np.float64), 0.0) if better else start
