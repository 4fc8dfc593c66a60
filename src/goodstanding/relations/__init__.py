"""Ties between people: what they tell of a person, and the graph that they make.

The graph is measured by `relations.measuring`, which programmes do not need and which takes longer to import.
"""

from goodstanding.relations.furnished_feeds import JOINED
from goodstanding.relations.known_statements import (
    DEALT,
    checked_at,
    dealings_at,
    known_as_of,
    known_at,
    known_entries,
    tie_steps,
)
from goodstanding.relations.tie_measures import KNOWN_MEASURES, TIE_MEASURES
from goodstanding.relations.ties import both_ways, ties_sql

__all__ = [
    "DEALT",
    "JOINED",
    "KNOWN_MEASURES",
    "TIE_MEASURES",
    "both_ways",
    "checked_at",
    "dealings_at",
    "known_as_of",
    "known_at",
    "known_entries",
    "tie_steps",
    "ties_sql",
]
