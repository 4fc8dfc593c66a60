"""Noting in the log where a workspace's history stands, so that nobody writes that history anew unseen."""

from collections.abc import Mapping
from contextlib import suppress
from itertools import islice

import msgspec
from sqlalchemy import Connection, select

from goodstanding.registry.database.schema import furnished, log, marks
from goodstanding.registry.log.line_kinds import LineKind
from goodstanding.registry.transactions import Registry, WriteTransaction
from goodstanding.store import Workspace
from goodstanding.store.history import history_digest, history_lines

NOTED: LineKind = "workspace.noted"


class _Body(msgspec.Struct):
    number: int
    sha256: str


def note_workspace(registry: Registry, workspace: Workspace) -> None:
    """Add a line to the log with the number and the digest of the history's last line, unless the last note has them.

    Call it after whatever the registry published or changed in the workspace. Of one that was put back to an older
    copy (`is_put_back`) it is noted at the same moment that all that was taken over is due again: what it lacks would
    be lost, since once noted it looks like any other. A workspace without a history, as earlier versions of the program
    left it, has nothing to note. Raises BadInput if the catalogue does not read.
    """
    # Looked at outside the lock: that two note the same at once does no harm.
    head, noted = _head(workspace), _last_noted(registry)
    put_back = _lacks(workspace, head, noted)
    if not put_back and head in (None, noted):
        return

    def note(transaction: WriteTransaction) -> None:
        if put_back:
            _begin_anew(transaction)
        if head is not None:
            transaction.add(NOTED, "workspace", [], number=head[0], sha256=head[1])

    registry.do(note)


def _begin_anew(transaction: WriteTransaction) -> None:
    """Nothing is noted as taken any more: an older copy of the workspace lacks what came since, nobody knows what."""
    rows = transaction.update(furnished, furnished.c.collected_at.is_not(None), collected_at=None)
    rows += transaction.update(marks, marks.c.collected_at.is_not(None), collected_at=None)
    # A workspace without a history looks put back each time.
    if rows:
        transaction.add("records.put_back", "workspace", rows)


def is_put_back(registry: Registry, workspace: Workspace) -> bool:
    """Whether a workspace's history lacks the line that was noted last: it is an older copy, or another one."""
    return _lacks(workspace, _head(workspace), _last_noted(registry))


def _head(workspace: Workspace) -> tuple[int, str] | None:
    head = workspace.catalogue.head
    return None if head is None else (head.number, head.sha256)


def _lacks(workspace: Workspace, head: tuple[int, str] | None, noted: tuple[int, str] | None) -> bool:
    """Whether a workspace's history, which ends with `head`, lacks a line that was noted."""
    if noted is None or noted == head:
        return False
    number, sha256 = noted
    line = next(islice(history_lines(workspace.root), number - 1, None), None)
    return line is None or history_digest(line) != sha256


def _last_noted(registry: Registry) -> tuple[int, str] | None:
    last = select(log.c.body).where(log.c.kind == NOTED).order_by(log.c.log_index.desc()).limit(1)
    with registry.read() as transaction:
        return _read(transaction.connection.scalar(last))


def noted_heads(connection: Connection) -> Mapping[int, set[str]]:
    """The digests that the log has of lines of the workspace's history, by their numbers."""
    found: dict[int, set[str]] = {}
    for body in connection.scalars(select(log.c.body).where(log.c.kind == NOTED).order_by(log.c.log_index)):
        noted = _read(body)
        if noted is not None:
            found.setdefault(noted[0], set()).add(noted[1])
    return found


def _read(body: str | None) -> tuple[int, str] | None:
    """What a note says; None for one that does not read: it is found as a changed line."""
    if body is not None:
        with suppress(msgspec.DecodeError):
            noted = msgspec.json.decode(body, type=_Body)
            return noted.number, noted.sha256
    return None
