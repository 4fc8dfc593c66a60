"""From log-odds to integer points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats
from goodstanding.scorecard.fitting.design import ROWS_TO_START, LogLoss, log_loss
from goodstanding.scorecard.fitting.settings import Scale

MOST_STEPS = 50
PULL = 20.0
ROUNDING = 1e-12
# A full step that would gain no more than this share of the loss leaves the square of it: nothing is left to look at.
NEARLY = 1e-8


@dataclass(frozen=True)
class OddsLine:
    """log-odds of bad = intercept + slope x sum; slope is at least 0."""

    intercept: float
    slope: float

    def log_odds(self, total: Floats) -> Floats:
        """The log-odds of bad of each sum."""
        return self.intercept + self.slope * total


def calibrate(total: Floats, bad: NDArray[np.bool_], weight: Floats, pull: float = PULL) -> OddsLine:
    """The line from a sum to the log-odds of bad, by Newton's method with halved steps; slope 0 if it points down."""
    y, step = bad.astype(np.float64), len(bad) // ROWS_TO_START
    mean = float(weight @ total) / float(weight.sum())
    spread = float(np.sqrt(weight @ (total - mean) ** 2 / weight.sum()))
    share = (weight @ y + 0.5) / (weight.sum() + 1)
    flat = OddsLine(float(np.log(share / (1 - share))), 0.0)
    if spread < 1e-12:  # noqa: PLR2004 - nothing differs
        return flat
    # The slope is drawn to 1 by `pull` people's information, so that a perfect split stays believable.
    prior = np.array([0.0, pull * spread**2])
    starts: list[Floats] = [np.array([flat.intercept - mean, 1.0])]
    if step > 1:
        starts.append(_line(total[::step], y[::step], weight[::step], prior / step, starts))
    beta = _line(total, y, weight, prior, starts)
    return OddsLine(float(beta[0]), float(beta[1])) if beta[1] > 0 else flat


def _line(total: Floats, y: Floats, weight: Floats, prior: Floats, starts: list[Floats]) -> Floats:
    """Intercept and slope of the least loss with the prior, from the best of some starts."""

    def penalised(beta: Floats) -> tuple[float, LogLoss]:
        fits = log_loss(beta[0] + beta[1] * total, y, weight)
        return fits.loss + float(np.sum(prior * (beta - 1) ** 2)) / 2, fits

    # Where a few rows had goods only, what they say is far off: no step leads back from there.
    (loss, fits), beta = min(((penalised(start), start) for start in starts), key=lambda tried: tried[0][0])
    for _ in range(MOST_STEPS):
        seen = fits.information * total
        slope = np.array([fits.error.sum(), fits.error @ total]) + prior * (beta - 1)
        curvature = np.array([[fits.information.sum(), seen.sum()], [seen.sum(), seen @ total]])
        step, size = np.linalg.solve(curvature + np.diag(prior + 1e-9), slope).astype(np.float64), 1.0
        if step @ slope <= NEARLY * abs(loss):
            return beta - step
        # A loss is known to a rounding error: a full step must not be given up for that, or the order of rows decides.
        while (tried := penalised(beta - size * step))[0] > loss + ROUNDING * abs(loss) and size > 1e-6:  # noqa: PLR2004
            size /= 2
        gained, beta = loss - tried[0], beta - size * step
        loss, fits = tried
        if gained <= ROUNDING * abs(loss):
            break
    return beta


def level(total: Floats, bad: NDArray[np.bool_], weight: Floats, start: float = 0.0) -> float:
    """The intercept with which log-odds of bad = intercept + total expect as many bads as there are."""
    y, found = bad.astype(np.float64), start
    for _ in range(MOST_STEPS):
        fits = log_loss(found + total, y, weight)
        step = float(fits.error.sum()) / max(float(fits.information.sum()), 1e-12)
        found -= float(np.clip(step, -2, 2))
        if abs(step) < 1e-5:  # noqa: PLR2004 - the next one would be the square of it
            break
    return found


def factor(scale: Scale) -> float:
    """Points for one unit of log-odds."""
    return scale.points_to_double / float(np.log(2))


def base_points(scale: Scale, intercept: float) -> int:
    """Points of a person of average attributes, whose log-odds of bad are the intercept."""
    return round(scale.base_score + factor(scale) * (-intercept - float(np.log(scale.base_odds))))


def whole_points(values: Floats, scale: Scale) -> NDArray[np.int64]:
    """Points of attributes' log-odds of bad, rounded half to even; first to 9 digits, so that noise cannot tip them."""
    return np.rint(np.round(-factor(scale) * values, 9)).astype(np.int64)
