"""From statements with outcomes to points: sample, attributes, fit, validation, card; and Scorecard, usable alone."""

from goodstanding.scorecard.card import Card, keep_card, latest_card, read_card
from goodstanding.scorecard.estimator import Scorecard
from goodstanding.scorecard.expert import expert_card
from goodstanding.scorecard.learning import Fitted, fit_card, learn_card
from goodstanding.scorecard.recourse import Action, Change, Plan, cheapest_changes
from goodstanding.scorecard.rejects import Augmented, augmented
from goodstanding.scorecard.sample import Sample, development_sample
from goodstanding.scorecard.table import (
    Attribute,
    Characteristic,
    Cross,
    Decision,
    Influence,
    PointsTable,
    Reason,
    half_width_sql,
    points_sql,
    span,
    table_points,
)
from goodstanding.scorecard.validation import (
    Calibration,
    Cutoff,
    Discrimination,
    auc,
    by_band,
    by_segment,
    calibration,
    characteristic_stability,
    cutoff_table,
    discrimination,
    population_stability,
    reliability,
    score_stability,
)

__all__ = [
    "Action",
    "Attribute",
    "Augmented",
    "Calibration",
    "Card",
    "Change",
    "Characteristic",
    "Cross",
    "Cutoff",
    "Decision",
    "Discrimination",
    "Fitted",
    "Influence",
    "Plan",
    "PointsTable",
    "Reason",
    "Sample",
    "Scorecard",
    "auc",
    "augmented",
    "by_band",
    "by_segment",
    "calibration",
    "characteristic_stability",
    "cheapest_changes",
    "cutoff_table",
    "development_sample",
    "discrimination",
    "expert_card",
    "fit_card",
    "half_width_sql",
    "keep_card",
    "latest_card",
    "learn_card",
    "points_sql",
    "population_stability",
    "read_card",
    "reliability",
    "score_stability",
    "span",
    "table_points",
]
