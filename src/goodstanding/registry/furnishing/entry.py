"""Entering items into the workspace's records: what the registry knows by now is written as their next version."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from goodstanding.engines import Duck
from goodstanding.errors import BadInput, StandingError
from goodstanding.records import LONGEST_TEXT, Single, one_form, record_versions, take_singles
from goodstanding.records.synthetic_stamp import stamp_in_force
from goodstanding.registry.furnishing.pending_items import Pending, Person, as_text, in_workspace
from goodstanding.registry.furnishing.resolution import WorkspaceVersion, is_known, resolved
from goodstanding.registry.furnishing.sealed_records import Values
from goodstanding.registry.rights.disputed_items import Item
from goodstanding.statements import build_statements, statements_lag
from goodstanding.store import Workspace
from goodstanding.wording import tr

ORIGIN = "registry"


@dataclass(frozen=True)
class Entered:
    """What became of items, by their place: whose records changed, and why not for the versions that are not taken.

    `excluded` are those that a file had said anew and that still do not count. `unmarked` those whose mark the
    workspace does not take.
    """

    changed: AbstractSet[int]
    refused: Mapping[int, StandingError]
    excluded: AbstractSet[int]
    unmarked: AbstractSet[int]


@dataclass(frozen=True)
class EntryToMake:
    """Items that are to be entered, with what the workspace holds of them and the rows that it is to be told.

    `changing` are the places of those of which it may be told anything at all.
    """

    persons: Mapping[UUID, Person]
    pending: Sequence[Pending]
    stored: Mapping[Item, WorkspaceVersion]
    rows: Mapping[int, Values]
    changing: AbstractSet[int]


def prepare_entry(
    workspace: Workspace, persons: Mapping[UUID, Person], pending: Sequence[Pending], today: date
) -> EntryToMake:
    """Look up what the workspace is to be told of items."""
    stored = in_workspace(workspace, pending)
    places = range(len(pending))
    rows = {at: row for at in places if (row := _row(pending[at], persons, stored, today))}
    sooner = {at for at in places if _sooner(pending[at], persons, stored, None, today)}
    return EntryToMake(persons, pending, stored, rows, rows.keys() | sooner)


def enter(workspace: Workspace, entry: EntryToMake, today: date) -> Entered:
    """Have items in the workspace's records and statements as they are to be, one by one.

    A version that the workspace does not take leaves what it holds of the item, which gets the state that it is to be
    in: neither a mark nor that a record was taken back waits for a version to be corrected.

    Raises Busy if the workspace is being changed.
    """
    persons, pending, stored, rows = entry.persons, entry.pending, entry.stored, entry.rows
    places = range(len(pending))
    refused = _take(workspace, persons, pending, rows, today)
    states = {at: row for at in refused if (row := _row(pending[at], persons, stored, today, taken=False))}
    unmarked = _take(workspace, persons, pending, states, today).keys()
    changed = (rows.keys() - refused.keys()) | (states.keys() - unmarked)
    entered = {at: row for at, row in {**rows, **states}.items() if at in changed}
    sooner = {at: row for at in places if (row := _sooner(pending[at], persons, stored, entered.get(at), today))}
    changed |= sooner.keys() - _take(workspace, persons, pending, sooner, today).keys()
    # Also those that a stop left behind. Where there are none nobody else's work in the workspace is in the way.
    if pending and statements_lag(workspace):
        build_statements(workspace)
    # Of what the workspace never had there is nothing else that a mark could have waited for.
    unmarked |= {at for at in refused if pending[at].item not in stored and not pending[at].numbers}
    left = {
        at: why for at, why in refused.items() if at in unmarked or not _is_taken_back(pending[at], persons, stored)
    }
    last = {**sooner, **entered}
    excluded = {at for at in changed if not pending[at].waits and last[at]["state"] != "valid"}
    return Entered(changed, left, excluded, unmarked)


def _row(
    one: Pending,
    persons: Mapping[UUID, Person],
    stored: Mapping[Item, WorkspaceVersion],
    today: date,
    *,
    taken: bool = True,
) -> Values | None:
    """What the workspace is to be told of an item, as the text of a row; None if it knows."""
    versions = stored.get(one.item, ())
    resolution = resolved(one, persons[one.person].record_id, versions, taken=taken)
    # Where it was written before it may have been a later day already: what is said last has to be known last.
    known_on = max([today, *(version["known_on"] for version in versions[-1:])])
    return None if resolution is None else {**resolution, "known_on": known_on.isoformat()}


def _sooner(
    one: Pending,
    persons: Mapping[UUID, Person],
    stored: Mapping[Item, WorkspaceVersion],
    entered: Values | None,
    today: date,
) -> Values | None:
    """What the workspace is to be told of an item as of today, where a clock that was ahead wrote a later day.

    Until that day comes what was said last would not be known: of that a mark, or what is new, cannot wait.
    """
    versions = stored.get(one.item, ())
    if not versions or versions[-1]["known_on"] <= today:
        return None
    wanted = as_text(one.item.table, versions[-1]) if entered is None else entered
    known = [as_text(one.item.table, version) for version in versions if version["known_on"] <= today]
    own = one_form(wanted["person_id"]) == one_form(persons[one.person].record_id)
    if not own or (not known and wanted["state"] == "withdrawn"):
        return None
    if known and is_known(known[-1], wanted):
        return None
    return {**wanted, "known_on": today.isoformat()}


def _is_taken_back(one: Pending, persons: Mapping[UUID, Person], stored: Mapping[Item, WorkspaceVersion]) -> bool:
    """Whether nothing is left to do of a version: it says that the record is withdrawn, and it is."""
    versions = stored.get(one.item, ())
    own = bool(versions) and versions[-1]["person_id"] == one_form(persons[one.person].record_id)
    return own and one.values is not None and one.values.get("state") == "withdrawn"


def _take(
    workspace: Workspace,
    persons: Mapping[UUID, Person],
    pending: Sequence[Pending],
    rows: Mapping[int, Values],
    today: date,
) -> Mapping[int, StandingError]:
    """Take rows of items into the workspace, by their place, and whom they are of; gives why not for the others."""
    if not rows:
        return {}
    people = _unknown(workspace, {persons[pending[at].person] for at in rows}, today)
    singles = [Single("people", row) for row in people]
    singles += [Single(pending[at].item.table, values) for at, values in rows.items()]
    # In a workspace of synthetic people the registry's are synthetic too.
    latest = max([today, *(date.fromisoformat(row["known_on"]) for row in rows.values())])
    found = take_singles(workspace, singles, latest, stamp_in_force(workspace.catalogue))
    # Who cannot be taken is why their records are not. Who furnishes may not know them by that id, and is not told it.
    expected, do = tr("one that records may have"), tr("Whoever runs the registry has to let them join under another.")
    why = BadInput(where=tr("person"), found=tr("an id that no record may have"), expected=expected, do=do)
    of_person = {people[place]["person_id"]: why for place in found if place < len(people)}
    return {
        at: of_person.get(rows[at]["person_id"], found[number])
        for number, at in enumerate(rows, start=len(people))
        if number in found
    }


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
