"""All that the registry's chores do to a workspace and its registry, in plain values: equal where they did the same."""

from collections.abc import Mapping

from sqlalchemy import select

from goodstanding.registry import Registry
from goodstanding.registry.database.schema import (
    cases,
    consents,
    deliveries,
    furnished,
    identifiers,
    leavers,
    log,
    marks,
    messages,
    people,
    programmes,
    publications,
    scores,
)
from goodstanding.registry.delivery_bodies import opened_body
from goodstanding.registry.furnishing.sealed_records import opened_record
from goodstanding.registry.people.identifiers import read_identifier
from goodstanding.registry.sealed_columns import open_in
from goodstanding.store import Workspace

_PLAIN = {
    marks: ("person_id", "item_hash", "state"),
    people: ("id", "state", "contested", "held"),
    cases: ("id", "state"),
    consents: ("id", "state"),
    programmes: ("name", "version", "state"),
    leavers: ("person_id",),
}
# Of these there are more where something was done over.
_OF_TRIES = {
    *("scores.begun", "scores.none", "records.renamed", "workspace.noted"),
    *("keys.resealing", "keys.resealed", "keys.rehashed"),
}


def effects(registry: Registry, room: Workspace) -> Mapping[str, list[str]]:
    """Rows, messages, scores, lines and files, without what differs from run to run: times, numbers, secrets."""
    found: dict[str, list[str]] = {}
    ring = registry.keyring
    with registry.read() as transaction:
        read = transaction.connection.execute
        for table, columns in _PLAIN.items():
            found[table.name] = sorted(repr([row[name] for name in columns]) for row in read(select(table)).mappings())
        found["marks noted"] = sorted(repr(row.collected_at is None) for row in read(select(marks.c.collected_at)))
        found["identifiers"] = sorted(
            repr((row.person_id, one.kind, one.value, one.hash(ring) == row.hash))
            for row in read(select(identifiers))
            for one in [read_identifier(ring, row.kind, row.sealed)]
        )
        found["deliveries"] = sorted(
            repr((row.party_id, row.person_id, row.kind, opened_body(ring, row.log_index, row.body)))
            for row in read(select(deliveries))
        )
        found["furnished"] = [
            repr((opened_record(ring, row), row.collected_at is None, row.refused_at is None))
            for row in read(select(furnished).order_by(furnished.c.log_index))
        ]
        found["messages"] = sorted(
            repr((row.kind, open_in(ring, messages.c.sealed, row.sealed, person_id=row.person_id)))
            for row in read(select(messages))
        )
        columns = (scores.c.person_id, scores.c.as_of, scores.c.score, scores.c.low, scores.c.high, scores.c.reasons)
        in_effect = select(*columns).join(publications, publications.c.id == scores.c.publication)
        in_effect = in_effect.where(publications.c.log_index.is_not(None)).order_by(publications.c.log_index)
        found["scores"] = sorted(repr(tuple(row)) for row in read(in_effect))
        found["lines"] = sorted(row.kind for row in read(select(log.c.kind)) if row.kind not in _OF_TRIES)
    found["files"] = sorted(f"{entry.path} {entry.sha256}" for entry in room.catalogue.files.values())
    found["values"] = sorted(f"{name} {value}" for name, value in room.catalogue.values.items())
    found["left over"] = sorted(_left_over(room))
    return found


def _left_over(room: Workspace) -> list[str]:
    """Files that no catalogue names, but for the registry's and for pages."""
    names = (str(path.relative_to(room.root)) for path in room.root.rglob("*") if path.is_file())
    ours = ("registry.db", "keys/", "reports/", ".lock", ".chore", "catalogue.json", "history.jsonl")
    return [name for name in names if name not in room.catalogue.files and not name.startswith(ours)]
