"""Ties between people: what they tell of a person, and the graph that they make.

The graph is measured by `relations.measuring`, which programmes do not need and which takes longer to import.
"""

from goodstanding.relations.furnished_feeds import JOINED
from goodstanding.relations.known_statements import (
    DEALT,
    checked_of_month,
    dealings_of_month,
    known_as_of,
    known_entries,
    known_of_month,
    tie_measures_sql,
)
from goodstanding.relations.tie_measures import KNOWN_MEASURES, TIE_MEASURES
from goodstanding.relations.ties import both_ways, ties_sql

__all__ = [
    "DEALT",
    "JOINED",
    "KNOWN_MEASURES",
    "TIE_MEASURES",
    "both_ways",
    "checked_of_month",
    "dealings_of_month",
    "known_as_of",
    "known_entries",
    "known_of_month",
    "tie_measures_sql",
    "ties_sql",
]
