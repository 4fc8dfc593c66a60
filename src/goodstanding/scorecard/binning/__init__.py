"""A characteristic cut into attributes: fine classes, then the best grouping of them, exactly."""

from goodstanding.scorecard.binning.attribute_groups import (
    SURE,
    Grouping,
    GroupLimits,
    TrendConstraint,
    deviance,
    even_groups,
    group_by_information,
    group_by_shape,
    information,
    without_turns,
)
from goodstanding.scorecard.binning.fine_classes import MOST_ORDERED, FineClasses, fine_classes
from goodstanding.scorecard.binning.partition import Candidates, Trend, best_partitions
from goodstanding.scorecard.binning.tallies import (
    CREDIBILITY,
    ROUNDING,
    ClassCodes,
    Floats,
    Tally,
    credibility_between,
    drawn_rates,
    tally,
    totals,
)

__all__ = [
    "CREDIBILITY",
    "MOST_ORDERED",
    "ROUNDING",
    "SURE",
    "Candidates",
    "ClassCodes",
    "FineClasses",
    "Floats",
    "GroupLimits",
    "Grouping",
    "Tally",
    "Trend",
    "TrendConstraint",
    "best_partitions",
    "credibility_between",
    "deviance",
    "drawn_rates",
    "even_groups",
    "fine_classes",
    "group_by_information",
    "group_by_shape",
    "information",
    "tally",
    "totals",
    "without_turns",
]
