"""Opting in and leaving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import func, select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry.consent import Notice, Period, revoke_all
from goodstanding.registry.database import delete_rows
from goodstanding.registry.database.schema import (
    METADATA,
    consents,
    identifiers,
    leavers,
    people,
    requests,
    scores,
    sessions,
    uses,
)
from goodstanding.registry.delivery_bodies import unname_deliveries
from goodstanding.registry.joined import joined
from goodstanding.registry.jurisdictions import law_of
from goodstanding.registry.keys import seal
from goodstanding.registry.people.identifiers import RECORD_ID, Identifier
from goodstanding.registry.people.leavers import leaver_context
from goodstanding.registry.people.record_ids import record_id_of
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.scores.score_erasure import erase_scores
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.wording import tr

NOTICE_VERSION = "2026-11"
# Of these the log is told otherwise, or nothing.
_OTHERWISE = {scores, sessions, requests}
# In this order: a row goes before those it refers to.
_ERASED = [
    table
    for table in reversed(METADATA.sorted_tables)
    if table.info.get("leaving") == "erased" and table not in _OTHERWISE
]


@dataclass(frozen=True)
class KeptByLaw:
    """What is kept of a person who left: what, how many, until when, and the law that says so."""

    what: str
    rows: int
    until: datetime
    law: str


@dataclass(frozen=True)
class Left:
    """What leaving did: how many consents it ended, what was erased and what is kept."""

    revoked: int
    erased: dict[str, int]
    kept: Sequence[KeptByLaw]


@cache
def notice_text(version: str, language: str) -> str:
    """The notice shown before joining. Raises BadInput for a version or language there is not."""
    folder = resources.files("goodstanding.registry.people") / "notices"
    names = sorted(entry.name.removesuffix(".md") for entry in folder.iterdir())
    if f"{version}.{language}" not in names:
        raise BadInput(
            tr("notice"),
            f"{version}.{language}",
            tr("one of {names}", names=", ".join(names)),
            tr("Show a notice that exists."),
        )
    return (folder / f"{version}.{language}.md").read_text(encoding="utf-8")


def join(
    transaction: WriteTransaction,
    known_by: Sequence[Identifier],
    *,
    notice_version: str,
    language: str,
    jurisdiction: str,
) -> UUID:
    """A person opts in, having been shown a notice in a language. They are known by their identifiers, sealed.

    Raises NotFound for a jurisdiction without a law pack, BadInput for an old notice or no identifier, Conflict if an
    identifier is somebody's already.
    """
    law_of(transaction.connection, jurisdiction)
    if notice_version != NOTICE_VERSION:
        raise BadInput("notice_version", notice_version, NOTICE_VERSION, tr("Show the notice in force."))
    if not known_by or len({one.kind for one in known_by}) < len(known_by):
        raise BadInput(
            "identifiers",
            ", ".join(one.kind for one in known_by) or tr("none"),
            tr("at least one, each kind once"),
            tr("Correct the field."),
        )
    text = notice_text(notice_version, language)
    notice = Notice(notice_version, language, sha256(text.encode()).hexdigest())
    person = uuid4()
    if all(one.kind != RECORD_ID for one in known_by):
        # Who is not in the records yet is there under an id of ours.
        known_by = [*known_by, Identifier(RECORD_ID, str(person))]
    for one in known_by:
        if find_person(transaction, one) is not None:
            raise Conflict(
                tr("identifier {kind}", kind=one.kind),
                tr("a person who has joined"),
                tr("a person who has not"),
                tr("Sign in instead."),
            )
    row = {
        "id": person,
        "state": "open",
        "language": language,
        "jurisdiction": jurisdiction,
        "notice": msgspec.to_builtins(notice),
        "joined_at": transaction.now,
        "contested": 0,
        "held": 0,
    }
    told = [transaction.insert(people, row)]
    for one in known_by:
        sealed = seal(transaction.keyring, one.value, one.context)
        own = {"kind": one.kind, "hash": one.hash(transaction.keyring), "person_id": person, "sealed": sealed}
        told.append(transaction.insert(identifiers, own))
    transaction.add("person.joined", person, told)
    return person


def find_person(transaction: ReadTransaction, known_by: Identifier) -> UUID | None:
    """The person known by an identifier, None if nobody is."""
    chosen = (identifiers.c.kind == known_by.kind) & (identifiers.c.hash == known_by.hash(transaction.keyring))
    return transaction.connection.scalar(select(identifiers.c.person_id).where(chosen))


def look_up_person(transaction: WriteTransaction, known_by: Identifier, *, by: str) -> UUID:
    """The person known by an identifier; that an operator looked for them is written down. Raises NotFound."""
    person = find_person(transaction, known_by)
    if person is None:
        raise NotFound(
            tr("person"), tr("nobody of this identifier"), tr("a person who has joined"), tr("Ask them to join.")
        )
    # Who looks people up is to be seen.
    transaction.add("person.found", person, [], by=by)
    return person


def leave(transaction: WriteTransaction, person: UUID) -> Left:
    """Close a person's account: consents end, what is known of them is erased, and what law keeps is told.

    Raises NotFound if there is no such person, or they have left.
    """
    connection = transaction.connection
    row = joined(connection, person)
    revoked = revoke_all(transaction, person)
    leaves = erase_scores(transaction, person)
    # What was answered goes too; that it was asked, by whom and under which consent stays.
    answered = transaction.update(uses, (uses.c.person_id == person) & (uses.c.answer != ""), answer="")
    asked = connection.scalar(select(func.count()).where(uses.c.person_id == person)) or 0
    waits = _wait_for_files(transaction, person)
    # Before what they are about: whether it is to be told still does not hang on it.
    unnamed = unname_deliveries(transaction, person)
    gone = {table.name: transaction.erase(table, table.c.person_id == person) for table in _ERASED}
    # Of these the log was told nothing: they last for hours.
    delete_rows(connection, sessions, sessions.c.person_id == person)
    delete_rows(connection, requests, requests.c.caller == f"person {person}")
    values = {
        "state": "closed",
        "left_at": transaction.now,
        "frozen_at": None,
        "contested": 0,
        "held": 0,
        "words": None,
    }
    closed = transaction.update(people, people.c.id == person, **values)
    erased = {name: len(rows) for name, rows in gone.items()} | {"scores": len(leaves), "answers": len(answered)}
    told = [*closed, *answered, *leaves, *unnamed, waits, *(one for rows in gone.values() for one in rows)]
    transaction.add("person.left", person, told, erased=erased)
    pack = law_of(connection, row.jurisdiction)
    until = Period("MONTH", pack.kept_months).after(transaction.now)
    given = connection.scalar(select(func.count()).where(consents.c.person_id == person)) or 0
    kept = [KeptByLaw("consents", given, until, pack.kept_law), KeptByLaw("access log", asked, until, pack.kept_law)]
    return Left(revoked, erased, [one for one in kept if one.rows])


def _wait_for_files(transaction: WriteTransaction, person: UUID) -> LoggedRow:
    """Keep, sealed, which rows of the workspace's files are to be erased: they go when what is due is collected."""
    sealed = seal(transaction.keyring, record_id_of(transaction, person), leaver_context(person))
    return transaction.insert(leavers, {"person_id": person, "sealed": sealed, "left_at": transaction.now})
