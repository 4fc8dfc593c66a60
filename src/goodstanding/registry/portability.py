"""All that is held of a person, to take along."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, select

from goodstanding.engines import Duck, literal
from goodstanding.records import TABLES, record_versions
from goodstanding.registry.authentication.passkeys import passkeys_of
from goodstanding.registry.clock import instant_text
from goodstanding.registry.database.schema import (
    cases,
    consents,
    furnished,
    identifiers,
    marks,
    messages,
    printed_codes,
    publications,
    receipts,
    scores,
    sessions,
)
from goodstanding.registry.furnishing.sealed_records import opened_record
from goodstanding.registry.joined import joined
from goodstanding.registry.keys import Keyring
from goodstanding.registry.people import RECORD_ID, opened_words
from goodstanding.registry.people.identifiers import read_identifier
from goodstanding.registry.people.leavers import came_back_early
from goodstanding.registry.rights.access import Access, access_log
from goodstanding.registry.rights.cases import read_case
from goodstanding.registry.rights.disputed_items import MARKS, marked_item
from goodstanding.registry.scores.in_effect import IN_EFFECT
from goodstanding.registry.sealed_columns import open_in
from goodstanding.store import Workspace

FORMAT = 2


def export(
    connection: Connection, keyring: Keyring, person: UUID, workspace: Workspace | None = None
) -> dict[str, Any]:
    """All that is held of a person, as plain values; with a workspace their records in it, every version.

    What is worked out from these - statements, ties, scores of months that were not published - is not repeated, nor
    are records of who left and came back that wait to be erased. Raises NotFound if they have not joined.
    """
    found = joined(connection, person)
    own = identifiers.c.person_id == person
    known_by = [
        read_identifier(keyring, row.kind, row.sealed) for row in connection.execute(select(identifiers).where(own))
    ]
    record_id = next(one.value for one in known_by if one.kind == RECORD_ID)
    # Whose rows do not open is not for them to be told.
    erased = person in came_back_early(connection, keyring, [])
    return {
        "format": FORMAT,
        "person": {
            "id": str(person),
            "joined_at": instant_text(found.joined_at),
            "language": found.language,
            "jurisdiction": found.jurisdiction,
            "notice": found.notice,
            "frozen_at": None if found.frozen_at is None else instant_text(found.frozen_at),
            "words": opened_words(keyring, person, found.words),
            "identifiers": {one.kind: one.value for one in known_by},
        },
        "scores": _scores(connection, person),
        "consents": _consents(connection, person),
        "answers": [_answer(line) for line in access_log(connection, person, most=1_000_000)],
        "cases": [
            _plain(read_case(keyring, row))
            for row in connection.execute(select(cases).where(cases.c.person_id == person).order_by(cases.c.opened_at))
        ],
        "messages": _messages(connection, keyring, person),
        "furnished": _furnished(connection, keyring, person),
        "contested": _contested(connection, keyring, person),
        "passkeys": [
            {
                "label": one.label,
                "added_at": instant_text(one.added_at),
                "used_at": one.used_at and instant_text(one.used_at),
            }
            for one in passkeys_of(connection, keyring, person)
        ],
        **{name: _times(connection, table, person) for name, table in _OF_SIGNING_IN.items()},
        "records": {} if workspace is None or erased else _records(workspace, record_id),
    }


def _answer(line: Access) -> dict[str, Any]:
    """A line of the access log, by its number."""
    plain = msgspec.to_builtins(line)
    return {"use": int(plain.pop("id")), **plain}


def _messages(connection: Connection, keyring: Keyring, person: UUID) -> list[dict[str, Any]]:
    query = select(messages).where(messages.c.person_id == person).order_by(messages.c.log_index)
    return [
        {
            "id": str(row.log_index),
            "kind": row.kind,
            "at": instant_text(row.at),
            "body": msgspec.json.decode(open_in(keyring, messages.c.sealed, row.sealed, person_id=person)),
        }
        for row in connection.execute(query)
    ]


def _furnished(connection: Connection, keyring: Keyring, person: UUID) -> list[dict[str, Any]]:
    query = select(furnished).where(furnished.c.person_id == person).order_by(furnished.c.log_index)
    return [
        {
            "table": row.record_table,
            "at": instant_text(row.at),
            "counts_from": instant_text(row.counts_from),
            "taken_over": row.collected_at is not None,
            "values": opened_record(keyring, row),
        }
        for row in connection.execute(query)
    ]


def _contested(connection: Connection, keyring: Keyring, person: UUID) -> list[dict[str, Any]]:
    return [
        {
            "item": msgspec.to_builtins(marked_item(keyring, row)[0]),
            "state": row.state,
            "changed_at": instant_text(row.changed_at),
        }
        for row in connection.execute(MARKS.where(marks.c.person_id == person))
    ]


# What of signing in a person may want to see: when, and by which name. The rest is of use to a thief alone.
_OF_SIGNING_IN = {"printed_codes": printed_codes, "sessions": sessions}
_SHOWN = ("printed_at", "used_at", "expires_at")


def _times(connection: Connection, table: Table, person: UUID) -> list[dict[str, Any]]:
    rows = connection.execute(select(table).where(table.c.person_id == person)).mappings()
    return [
        {
            name: instant_text(row[name]) if isinstance(row[name], datetime) else row[name]
            for name in _SHOWN
            if name in row
        }
        for row in rows
    ]


def _records(workspace: Workspace, person: str) -> dict[str, list[dict[str, Any]]]:
    """A person's records by table, every version, as they came."""
    found: dict[str, list[dict[str, Any]]] = {}
    with Duck() as duck:
        for table in TABLES:
            versions = record_versions(workspace, table)
            if versions is None:
                continue
            own = (
                f"SELECT * FROM ({versions.all}) AS r WHERE person_id = {literal(person)} ORDER BY record_id, known_on"
            )
            if rows := duck.rows(own):
                found[table] = [_plain(row) for row in rows]
    return found


def _scores(connection: Connection, person: UUID) -> list[dict[str, Any]]:
    names = ("programme", "as_of", "score", "low", "high", "band", "not_scored", "dimensions", "reasons")
    # One that is being published, or that was stopped, is nobody's score yet.
    published = IN_EFFECT
    query = (
        select(*(scores.c[name] for name in names))
        .join(publications, publications.c.id == scores.c.publication)
        .where(scores.c.person_id == person, published)
        .order_by(scores.c.as_of)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _consents(connection: Connection, person: UUID) -> list[dict[str, Any]]:
    query = select(consents).where(consents.c.person_id == person).order_by(consents.c.asked_at)
    own = select(receipts).join(consents, consents.c.id == receipts.c.consent_id).where(consents.c.person_id == person)
    given: dict[UUID, list[str]] = {}
    for row in connection.execute(own.order_by(receipts.c.log_index)):
        given.setdefault(row.consent_id, []).append(row.receipt)
    return [
        {
            "id": str(row.id),
            "state": row.state,
            "terms": row.terms,
            "artefact": row.artefact,
            "receipts": given.get(row.id, []),
        }
        for row in connection.execute(query)
    ]


def _plain(value: object) -> Any:  # noqa: ANN401 - plain values of any shape
    return msgspec.to_builtins(value)
