"""A person's month: records rolled up into statements, incrementally and in whole numbers."""

from goodstanding.statements.lineage import Lineage
from goodstanding.statements.measures import (
    DEALINGS,
    MEASURES,
    ROLL_UPS,
    STATEMENTS,
    Measure,
    RollUp,
    load_measures,
    own_statements,
    roll_ups_of,
)
from goodstanding.statements.point_in_time import (
    PointInTime,
    age_sql,
    last_month,
    statement_entries,
    steps_as_of,
    worked_out_sql,
)
from goodstanding.statements.refresh import Built, build_statements, need_statements, statements_lag

__all__ = [
    "DEALINGS",
    "MEASURES",
    "ROLL_UPS",
    "STATEMENTS",
    "Built",
    "Lineage",
    "Measure",
    "PointInTime",
    "RollUp",
    "age_sql",
    "build_statements",
    "last_month",
    "load_measures",
    "need_statements",
    "own_statements",
    "roll_ups_of",
    "statement_entries",
    "statements_lag",
    "steps_as_of",
    "worked_out_sql",
]
