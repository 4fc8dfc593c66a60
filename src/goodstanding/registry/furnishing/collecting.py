"""Collecting: what was furnished, contested and decided gets into the workspace's records, and scores are put right.

Run it as often as you like: what was interrupted is done over, and what is done is not done again. Each thing is noted
when its effect is there: a record when it is in the workspace's statements, a mark when the scores that it is about are
right.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from goodstanding.engines import Duck
from goodstanding.errors import StandingError
from goodstanding.records import Single, one_form, record_versions, take_singles
from goodstanding.records.checking import LONGEST_TEXT
from goodstanding.records.stamping import stamp_held
from goodstanding.registry.changing import Change, Changes
from goodstanding.registry.database.schema import furnished, marks, parties, people
from goodstanding.registry.furnishing.opening import Values
from goodstanding.registry.furnishing.pending import Pending, Person, as_text, in_workspace, read_pending
from goodstanding.registry.furnishing.putting_right import put_right
from goodstanding.registry.people.leavers import came_back_early
from goodstanding.registry.rights.contested import note_contested
from goodstanding.registry.rights.items import Item
from goodstanding.registry.rights.notifying import tell_party, tell_person
from goodstanding.registry.scores import Publication
from goodstanding.registry.unopened import Unopened, leaving_unopened, update_opened
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

ORIGIN = "registry"


@dataclass(frozen=True)
class Collected:
    """What a collection did: items taken over, items that cannot be taken yet and wait, and scores it put right."""

    items: int
    waiting: int
    publications: Sequence[Publication]


def collect(changes: Changes, workspace: Workspace, today: date, left: list[Unopened] | None = None) -> Collected:
    """Take everything that is due into the workspace, then put right the latest score of those whom a mark was about.

    Records are taken one by one: what the workspace does not take waits, furnisher and person are told why, and it is
    tried again every time, until it is corrected or withdrawn. So is what does not open: `left` learns of it. What is
    of somebody who came back waits as long as they wait to be erased from the files: that would take it as well.

    From reading what waits to writing it nobody is erased, whom it would bring back. Raises Busy if the workspace is
    being changed, BadInput for a row that does not open if there is no `left`.
    """
    with workspace.chore():
        return _collect(changes, workspace, today, left)


def _collect(changes: Changes, workspace: Workspace, today: date, left: list[Unopened] | None) -> Collected:
    with changes.look() as look:
        persons, found = read_pending(look, left)
        early = came_back_early(look.connection, look.keyring, left)
    pending = [one for one in found if one.person not in early]
    refused = _take(workspace, persons, pending, today)
    taken = [one for place, one in enumerate(pending) if place not in refused]
    changes.do(lambda change: _note_taken(change, taken, left))
    changes.do(lambda change: _tell_refused(change, [(pending[place], why) for place, why in refused.items()]))
    marked = [one for one in taken if one.marked]
    touched = list(dict.fromkeys(one.person for one in marked))
    made = put_right(changes, workspace, {person: persons[person].record_id for person in touched}, today)
    changes.do(lambda change: _note_marks(change, marked, touched, left))
    return Collected(len(taken), len(found) - len(taken), made)


def _take(
    workspace: Workspace, persons: Mapping[UUID, Person], pending: Sequence[Pending], today: date
) -> Mapping[int, StandingError]:
    """Have what waits in the workspace's records and statements; gives why not, by the place of what is not taken."""
    held = in_workspace(workspace, pending, today)
    told = {place: values for place, one in enumerate(pending) if (values := _said(one, persons, held, today))}
    if told:
        people = _unknown(workspace, {persons[pending[place].person] for place in told}, today)
        singles = [Single("people", row) for row in people]
        singles += [Single(pending[place].item.table, values) for place, values in told.items()]
        # In a workspace of synthetic people the registry's are synthetic too.
        found = take_singles(workspace, singles, today, stamp_held(workspace.catalogue))
        # Who cannot be taken is why their records are not.
        of_person = {people[place]["person_id"]: why for place, why in found.items() if place < len(people)}
        refused = {
            place: of_person.get(told[place]["person_id"], found[number])
            for number, place in enumerate(told, start=len(people))
            if number in found
        }
    else:
        refused = {}
    if pending and any(workspace.catalogue.under("records")):
        build_statements(workspace)
    return refused


def _said(
    one: Pending, persons: Mapping[UUID, Person], held: Mapping[Item, dict[str, Any]], today: date
) -> Values | None:
    """What the workspace is to be told of an item, as the text of a row; None if it knows."""
    before, values, whose = held.get(one.item), one.values, persons[one.person].record_id
    state = one.state(None if before is None else before["state"])
    if before is None and (values is None or state == "withdrawn"):
        # It was never taken: there is nothing to mark, and nothing to take back.
        return None
    if before is not None and values is None and before["person_id"] != one_form(whose):
        # Nobody's mark does anything to the record of somebody else.
        return None
    known = None if before is None else as_text(one.item.table, before)
    ours = {"person_id": whose, "state": state}
    said = (known or {} if values is None else values) | ours
    if known is not None and all(known[name] == said.get(name, "") for name in known if name != "known_on"):
        return None
    return said | {"known_on": today.isoformat()}


def _unknown(workspace: Workspace, persons: Collection[Person], today: date) -> list[Values]:
    """Rows of `people` for those whom the records do not know yet."""
    versions = record_versions(workspace, "people")
    known: set[str] = set()
    if versions is not None:
        with Duck() as duck:
            known = {row["person_id"] for row in duck.rows(f"SELECT DISTINCT person_id FROM ({versions.all}) AS p")}
    return [
        {
            "person_id": one.record_id,
            "record_id": _joining_id(one.record_id),
            "happened_on": one.joined_on.isoformat(),
            "known_on": today.isoformat(),
            "source": ORIGIN,
        }
        for one in sorted(persons, key=lambda person: person.record_id)
        if one.record_id not in known
    ]


def _joining_id(person: str) -> str:
    """The id of the record that a person joined: with theirs, which may be as long as an id can be."""
    whole = f"joined {person}"
    return whole if len(whole) <= LONGEST_TEXT else f"joined {sha256(person.encode()).hexdigest()}"


def _note_taken(change: Change, taken: Sequence[Pending], left: list[Unopened] | None) -> None:
    """Note which furnished records are in the workspace; of those that do not open nobody could say what is noted."""
    numbers = [number for one in taken for number in one.numbers]
    rows = update_opened(change, furnished, furnished.c.log_index, numbers, left, collected_at=change.now)
    if rows:
        change.add("records.collected", "workspace", rows)


def _tell_refused(change: Change, refused: Sequence[tuple[Pending, StandingError]]) -> None:
    """Tell furnisher and person of a record that the workspace does not take, once for each version of it."""
    for one, why in refused:
        if not one.numbers:
            continue
        own = furnished.c.log_index == one.numbers[-1]
        row = change.connection.execute(
            select(furnished.c.party_id, furnished.c.refused_at, parties.c.name)
            .join(parties, parties.c.id == furnished.c.party_id)
            .where(own)
        ).one_or_none()
        if row is None or row.refused_at is not None:
            continue
        change.add("record.waiting", one.numbers[-1], change.update(furnished, own, refused_at=change.now))
        item = msgspec.to_builtins(one.item)
        said = {"where": why.where, "found": why.found, "expected": why.expected}
        tell_party(change, row.party_id, one.person, "record.waiting", item | said)
        tell_person(change, one.person, "record.waiting", item | {"furnisher": row.name} | said)


def _note_marks(
    change: Change, marked: Sequence[Pending], touched: Sequence[UUID], left: list[Unopened] | None
) -> None:
    """Note marks whose scores are put right, unless they have changed meanwhile."""
    for one in marked:
        own = (marks.c.person_id == one.person) & (marks.c.item_hash == one.item_hash)
        rows = change.update(marks, own & (marks.c.state == one.mark), collected_at=change.now)
        if rows:
            change.add("marks.collected", one.person, rows)
    for person in touched:
        with leaving_unopened(change.keyring, left, (people, {"id": person})), change.step():
            note_contested(change, person)
