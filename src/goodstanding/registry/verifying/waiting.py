"""How long a delivery may wait: what the log is not told of it is held to what tries can make of it."""

from datetime import datetime, timedelta

from sqlalchemy import RowMapping, Table

from goodstanding.registry.database.schema import deliveries
from goodstanding.registry.rights.notifying import WAITS

# By how much the clocks of two machines may differ.
LEEWAY = timedelta(hours=1)


def waits_as_it_may(table: Table, row: RowMapping, now: datetime) -> bool:
    """Whether a delivery is tried again when it could be, or no more when that may be; any other row does not wait."""
    if table is not deliveries:
        return True
    tries, next_at = row["tries"], row["next_at"]
    if not isinstance(tries, int) or not 0 <= tries <= len(WAITS) + 1:
        return False
    if row["done_at"] is not None or tries > len(WAITS):
        return next_at is None
    return next_at is not None and next_at <= now + WAITS[-1] + LEEWAY
