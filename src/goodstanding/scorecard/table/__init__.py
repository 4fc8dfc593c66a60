"""The points table: what it is made of, how it is applied, explained and handed to other systems."""

from goodstanding.scorecard.table.apply import (
    attribute_numbers,
    chance_of_bad,
    clipped,
    free_total,
    table_points,
    table_totals,
)
from goodstanding.scorecard.table.column_names import check_column_names
from goodstanding.scorecard.table.outside_values import OutsideValues, outside_sql, table_outside
from goodstanding.scorecard.table.pmml import table_pmml
from goodstanding.scorecard.table.points_table import (
    Attribute,
    Characteristic,
    Cross,
    Decision,
    Influence,
    PointsTable,
    Warned,
)
from goodstanding.scorecard.table.reasons import (
    MOST_REASONS,
    Reason,
    best_points,
    label,
    rank_losses,
    span,
    table_reasons,
)
from goodstanding.scorecard.table.table_checks import check_table
from goodstanding.scorecard.table.table_lines import written_lines
from goodstanding.scorecard.table.table_sql import half_width_sql, points_sql, table_sql

__all__ = [
    "MOST_REASONS",
    "Attribute",
    "Characteristic",
    "Cross",
    "Decision",
    "Influence",
    "OutsideValues",
    "PointsTable",
    "Reason",
    "Warned",
    "attribute_numbers",
    "best_points",
    "chance_of_bad",
    "check_column_names",
    "check_table",
    "clipped",
    "free_total",
    "half_width_sql",
    "label",
    "outside_sql",
    "points_sql",
    "rank_losses",
    "span",
    "table_outside",
    "table_pmml",
    "table_points",
    "table_reasons",
    "table_sql",
    "table_totals",
    "written_lines",
]
