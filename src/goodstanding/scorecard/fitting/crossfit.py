"""What the fit would have said of people it did not learn from: how much it overstates, and how far it is off.

The whole fit is done again without each fold. Its scores of the fold left out say how much the slope overstates
(van Houwelingen and Le Cessie 1990); how far the fits differ from each other says what sampling leaves open (the
delete-a-group jackknife, Shao and Wu 1989).
"""

from dataclasses import dataclass, replace

import numpy as np

from goodstanding.scorecard.binning import Floats, tally
from goodstanding.scorecard.fitting.boosting import FOLDS, TWICE_UP_TO
from goodstanding.scorecard.fitting.folds import fold_weights
from goodstanding.scorecard.fitting.methods import Additive, fit_additive, own_variances
from goodstanding.scorecard.fitting.prepared import Prepared
from goodstanding.scorecard.fitting.scaling import calibrate
from goodstanding.scorecard.fitting.settings import Settings

# With more people than TWICE_UP_TO the slope is its own, and the variance has this share of its marginal bound, which
# is what it had on the town's and the benchmark's sets.
USUAL_VARIANCE = 0.2
LEAST_SHRINKAGE = 0.1
# People left out cannot be told apart perfectly by chance: their slope is drawn to 1 only so that it stays finite.
HELD_OUT_PULL = 0.5
LEAST_VARIANCE = 0.05


@dataclass(frozen=True)
class Crossfit:
    """`shrinkage` of the slope, above 0 to 1; what to multiply the attributes' own variances with, once shrunk."""

    shrinkage: float
    variance: float


def crossfit(prepared: Prepared, additive: Additive, settings: Settings) -> Crossfit:
    """Fit again without each of the folds; with many people, where it would not tell, take what is usual."""
    if len(prepared.bad) > TWICE_UP_TO or not prepared.names:
        return Crossfit(1.0, USUAL_VARIANCE)
    left_out = fold_weights(prepared.codes, prepared.bad, prepared.weight, FOLDS, settings.seed + 50)
    sums: list[Floats] = []
    for fold in left_out:
        part = _without(prepared, fold)
        if min(part.weight[part.bad].sum(), part.weight[~part.bad].sum()) <= 0:
            return Crossfit(1.0, 1.0)
        total = fit_additive(part, settings).design(prepared).total()
        line = calibrate(total, part.bad, part.weight)
        sums.append(line.intercept + line.slope * total)
    # Each row once for each fold that it is in, with its weight there.
    held_out = calibrate(np.concatenate(sums), np.tile(prepared.bad, FOLDS), left_out.ravel(), HELD_OUT_PULL)
    spread = (FOLDS - 1) / FOLDS * np.sum((np.array(sums) - np.mean(sums, axis=0)) ** 2, axis=0)
    found = float(np.average(spread, weights=prepared.weight)) / max(_bound(prepared, additive), 1e-12)
    # Drawn to the average by g, an estimate of variance v is off by g v in the mean square, bias included, and not by
    # g^2 v as its own variance (empirical Bayes, Efron and Morris 1973). Points carry g^2 already.
    shrinkage = min(max(held_out.slope, LEAST_SHRINKAGE), 1.0)
    return Crossfit(shrinkage, min(max(found, LEAST_VARIANCE), 1.0) / shrinkage)


def _without(prepared: Prepared, fold: Floats) -> Prepared:
    weight = np.maximum(prepared.weight - fold, 0.0)
    counted = tuple(
        tally(codes, prepared.bad, weight, fine.size) for codes, fine in zip(prepared.codes, prepared.fine, strict=True)
    )
    return replace(prepared, counted=counted, weight=weight)


def _bound(prepared: Prepared, additive: Additive) -> float:
    """The mean over the sample of the sum of the attributes' own variances, in log-odds squared."""
    design = additive.design(prepared)
    total = design.total()
    line = calibrate(total, prepared.bad, prepared.weight)
    variances = own_variances(prepared, additive, line.intercept + line.slope * total)
    found = np.zeros(len(prepared.bad))
    for attribute, values, variance in zip(design.attribute, additive.values, variances, strict=True):
        if values.any():
            found += line.slope**2 * variance[attribute]
    return float(np.average(found, weights=prepared.weight))
