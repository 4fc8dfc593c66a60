"""Every row against what the log told of it last."""

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Table, select

from goodstanding.registry.database.schema import (
    METADATA,
    erased_scores,
    identifiers,
    log,
    log_head,
    log_tiles,
    publications,
    scores,
)
from goodstanding.registry.keys import Keyring, unseal
from goodstanding.registry.log.merkle_tree import root_of
from goodstanding.registry.people.identifiers import read_identifier
from goodstanding.registry.row_digests import row_digest
from goodstanding.registry.scores.score_leaves import blinding, score_leaf
from goodstanding.registry.sealed_columns import context_in
from goodstanding.registry.unreadable import UNREADABLE, Unread
from goodstanding.registry.verification.delivery_waits import waits_as_it_may
from goodstanding.registry.verification.findings import Finding, reading
from goodstanding.registry.verification.logged_digests import LoggedDigests
from goodstanding.registry.verification.table_scan import as_read, scan, scan_in_order, scanned_key

# The log is held against its head, scores against the root of their publication.
_OTHERWISE = {log, log_head, log_tiles, scores}


def verify_rows(connection: Connection, keyring: Keyring, logged: LoggedDigests, now: datetime) -> Generator[Finding]:
    """Hold every row of every table against the log, and what the log is not told against what it can be."""
    for table in METADATA.sorted_tables:
        if "unproven" in table.info:
            yield from reading(table.name, _opens(connection, keyring, table))
        elif table not in _OTHERWISE:
            found = _of_table(connection, keyring, table, logged, now)
            yield from reading(table.name, found)
    yield from reading("scores", _all_scores(connection, keyring))


def _of_table(
    connection: Connection, keyring: Keyring, table: Table, of_all: LoggedDigests, now: datetime
) -> Generator[Finding]:
    logged, again = of_all.rows.get(table.name, {}), of_all.again
    beside = _sealed(table, unproven=True)
    found: set[str] = set()
    for row in scan(connection, table):
        key = scanned_key(table, row)
        if key in found:
            yield Finding(table.name, key, "added")
            continue
        found.add(key)
        if logged.get(key) is None:
            yield Finding(table.name, key, "added")
        elif (
            isinstance(row, Unread)
            or not _holds(keyring, table, row, logged[key], again.get(key), now)
            or not _all_open(keyring, row, beside)
        ):
            yield Finding(table.name, key, "changed")
    yield from (
        Finding(table.name, key, "removed") for key, digest in logged.items() if digest is not None and key not in found
    )


def _holds(
    keyring: Keyring, table: Table, row: RowMapping, digest: str | None, again: datetime | None, now: datetime
) -> bool:
    """Whether a row is what the log says, and what follows from it is as it follows."""
    try:
        same = row_digest(keyring, table, row) == digest and waits_as_it_may(table, row, again, now)
        # What identifiers are found by follows from what they say.
        if table is not identifiers:
            return same
        return same and read_identifier(keyring, row["kind"], row["sealed"]).hash(keyring) == row["hash"]
    except UNREADABLE:
        return False


def _opens(connection: Connection, keyring: Keyring, table: Table) -> Generator[Finding]:
    """Rows that the log is told nothing of read, and what is sealed opens for the row that it is in."""
    sealed = _sealed(table, unproven=False)
    found: set[str] = set()
    for row in scan(connection, table):
        key = scanned_key(table, row)
        if key in found:
            yield Finding(table.name, key, "added")
        elif isinstance(row, Unread) or not _all_open(keyring, row, sealed):
            yield Finding(table.name, key, "changed")
        found.add(key)


def _sealed(table: Table, *, unproven: bool) -> list[Column[Any]]:
    """The columns that are sealed, of those that are proven with the rest of their row or of those that are not."""
    return [
        column for column in table.columns if "sealed_under" in column.info and ("unproven" in column.info) == unproven
    ]


def _all_open(keyring: Keyring, row: RowMapping, sealed: Sequence[Column[Any]]) -> bool:
    try:
        for column in sealed:
            unseal(keyring, row[column.name], context_in(column, row))
    except UNREADABLE:
        return False
    return True


def _all_scores(connection: Connection, keyring: Keyring) -> Generator[Finding]:
    """The scores of each publication that is in effect; a publication that does not read was found already."""
    for row in scan(connection, publications):
        publication = as_read(row)
        if publication is not None and publication["log_index"] is not None:
            yield from _of_publication(connection, keyring, publication)
    of_none = scores.c.publication.not_in(select(publications.c.id))
    for row in scan_in_order(connection, scores.c.place, of_none):
        yield Finding("scores", scanned_key(scores, row), "added")


def _of_publication(connection: Connection, keyring: Keyring, publication: RowMapping) -> Generator[Finding]:
    """A publication's scores, each against its leaf, all of them against the root."""
    leaves: dict[int, bytes] = {}
    title = f"{publication['programme']} {publication['as_of']}"
    people = publication["people"] if isinstance(publication["people"], int) else 0
    honest = True
    for finding in (
        *_live(connection, keyring, publication, people, leaves),
        *_erased(connection, publication, people, leaves),
    ):
        honest = False
        yield finding
    for place in range(people):
        if place not in leaves:
            honest = False
            yield Finding("scores", f"{title} #{place}", "removed")
    if honest and root_of([leaves[place] for place in range(people)]) != publication["root"]:
        yield Finding("scores", f"{title} #0-{people - 1}", "changed")


def _live(
    connection: Connection, keyring: Keyring, publication: RowMapping, people: int, leaves: dict[int, bytes]
) -> Generator[Finding]:
    """A publication's scores that are there, each against its leaf."""
    title = f"{publication['programme']} {publication['as_of']}"
    for row in scan_in_order(connection, scores.c.place, scores.c.publication == publication["id"]):
        read = as_read(row)
        if isinstance(row, Unread):
            yield Finding("scores", row.key, "changed")
        if read is None:
            continue
        if not _has_place(read, people) or read["place"] in leaves:
            yield Finding("scores", f"{title} {read['person_id']}", "added")
            continue
        leaf = _leaf(keyring, publication, read)
        leaves[read["place"]] = leaf or b""
        if leaf is None:
            yield Finding("scores", f"{title} {read['person_id']}", "changed")


def _erased(
    connection: Connection, publication: RowMapping, people: int, leaves: dict[int, bytes]
) -> Generator[Finding]:
    """What is left of a publication's scores that were erased: never beside the score itself."""
    title = f"{publication['programme']} {publication['as_of']}"
    for row in scan_in_order(connection, erased_scores.c.place, erased_scores.c.publication == publication["id"]):
        read = as_read(row)
        if isinstance(row, Unread):
            yield Finding("erased_scores", row.key, "changed")
        if read is None or not isinstance(read["leaf"], bytes):
            continue
        if not _has_place(read, people) or read["place"] in leaves:
            yield Finding("erased_scores", f"{title} #{read['place']}", "added")
        else:
            leaves[read["place"]] = read["leaf"]


def _has_place(row: Mapping[Any, Any], people: int) -> bool:
    return isinstance(row["place"], int) and 0 <= row["place"] < people


def _leaf(keyring: Keyring, publication: RowMapping, row: RowMapping) -> bytes | None:
    """The leaf of a score; None if it is not of the hash that the row has for it."""
    try:
        number = publication["id"]
        leaf = score_leaf(blinding(keyring, number, row["person_id"]), number, row)
    except UNREADABLE:
        return None
    return leaf if (leaf, publication["programme"]) == (row["leaf"], row["programme"]) else None
