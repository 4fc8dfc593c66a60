"""A person's month: records rolled up into statements, incrementally and in whole numbers."""

from goodstanding.statements.building import Built, build_statements, need_statements
from goodstanding.statements.measures import MEASURES, Measure, load_measures
from goodstanding.statements.reading import statement_entries, statements_as_of, statements_of_month

__all__ = [
    "MEASURES",
    "Built",
    "Measure",
    "build_statements",
    "load_measures",
    "need_statements",
    "statement_entries",
    "statements_as_of",
    "statements_of_month",
]
