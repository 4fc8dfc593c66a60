"""From statements with outcomes to points: sample, attributes, fit, validation, card; and Scorecard, usable alone.

What reads a card is here at once; what fits and validates one, with the libraries that it takes, when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from goodstanding.scorecard.card import Card, keep_card, latest_card, read_card
from goodstanding.scorecard.expert import expert_card
from goodstanding.scorecard.recourse import Action, Change, Plan, cheapest_changes
from goodstanding.scorecard.sample import Sample, development_sample, why_left_out
from goodstanding.scorecard.table import (
    MOST_REASONS,
    Attribute,
    Characteristic,
    Cross,
    Decision,
    Influence,
    PointsTable,
    Reason,
    Warned,
    half_width_sql,
    label,
    outside_sql,
    points_sql,
    table_points,
)

if TYPE_CHECKING:
    from goodstanding.scorecard.estimator import Scorecard
    from goodstanding.scorecard.learning import Fitted, fit_card, learn_card
    from goodstanding.scorecard.rejects import Augmented, augmented
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
    "MOST_REASONS",
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
    "Warned",
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
    "label",
    "latest_card",
    "learn_card",
    "outside_sql",
    "points_sql",
    "population_stability",
    "read_card",
    "reliability",
    "score_stability",
    "table_points",
    "why_left_out",
]

_WHEN_ASKED = {
    "estimator": ("Scorecard",),
    "learning": ("Fitted", "fit_card", "learn_card"),
    "rejects": ("Augmented", "augmented"),
}


def __getattr__(name: str) -> object:
    """What is imported only when it is asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = next((module for module, names in _WHEN_ASKED.items() if name in names), "validation")
    return getattr(import_module(f"{__name__}.{module}"), name)
