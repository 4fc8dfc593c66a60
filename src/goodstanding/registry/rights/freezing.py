"""Freeze and thaw: while a person's file is frozen nobody is answered, whatever they consented to."""

from uuid import UUID

from sqlalchemy import select

from goodstanding.errors import NotFound
from goodstanding.registry.changing import Change
from goodstanding.registry.database.schema import people
from goodstanding.wording import tr


def freeze(change: Change, person: UUID) -> bool:
    """Freeze a person's file at once; False if it was frozen already. Raises NotFound."""
    return _set(change, person, frozen=True)


def thaw(change: Change, person: UUID) -> bool:
    """Thaw a person's file at once; False if it was not frozen. Raises NotFound."""
    return _set(change, person, frozen=False)


def _set(change: Change, person: UUID, *, frozen: bool) -> bool:
    chosen = (people.c.id == person) & (people.c.state == "open")
    row = change.connection.execute(select(people.c.frozen_at).where(chosen)).one_or_none()
    if row is None:
        raise NotFound(tr("person"), str(person), tr("a person who has joined"), tr("Check the id."))
    if (row.frozen_at is not None) is frozen:
        return False
    rows = change.update(people, chosen, frozen_at=change.now if frozen else None)
    change.add("person.frozen" if frozen else "person.thawed", person, rows)
    return True
