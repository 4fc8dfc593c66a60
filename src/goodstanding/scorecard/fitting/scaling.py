"""From log-odds to integer points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.design import chance, log_odds_loss
from goodstanding.scorecard.fitting.settings import Scale

MOST_STEPS = 50
PULL = 20.0


@dataclass(frozen=True)
class Line:
    """log-odds of bad = intercept + slope x sum; slope is at least 0."""

    intercept: float
    slope: float


def calibrate(total: Floats, bad: NDArray[np.bool_], weight: Floats, pull: float = PULL) -> Line:
    """The line from a sum to the log-odds of bad, by Newton's method with halved steps; slope 0 if it points down."""
    y = bad.astype(np.float64)
    spread = float(np.sqrt(np.average((total - np.average(total, weights=weight)) ** 2, weights=weight)))
    share = (weight @ y + 0.5) / (weight.sum() + 1)
    flat = Line(float(np.log(share / (1 - share))), 0.0)
    if spread < 1e-12:  # noqa: PLR2004 - nothing differs
        return flat
    columns = np.column_stack([np.ones(len(y)), total])
    # The slope is drawn to 1 by `pull` people's information, so that a perfect split stays believable.
    prior = np.array([0.0, pull * spread**2])
    beta: Floats = np.array([flat.intercept - float(np.average(total, weights=weight)), 1.0])
    loss = log_odds_loss(columns @ beta, y, weight)
    for _ in range(MOST_STEPS):
        p = chance(columns @ beta)
        slope = columns.T @ (weight * (p - y)) + prior * (beta - 1)
        curvature = (columns * (weight * p * (1 - p))[:, None]).T @ columns + np.diag(prior + 1e-9)
        step, size = np.linalg.solve(curvature, slope).astype(np.float64), 1.0
        while (tried := _penalised(columns, beta - size * step, y, weight, prior)) > loss and size > 1e-6:  # noqa: PLR2004
            size /= 2
        gained, loss, beta = loss - tried, tried, beta - size * step
        if gained <= 1e-12 * abs(loss):
            break
    return Line(float(beta[0]), float(beta[1])) if beta[1] > 0 else flat


def level(total: Floats, bad: NDArray[np.bool_], weight: Floats) -> float:
    """The intercept with which log-odds of bad = intercept + total expect as many bads as there are."""
    y, found = bad.astype(np.float64), 0.0
    for _ in range(MOST_STEPS):
        p = chance(found + total)
        step = float(weight @ (p - y)) / max(float(weight @ (p * (1 - p))), 1e-12)
        found -= float(np.clip(step, -2, 2))
        if abs(step) < 1e-10:  # noqa: PLR2004 - nothing moves any more
            break
    return found


def _penalised(columns: Floats, beta: Floats, y: Floats, weight: Floats, prior: Floats) -> float:
    return log_odds_loss(columns @ beta, y, weight) + float(np.sum(prior * (beta - 1) ** 2)) / 2


def factor(scale: Scale) -> float:
    """Points for one unit of log-odds."""
    return scale.points_to_double / float(np.log(2))


def base_points(scale: Scale, intercept: float) -> int:
    """Points of a person of average attributes, whose log-odds of bad are the intercept."""
    return round(scale.base_score + factor(scale) * (-intercept - float(np.log(scale.base_odds))))


def whole_points(values: Floats, scale: Scale) -> NDArray[np.int64]:
    """Points of attributes' log-odds of bad, rounded half to even; first to 9 digits, so that noise cannot tip them."""
    return np.rint(np.round(-factor(scale) * values, 9)).astype(np.int64)
