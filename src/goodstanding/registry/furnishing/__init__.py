"""Furnishers: the records that they send about people, and how these get into the workspace."""

from goodstanding.registry.furnishing.collection import Collected, collect
from goodstanding.registry.furnishing.rescoring import PublishedRun, publish_run, put_right
from goodstanding.registry.furnishing.submissions import Sent, Submission, check_submissions, furnish, withdraw_record
from goodstanding.registry.furnishing.workspace_erasure import erase_leavers

__all__ = [
    "Collected",
    "PublishedRun",
    "Sent",
    "Submission",
    "check_submissions",
    "collect",
    "erase_leavers",
    "furnish",
    "publish_run",
    "put_right",
    "withdraw_record",
]
