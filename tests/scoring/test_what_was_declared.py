"""A declared feed says what silence means: from when a table is furnished, and until when."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from goodstanding.cards import expert_card
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.records import DeclaredFeed, declare_feeds
from goodstanding.scoring import score_one
from goodstanding.store import Workspace

AS_OF = Month(2024, 6)


def row(table: str, record: str, on: str, person: str = "ana", **own: Any) -> dict[str, Any]:
    common = {"table": table, "person_id": person, "record_id": record, "happened_on": on, "known_on": on}
    return common | {"source": "bank"} | own


def wages(on: str, person: str = "ana") -> dict[str, Any]:
    return row("payments", f"{person}-{on}", on, person, category="wages", amount_minor=100, currency="EUR")


@pytest.fixture
def room(room_of: Callable[..., Workspace]) -> Workspace:
    """Ana joined in January; her payments begin in March, with none in May. Ben joined in April."""
    joined = [row("people", "a", "2024-01-03"), row("people", "b", "2024-04-03", "ben")]
    paid = [wages(day) for day in ("2024-03-05", "2024-04-05", "2024-06-05")]
    return room_of([*joined, *paid, wages("2024-05-05", "ben"), wages("2024-06-05", "ben")])


def values(room: Workspace, sesame: Definition, person: str = "ana", as_of: Month = AS_OF) -> dict[str, Any]:
    found = score_one(room, sesame, expert_card(sesame), as_of, person)
    assert found is not None
    return found


def declare(
    room: Workspace, table: str, first: str, last: str | None = None, person: str = "", on: str = "2024-01-01"
) -> None:
    until = Month.parse(last) if last else None
    declare_feeds(room, [DeclaredFeed("s", table, Month.parse(first), until, person, date.fromisoformat(on))])


def test_without_a_declaration_months_count_from_the_first_record_on(room: Workspace, sesame: Definition) -> None:
    found = values(room, sesame)
    assert found["value_income_months_12m"] == 3 / 4
    assert found["value_inquiries_6m"] is None
    assert found["points_inquiries_6m"] == 0


def test_a_declared_feed_counts_from_its_month_or_from_joining(room: Workspace, sesame: Definition) -> None:
    declare(room, "payments", "2024-02")
    assert values(room, sesame)["value_income_months_12m"] == 3 / 5
    assert values(room, sesame, "ben")["value_income_months_12m"] == 2 / 3


def test_a_declared_feed_makes_silence_known(room: Workspace, sesame: Definition) -> None:
    declare(room, "inquiries", "2020-01")
    assert values(room, sesame)["value_inquiries_6m"] == 0


def test_a_feed_of_one_person_says_nothing_of_another(room: Workspace, sesame: Definition) -> None:
    before = values(room, sesame, "ben")
    declare(room, "inquiries", "2020-01", person="ana")
    assert values(room, sesame)["value_inquiries_6m"] == 0
    assert values(room, sesame, "ben") == before


def test_a_feed_that_ended_is_not_measured_after_its_end(room: Workspace, sesame: Definition) -> None:
    declare(room, "orders", "2024-01", "2024-02")
    declare(room, "inquiries", "2020-01", "2023-11")
    found = values(room, sesame)
    assert found["value_orders_kept_24m"] is None
    assert found["value_inquiries_6m"] is None


def test_records_after_the_declared_end_go_on_with_the_feed(room: Workspace, sesame: Definition) -> None:
    declare(room, "payments", "2024-03", "2024-04")
    assert values(room, sesame)["value_income_months_12m"] == 3 / 4


def test_what_was_declared_later_is_not_known_before(room: Workspace, sesame: Definition) -> None:
    before = values(room, sesame)
    declare(room, "inquiries", "2020-01", on="2024-07-01")
    assert values(room, sesame) == before
    assert values(room, sesame, as_of=Month(2024, 7))["value_inquiries_6m"] == 0
