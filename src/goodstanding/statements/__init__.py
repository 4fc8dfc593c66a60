"""A person's month: records rolled up into statements, incrementally and in whole numbers."""

from goodstanding.statements.as_of import (
    age_sql,
    last_month,
    restated_of_month,
    statement_entries,
    statements_as_of,
    statements_of_month,
    worked_out_sql,
)
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
from goodstanding.statements.refresh import Built, build_statements, need_statements, statements_lag

__all__ = [
    "DEALINGS",
    "MEASURES",
    "ROLL_UPS",
    "STATEMENTS",
    "Built",
    "Measure",
    "RollUp",
    "age_sql",
    "build_statements",
    "last_month",
    "load_measures",
    "need_statements",
    "own_statements",
    "restated_of_month",
    "roll_ups_of",
    "statement_entries",
    "statements_as_of",
    "statements_lag",
    "statements_of_month",
    "worked_out_sql",
]
