"""Opting in: the notice that is shown, who joins, and who is found."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib import resources
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry.consent import Notice
from goodstanding.registry.database.schema import (
    identifiers,
    people,
)
from goodstanding.registry.jurisdictions import law_of
from goodstanding.registry.people.identifiers import RECORD_ID, Identifier
from goodstanding.registry.sealed_columns import seal_in
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.wording import one_of, tr

NOTICE_VERSION = "2026-11"


@cache
def notice_text(version: str, language: str) -> str:
    """The notice shown before joining. Raises BadInput for a version or language there is not."""
    folder = resources.files("goodstanding.registry.people") / "notices"
    names = sorted(entry.name.removesuffix(".md") for entry in folder.iterdir())
    if f"{version}.{language}" not in names:
        raise BadInput(
            where=tr("notice"),
            found=f"{version}.{language}",
            expected=one_of(names),
            do=tr("Show a notice that exists."),
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
    law_of(transaction.connection, jurisdiction, transaction.now)
    if notice_version != NOTICE_VERSION:
        raise BadInput(
            where="notice_version", found=notice_version, expected=NOTICE_VERSION, do=tr("Show the notice in force.")
        )
    if not known_by or len({one.kind for one in known_by}) < len(known_by):
        raise BadInput(
            where="identifiers",
            found=", ".join(one.kind for one in known_by) or tr("none"),
            expected=tr("at least one, each kind once"),
            do=tr("Correct the field."),
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
                where=tr("identifier {kind}", kind=one.kind),
                found=tr("a person who has joined"),
                expected=tr("a person who has not"),
                do=tr("Sign in instead."),
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
    rows = [transaction.insert(people, row)]
    for one in known_by:
        sealed = seal_in(transaction.keyring, identifiers.c.sealed, one.value, kind=one.kind)
        own = {"kind": one.kind, "hash": one.hash(transaction.keyring), "person_id": person, "sealed": sealed}
        rows.append(transaction.insert(identifiers, own))
    transaction.add("person.joined", person, rows)
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
            where=tr("person"),
            found=tr("nobody of this identifier"),
            expected=tr("a person who has joined"),
            do=tr("Ask them to join."),
        )
    # Who looks people up is to be seen.
    transaction.add("person.found", person, [], by=by)
    return person
