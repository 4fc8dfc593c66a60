"""Freeze and thaw: while a person's file is frozen nobody is answered, whatever they consented to."""

from uuid import UUID

from goodstanding.registry.database.schema import people
from goodstanding.registry.joined import joined
from goodstanding.registry.transactions import Change


def freeze(change: Change, person: UUID) -> bool:
    """Freeze a person's file at once; False if it was frozen already. Raises NotFound."""
    return _set(change, person, frozen=True)


def thaw(change: Change, person: UUID) -> bool:
    """Thaw a person's file at once; False if it was not frozen. Raises NotFound."""
    return _set(change, person, frozen=False)


def _set(change: Change, person: UUID, *, frozen: bool) -> bool:
    if (joined(change.connection, person).frozen_at is not None) is frozen:
        return False
    rows = change.update(people, people.c.id == person, frozen_at=change.now if frozen else None)
    change.add("person.frozen" if frozen else "person.thawed", person, rows)
    return True
