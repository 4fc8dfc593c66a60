"""Telling the log anew of rows after an upgrade: what is proven only from the new revision on was never told to it.

Only rows are told anew that are, without what is new, what the log says of them: an upgrade must not sign what was
changed before it. What differs stays as it is, and the check names it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Connection, Table

from goodstanding.registry.database import update_rows
from goodstanding.registry.database.schema import METADATA, log, passkeys, publications, requests
from goodstanding.registry.earlier_deliveries import seal_deliveries
from goodstanding.registry.keys import Keyring, canonical, unseal
from goodstanding.registry.log import Frontier, LogLine, append
from goodstanding.registry.owed_sweep import OBJECT, SEALED_SINCE, UPGRADED
from goodstanding.registry.row_digests import LoggedRow, Row, logged, row_digest, row_key
from goodstanding.registry.sealed_columns import seal_in
from goodstanding.registry.unreadable import UNREADABLE, Unread
from goodstanding.registry.verification.logged_digests import LoggedDigests
from goodstanding.registry.verification.table_scan import Scanned, scan, scan_in_order

AT_A_TIME = 5_000
# What a response was sealed under before revision 0003.
_RESPONSE_BEFORE = "response to {caller}"


def retell(connection: Connection, keyring: Keyring, before: Frontier, revision: str, now: datetime) -> None:
    """Add lines to the log that tell what is proven only since later revisions than the one that was upgraded.

    Raises NotReady if the database does not take them.
    """
    if revision < "0003":
        _seal_responses(connection, keyring)
    if revision < "0008":
        _seal_entries(connection, keyring)
    earlier = _Earlier(connection, keyring, before, revision)
    rows = seal_deliveries(connection, keyring, earlier.is_as_logged) if revision < SEALED_SINCE else []
    rows += _logged_anew(earlier)
    if revision < "0008":
        rows += _begun(earlier)
    # Without a row, too, where the line says that there is something to sweep.
    starts = range(0, max(len(rows), revision < SEALED_SINCE), AT_A_TIME)
    bodies = [canonical({"rows": rows[at : at + AT_A_TIME], "from": revision}) for at in starts]
    lines = [LogLine(now, UPGRADED, OBJECT, body.decode()) for body in bodies]
    if lines:
        append(connection, keyring, before, lines, now)


@dataclass
class _Earlier:
    """The log as it was before an upgrade from a revision, and the rows that are now."""

    connection: Connection
    keyring: Keyring
    before: Frontier
    revision: str

    @cached_property
    def logged(self) -> LoggedDigests:
        """What it tells, read only once there is something to hold against it."""
        return _logged_before(self.connection, self.before)

    def is_as_logged(self, table: Table, row: Row) -> bool:
        """Whether a row is, without what is proven since, what the log says of it."""
        digest = self.logged.rows.get(str(table.name), {}).get(row_key(table, row))
        new = dict.fromkeys(column.name for column in _new_columns(table, self.revision))
        return digest is not None and _digest(self.keyring, table, {**row, **new}) == digest


def _logged_anew(earlier: _Earlier) -> Iterator[LoggedRow]:
    connection, keyring, revision = earlier.connection, earlier.keyring, earlier.revision
    for table in METADATA.sorted_tables:
        if _is_new(table.info, revision):
            yield from (logged(keyring, table, row) for row in _readable(scan(connection, table)))
            continue
        new = _new_columns(table, revision)
        if not new:
            continue
        for row in _readable(scan(connection, table)):
            if any(row[column.name] is not None for column in new) and earlier.is_as_logged(table, row):
                yield logged(keyring, table, row)


def _begun(earlier: _Earlier) -> Iterator[LoggedRow]:
    """Publications that have not taken effect: the log was told of one only when it did."""
    known = earlier.logged.rows.get(str(publications.name), {})
    for row in _readable(scan(earlier.connection, publications)):
        if row["log_index"] is None and known.get(row_key(publications, row)) is None:
            yield logged(earlier.keyring, publications, row)


def _new_columns(table: Table, revision: str) -> list[Column[Any]]:
    return [column for column in table.columns if _is_new(column.info, revision)]


def _is_new(info: dict[Any, Any], revision: str) -> bool:
    return info.get("proven_since", "") > revision


def _digest(keyring: Keyring, table: Table, row: Row) -> str | None:
    try:
        return row_digest(keyring, table, row)
    except UNREADABLE:
        return None


def _readable(rows: Iterator[Scanned]) -> Iterator[Row]:
    return (row for row in rows if not isinstance(row, Unread))


def _logged_before(connection: Connection, before: Frontier) -> LoggedDigests:
    """What the log tells; nothing if it is not the one that was signed."""
    found, after = LoggedDigests(), Frontier()
    for row in _readable(scan_in_order(connection, log.c.log_index)):
        line = LogLine(row["at"], row["kind"], row["object"], row["body"])
        after = after.grown([line.leaf])
        found.sees(line)
    return found if after == before else LoggedDigests()


def _seal_responses(connection: Connection, keyring: Keyring) -> None:
    """Seal what was answered to requests under all that their rows say."""
    for row in list(_readable(scan(connection, requests))):
        try:
            plain = unseal(keyring, row["sealed"], _RESPONSE_BEFORE.format_map(row))
        except UNREADABLE:
            continue  # refused to whoever asks for it, as before
        own = (requests.c.caller == row["caller"]) & (requests.c.hash == row["hash"])
        update_rows(connection, requests, own, {"sealed": seal_in(keyring, requests.c.sealed, plain, **row)}, 1)


def _seal_entries(connection: Connection, keyring: Keyring) -> None:
    """Seal when passkeys signed in."""
    for row in list(_readable(scan(connection, passkeys))):
        sealed = {"entered": seal_in(keyring, passkeys.c.entered, row["entered"].decode(), **row)}
        update_rows(connection, passkeys, passkeys.c.id == row["id"], sealed, 1)
