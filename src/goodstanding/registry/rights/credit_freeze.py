"""Freeze and thaw: while a person's file is frozen nobody is answered, whatever they consented to."""

from uuid import UUID

from goodstanding.registry.database.schema import people
from goodstanding.registry.joined import joined
from goodstanding.registry.transactions import WriteTransaction


def freeze(transaction: WriteTransaction, person: UUID) -> bool:
    """Freeze a person's file at once; False if it was frozen already. Raises NotFound."""
    return _set(transaction, person, frozen=True)


def thaw(transaction: WriteTransaction, person: UUID) -> bool:
    """Thaw a person's file at once; False if it was not frozen. Raises NotFound."""
    return _set(transaction, person, frozen=False)


def _set(transaction: WriteTransaction, person: UUID, *, frozen: bool) -> bool:
    if (joined(transaction.connection, person).frozen_at is not None) is frozen:
        return False
    rows = transaction.update(people, people.c.id == person, frozen_at=transaction.now if frozen else None)
    transaction.add("person.frozen" if frozen else "person.thawed", person, rows)
    return True
