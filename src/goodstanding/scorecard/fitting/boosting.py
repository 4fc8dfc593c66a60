"""Additive boosting: for each characteristic a shape over its fine classes, in log-odds of bad.

One characteristic after another, some cuts a visit, by Newton's method (Friedman 2001; Lou, Caruana and Gehrke 2012),
as often as the weight that is left out says; the mean over the folds that were left out is the shape. A characteristic
may have to pay to come in: its first cut must gain more than a price, and the weight left out says which.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import ROUNDING, ClassCodes, FineClasses, Floats, Trend
from goodstanding.scorecard.fitting.boosting_round import RoundClasses, visit_all
from goodstanding.scorecard.fitting.design import added, log_loss, log_odds_loss
from goodstanding.scorecard.fitting.folds import fold_weights, surely_least

MOST_ROUNDS = 200
PATIENCE = 3
# A round is better only if it gains more than this share of the loss: the rest is noise and would take many rounds.
LEAST_GAIN = 1e-4
# What the first cut of a characteristic must gain, in twice the log-likelihood: the best of many cuts gains some by
# chance alone, and of many characteristics more.
PRICES = (4.0, 8.0, 16.0, 32.0)
# With many people one price is tried: of what tells nothing few gain more, and of what tells much more people tell all.
PRICES_OF_MANY = (8.0,)
# Of up to so many characteristics none has to pay: what chance tells of so few is left to their slopes, which cost less
# of what is there. (On 2,000 loans of the town, of 35 characteristics, a price cost .006 of AUC.)
FEW_CHARACTERISTICS = 50
# A price must be better than none by a standard error of the folds' losses, and by less where there are fewer bads for
# each characteristic than this: the more there are to choose from, the likelier it is that chance has chosen.
BADS_FOR_EACH = 2.0
FOLDS = 5
# Two draws of the folds where that is cheap; with many people only so many folds are fitted as have PEOPLE_FITTED
# together (fits without one fold or another hardly differ then); past MOST_ROWS that many rows are learned from.
TWICE_UP_TO = 20_000
PEOPLE_FITTED = 250_000
MOST_ROWS = 200_000
DIGITS = 9
SIGNED: dict[Trend, int] = {"ascending": 1, "descending": -1}


@dataclass(frozen=True)
class Shapes:
    """`value` (p x most classes) in log-odds of bad, the rounds each fold took, and the price of coming in.

    `unseen` is the weight of n rows that no shape was learned from; None where every row was learned from.
    """

    value: Floats
    rounds: tuple[int, ...]
    price: float = 0.0
    unseen: Floats | None = None


@dataclass(frozen=True)
class _Some:
    """Some rows: class numbers (p x n), outcomes (1 for bad), weights."""

    codes: ClassCodes
    y: Floats
    weight: Floats

    def having(self, weight: Floats) -> "_Some":
        """Those that have some of this weight, with it."""
        chosen = np.flatnonzero(weight > 0)
        return _Some(self.codes.take(chosen, axis=1), self.y[chosen], weight[chosen])


@dataclass(frozen=True)
class _Rows(_Some):
    """The rows that are learned from, and the folds (k x n)."""

    left_out: Floats


@dataclass(frozen=True)
class _Fits:
    """The shapes without each fold, the rounds they took, their loss on the folds; the least gain of a first cut."""

    shapes: list[Floats]
    rounds: tuple[int, ...]
    losses: tuple[float, ...]
    least_gain: float


def boost(  # noqa: PLR0913 - all of it is the problem
    codes: ClassCodes,
    fine: list[FineClasses],
    trends: list[Trend],
    bad: NDArray[np.bool_],
    weight: Floats,
    *,
    missing_is_average: bool,
    seed: int,
    pulls: Sequence[float] = (),
    person: float = 1.0,
) -> Shapes:
    """Shapes for p characteristics of n rows (codes: p x n). Rising and falling trends hold, others do not bind.

    `missing_is_average` keeps what is missing at 0 and the mean of what is known too. `pulls` (p) are how much
    information the value of a level without an order is drawn to 0 by; where it is 0, only its steps are. `person` is
    the weight of one, at least.
    """
    if not fine:
        return Shapes(np.zeros((0, 1)), ())
    classes = RoundClasses(
        sizes=np.array([f.size for f in fine]),
        firsts=np.array([f.first for f in fine]),
        ends=np.array([f.end for f in fine]),
        named=np.array([f.levels is not None and not f.ordered for f in fine]),
        signs=np.array([SIGNED.get(trend, 0) for trend in trends]),
        pulls=np.array(pulls or [0.0] * len(fine), dtype=np.float64),
    )
    chosen, rows = _learned_from(codes, bad, weight, seed, person)
    if not len(rows.left_out):
        return Shapes(np.zeros((len(fine), int(classes.sizes.max()))), ())
    best, price = _fits(rows, classes, 0.0, missing_is_average=missing_is_average), 0.0
    # Where all come in at once, a price is none.
    least_gain = best.least_gain if len(fine) > FEW_CHARACTERISTICS else np.inf
    sure = min(float(weight[bad].sum()) / (BADS_FOR_EACH * len(fine)), 1.0)
    prices = PRICES if weight.sum() <= TWICE_UP_TO else PRICES_OF_MANY
    for asked in [price for price in prices if price >= least_gain]:
        tried = _fits(rows, classes, asked, missing_is_average=missing_is_average)
        if surely_least([best.losses, tried.losses], sure):
            best, price = tried, asked
    # Further digits depend on the order of rows.
    value = np.asarray(np.round(np.mean(best.shapes, axis=0), DIGITS), dtype=np.float64)
    unseen = None
    if len(rows.left_out) == 1:
        unseen = np.zeros(len(bad))
        unseen[chosen] = rows.left_out[0]
    return Shapes(value, best.rounds, price, unseen)


def _learned_from(
    codes: ClassCodes, bad: NDArray[np.bool_], weight: Floats, seed: int, person: float
) -> tuple[NDArray[np.intp] | slice, _Rows]:
    """At most about MOST_ROWS rows, drawn by what they say, in the proportions of the whole; and which they are."""
    chosen: NDArray[np.intp] | slice = slice(None)
    if len(bad) > MOST_ROWS:
        parts = -(-len(bad) // MOST_ROWS)
        drawn = fold_weights(codes, bad, weight, parts, seed, 1, person=person)[0]
        chosen = np.flatnonzero(drawn > 0)
        codes, bad, weight = np.ascontiguousarray(codes[:, chosen]), bad[chosen], drawn[chosen]
    people = float(weight.sum())
    draws = range(2 if people <= TWICE_UP_TO else 1)
    folds = max(int(PEOPLE_FITTED / people), 1)
    left_out = np.concatenate(
        [fold_weights(codes, bad, weight, FOLDS, seed + draw, folds, person=person) for draw in draws]
    )
    in_fold = np.stack([left_out @ bad, left_out @ ~bad])
    in_rest = np.array([[weight[bad].sum()], [weight[~bad].sum()]]) - in_fold
    enough = (np.minimum(in_fold, in_rest) > ROUNDING * weight.sum()).all(axis=0)
    return chosen, _Rows(codes, bad.astype(np.float64), weight, left_out[enough])


def _fits(rows: _Rows, classes: RoundClasses, price: float, *, missing_is_average: bool) -> _Fits:
    """Boost without each of the folds."""
    found = [
        _boosted(rows, classes, left_out, price, missing_is_average=missing_is_average) for left_out in rows.left_out
    ]
    shapes, rounds, losses, gains = zip(*found, strict=True)
    return _Fits(list(shapes), tuple(rounds), losses, min(gains))


def _boosted(
    rows: _Rows, classes: RoundClasses, left_out: Floats, price: float, *, missing_is_average: bool
) -> tuple[Floats, int, float, float]:
    """Boost on the kept weight: the shapes of the round that was best on the weight left out, its number and loss.

    And the least that the first cut of a characteristic gained. Within a round the gradient follows each step to first
    order; it is made exact at the start of the next.
    """
    rest, tested = rows.having(rows.weight - left_out), rows.having(left_out)
    shape = np.zeros((len(rows.codes), int(classes.sizes.max())))
    gains = np.zeros(len(rows.codes))
    best, least, best_round, least_gain = shape.copy(), np.inf, 0, 0.0
    intercept = float(np.log((rest.weight @ rest.y) / (rest.weight @ (1 - rest.y))))
    z = np.full(len(rest.y), intercept)
    for taken in range(MOST_ROUNDS):
        loss = log_odds_loss(intercept + added(tested.codes, shape), tested.y, tested.weight)
        if loss < least * (1 - LEAST_GAIN):
            best, least, best_round = shape.copy(), loss, taken
        elif taken - best_round >= PATIENCE:
            break
        now = log_loss(z, rest.y, rest.weight)
        intercept += visit_all(
            rest.codes, classes, z, now.error, now.information, shape, gains, price, taken, missing_is_average
        )
        if taken == 0:
            least_gain = float(gains.min())
    return best, best_round, least, least_gain
