"""Records that were taken and wait for their day: until the days of notice are over, or what is owed is due."""

from sqlalchemy import func, select

from goodstanding.registry.database.schema import furnished
from goodstanding.registry.furnishing.in_force import in_force
from goodstanding.registry.transactions import ReadTransaction


def count_noticed(transaction: ReadTransaction) -> int:
    """How many furnished records count from a later moment on."""
    query = select(func.count()).select_from(furnished).where(~in_force(transaction.now))
    return transaction.connection.scalar(query) or 0
