"""What may be used once only: remembered until it would have run out anyway."""

from datetime import datetime

from sqlalchemy import select

from goodstanding.registry.authentication.callers import NotAuthenticated
from goodstanding.registry.database import delete_rows, insert_rows
from goodstanding.registry.database.schema import spent
from goodstanding.registry.keys import keyed_hash
from goodstanding.registry.transactions import WriteTransaction


def spend(transaction: WriteTransaction, kind: str, value: str, until: datetime) -> None:
    """Use something up. Raises NotAuthenticated if it was used before."""
    delete_rows(transaction.connection, spent, spent.c.until <= transaction.now)
    own = keyed_hash(transaction.keyring, "blinding", "spent", kind, value)
    if transaction.connection.scalar(select(spent.c.hash).where(spent.c.hash == own)) is not None:
        raise NotAuthenticated
    insert_rows(transaction.connection, spent, [{"hash": own, "until": until}])
