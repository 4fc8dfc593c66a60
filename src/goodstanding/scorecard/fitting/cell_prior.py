"""What is believed of a two-way table before it is seen: neighbours are alike, and how far cells differ is found.

A Gaussian process over the cells (Rasmussen and Williams 2006, ch. 2 and 5): its kernel is the product of one for the
rows and one for the columns, each with a constant, so that what the sum of the two does not tell is drawn in as well.
The variance is the one that the cells' evidence is greatest for, out of a few.
"""

from dataclasses import dataclass

import numpy as np

from goodstanding.scorecard.binning import Floats

# Attributes of a number are alike by how many people are between them, as a share of all; some of each is its own.
LENGTH = 0.5
OWN = 0.05
# Parts of a kernel with less than this share of the greatest say nothing.
LEAST_PART = 1e-3
VARIANCES: Floats = np.array([0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0])


@dataclass(frozen=True)
class Drawn:
    """The cells' log-odds to second order, and the variance that they were drawn to 0 by, over their features."""

    values: Floats
    variance: float


def side(weights: Floats, ordered: range) -> Floats:
    """The features of one side's attributes (attributes x m), the first a constant, from the weight that each holds.

    Those numbered in `ordered` have neighbours; missing, special and other values and levels are by themselves.
    """
    share = weights / weights.sum()
    kernel = np.eye(len(weights))
    own = share[ordered.start : ordered.stop]
    # The middle of the people that an attribute holds.
    middle = np.cumsum(own) - own / 2
    apart = (middle[:, None] - middle[None, :]) / LENGTH
    alike = np.exp(-(apart**2) / 2)
    kernel[ordered.start : ordered.stop, ordered.start : ordered.stop] = alike + OWN * np.eye(len(own))
    # A table has no say in the mean, and none in what was not seen.
    centring = np.eye(len(weights)) - share[None, :]
    kernel = centring @ kernel @ centring.T * np.outer(weights > 0, weights > 0)
    kernel /= max(float(share @ np.diag(kernel)), 1e-12)
    part, direction = np.linalg.eigh(kernel)
    large = part > LEAST_PART * part.max()
    found: Floats = np.hstack([np.ones((len(weights), 1)), direction[:, large] * np.sqrt(part[large])])
    return found


def sum_features(row: Floats, column: Floats) -> Floats:
    """The features of the cells of two sides (cells x m) that just add up, without the constant, the fit's own."""
    rows, columns = np.ones((len(row), 1)), np.ones((len(column), 1))
    found: Floats = np.hstack([_products(row[:, 1:], columns), _products(rows, column[:, 1:])])
    return found


def table_features(row: Floats, column: Floats) -> Floats:
    """The same with those of both sides together."""
    found: Floats = np.hstack([sum_features(row, column), _products(row[:, 1:], column[:, 1:])])
    return found


def _products(row: Floats, column: Floats) -> Floats:
    """Each feature of a row times each of a column, cell by cell."""
    return (row[:, None, :, None] * column[None, :, None, :]).reshape(
        len(row) * len(column), row.shape[1] * column.shape[1]
    )


def drawn(gradient: Floats, information: Floats, features: Floats) -> Drawn:
    """The cells' log-odds, from the slopes of the loss by cell, under the variance of greatest evidence."""
    curvature, direction = np.linalg.eigh(features.T @ (information[:, None] * features))
    curvature = np.maximum(curvature, 0.0)
    slope = direction.T @ (features.T @ gradient)
    evidence = [
        float(np.sum(slope**2 / (curvature + 1 / variance)) - np.sum(np.log1p(variance * curvature))) / 2
        for variance in VARIANCES.tolist()
    ]
    variance = float(VARIANCES[int(np.argmax(evidence))])
    return Drawn(-features @ (direction @ (slope / (curvature + 1 / variance))), variance)
