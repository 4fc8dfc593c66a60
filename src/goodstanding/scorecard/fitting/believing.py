"""How much of each characteristic is believed: its slope on people that it was not learned from.

What a fit says of a characteristic is part truth and part chance; of people whose outcomes it has not seen only the
truth still tells. One slope for each, none below 0, drawn to the one of their sum by as much as tells most of people
left out once more (shrinkage by cross-validation, van Houwelingen and Le Cessie 1990; slopes that are not negative,
Breiman 1996, "Stacked regressions").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.design import outcomes
from goodstanding.scorecard.fitting.folds import surely_least
from goodstanding.scorecard.fitting.scaling import calibrate

# How far single slopes may be from the common one, as a standard deviation; by the first hardly at all.
APART = (0.02, 0.1, 0.2, 0.4, 0.8)
# They are further apart only where that tells more by so many standard errors.
SURE = 2.0
MOST_STEPS = 5
# A step that moves no slope by more is the last.
ENOUGH = 1e-4
DIGITS = 6
# People left out cannot be told apart perfectly by chance: their slope is drawn to 1 only so that it stays finite.
HELD_OUT_PULL = 0.5


@dataclass(frozen=True)
class HeldOut:
    """m people who were left out: the log-odds of each of p characteristics (p x m), outcomes, weights.

    `part` numbers the parts that slopes are tried on; none has a row that another has.
    """

    components: Floats
    bad: NDArray[np.bool_]
    weight: Floats
    part: NDArray[np.integer]

    def of(self, rows: NDArray[np.integer]) -> "HeldOut":
        """Some of them."""
        return HeldOut(self.components.take(rows, axis=1), self.bad[rows], self.weight[rows], self.part[rows])


@dataclass(frozen=True)
class _Quadratic:
    """What touches the loss at a point of intercept and p slopes: its gradient and curvature there."""

    at: Floats
    gradient: Floats
    curvature: Floats

    def loss(self, point: Floats) -> float:
        """The loss at another point, less the one here."""
        move = point - self.at
        return float(self.gradient @ move + move @ self.curvature @ move / 2)

    def without(self, part: "_Quadratic") -> "_Quadratic":
        """The same of all people but those of a part."""
        return _Quadratic(self.at, self.gradient - part.gradient, self.curvature - part.curvature)


def believed_slopes(held: HeldOut) -> Floats:
    """How much of each of p characteristics is believed, 0 to 1."""
    line = calibrate(held.components.sum(axis=0), held.bad, held.weight, HELD_OUT_PULL)
    moving = np.flatnonzero(np.ptp(held.components, axis=1) > 0)
    found = np.full(len(held.components), line.slope)
    if len(moving) and line.slope > 0:
        few = HeldOut(held.components[moving], held.bad, held.weight, held.part)
        found[moving] = _slopes(few, np.array([line.intercept, *[line.slope] * len(moving)]), line.slope)
    # Further digits depend on the order of rows.
    return np.round(np.clip(found, 0.0, 1.0), DIGITS).astype(np.float64)


def _slopes(held: HeldOut, start: Floats, common: float) -> Floats:
    """One slope for each characteristic."""
    parts = {number: np.flatnonzero(held.part == number) for number in np.unique(held.part).tolist()}
    touching = {number: _touching(held.of(rows), start) for number, rows in parts.items()}
    whole = _Quadratic(
        start,
        np.sum([part.gradient for part in touching.values()], axis=0),
        np.sum([part.curvature for part in touching.values()], axis=0),
    )
    tried = {
        apart: {number: _least(whole.without(part), common, apart) for number, part in touching.items()}
        for apart in APART
    }
    losses = [[part.loss(tried[apart][number]) for number, part in touching.items()] for apart in APART]
    apart = APART[surely_least(losses, SURE)]
    found = _least(whole, common, apart)
    for _ in range(MOST_STEPS):
        before, found = found, _least(_touching(held, found), common, apart)
        if np.abs(found - before).max() < ENOUGH:
            break
    # Slopes overstate what they tell of the people that they were fitted on: by as much as those without a part do.
    total = np.empty(len(held.bad))
    for number, rows in parts.items():
        point = tried[apart][number]
        total[rows] = point[0] + point[1:] @ held.components.take(rows, axis=1)
    return found[1:] * min(calibrate(total, held.bad, held.weight, HELD_OUT_PULL).slope, 1.0)


def _touching(held: HeldOut, point: Floats) -> _Quadratic:
    """The quadratic that touches the loss of these people."""
    x = held.components
    fits = outcomes(point[0] + point[1:] @ x, held.bad.astype(np.float64), held.weight)
    curvature = np.empty((len(point), len(point)))
    curvature[0, 0] = fits.information.sum()
    curvature[0, 1:] = curvature[1:, 0] = x @ fits.information
    curvature[1:, 1:] = (x * fits.information) @ x.T
    return _Quadratic(point, np.concatenate([[fits.error.sum()], x @ fits.error]), curvature)


def _least(quadratic: _Quadratic, common: float, apart: float) -> Floats:
    """Where the quadratic and the pull to the common slope together are least, with no slope below 0."""
    at, gradient, curvature = quadratic.at, quadratic.gradient, quadratic.curvature
    cross, information = curvature[0, 1:], curvature[0, 0] + 1e-9
    reduced = curvature[1:, 1:] - np.outer(cross, cross) / information
    pull = 1 / apart**2
    # The intercept is free: solved for, it leaves a problem in the slopes alone.
    aim = reduced @ at[1:] - (gradient[1:] - cross * gradient[0] / information) + pull * common
    lower: Floats = np.asarray(np.linalg.cholesky(reduced + pull * np.eye(len(cross))), dtype=np.float64)
    reached: Floats = np.asarray(np.linalg.solve(lower, aim), dtype=np.float64)
    slopes, _ = nnls(lower.T, reached, maxiter=50 * len(cross))
    intercept = at[0] - (gradient[0] + cross @ (slopes - at[1:])) / information
    return np.concatenate([[intercept], slopes])
