"""Every row against what the log told of it last."""

from collections.abc import Generator
from typing import Any

from sqlalchemy import Connection, Table, select

from goodstanding.errors import BadInput
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
from goodstanding.registry.keys import Keyring
from goodstanding.registry.log.tree import root_of
from goodstanding.registry.people.resealing import opened
from goodstanding.registry.rows import row_digest, row_key
from goodstanding.registry.scores.leaves import blinding, score_leaf
from goodstanding.registry.verifying.finding import Finding, reading
from goodstanding.registry.verifying.told import Told

AT_A_TIME = 5_000
# The log is held against its head, scores against the root of their publication.
_OTHERWISE = {log, log_head, log_tiles, scores}


def verify_rows(connection: Connection, keyring: Keyring, told: Told) -> Generator[Finding]:
    """Hold every row of every table against the log."""
    for table in METADATA.sorted_tables:
        if table not in _OTHERWISE and table.info.get("proven") is not False:
            yield from reading(table.name, _of_table(connection, keyring, table, told.rows.get(table.name, {})))
    yield from reading("identifiers", _hashes(connection, keyring))
    yield from reading("scores", _all_scores(connection, keyring))


def _all_scores(connection: Connection, keyring: Keyring) -> Generator[Finding]:
    effective = select(publications).where(publications.c.log_index.is_not(None))
    for row in connection.execute(effective).all():
        yield from _of_publication(connection, keyring, row)


def _of_table(
    connection: Connection, keyring: Keyring, table: Table, told: dict[str, str | None]
) -> Generator[Finding]:
    found: set[str] = set()
    query = select(table).execution_options(yield_per=AT_A_TIME)
    if table is publications:
        # One that has not taken effect is not answered from, and the next sweeps it.
        query = query.where(publications.c.log_index.is_not(None))
    for row in connection.execute(query).mappings():
        key = row_key(table, row)
        found.add(key)
        if told.get(key) is None:
            yield Finding(table.name, key, "added")
            continue
        try:
            same = row_digest(keyring, table, row) == told[key]
        except BadInput:
            same = False
        if not same:
            yield Finding(table.name, key, "changed")
    yield from (
        Finding(table.name, key, "removed") for key, digest in told.items() if digest is not None and key not in found
    )


def _hashes(connection: Connection, keyring: Keyring) -> Generator[Finding]:
    """What identifiers are found by follows from what they say."""
    for row in connection.execute(select(identifiers).execution_options(yield_per=AT_A_TIME)):
        try:
            same = opened(keyring, row).hash(keyring) == row.hash
        except BadInput:
            continue  # found as changed already
        if not same:
            yield Finding("identifiers", f"{row.person_id}/{row.kind}", "changed")


def _of_publication(connection: Connection, keyring: Keyring, publication: Any) -> Generator[Finding]:  # noqa: ANN401
    """A publication's scores, each against its leaf, all of them against the root."""
    leaves: dict[int, bytes] = {}
    honest, title, people = True, f"{publication.programme} {publication.as_of}", publication.people or 0
    own = select(scores).where(scores.c.publication == publication.id).execution_options(yield_per=AT_A_TIME)
    for row in connection.execute(own).mappings():
        name = f"{title} {row['person_id']}"
        leaf = score_leaf(blinding(keyring, publication.id, row["person_id"]), publication.id, row)
        if not 0 <= row["place"] < people:
            honest = False
            yield Finding("scores", name, "added")
        elif leaf != row["leaf"] or row["programme"] != publication.programme:
            honest = False
            yield Finding("scores", name, "changed")
        leaves[row["place"]] = leaf
    erased = select(erased_scores.c.place, erased_scores.c.leaf)
    for row in connection.execute(erased.where(erased_scores.c.publication == publication.id)):
        if row.place in leaves or not 0 <= row.place < people:
            honest = False
            yield Finding("erased_scores", f"{title} #{row.place}", "added")
        leaves[row.place] = row.leaf
    places = range(people)
    for place in places:
        if place not in leaves:
            honest = False
            yield Finding("scores", f"{title} #{place}", "removed")
    if honest and root_of([leaves[place] for place in places]) != publication.root:
        yield Finding("scores", f"{title} #0-{people - 1}", "changed")
