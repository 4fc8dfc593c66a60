"""How long a delivery may wait: what the log is not told of it is held to what tries can make of it.

Clocks differ, and one may be wrong for a while: what it put off is there still when it is set right. So a delivery is
held to the latest time that any line of the log is of, not to one clock: where tries fail, lines show the clocks.
"""

from datetime import datetime, timedelta

from sqlalchemy import RowMapping, Table

from goodstanding.registry.database.schema import deliveries
from goodstanding.registry.deliveries import SHOWN_WITHIN, WAITS


def waits_as_it_may(table: Table, row: RowMapping, again: datetime | None, now: datetime) -> bool:
    """Whether a delivery is tried again when it could be, or no more when that may be; any other row does not wait.

    `again` is when it was last asked for again, if it was; `now` the latest time that a clock is known to have been at:
    ours, or one that wrote a line of the log.
    """
    if table is not deliveries:
        return True
    tries, next_at, latest = row["tries"], row["next_at"], now + SHOWN_WITHIN
    if not isinstance(tries, int) or not 0 <= tries <= len(WAITS) + 1:
        return False
    if row["done_at"] is not None:
        return next_at is None
    # Each try waits for the one before it, so that so many need their time.
    if tries and (again or row["at"]) + sum(WAITS[: tries - 1], timedelta()) > latest:
        return False
    if tries > len(WAITS):
        return next_at is None
    return next_at is not None and next_at <= latest + (WAITS[tries - 1] if tries else timedelta())
