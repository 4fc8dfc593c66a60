"""A correction is a later version; the earlier one stays. Versions that contradict each other are not taken."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from goodstanding.engines import Duck
from goodstanding.records import latest_records, record_versions
from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]
Take = Callable[..., Any]
Held = Callable[..., list[dict[str, Any]]]
Apart = Callable[..., list[dict[str, str]]]

ONE_ROW = "one row for an id and known_on; a correction has a later known_on"
NOT_MOVED = "the same person and month in every version; withdraw the record and send a new one"


@pytest.fixture(autouse=True)
def _people(row: Make, take: Take) -> None:
    take("people", *(row("people", person_id=person, record_id=f"person-{person}") for person in ("p1", "p2")))


def latest(room: Workspace, on: date) -> list[dict[str, Any]]:
    with Duck() as duck:
        return duck.rows(latest_records(record_versions(room, "payments"), on))


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


def test_two_contents_of_one_day_are_both_quarantined(
    workspace: Workspace, row: Make, take: Take, held: Held, quarantined: Apart
) -> None:
    count = take(
        "payments", row("payments", amount_minor=1), row("payments", amount_minor=2), row("payments", record_id="ok")
    )
    assert (count.accepted, count.quarantined) == (1, 2)
    assert [record["record_id"] for record in held(workspace, "payments")] == ["ok"]
    apart = quarantined(workspace, "payments")
    assert [(r["line"], r["field"], r["found"], r["expected"]) for r in apart] == [
        (line, "record_id", "r1", ONE_ROW) for line in ("2", "3")
    ]


def test_another_content_than_the_one_held_is_quarantined_and_the_held_one_stays(
    workspace: Workspace, row: Make, take: Take, held: Held
) -> None:
    take("payments", row("payments", amount_minor=1))
    count = take("payments", row("payments", amount_minor=2), row("payments", record_id="ok", amount_minor=3))
    assert (count.accepted, count.quarantined) == (1, 1)
    assert sorted(amounts(held(workspace, "payments"))) == [1, 3]


def test_the_word_null_is_not_an_empty_field(row: Make, take: Take) -> None:
    # Were they taken for the same, one of two contradicting rows would be lost as a copy.
    other = row("payments", record_id="ok")
    count = take("payments", row("payments", counterparty=""), row("payments", counterparty="NULL"), other)
    assert (count.accepted, count.unchanged, count.quarantined) == (1, 0, 2)


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


def test_a_row_that_is_held_stays_unchanged_beside_one_that_contradicts_it(row: Make, take: Take) -> None:
    # It is in the workspace: to report it as quarantined would send its owner to correct what is right.
    take("payments", row("payments", amount_minor=1))
    count = take("payments", row("payments", amount_minor=1), row("payments", amount_minor=2))
    assert (count.unchanged, count.quarantined) == (1, 1)
