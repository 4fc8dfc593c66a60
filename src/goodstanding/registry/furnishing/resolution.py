"""What a record is to be: the last that was said of it, by its furnisher or a file, in the state its mark leaves it.

Files and furnishers may say the same record. Of a version in the records that no furnished one is like, a file said it,
on the day from which the records hold it; what was sent before that day is older.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from goodstanding.months import day_of
from goodstanding.records import TABLES, one_form
from goodstanding.registry.furnishing.pending_items import Pending, as_text
from goodstanding.registry.furnishing.sealed_records import GONE, Values
from goodstanding.registry.rights.disputed_items import Waiting

WorkspaceVersion = Sequence[Mapping[str, Any]]
# What a version has that its source does not say of the record itself.
_NO_CONTENT = ("person_id", "known_on", "state")


def resolved(one: Pending, whose: str, stored: WorkspaceVersion, *, taken: bool = True) -> Values | None:
    """What the records are to be told of an item, as the text of a row but for `known_on`; None if they know.

    `stored` are the versions that they have, the latest last. Without `taken` it is for a version that the workspace
    does not take: of that counts that it was withdrawn, and nothing else.
    """
    latest = as_text(one.item.table, stored[-1]) if stored else None
    sent = None if _stated_since(one, whose, stored) else one.values
    stated = (None if latest is None else latest["state"]) if sent is None else sent.get("state", "")
    values = sent if taken else None
    if not taken and stated != "withdrawn":
        stated = None if latest is None else latest["state"]
    waits = (
        one.mark == "valid"
        and one.waiting is not None
        and not _may_count(one, one.waiting, stored, values, taken=taken)
    )
    mark = "withdrawn" if waits else one.mark
    state = replace(one, mark=mark, values=None).state(stated)
    if latest is None:
        # It was never taken: there is nothing to mark, and nothing to take back.
        return None if values is None or state == "withdrawn" else {**values, "person_id": whose, "state": state}
    if values is None and latest["person_id"] != one_form(whose):
        # Nobody's mark does anything to the record of somebody else.
        return None
    wanted = {**(latest if values is None else values), "person_id": whose, "state": state}
    return None if is_known(latest, wanted) else wanted


def is_known(latest: Values, wanted: Values) -> bool:
    """Whether a version that the records have is what they are to be told, whatever the day."""
    return all(latest[name] == wanted.get(name, "") for name in latest if name != "known_on")


def _may_count(one: Pending, waiting: Waiting, stored: WorkspaceVersion, sent: Values | None, *, taken: bool) -> bool:
    """Whether what is to be said of a record is what a lifted mark waits for, or came after that.

    `sent` is the version that its furnisher said last; None if a file did, or if the workspace does not take it.
    """
    if sent is not None or not stored:
        return bool(one.anew)
    if any(_says(one, stored[-1], version) for version in one.anew):
        return True
    if waiting.until == "certified":
        certified = [version for version in one.anew if taken or any(_says(one, was, version) for was in stored)]
        if not certified:
            return False
    return not any(_says(one, stored[-1], version) for version in _found_wrong(one, waiting, stored))


def _found_wrong(one: Pending, waiting: Waiting, stored: WorkspaceVersion) -> list[Mapping[str, Any]]:
    """The versions that were contested, and found wrong: what had been sent by then, and what the records held."""
    found: list[Mapping[str, Any]] = []
    for was, sent in zip_longest(waiting.all, one.contested):
        before = [version for version in stored if version["known_on"] <= day_of(was.since)]
        # Where nobody knows what it was, the records were put back: what they were told first since may be it.
        unknown = stored[:1] if sent is None and was.until == "corrected" else ()
        found += [*(before[-1:] or unknown), *([] if sent is None else [sent])]
    return found


def _stated_since(one: Pending, whose: str, stored: WorkspaceVersion) -> bool:
    """Whether a file said something else of the same person's record after the last version was sent."""
    if not stored or one.sent_on is None or not one.furnished or stored[-1]["person_id"] != one_form(whose):
        return False
    if not one.numbers:
        # The records had the last version, and say something else.
        return not _alike(one, stored[-1], one.furnished[-1])
    before = list(stored)
    while before and _alike(one, before[-1], stored[-1]):
        before.pop()
    since = stored[len(before)]["known_on"]
    # One that is like what was sent is that, but if what was sent later came before it.
    came_before = any(_alike(one, version, one.furnished[-1]) for version in before)
    own = any(_alike(one, stored[-1], version) for version in one.furnished) and not came_before
    return not own and since > one.sent_on


def _alike(one: Pending, stored: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two versions say the same, and both or none that it is withdrawn, where that is not of its mark."""
    of_mark = one.mark == "withdrawn" or one.waiting is not None
    if not of_mark and (stored["state"] == "withdrawn") != (other.get("state") == "withdrawn"):
        return False
    return _says(one, stored, other)


def _says(one: Pending, stored: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a version that is held says the same of the record itself as another."""
    names = {field.name for field in TABLES[one.item.table].naming_others}
    ours, theirs = _content(one, stored), _content(one, other)
    # Whoever is named and left has a made-up name in the workspace by now.
    return all(text == theirs[name] or (name in names and text.startswith(GONE)) for name, text in ours.items())


def _content(one: Pending, version: Mapping[str, Any]) -> Values:
    """What a version says of the record itself."""
    return {name: text for name, text in as_text(one.item.table, version).items() if name not in _NO_CONTENT}
