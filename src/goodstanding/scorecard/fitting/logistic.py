"""Logistic regression of bad on characteristics' log-odds, no coefficient below 0."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.design import Design, chance, log_odds_loss

# Strength of the pull of coefficients to 0 (ridge), in units of one observation's information.
RIDGE = 1.0
MOST_STEPS = 50
# A step that would gain less than this share of the loss is the last.
ENOUGH = 1e-9


def fit_logistic(design: Design, bad: NDArray[np.bool_], weight: Floats, ridge: float = RIDGE) -> tuple[float, Floats]:
    """Intercept and one coefficient per characteristic, each at least 0.

    A negative coefficient would give points for what the data say is worse, so it becomes 0. Newton's method, each
    step a least squares problem without negatives (Lawson and Hanson 1974): exact, since the loss is convex.
    """
    y, k = bad.astype(np.float64), len(design.values)
    share = (weight @ y + 0.5) / (weight.sum() + 1)
    intercept, beta = float(np.log(share / (1 - share))), np.zeros(k)
    z = np.full(len(y), intercept)
    loss = log_odds_loss(z, y, weight)
    for _ in range(MOST_STEPS):
        target = _step(design, z, y, weight, ridge, intercept, beta)
        move_intercept, move, size = target[0] - intercept, target[1] - beta, 1.0
        towards = move_intercept + design.sum(move)
        while True:
            tried = log_odds_loss(z + size * towards, y, weight) + ridge / 2 * float(np.sum((beta + size * move) ** 2))
            if tried <= loss or size < 1e-6:  # noqa: PLR2004 - no step that small matters
                break
            size /= 2
        intercept, beta, z = intercept + size * move_intercept, beta + size * move, z + size * towards
        gained, loss = loss - tried, tried
        if gained <= ENOUGH * abs(loss):
            break
    return intercept, beta


def _step(  # noqa: PLR0913, PLR0917 - a step's state
    design: Design, z: Floats, y: Floats, weight: Floats, ridge: float, intercept: float, beta: Floats
) -> tuple[float, Floats]:
    """Where the quadratic that touches the loss here is least, with no coefficient below 0."""
    p = chance(z)
    error, information = weight * (p - y), weight * p * (1 - p)
    k = len(beta)
    hessian, slope, cross = ridge * np.eye(k), ridge * beta, np.zeros(k)
    for rows, piece in design.pieces():
        weighted = piece * information[rows, None]
        hessian += piece.T @ weighted
        cross += weighted.sum(axis=0)
        slope += piece.T @ error[rows]
    total = float(information.sum()) + 1e-9
    # The intercept is free: solved for, it leaves a problem in the coefficients alone.
    reduced = hessian - np.outer(cross, cross) / total
    pulled = slope - cross * error.sum() / total
    found = beta
    if k:
        held = reduced + 1e-9 * float(np.trace(reduced)) / k * np.eye(k)
        lower: Floats = np.asarray(np.linalg.cholesky(held), dtype=np.float64)
        aim: Floats = np.asarray(np.linalg.solve(lower, reduced @ beta - pulled), dtype=np.float64)
        found, _ = nnls(lower.T, aim, maxiter=50 * k)
    return intercept - float(error.sum() + cross @ (found - beta)) / total, found
