"""Which versions of a furnished record are in force: the one place where that is decided.

Machines' clocks differ, and one may be set back. What was to count from the moment it was sent was acknowledged so, and
what was collected counted already: of both no clock says otherwise. Only what was given a later day waits for it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, or_

from goodstanding.registry.database.schema import furnished


def in_force(now: datetime) -> ColumnElement[bool]:
    """The versions that count by now, or did until a newer one came; all others are still to come."""
    return or_(
        furnished.c.counts_from <= furnished.c.at,
        furnished.c.collected_at.is_not(None),
        furnished.c.counts_from <= now,
    )


def is_in_force(row: Row[Any], now: datetime) -> bool:
    """Whether a version is one of those."""
    return row.counts_from <= row.at or row.collected_at is not None or row.counts_from <= now
