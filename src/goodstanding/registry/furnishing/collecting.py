"""Collecting: what was furnished, contested and decided gets into the workspace's records, and scores are put right.

Run it as often as you like: what was interrupted is done over, and what is done is not done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from goodstanding.engines import Duck
from goodstanding.records import TABLES, load, record_versions, rows_feed
from goodstanding.records.stamping import stamp_held
from goodstanding.registry.changing import Change, Changes
from goodstanding.registry.database.schema import furnished, marks
from goodstanding.registry.furnishing.opening import Values
from goodstanding.registry.furnishing.pending import Pending, Person, as_text, in_workspace, read_pending
from goodstanding.registry.furnishing.putting_right import put_right
from goodstanding.registry.rights.contested import note_contested
from goodstanding.registry.rights.items import Item
from goodstanding.registry.rows import RowTold
from goodstanding.registry.scores import Publication
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

ORIGIN = "registry"


@dataclass(frozen=True)
class Collected:
    """What a collection did: items taken over, items that wait for another day, and the scores it put right."""

    items: int
    waiting: int
    publications: Sequence[Publication]


def collect(changes: Changes, workspace: Workspace, today: date) -> Collected:
    """Take everything that is due into the workspace, then put right the latest score of those whom a mark was about.

    Raises what loading raises; whatever was not taken stays due.
    """
    persons, pending = changes.do(read_pending)
    held = in_workspace(workspace, pending, today)
    done = [one for one in pending if _ready(one, held, today)]
    # Marks first: they are about records that are in the workspace already, so nothing can be wrong with them.
    for some in ([one for one in done if one.values is None], [one for one in done if one.values is not None]):
        _load(workspace, persons, some, held, today)
        changes.do(lambda change, some=some: _note(change, some))
    touched = {one.person for one in done if one.marked}
    made = put_right(changes, workspace, [persons[person].record_id for person in touched], today)
    for person in touched:
        changes.do(lambda change, person=person: note_contested(change, person))
    return Collected(len(done), len(pending) - len(done), made)


def _ready(one: Pending, held: Mapping[Item, dict[str, Any]], today: date) -> bool:
    """Records know days: a record that became known today cannot become known again in another version today."""
    before = held.get(one.item)
    return before is None or before["known_on"] < today or (one.values is None and before["state"] == one.state)


def _load(
    workspace: Workspace,
    persons: Mapping[UUID, Person],
    pending: Sequence[Pending],
    held: Mapping[Item, dict[str, Any]],
    today: date,
) -> None:
    rows: dict[str, list[Values]] = {}
    for one in pending:
        before = held.get(one.item)
        values = one.values
        if values is None and before is not None and before["state"] != one.state:
            values = as_text(one.item.table, before)
        if values is not None:
            ours = {"person_id": persons[one.person].record_id, "known_on": today.isoformat(), "state": one.state}
            rows.setdefault(one.item.table, []).append(values | ours)
    if not rows:
        return
    new = _unknown(workspace, {persons[one.person] for one in pending}, today)
    rows = {"people": new, **rows} if new else rows
    feeds = [rows_feed(table, ORIGIN, rows[table]) for table in TABLES if table in rows]
    # In a workspace of synthetic people the registry's are synthetic too.
    load(workspace, feeds, today, stamp=stamp_held(workspace.catalogue))
    build_statements(workspace)


def _unknown(workspace: Workspace, persons: set[Person], today: date) -> list[Values]:
    """Rows of `people` for those whom the records do not know yet."""
    versions = record_versions(workspace, "people")
    known: set[str] = set()
    if versions is not None:
        with Duck() as duck:
            known = {row["person_id"] for row in duck.rows(f"SELECT DISTINCT person_id FROM ({versions.all}) AS p")}
    return [
        {
            "person_id": one.record_id,
            "record_id": f"joined {one.record_id}",
            "happened_on": one.joined_on.isoformat(),
            "known_on": today.isoformat(),
            "source": ORIGIN,
        }
        for one in sorted(persons, key=lambda person: person.record_id)
        if one.record_id not in known
    ]


def _note(change: Change, done: Sequence[Pending]) -> None:
    """Note what was collected, unless it has changed meanwhile."""
    rows: list[RowTold] = []
    for one in done:
        if one.numbers:
            rows += change.update(furnished, furnished.c.log_index.in_(one.numbers), collected_at=change.now)
        own = (marks.c.person_id == one.person) & (marks.c.item_hash == one.item_hash)
        rows += change.update(marks, own & (marks.c.state == one.mark), collected_at=change.now)
    if rows:
        change.add("records.collected", "workspace", rows)
