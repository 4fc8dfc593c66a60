"""From statements with outcomes to points: sample, attributes, fit, scaling, validation, the card."""

from goodstanding.scorecard.card import (
    Attribute,
    Card,
    CardCharacteristic,
    Decision,
    Influence,
    keep_card,
    latest_card,
    read_card,
)
from goodstanding.scorecard.expert import expert_card
from goodstanding.scorecard.fitting import Fitted, fit_card, learn_card
from goodstanding.scorecard.points import half_width_sql, points_sql, total_sql
from goodstanding.scorecard.sample import Sample, development_sample
from goodstanding.scorecard.validation import Discrimination, discrimination

__all__ = [
    "Attribute",
    "Card",
    "CardCharacteristic",
    "Decision",
    "Discrimination",
    "Fitted",
    "Influence",
    "Sample",
    "development_sample",
    "discrimination",
    "expert_card",
    "fit_card",
    "half_width_sql",
    "keep_card",
    "latest_card",
    "learn_card",
    "points_sql",
    "read_card",
    "total_sql",
]
