"""What answers need to know of a person's cases, kept beside the person so that no answer has to look for it."""

from uuid import UUID

from sqlalchemy import func, select

from goodstanding.registry.database.schema import cases, marks, people
from goodstanding.registry.rights.cases import OPEN
from goodstanding.registry.transactions import WriteTransaction


def note_contested(transaction: WriteTransaction, person: UUID) -> None:
    """Count a person's open cases about records, and the blocked items that the scores still count."""
    own = (cases.c.person_id == person) & (cases.c.state == OPEN)
    contested = select(func.count()).where(own, cases.c.kind.in_(("dispute", "block")))
    blocked = (
        select(func.count())
        .select_from(marks.join(cases, cases.c.id == marks.c.case_id))
        .where(own, cases.c.kind == "block", marks.c.collected_at.is_(None))
    )
    values = {"contested": transaction.connection.scalar(contested), "held": transaction.connection.scalar(blocked)}
    before = transaction.connection.execute(
        select(people.c.contested, people.c.held).where(people.c.id == person)
    ).one()
    if (before.contested, before.held) != (values["contested"], values["held"]):
        transaction.add("person.contested", person, transaction.update(people, people.c.id == person, **values))
