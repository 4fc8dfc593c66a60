"""A correction is a later version, on a later day or later on the same; the earlier one stays."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck
from goodstanding.months import today
from goodstanding.records import folder_feeds, latest_records, load, record_versions
from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]
Take = Callable[..., Any]
Held = Callable[..., list[dict[str, Any]]]
Apart = Callable[..., list[dict[str, str]]]

NOT_MOVED = "the same person and month in every version; give another fact an id of its own, or withdraw this one first"


@pytest.fixture(autouse=True)
def _people(row: Make, take: Take) -> None:
    take("people", *(row("people", person_id=person, record_id=f"person-{person}") for person in ("p1", "p2")))


def latest(room: Workspace, on: date) -> list[dict[str, Any]]:
    with Duck() as duck:
        return duck.rows(latest_records(record_versions(room, "payments"), on))


def versions(room: Workspace) -> list[tuple[date, int, int]]:
    """The versions of payments that are kept: day, place within the day, amount."""
    with Duck() as duck:
        found = record_versions(room, "payments")
        rows = duck.rows(f"SELECT * FROM ({found.all}) AS r ORDER BY known_on, sequence") if found else []
    return [(row["known_on"], row["sequence"], row["amount_minor"]) for row in rows]


def amounts(rows: list[dict[str, Any]]) -> list[int]:
    return [row["amount_minor"] for row in rows]


@pytest.mark.parametrize("together", [True, False], ids=["in one file", "in a later file"])
def test_both_versions_of_a_corrected_record_are_kept(
    workspace: Workspace, row: Make, take: Take, held: Held, *, together: bool
) -> None:
    first, second = row("payments", amount_minor=1), row("payments", amount_minor=2, known_on="2024-08-01")
    if together:
        assert take("payments", second, first).accepted == 2
    else:
        assert (take("payments", first).accepted, take("payments", second).accepted) == (1, 1)
    assert amounts(held(workspace, "payments")) == [1, 2]


def test_what_is_known_on_a_day_is_the_latest_version_then(workspace: Workspace, row: Make, take: Take) -> None:
    take("payments", row("payments", amount_minor=1), row("payments", amount_minor=2, known_on="2024-08-01"))
    assert latest(workspace, date(2024, 6, 29)) == []
    assert amounts(latest(workspace, date(2024, 7, 31))) == [1]
    assert amounts(latest(workspace, date(2024, 8, 1))) == [2]


def test_an_earlier_version_may_come_later(workspace: Workspace, row: Make, take: Take) -> None:
    take("payments", row("payments", amount_minor=2, known_on="2024-08-01"))
    assert take("payments", row("payments", amount_minor=1)).accepted == 1
    assert amounts(latest(workspace, date(2024, 9, 1))) == [2]


@pytest.mark.parametrize("together", [True, False], ids=["in one file", "in a later file"])
def test_of_two_contents_of_one_day_the_later_counts_and_both_are_kept(
    workspace: Workspace, row: Make, take: Take, *, together: bool
) -> None:
    first, second = row("payments", amount_minor=1), row("payments", amount_minor=2)
    if together:
        assert take("payments", first, second).accepted == 2
    else:
        assert (take("payments", first).accepted, take("payments", second).accepted) == (1, 1)
    assert amounts(latest(workspace, date(2024, 9, 1))) == [2]
    assert versions(workspace) == [(date(2024, 6, 30), 0, 1), (date(2024, 6, 30), 1, 2)]
    for rows in ([first, second], [second], [first]):
        assert take("payments", *rows).unchanged == len(rows)
    assert amounts(latest(workspace, date(2024, 9, 1))) == [2]


def test_what_was_corrected_may_be_corrected_back_on_the_same_day(workspace: Workspace, row: Make, take: Take) -> None:
    rows = [row("payments", amount_minor=amount) for amount in (1, 2, 2, 1)]
    count = take("payments", *rows)
    assert (count.accepted, count.unchanged) == (3, 1)
    assert amounts(latest(workspace, date(2024, 9, 1))) == [1]
    assert take("payments", *rows).unchanged == 4


def test_a_correction_of_the_same_day_stays_before_one_of_a_later_day(
    workspace: Workspace, row: Make, take: Take
) -> None:
    take("payments", row("payments", amount_minor=1), row("payments", amount_minor=9, known_on="2024-08-01"))
    assert take("payments", row("payments", amount_minor=2)).accepted == 1
    assert amounts(latest(workspace, date(2024, 7, 31))) == [2]
    assert amounts(latest(workspace, date(2024, 8, 1))) == [9]


DAYS = ["2024-06-30", "2024-07-01", "2024-08-15"]
LOADS = st.lists(
    st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from([1, 2, 3])), min_size=1, max_size=5),
    min_size=1,
    max_size=3,
)


def added(held: dict[str, list[int]], rows: list[tuple[str, int]]) -> int:
    """Add a load's rows to the versions of each day, in plain Python; gives how many are new."""
    new = 0
    for day in DAYS:
        came = [amount for known, amount in rows if known == day]
        known = held.setdefault(day, [])
        first = next((place for place, amount in enumerate(came) if amount not in known), len(came))
        for place in range(first, len(came)):
            if place == first or came[place] != came[place - 1]:
                known.append(came[place])
                new += 1
    return new


@settings(max_examples=6, deadline=None)
@given(loads=LOADS)
def test_versions_are_ordered_by_their_day_and_then_as_they_came(
    row: Make, table_file: Callable[..., Path], loads: list[list[tuple[str, int]]]
) -> None:
    with TemporaryDirectory() as folder:
        room, expected = Workspace(Path(folder) / "standing"), dict[str, list[int]]()
        for number, rows in enumerate(loads):
            root = Path(folder) / str(number)
            table_file(root / "people.csv", [row("people")])
            table_file(root / "payments.csv", [row("payments", known_on=day, amount_minor=n) for day, n in rows])
            count = load(room, folder_feeds(root), today()).counts["payments"]
            assert (count.accepted, count.quarantined) == (added(expected, rows), 0)
            assert count.read == count.accepted + count.unchanged
            again = load(room, folder_feeds(root), today()).counts["payments"]
            assert again.unchanged == len(rows)
        for day in DAYS:
            known = [amount for before in DAYS if before <= day for amount in expected[before]]
            assert amounts(latest(room, date.fromisoformat(day))) == known[-1:]
        kept = [(date.fromisoformat(day), n, amount) for day in DAYS for n, amount in enumerate(expected[day])]
        assert versions(room) == kept


def test_the_word_null_is_not_an_empty_field(row: Make, take: Take) -> None:
    # Were they taken for the same, a correction would be lost as a copy.
    count = take("payments", row("payments", counterparty=""), row("payments", counterparty="NULL"))
    assert (count.accepted, count.unchanged) == (2, 0)


def test_a_copy_of_a_row_counts_once(row: Make, take: Take) -> None:
    count = take("payments", row("payments"), row("payments"), row("payments"))
    assert (count.accepted, count.unchanged) == (1, 2)


@pytest.mark.parametrize(
    "moved", [{"person_id": "p2"}, {"happened_on": "2024-02-01"}], ids=["to another person", "to another month"]
)
def test_a_correction_that_moves_the_record_is_quarantined(
    workspace: Workspace, row: Make, take: Take, quarantined: Apart, moved: dict[str, object]
) -> None:
    take("payments", row("payments"))
    correction = row("payments", known_on="2024-08-01", **moved)
    count = take("payments", correction, row("payments", record_id="ok"))
    assert (count.accepted, count.quarantined) == (1, 1)
    assert [r["expected"] for r in quarantined(workspace, "payments")] == [NOT_MOVED]


def test_within_its_month_a_correction_may_change_the_day(row: Make, take: Take) -> None:
    take("payments", row("payments"))
    assert take("payments", row("payments", happened_on="2024-01-02", known_on="2024-08-01")).accepted == 1


@pytest.mark.parametrize("state", ["withdrawn", "disputed"])
def test_a_record_that_no_longer_counts_stays_with_its_state(
    workspace: Workspace, row: Make, take: Take, held: Held, state: str
) -> None:
    take("payments", row("payments"))
    assert take("payments", row("payments", known_on="2024-08-01", state=state)).accepted == 1
    assert [record["state"] for record in held(workspace, "payments")] == ["valid", state]
    assert [record["state"] for record in latest(workspace, date(2024, 8, 1))] == [state]


def test_an_empty_state_is_valid(workspace: Workspace, row: Make, take: Take, held: Held) -> None:
    take("payments", row("payments", state=""))
    assert held(workspace, "payments")[0]["state"] == "valid"
    assert take("payments", row("payments", state="valid")).unchanged == 1


def test_a_row_that_is_held_stays_unchanged_before_one_that_corrects_it(row: Make, take: Take) -> None:
    take("payments", row("payments", amount_minor=1))
    count = take("payments", row("payments", amount_minor=1), row("payments", amount_minor=2))
    assert (count.unchanged, count.accepted) == (1, 1)


@pytest.mark.parametrize("moved", [{"person_id": "p2"}, {"happened_on": "2024-02-28"}], ids=["person", "month"])
def test_an_id_that_several_records_of_a_load_share_is_not_told_to_be_withdrawn(
    workspace: Workspace, row: Make, take: Take, quarantined: Apart, moved: dict[str, object]
) -> None:
    rows = [row("payments"), row("payments") | moved, row("payments", record_id="other")]
    assert take("payments", *rows).quarantined == 2
    expected = "the same person and month in every row of a record; give each record an id of its own"
    assert [r["expected"] for r in quarantined(workspace, "payments")] == [expected] * 2
