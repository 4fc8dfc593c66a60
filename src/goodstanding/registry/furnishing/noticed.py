"""Records that were taken and wait for their day: until the days of notice are over, or what is owed is due."""

from sqlalchemy import func, select

from goodstanding.registry.changing import Look
from goodstanding.registry.database.schema import furnished


def count_noticed(look: Look) -> int:
    """How many furnished records count from a later moment on."""
    query = select(func.count()).select_from(furnished).where(furnished.c.counts_from > look.now)
    return look.connection.scalar(query) or 0
