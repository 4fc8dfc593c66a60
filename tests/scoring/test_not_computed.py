"""Amounts that cannot be added up leave their person without a score, named by the run; everybody else is scored."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from goodstanding.months import Month
from goodstanding.programmes import NOT_COMPUTED, Definition
from goodstanding.scoring import people_not_computed, score_month, standing_of
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

AS_OF = Month(2024, 6)
LARGE = 9 * 10**12


def payments(person: str, amount: int, rows: int) -> list[dict[str, Any]]:
    common = {"table": "payments", "person_id": person, "source": "bank", "category": "wages", "currency": "EUR"}
    return [
        common
        | {"record_id": f"{person}{m}{n}", "amount_minor": amount}
        | {"happened_on": f"2024-{m:02d}-05", "known_on": f"2024-{m:02d}-05"}
        for m in range(1, 7)
        for n in range(rows)
    ]


def joined(person: str) -> dict[str, Any]:
    day = {"happened_on": "2023-01-03", "known_on": "2023-01-03"}
    return {"table": "people", "person_id": person, "record_id": person, "source": "bank"} | day


@pytest.mark.parametrize("sign", [1, -1])
def test_who_has_more_than_can_be_added_up_is_named_and_the_others_are_scored(
    room_of: Callable[..., Workspace], sesame: Definition, after: date, rows_of: Any, sign: int
) -> None:
    plain = [joined("ana"), *payments("ana", 100, 2), joined("rich")]
    room = room_of(plain)
    score_month(room, sesame, AS_OF, after)
    before = rows_of(room, AS_OF)["ana"]
    room_of(payments("rich", sign * LARGE, 120), room)
    build_statements(room)
    run = score_month(room, sesame, AS_OF, after)
    assert run.not_scored == {NOT_COMPUTED: 1}
    assert people_not_computed(room, run) == ["rich"]
    assert rows_of(room, AS_OF)["ana"] == before
    said = sesame.programme.why_not(standing_of(room, sesame, "rich").not_scored)
    assert "too large" in said


def test_a_large_month_that_can_be_added_up_is_scored(
    room_of: Callable[..., Workspace], sesame: Definition, after: date
) -> None:
    room = room_of([joined("rich"), *payments("rich", LARGE, 100)])
    assert score_month(room, sesame, AS_OF, after).scored == 1
