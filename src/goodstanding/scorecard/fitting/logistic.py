"""Logistic regression of bad on characteristics' log-odds, no coefficient below 0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.design import ROWS_TO_START, Design, LogLoss, log_loss

# Strength of the pull of coefficients to 0 (ridge), in units of one observation's information.
RIDGE = 1.0
MOST_STEPS = 50
# A step that would gain less than this share of the loss is the last.
ENOUGH = 1e-9


@dataclass(frozen=True)
class _State:
    """Coefficients, the log-odds they give each row, how these fit, and the loss with the pull."""

    intercept: float
    beta: Floats
    z: Floats
    fits: LogLoss
    loss: float


def fit_logistic(design: Design, bad: NDArray[np.bool_], weight: Floats, ridge: float = RIDGE) -> tuple[float, Floats]:
    """Intercept and one coefficient per characteristic, each at least 0.

    A negative coefficient would give points for what the data say is worse, so it becomes 0. Newton's method, each
    step a least squares problem without negatives (Lawson and Hanson 1974): exact, since the loss is convex.
    """
    y, step = bad.astype(np.float64), len(bad) // ROWS_TO_START
    share = (weight @ y + 0.5) / (weight.sum() + 1)
    starts = [(float(np.log(share / (1 - share))), np.zeros(len(design.values)))]
    if step > 1:
        starts.append(_fitted(design.every(step), y[::step], weight[::step], ridge / step, starts))
    return _fitted(design, y, weight, ridge, starts)


def _fitted(
    design: Design, y: Floats, weight: Floats, ridge: float, starts: list[tuple[float, Floats]]
) -> tuple[float, Floats]:
    """Newton's method with halved steps from the best of some starts."""

    def state(intercept: float, beta: Floats, z: Floats) -> _State:
        fits = log_loss(z, y, weight)
        return _State(intercept, beta, z, fits, fits.loss + ridge / 2 * float(np.sum(beta**2)))

    # Where a few rows had goods only, what they say is far off: no step leads back from there.
    tries = [state(intercept, beta, intercept + design.sum(beta)) for intercept, beta in starts]
    now = min(tries, key=lambda tried: tried.loss)
    for _ in range(MOST_STEPS):
        intercept, beta = _least(design, now, ridge)
        move_intercept, move, size = intercept - now.intercept, beta - now.beta, 1.0
        towards = move_intercept + design.sum(move)
        while True:
            tried = state(now.intercept + size * move_intercept, now.beta + size * move, now.z + size * towards)
            if tried.loss <= now.loss or size < 1e-6:  # noqa: PLR2004 - no step that small matters
                break
            size /= 2
        gained, now = now.loss - tried.loss, tried
        if gained <= ENOUGH * abs(now.loss):
            break
    return now.intercept, now.beta


def _least(design: Design, now: _State, ridge: float) -> tuple[float, Floats]:
    """Where the quadratic that touches the loss here is least, with no coefficient below 0."""
    k, root = len(now.beta), np.sqrt(now.fits.information)
    hessian, slope, cross = ridge * np.eye(k), ridge * now.beta, np.zeros(k)
    # A row without information has no error to speak of either.
    error = np.divide(now.fits.error, root, out=np.zeros_like(root), where=root > 0)
    for rows, piece in design.pieces(root):
        hessian += piece.T @ piece
        cross += piece.T @ root[rows]
        slope += piece.T @ error[rows]
    total = float(now.fits.information.sum()) + 1e-9
    # The intercept is free: solved for, it leaves a problem in the coefficients alone.
    reduced = hessian - np.outer(cross, cross) / total
    pulled = slope - cross * now.fits.error.sum() / total
    found = now.beta
    if k:
        regular = reduced + 1e-9 * float(np.trace(reduced)) / k * np.eye(k)
        lower: Floats = np.asarray(np.linalg.cholesky(regular), dtype=np.float64)
        aim: Floats = np.asarray(np.linalg.solve(lower, reduced @ now.beta - pulled), dtype=np.float64)
        found, _ = nnls(lower.T, aim, maxiter=50 * k)
    return now.intercept - float(now.fits.error.sum() + cross @ (found - now.beta)) / total, found
