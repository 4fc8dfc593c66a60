"""Callers: a person in a session, a firm, or an operator with roles. What each may do hangs on their roles alone."""

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import select

from goodstanding.errors import StandingError
from goodstanding.registry.database.schema import operators, parties, people, sessions
from goodstanding.registry.transactions import ReadTransaction
from goodstanding.wording import tr

CallerKind: TypeAlias = Literal["person", "party", "operator"]
Role: TypeAlias = Literal[
    "person", "merchant", "furnisher", "registrar", "case_officer", "analyst", "reviewer", "admin", "auditor"
]


class NotAuthenticated(StandingError):
    """It is not known who calls; the message does not say what was wrong, so that nobody can feel their way."""

    kind = "not-authenticated"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            tr("caller"), tr("credentials that do not hold"), tr("valid credentials"), tr("Sign in again.")
        )


@dataclass(frozen=True)
class Caller:
    """Who calls: `id` is a person's, a party's or an operator's, `name` what the log says of an operator.

    `session` is a person's, who can end it.
    """

    kind: CallerKind
    id: UUID
    roles: frozenset[Role]
    name: str = ""
    session: UUID | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def check_caller(transaction: ReadTransaction, caller: Caller) -> None:
    """Raise NotAuthenticated if a caller was suspended, left, signed out or lost a role since their token was made."""
    connection = transaction.connection
    match caller.kind:
        case "person":
            chosen = (sessions.c.id == caller.session) & (sessions.c.expires_at > transaction.now)
            own = select(people.c.state).join(sessions, sessions.c.person_id == people.c.id).where(chosen)
            holds = connection.scalar(own.where(people.c.id == caller.id)) == "open"
        case "party":
            row = connection.execute(select(parties.c.state, parties.c.role).where(parties.c.id == caller.id)).first()
            holds = row is not None and row.state == "active" and caller.roles == frozenset({row.role})
        case "operator":
            query = select(operators.c.state, operators.c.roles).where(operators.c.id == caller.id)
            row = connection.execute(query).first()
            holds = row is not None and row.state == "active" and caller.roles <= set(row.roles)
    if not holds:
        raise NotAuthenticated
