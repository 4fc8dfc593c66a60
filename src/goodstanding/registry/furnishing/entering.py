"""Entering items into the workspace's records: what the registry knows by now is written as their next version."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from goodstanding.engines import Duck
from goodstanding.errors import StandingError
from goodstanding.records import Single, one_form, record_versions, take_singles
from goodstanding.records.checking import LONGEST_TEXT
from goodstanding.records.stamping import stamp_held
from goodstanding.registry.furnishing.opening import Values
from goodstanding.registry.furnishing.pending import Pending, Person, as_text, in_workspace
from goodstanding.registry.rights.items import Item
from goodstanding.statements import build_statements, statements_lag
from goodstanding.store import Workspace

ORIGIN = "registry"


@dataclass(frozen=True)
class Entered:
    """What became of items, by their place: those whose records changed, and why not for those that are not taken."""

    changed: AbstractSet[int]
    refused: Mapping[int, StandingError]


def enter(workspace: Workspace, persons: Mapping[UUID, Person], pending: Sequence[Pending], today: date) -> Entered:
    """Have items in the workspace's records and statements as they are to be, one by one.

    Raises Busy if the workspace is being changed.
    """
    held = in_workspace(workspace, pending)
    told = {place: values for place, one in enumerate(pending) if (values := _said(one, persons, held, today))}
    if told:
        people = _unknown(workspace, {persons[pending[place].person] for place in told}, today)
        singles = [Single("people", row) for row in people]
        singles += [Single(pending[place].item.table, values) for place, values in told.items()]
        # In a workspace of synthetic people the registry's are synthetic too.
        latest = max([today, *(row["known_on"] for row in held.values())])
        found = take_singles(workspace, singles, latest, stamp_held(workspace.catalogue))
        # Who cannot be taken is why their records are not.
        of_person = {people[place]["person_id"]: why for place, why in found.items() if place < len(people)}
        refused = {
            place: of_person.get(told[place]["person_id"], found[number])
            for number, place in enumerate(told, start=len(people))
            if number in found
        }
    else:
        refused = {}
    # Also those that a stop left behind. Where there are none nobody else's work in the workspace is in the way.
    if pending and statements_lag(workspace):
        build_statements(workspace)
    return Entered(told.keys() - refused.keys(), refused)


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
    # Where it was written before it may have been a later day already: what is said last has to be known last.
    known_on = today if before is None else max(today, before["known_on"])
    return said | {"known_on": known_on.isoformat()}


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
