"""From statements to scores: the monthly run, its manifest, and what a person is told."""

from goodstanding.scoring.explaining import Reason, Recourse
from goodstanding.scoring.manifest import Manifest, latest_run, read_manifest, runs_of
from goodstanding.scoring.running import score_month, score_one
from goodstanding.scoring.standing import Standing, standing_of
from goodstanding.scoring.trail import NotCounted, SourceCount, table_title

__all__ = [
    "Manifest",
    "NotCounted",
    "Reason",
    "Recourse",
    "SourceCount",
    "Standing",
    "latest_run",
    "read_manifest",
    "runs_of",
    "score_month",
    "score_one",
    "standing_of",
    "table_title",
]
