"""Furnishers: the records that they send about people, and how these get into the workspace."""

from goodstanding.registry.furnishing.collecting import Collected, collect
from goodstanding.registry.furnishing.erasing import erase_leavers
from goodstanding.registry.furnishing.putting_right import PublishedRun, publish_run, put_right
from goodstanding.registry.furnishing.sending import Sent, Submission, check_submissions, furnish, withdraw_record

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
