"""What a record is to be: the last that was said of it, by its furnisher or a file, in the state its mark leaves it.

Files and furnishers may say the same record. Of a version in the records that no furnished one is like, a file said it,
on the day from which the records hold it; what was sent before that day is older.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from goodstanding.records import TABLES, one_form
from goodstanding.registry.furnishing.opening import Values
from goodstanding.registry.furnishing.pending import Pending, as_text

Held = Sequence[Mapping[str, Any]]
# What a version has that its source does not say of the record itself.
_NOT_SAID = ("person_id", "known_on", "state")


def resolved(one: Pending, whose: str, held: Held, *, taken: bool = True) -> Values | None:
    """What the records are to be told of an item, as the text of a row but for `known_on`; None if they know.

    `held` are the versions that they have, the latest last. Without `taken` it is for a version that the workspace does
    not take: of that counts that it was withdrawn, and nothing else.
    """
    latest = as_text(one.item.table, held[-1]) if held else None
    sent = None if _said_since(one, held) else one.values
    said = (None if latest is None else latest["state"]) if sent is None else sent.get("state", "")
    values = sent if taken else None
    if not taken and said != "withdrawn":
        said = None if latest is None else latest["state"]
    mark = one.mark if one.until is None or _is_anew(one, held, taken=taken) else "withdrawn"
    state = replace(one, mark=mark, values=None).state(said)
    if latest is None:
        # It was never taken: there is nothing to mark, and nothing to take back.
        return None if values is None or state == "withdrawn" else {**values, "person_id": whose, "state": state}
    if values is None and latest["person_id"] != one_form(whose):
        # Nobody's mark does anything to the record of somebody else.
        return None
    told = {**(latest if values is None else values), "person_id": whose, "state": state}
    known = all(latest[name] == told.get(name, "") for name in latest if name != "known_on")
    return None if known else told


def _is_anew(one: Pending, held: Held, *, taken: bool) -> bool:
    """Whether what a lifted mark was about was certified or corrected since, and counts."""
    if one.anew_taken or (taken and one.anew):
        return True
    if one.until != "corrected" or not held or one.contested_on is None:
        return False
    before = [version for version in held if version["known_on"] < one.contested_on]
    contested = before[-1] if before else held[0]
    return _content(one, held[-1]) != _content(one, contested)


def _said_since(one: Pending, held: Held) -> bool:
    """Whether a file said something else after the last version was sent."""
    if not held or one.sent_on is None or one.said is None:
        return False
    latest = _said_by(one, held[-1])
    if any(_said_by(one, version) == latest for version in one.said):
        return False
    since = held[-1]
    for version in reversed(held):
        if _said_by(one, version) != latest:
            break
        since = version
    return not one.numbers or since["known_on"] > one.sent_on


def _said_by(one: Pending, version: Mapping[str, Any]) -> tuple[Values, bool]:
    """What a version says of the record, and whether that it is withdrawn, where that is not of its mark."""
    of_mark = one.mark == "withdrawn" or one.until is not None
    # Whoever is named and left has a made-up name in the workspace by now.
    names = {field.name for field in TABLES[one.item.table].naming_others}
    said = {name: text for name, text in _content(one, version).items() if name not in names}
    return said, not of_mark and version.get("state") == "withdrawn"


def _content(one: Pending, version: Mapping[str, Any]) -> Values:
    """What a version says of the record itself."""
    return {name: text for name, text in as_text(one.item.table, version).items() if name not in _NOT_SAID}
