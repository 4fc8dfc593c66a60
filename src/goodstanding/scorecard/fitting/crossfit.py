"""What the fit would have said of people it did not learn from: what of it is believed, and how far it is off.

The whole fit is done again without each fold. What it says of the fold left out tells how much of each characteristic
is to be believed (`believing`); how far the fits differ from each other says what sampling leaves open (the
delete-a-group jackknife, Shao and Wu 1989). With many people fewer folds are left out, and none where the fit itself
left some out.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from goodstanding.scorecard.binning import ROUNDING, Floats, tally
from goodstanding.scorecard.fitting.boosting import FOLDS
from goodstanding.scorecard.fitting.design import Design
from goodstanding.scorecard.fitting.folds import fold_weights
from goodstanding.scorecard.fitting.methods import Additive, fit_additive, own_variances
from goodstanding.scorecard.fitting.prepared import Prepared
from goodstanding.scorecard.fitting.scale import OddsLine, calibrate
from goodstanding.scorecard.fitting.settings import Settings
from goodstanding.scorecard.fitting.shrinkage import LeftOutRows, believed_slopes

# With more people than ALL_UP_TO not all folds are fitted again: as many as have PEOPLE_FITTED together, at least one.
ALL_UP_TO = 20_000
PEOPLE_FITTED = 60_000
# Where not all folds are, the variance has this share of its marginal bound, which is what it had on the town's and the
# benchmark's sets: there are too few fits to tell how they differ.
USUAL_VARIANCE = 0.2
LEAST_VARIANCE = 0.05
LEAST_SHRINKAGE = 0.1


@dataclass(frozen=True)
class Crossfit:
    """Of each of p characteristics: how much of its slope over the sample is believed, 0 to 1, and its variance.

    The variance is what to multiply its attributes' own variances with, once shrunk. `unseen_log_odds` is the
    log-odds of bad of each of n rows by fits without it; None where some rows were never left out.
    """

    believed: Floats
    variance: Floats
    unseen_log_odds: Floats | None = None


@dataclass(frozen=True)
class _Refit:
    """A fit without some people: the design of all of them, the line from its sum to log-odds, and who was left out."""

    design: Design
    line: OddsLine
    left_out: Floats

    @cached_property
    def sum(self) -> Floats:
        """The log-odds of everybody."""
        return self.line.log_odds(self.design.total())


def crossfit(prepared: Prepared, additive: Additive, design: Design, settings: Settings) -> Crossfit:
    """Fit again without each of the folds, and hold what those fits say against the outcomes of who was left out.

    `design` is the sample in the attributes of the whole fit.
    """
    p = len(prepared.names)
    refits = _refits(prepared, additive, design, settings)
    if not refits:
        return Crossfit(np.ones(p), np.ones(p))
    believed = believed_slopes(_left_out_rows(prepared, refits, settings))
    if additive.unseen is None:
        # These fits learned from fewer people, and overstate more: chance goes down as people go up.
        believed /= believed + (1 - believed) * (1 - 1 / FOLDS)
    if not believed.any():
        believed = np.full(p, LEAST_SHRINKAGE)
    # Drawn to the average by g, an estimate of variance v is off by g v in the mean square, bias included, and not by
    # g^2 v as its own variance (empirical Bayes, Efron and Morris 1973). Points carry g^2 already.
    variance = _spread(prepared, design, refits) / np.maximum(believed, LEAST_SHRINKAGE)
    return Crossfit(believed, variance, _unseen_log_odds(refits))


def _refits(prepared: Prepared, additive: Additive, design: Design, settings: Settings) -> list[_Refit]:
    """The fits without some people; none where a fold has all goods or bads, or there is nothing to fit."""
    if not prepared.names:
        return []
    if additive.unseen is not None:
        return [_refit(_without(prepared, additive.unseen), design, additive.unseen)]
    people = float(prepared.weight.sum())
    folds = FOLDS if people <= ALL_UP_TO else min(max(int(PEOPLE_FITTED / people), 1), FOLDS)
    found: list[_Refit] = []
    for fold in prepared.folds(FOLDS, settings.seed + 50, folds):
        part = _without(prepared, fold)
        if min(part.weight[part.bad].sum(), part.weight[~part.bad].sum()) <= 0:
            return []
        found.append(_refit(part, fit_additive(part, settings).design(prepared), fold))
    return found


def _refit(part: Prepared, design: Design, left_out: Floats) -> _Refit:
    """The fit of a part, whose design is of everybody."""
    return _Refit(design, calibrate(design.total(), part.bad, part.weight), left_out)


def _left_out_rows(prepared: Prepared, refits: list[_Refit], settings: Settings) -> LeftOutRows:
    """Who was left out, by the fit without them, in parts that have nobody alike but those who are many."""
    left_out = np.sum([refit.left_out for refit in refits], axis=0)
    ever = np.flatnonzero(left_out > 0)
    codes, bad = prepared.codes.take(ever, axis=1), prepared.bad[ever]
    drawn = fold_weights(codes, bad, left_out[ever], FOLDS, settings.seed + 60, person=prepared.person)
    share = drawn / left_out[ever]
    # Among those who were ever left out, who was by each fit.
    rows = [np.flatnonzero(refit.left_out[ever] > 0) for refit in refits]
    refitted = list(zip(refits, rows, strict=True))
    return LeftOutRows(
        np.hstack([refit.design.of(ever[of], refit.line.slope) for refit, of in refitted]),
        np.concatenate([bad[of] for of in rows]),
        np.hstack([share.take(of, axis=1) * refit.left_out[ever[of]] for refit, of in refitted]),
    )


def _unseen_log_odds(refits: list[_Refit]) -> Floats | None:
    """The log-odds of each row by the fits that left it out; the mean where several rows alike are in several folds."""
    left_out = np.sum([refit.left_out for refit in refits], axis=0)
    if not (left_out > 0).all():
        return None
    return np.sum([refit.left_out * refit.sum for refit in refits], axis=0) / left_out


def _without(prepared: Prepared, fold: Floats) -> Prepared:
    weight = prepared.weight - fold
    # What is left of a row by rounding is nothing.
    weight = np.where(weight > ROUNDING * prepared.weight, weight, 0.0)
    counted = tuple(
        tally(codes, prepared.bad, weight, fine.size) for codes, fine in zip(prepared.codes, prepared.fine, strict=True)
    )
    return replace(prepared, counted=counted, weight=weight)


def _spread(prepared: Prepared, design: Design, refits: list[_Refit]) -> float:
    """The share of its marginal bound that the variance of the sum has, by how the fits differ."""
    if len(refits) < FOLDS:
        return USUAL_VARIANCE
    sums = np.array([refit.sum for refit in refits])
    spread = (FOLDS - 1) / FOLDS * np.sum((sums - sums.mean(axis=0)) ** 2, axis=0)
    found = float(np.average(spread, weights=prepared.weight)) / max(_bound(prepared, design), 1e-12)
    return min(max(found, LEAST_VARIANCE), 1.0)


def _bound(prepared: Prepared, design: Design) -> float:
    """The mean over the sample of the sum of the attributes' own variances, in log-odds squared."""
    total = design.total()
    line = calibrate(total, prepared.bad, prepared.weight)
    variances = own_variances(prepared, design, line.log_odds(total))
    found = np.zeros(len(prepared.bad))
    for attribute, values, variance in zip(design.attribute, design.values, variances, strict=True):
        if values.any():
            found += line.slope**2 * variance[attribute]
    return float(np.average(found, weights=prepared.weight))
