"""Erasing who left from the workspace: their records, statements, ties and scores."""

from sqlalchemy import select

from goodstanding.registry.changing import Changes, Look
from goodstanding.registry.database import sweep
from goodstanding.registry.database.schema import leavers
from goodstanding.registry.keys import unseal
from goodstanding.registry.people.joining import leaver_context
from goodstanding.scoring import erase_people
from goodstanding.store import Workspace


def erase_leavers(changes: Changes, workspace: Workspace) -> int:
    """Take everybody who left out of the workspace's files, and their traces out of the database's; gives how many.

    What was interrupted is done over. Raises Busy if the workspace is being changed.
    """
    with changes.look() as look:
        found = _waiting(look)
    if not found:
        return 0
    if workspace.root.exists():
        erase_people(workspace, set(found.values()))
    own = leavers.c.person_id.in_(list(found))
    changes.do(lambda change: change.add("people.erased", "workspace", change.erase(leavers, own)))
    sweep(changes.engine)
    return len(found)


def _waiting(look: Look) -> dict[object, str]:
    """Who waits to be erased, by their id in the records."""
    return {
        row.person_id: unseal(look.keyring, row.sealed, leaver_context(row.person_id))
        for row in look.connection.execute(select(leavers))
    }
