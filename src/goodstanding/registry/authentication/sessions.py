"""Sessions: a person is signed in until they sign out, leave, or the session runs out."""

from datetime import timedelta
from uuid import UUID, uuid4

from goodstanding.registry.authentication.callers import Caller
from goodstanding.registry.database import delete_rows, insert_rows
from goodstanding.registry.database.schema import sessions
from goodstanding.registry.transactions import WriteTransaction

SESSION_LASTS = timedelta(hours=2)


def begin_session(transaction: WriteTransaction, person: UUID) -> Caller:
    """A person who proved who they are is signed in."""
    delete_rows(transaction.connection, sessions, sessions.c.expires_at <= transaction.now)
    session = uuid4()
    row = {"id": session, "person_id": person, "expires_at": transaction.now + SESSION_LASTS}
    insert_rows(transaction.connection, sessions, [row])
    return Caller("person", person, frozenset({"person"}), session=session)


def end_sessions(transaction: WriteTransaction, person: UUID, session: UUID | None = None) -> None:
    """Sign a person out: of one session, or of all."""
    chosen = sessions.c.person_id == person
    if session is not None:
        chosen &= sessions.c.id == session
    delete_rows(transaction.connection, sessions, chosen)
