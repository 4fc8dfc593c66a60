"""A characteristic cut into attributes: fine classes, then the best grouping of them, exactly."""

from goodstanding.scorecard.binning.counting import CREDIBILITY, Codes, Floats, Tally, drawn_rates, tally, totals
from goodstanding.scorecard.binning.fine import MOST_LEVELS, FineClasses, fine_classes
from goodstanding.scorecard.binning.grouping import (
    Asked,
    Grouping,
    Limits,
    group_by_information,
    group_by_shape,
    information,
    without_turns,
)
from goodstanding.scorecard.binning.partition import Candidates, Trend, best_partitions

__all__ = [
    "CREDIBILITY",
    "MOST_LEVELS",
    "Asked",
    "Candidates",
    "Codes",
    "FineClasses",
    "Floats",
    "Grouping",
    "Limits",
    "Tally",
    "Trend",
    "best_partitions",
    "drawn_rates",
    "fine_classes",
    "group_by_information",
    "group_by_shape",
    "information",
    "tally",
    "totals",
    "without_turns",
]
