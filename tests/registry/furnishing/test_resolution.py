"""What a record is to be: whatever was said and contested, a mark holds, and nothing is written twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.registry.furnishing.pending_items import Pending
from goodstanding.registry.furnishing.resolution import resolved
from goodstanding.registry.rights.disputed_items import Item, Waiting

FIRST = date(2026, 6, 1)
DAYS = st.integers(0, 6).map(lambda days: FIRST + timedelta(days=days))
NOON = datetime(2026, 6, 4, 12, tzinfo=UTC)
TODAY = FIRST + timedelta(days=7)
WAITS = [
    Waiting(until, NOON, before=before)
    for until in ("certified", "corrected")
    for before in (None, Waiting("certified", NOON - timedelta(days=2)), Waiting("corrected", NOON - timedelta(days=2)))
]
STATES = st.sampled_from(["valid", "disputed", "withdrawn"])
SAYS = st.sampled_from(["100", "200", "300"])
ITEM = Item("dues", "bank", "r1")


def said(amount: str, state: str) -> dict[str, str]:
    return {"record_id": "r1", "source": "bank", "happened_on": "2026-05-01", "amount_minor": amount, "state": state}


SENT = st.builds(said, SAYS, st.sampled_from(["valid", "withdrawn"]))
HELD = st.lists(
    st.builds(lambda row, day: row | {"person_id": "ann", "known_on": day}, st.builds(said, SAYS, STATES), DAYS)
)


@st.composite
def items(draw: st.DrawFn) -> Pending:
    """An item as it can be read: what was sent, what of it waits, and its mark."""
    versions = draw(st.lists(SENT, max_size=3))
    mark = draw(st.sampled_from([None, "valid", "disputed", "withdrawn"]))
    until = draw(st.sampled_from([None, *WAITS])) if mark else None
    numbers = tuple(range(draw(st.integers(0, len(versions)))))
    marked = mark is not None and draw(st.booleans())
    values = versions[-1] if versions and (numbers or marked) else None
    before = draw(st.integers(0, len(versions))) if until is not None and until.until == "corrected" else 0
    since = versions[before:] if until is not None else []
    earlier = draw(st.integers(0, before))
    return Pending(
        *(UUID(int=1), ITEM, b"", values, mark, marked, numbers),
        furnished=versions if values else (),
        sent_on=draw(DAYS) if values else None,
        waiting=until,
        contested=[versions[at - 1] if at else None for at in (before, earlier)][: len(until.all)] if until else (),
        anew=[] if since and since[-1]["state"] == "withdrawn" else [v for v in since if v["state"] != "withdrawn"],
    )


def history(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["known_on"])


@given(one=items(), rows=HELD, taken=st.booleans())
@settings(max_examples=600)
def test_a_mark_holds_and_what_was_written_is_not_written_again(one: Pending, rows: list[Any], *, taken: bool) -> None:
    held = history(rows)
    told = resolved(one, "ann", held, taken=taken)
    after = held if told is None else [*held, {**told, "known_on": TODAY}]
    if not after:
        return
    # Whatever is said: what is contested or deleted does not count.
    if one.mark in ("disputed", "withdrawn"):
        assert after[-1]["state"] != "valid"
    # A version that is not taken leaves what the records say.
    if not taken and told is not None:
        assert told["amount_minor"] == held[-1]["amount_minor"]
    assert resolved(one, "ann", after, taken=taken) is None
    if taken:
        noted = replace(one, values=None, marked=False, numbers=(), furnished=(), sent_on=None)
        if one.mark is not None:
            assert resolved(noted, "ann", after) is None


@given(one=items(), rows=HELD.filter(bool))
@settings(max_examples=600)
def test_what_was_found_wrong_does_not_count_again_because_it_is_said_again(one: Pending, rows: list[Any]) -> None:
    held = history(rows)
    if one.mark != "valid" or one.waiting is None:
        return
    found = [[row for row in held if row["known_on"] <= was.since.date()] for was in one.waiting.all]
    for wrong in [before[-1] for before in found if before]:
        if wrong["amount_minor"] in {said["amount_minor"] for said in one.anew}:
            # Its furnisher stands by it.
            continue
        after = [*held, {**wrong, "state": "valid", "known_on": TODAY}]
        noted = replace(one, values=None, marked=False, numbers=(), furnished=(), sent_on=None)
        told = resolved(noted, "ann", after)
        assert told is not None
        assert told["state"] == "withdrawn"
