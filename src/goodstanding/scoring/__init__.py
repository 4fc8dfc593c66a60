"""From statements to scores: the monthly run, its manifest, and what a person is told."""

from goodstanding.scoring.erasure import erase_people
from goodstanding.scoring.explanation import ReasonInWords, shown
from goodstanding.scoring.manifest import Manifest, latest_run, read_manifest, run_to_show, runs_of
from goodstanding.scoring.projection import Recourse
from goodstanding.scoring.provenance import NotCounted, SourceCount, table_title
from goodstanding.scoring.run import score_month, score_one
from goodstanding.scoring.score_rows import ScoreRow, people_not_computed, rescored, score_rows
from goodstanding.scoring.standing import Standing, standing_of
from goodstanding.scoring.unknown_values import NotKnown

__all__ = [
    "Manifest",
    "NotCounted",
    "NotKnown",
    "ReasonInWords",
    "Recourse",
    "ScoreRow",
    "SourceCount",
    "Standing",
    "erase_people",
    "latest_run",
    "people_not_computed",
    "read_manifest",
    "rescored",
    "run_to_show",
    "runs_of",
    "score_month",
    "score_one",
    "score_rows",
    "shown",
    "standing_of",
    "table_title",
]
