"""How well a card does: telling good from bad, odds that come true, people who stay the same, cut-offs."""

from goodstanding.scorecard.validation.calibration import Calibration, Group, by_band, calibration, reliability
from goodstanding.scorecard.validation.cutoffs import Cutoff, cutoff_table
from goodstanding.scorecard.validation.discrimination import Discrimination, auc, by_segment, discrimination
from goodstanding.scorecard.validation.stability import (
    CharacteristicStability,
    characteristic_stability,
    population_stability,
    score_stability,
)

__all__ = [
    "Calibration",
    "CharacteristicStability",
    "Cutoff",
    "Discrimination",
    "Group",
    "auc",
    "by_band",
    "by_segment",
    "calibration",
    "characteristic_stability",
    "cutoff_table",
    "discrimination",
    "population_stability",
    "reliability",
    "score_stability",
]
