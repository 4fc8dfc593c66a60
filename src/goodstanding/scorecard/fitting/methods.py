"""The two ways to the same additive table: attributes, and the log-odds of bad of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from goodstanding.scorecard.binning import (
    CREDIBILITY,
    Floats,
    Grouping,
    Tally,
    Trend,
    TrendConstraint,
    drawn_rates,
    even_groups,
    group_by_shape,
    totals,
    without_turns,
)
from goodstanding.scorecard.fitting.boosting import Shapes, boost
from goodstanding.scorecard.fitting.boosting_round import RIDGE
from goodstanding.scorecard.fitting.design import Design, chance
from goodstanding.scorecard.fitting.logistic import fit_logistic
from goodstanding.scorecard.fitting.prepared import Prepared, attribute_tally
from goodstanding.scorecard.fitting.settings import Settings

# With few bads the boosted shapes are drawn to the logistic ones, which have fewer ways to go wrong: by FEW / (FEW +
# bads), at most MOST_DRAWN, and not at all where it would be less than LEAST_DRAWN. benchmarks/scorecard.py says why.
FEW = 400.0
MOST_DRAWN = 0.5
LEAST_DRAWN = 0.1
# Groups of what has no points of its own, where crosses are asked.
GROUPS_TO_CROSS = 4


@dataclass(frozen=True)
class Additive:
    """p characteristics' attributes and the log-odds of bad of each; what is average is 0.

    `unseen` is the weight of n rows that none of it was learned from, None where all were learned from.
    """

    groupings: tuple[Grouping, ...]
    values: tuple[Floats, ...]
    unseen: Floats | None = None

    def design(self, prepared: Prepared) -> Design:
        """The sample in these attributes."""
        attribute = np.empty(prepared.codes.shape, np.uint8)
        for j, grouping in enumerate(self.groupings):
            attribute[j] = grouping.of(prepared.codes[j])
        return Design(attribute, self.values)


def fit_additive(prepared: Prepared, settings: Settings) -> Additive:
    """Fit by the method asked for."""
    if not prepared.names:
        return Additive((), ())
    if settings.method == "boosted":
        return _boosted(prepared, settings)
    return _logistic(prepared, settings, [prepared.by_information(j, settings) for j in range(len(prepared.names))])


def weights_of_evidence(counted: Tally, credibility: float = CREDIBILITY) -> Floats:
    """ln(odds of bad / average odds of bad) of each attribute, drawn to the average; 0 for an empty one."""
    average = counted.bads.sum() / counted.count.sum()
    rate = drawn_rates(counted.count, counted.bads, average, credibility)
    return np.log(rate / (1 - rate)) - np.log(average / (1 - average))


def own_variances(prepared: Prepared, design: Design, log_odds: Floats) -> tuple[Floats, ...]:
    """The sampling variance of each attribute's log-odds, in log-odds squared, were it the only one not known.

    One over its information, the sum of weight x p x (1 - p) of its rows and of the pull to 0.
    """
    p = chance(log_odds)
    information = prepared.weight * p * (1 - p)
    return tuple(
        1 / (totals(attribute, information, len(values)) + RIDGE)
        for attribute, values in zip(design.attribute, design.values, strict=True)
    )


def _boosted(prepared: Prepared, settings: Settings) -> Additive:
    """Boosted shapes, drawn to the logistic ones where bads are few, condensed to the mean over each attribute.

    Characteristics that did not come in have 0 points.
    """
    drawn = _drawn(prepared)
    asked: list[TrendConstraint] = [settings.trends.get(name, "auto") for name in prepared.names]
    by_information = {
        j: prepared.by_information(j, settings) for j, trend in enumerate(asked) if drawn or trend == "monotone"
    }
    # Whether a monotone trend rises or falls is what its counts say; so is an automatic one where bads are few. With
    # many, shapes show it better themselves.
    asked = [
        by_information[j].trend if j in by_information and trend in {"auto", "monotone"} else trend
        for j, trend in enumerate(asked)
    ]
    found = _boost(prepared, ["none" if trend == "auto" else cast("Trend", trend) for trend in asked], settings)
    shapes = [found.value[j, : fine.size] for j, fine in enumerate(prepared.fine)]
    came_in = [j for j, shape in enumerate(shapes) if shape.any() or not found.price]
    if drawn and came_in:
        logistic = _logistic(prepared.only(came_in), settings, [by_information[j] for j in came_in])
        for j, grouping, weights in zip(came_in, logistic.groupings, logistic.values, strict=True):
            shapes[j] = (1 - drawn) * shapes[j] + drawn * weights[grouping.attribute]
    groupings: list[Grouping] = []
    values: list[Floats] = []
    for j, (fine, counted, shape) in enumerate(zip(prepared.fine, prepared.counted, shapes, strict=True)):
        if j in came_in:
            grouping = group_by_shape(fine, counted, shape, settings.limits, asked[j])
        else:
            # Two may tell together what neither tells alone.
            grouping = even_groups(fine, counted, GROUPS_TO_CROSS if settings.crosses else 1)
        groupings.append(grouping)
        values.append(_centred(_means(grouping, counted, shape), attribute_tally(grouping, counted), settings))
    return Additive(tuple(groupings), tuple(values), None if drawn else found.unseen)


def _boost(prepared: Prepared, trends: list[Trend], settings: Settings) -> Shapes:
    return boost(
        prepared.codes,
        list(prepared.fine),
        trends,
        prepared.bad,
        prepared.weight,
        missing_is_average=settings.unknown == "average",
        seed=settings.seed,
        pulls=[_pull(prepared, j) for j in range(len(prepared.names))],
        person=prepared.person,
    )


def _pull(prepared: Prepared, j: int) -> float:
    """How much information (weight x p x (1 - p)) a level's log-odds are drawn to the average by."""
    counted = prepared.counted[j]
    average = float(counted.bads.sum() / counted.count.sum())
    return prepared.credibility(j) * average * (1 - average)


def _drawn(prepared: Prepared) -> float:
    """How far boosted shapes are drawn to the logistic ones, 0 to 1."""
    bads = float(prepared.weight[prepared.bad].sum())
    drawn = min(FEW / (FEW + bads), MOST_DRAWN)
    return drawn if drawn >= LEAST_DRAWN else 0.0


def _means(grouping: Grouping, counted: Tally, shape: Floats) -> Floats:
    weight = counted.count + 1e-9 * max(counted.count.sum(), 1.0)
    sums = totals(grouping.attribute, weight * shape, grouping.size)
    return sums / np.maximum(totals(grouping.attribute, weight, grouping.size), 1e-300)


def _logistic(prepared: Prepared, settings: Settings, by_information: Sequence[Grouping]) -> Additive:
    """Groupings of greatest information value, weights of evidence, a logistic regression on them."""
    drawn = [prepared.drawn(j) for j in range(len(prepared.names))]
    groupings = tuple(without_turns(found, counted) for found, counted in zip(by_information, drawn, strict=True))
    counts = [attribute_tally(grouping, counted) for grouping, counted in zip(groupings, drawn, strict=True)]
    weights = tuple(_centred(weights_of_evidence(counted), counted, settings) for counted in counts)
    design = Additive(groupings, weights).design(prepared)
    _, beta = fit_logistic(design, prepared.bad, prepared.weight)
    # Rounded, so that the last bits of an optimiser do not make another card.
    return Additive(groupings, tuple(round(float(b), 6) * w for b, w in zip(beta, weights, strict=True)))


def _centred(values: Floats, counted: Tally, settings: Settings) -> Floats:
    """Values with mean 0 over the sample; where what is missing is average it is 0 and so is the mean of the rest."""
    count = counted.count.copy()
    if settings.unknown == "average":
        count[0] = 0.0
    mean = np.average(values, weights=count) if count.sum() > 0 else 0.0
    centred = np.where(counted.count > 0, values - mean, 0.0)
    if settings.unknown == "average":
        centred[0] = 0.0
    return centred
