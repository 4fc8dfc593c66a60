"""A characteristic cut into attributes: fine classes, then the best grouping of them, exactly."""

from goodstanding.scorecard.binning.counting import Codes, Floats, Tally, tally, totals
from goodstanding.scorecard.binning.fine import FineClasses, fine_classes
from goodstanding.scorecard.binning.grouping import (
    Asked,
    Grouping,
    Limits,
    group_by_information,
    group_by_shape,
    information,
)
from goodstanding.scorecard.binning.partition import Candidates, Trend, best_partitions

__all__ = [
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
    "fine_classes",
    "group_by_information",
    "group_by_shape",
    "information",
    "tally",
    "totals",
]
