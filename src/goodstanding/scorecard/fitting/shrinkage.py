"""How much of each characteristic is believed: its slope on people that it was not learned from.

What a fit says of a characteristic is part truth and part chance; of people whose outcomes it has not seen only the
truth still tells. One slope for each, none below 0, drawn to the one of their sum by as much as tells most of people
left out once more (shrinkage by cross-validation, van Houwelingen and Le Cessie 1990; slopes that are not negative,
Breiman 1996, "Stacked regressions").
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.design import log_loss
from goodstanding.scorecard.fitting.folds import surely_least
from goodstanding.scorecard.fitting.scale import calibrate

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
class LeftOutRows:
    """m people who were left out: the log-odds of each of p characteristics (p x m), outcomes.

    `parts` is how much of each one's weight is in each of the parts that slopes are tried on (parts x m).
    """

    components: Floats
    bad: NDArray[np.bool_]
    parts: Floats

    def each(self) -> "list[_People]":
        """The people of each part that has some."""
        people = ((np.flatnonzero(part > 0), part) for part in self.parts)
        return [
            _People(self.components.take(rows, axis=1), self.bad[rows], part[rows])
            for rows, part in people
            if len(rows)
        ]


@dataclass(frozen=True)
class _People:
    """Components (p x m), outcomes and weights of some of them."""

    components: Floats
    bad: NDArray[np.bool_]
    weight: Floats


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


def believed_slopes(rows: LeftOutRows) -> Floats:
    """How much of each of p characteristics is believed, 0 to 1."""
    weight = rows.parts.sum(axis=0)
    line = calibrate(rows.components.sum(axis=0), rows.bad, weight, HELD_OUT_PULL)
    moving = np.flatnonzero(np.ptp(rows.components, axis=1) > 0)
    found = np.full(len(rows.components), line.slope)
    if len(moving) and line.slope > 0:
        few = rows if len(moving) == len(found) else replace(rows, components=rows.components[moving])
        start = np.array([line.intercept, *[line.slope] * len(moving)])
        found[moving] = _slopes(few, _People(few.components, rows.bad, weight), start, line.slope)
    # Further digits depend on the order of rows.
    return np.round(np.clip(found, 0.0, 1.0), DIGITS).astype(np.float64)


def _slopes(rows: LeftOutRows, everybody: _People, start: Floats, common: float) -> Floats:
    """One slope for each characteristic."""
    parts = rows.each()
    touching = [_touching(part, start) for part in parts]
    whole = _Quadratic(
        start,
        np.sum([part.gradient for part in touching], axis=0),
        np.sum([part.curvature for part in touching], axis=0),
    )
    tried = {apart: [_least(whole.without(part), common, apart) for part in touching] for apart in APART}
    losses = [[part.loss(point) for part, point in zip(touching, tried[apart], strict=True)] for apart in APART]
    apart = APART[surely_least(losses, SURE)]
    found = _least(whole, common, apart)
    for _ in range(MOST_STEPS):
        before, found = found, _least(_touching(everybody, found), common, apart)
        if np.abs(found - before).max() < ENOUGH:
            break
    # Slopes overstate what they tell of the people that they were fitted on: by as much as those without a part do.
    total = [point[0] + point[1:] @ part.components for part, point in zip(parts, tried[apart], strict=True)]
    bad, weight = (np.concatenate(of) for of in zip(*((part.bad, part.weight) for part in parts), strict=True))
    return found[1:] * min(calibrate(np.concatenate(total), bad, weight, HELD_OUT_PULL).slope, 1.0)


def _touching(people: _People, point: Floats) -> _Quadratic:
    """The quadratic that touches the loss of these people."""
    x = people.components
    fits = log_loss(point[0] + point[1:] @ x, people.bad.astype(np.float64), people.weight)
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
