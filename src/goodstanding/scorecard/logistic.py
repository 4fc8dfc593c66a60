"""Logistic regression of good on weights of evidence, no coefficient below 0."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

# Strength of the pull of coefficients to 0 (ridge), in units of one observation's information.
RIDGE = 1.0


def fit_logistic(
    weights: NDArray[np.float64], good: NDArray[np.bool_], ridge: float = RIDGE
) -> tuple[float, NDArray[np.float64]]:
    """Intercept and one coefficient per column of `weights` (n x k), each at least 0.

    A negative coefficient would give points for what the data say is worse, so it becomes 0.
    """
    n, k = weights.shape
    y = good.astype(np.float64)

    def loss(beta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = beta[0] + weights @ beta[1:]
        # tanh is the logistic function without its overflow.
        error = 0.5 * (1 + np.tanh(z / 2)) - y
        value = float(np.sum(np.logaddexp(0, z) - y * z) + ridge / 2 * np.sum(beta[1:] ** 2))
        return value, np.concatenate([[error.sum()], weights.T @ error + ridge * beta[1:]])

    share = (y.sum() + 0.5) / (n + 1)
    start = np.concatenate([[np.log(share / (1 - share))], np.full(k, 0.5)])
    bounds = [(None, None)] + [(0.0, None)] * k
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8},
    )
    return float(found.x[0]), np.asarray(found.x[1:], dtype=np.float64)
