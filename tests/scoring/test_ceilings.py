"""An open default is not made up for by anything else, and paying it lifts the ceiling."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scoring import Standing, score_month, standing_of
from goodstanding.store import Workspace

MONTHS = [Month(2023, 1).plus(n) for n in range(24)]
MONEY = {"currency": "EUR"}


def steady(person: str) -> list[dict[str, Any]]:
    """Two years of wages, bills paid early, savings, a checked address: all that a score is good for."""
    numbers = count()

    def row(table: str, day: Any, **own: Any) -> dict[str, Any]:
        common = {"table": table, "person_id": person, "record_id": f"{person}{next(numbers)}", "source": "bank"}
        return common | {"happened_on": day, "known_on": day} | own

    found = [row("people", "2019-01-03"), row("details", "2019-01-03", kind="address", value="x", verified="true")]
    for month in MONTHS:
        day = month.first_day.replace(day=5)
        found += [
            row("payments", day, category="wages", amount_minor=400_000, **MONEY),
            row("payments", day, category="household", amount_minor=-100_000, **MONEY),
            row("dues", day, kind="loan", amount_minor=500, paid_on=day, paid_minor=500, **MONEY),
            row("balances", month.last_day, kind="current_lowest", amount_minor=900_000, **MONEY),
            row("balances", month.last_day, kind="savings", amount_minor=900_000, **MONEY),
        ]
    return found


def open_instalment(person: str, due: str) -> dict[str, Any]:
    common = {"table": "dues", "person_id": person, "record_id": "open", "source": "lender", "kind": "loan"}
    return common | {"happened_on": due, "known_on": due, "amount_minor": 700, "paid_minor": 0, **MONEY}


@pytest.fixture
def standing(room_of: Callable[..., Workspace], sesame: Definition, after: Any) -> Callable[..., Standing]:
    def stand(rows: list[dict[str, Any]], as_of: Month = MONTHS[-1], target: int | None = None) -> Standing:
        room = room_of(rows)
        score_month(room, sesame, as_of, after)
        return standing_of(room, sesame, "ana", as_of, target)

    return stand


def test_an_instalment_open_for_three_months_leaves_no_score_above_the_lowest_band(
    standing: Callable[..., Standing],
) -> None:
    free, held = standing(steady("ana")), standing([*steady("ana"), open_instalment("ana", "2024-10-01")])
    assert free.score is not None
    assert free.band == "outstanding"
    assert free.ceiling is None
    assert (held.score, held.band) == (549, "poor")
    assert held.ceiling is not None
    assert held.reasons[0].characteristic == "instalment_days_open_60m"
    assert held.interval is not None
    assert held.interval[0] < held.interval[1] == 549


def test_waiting_is_not_paying(standing: Callable[..., Standing]) -> None:
    # The due is older than the two years of the file.
    found = standing([*steady("ana"), open_instalment("ana", "2021-06-01")])
    assert found.score == 549


def test_a_day_before_three_months_the_ceiling_is_not_in_force(standing: Callable[..., Standing]) -> None:
    # From 3 October to 31 December are 89 days.
    found = standing([*steady("ana"), open_instalment("ana", "2024-10-03")])
    assert found.ceiling is None
    assert found.score is not None
    assert found.score > 549


def test_paying_lifts_the_ceiling(standing: Callable[..., Standing]) -> None:
    due = open_instalment("ana", "2024-06-01")
    paid = due | {"known_on": "2024-12-20", "paid_on": "2024-12-20", "paid_minor": 700}
    found = standing([*steady("ana"), due, paid])
    assert found.ceiling is None
    assert found.score is not None
    assert found.score > 549


def test_the_way_to_a_score_above_the_ceiling_begins_with_paying(standing: Callable[..., Standing]) -> None:
    found = standing([*steady("ana"), open_instalment("ana", "2024-06-01")], target=650)
    assert found.plan is not None
    assert found.plan.changes[0].characteristic == "instalment_days_open_60m"
    assert found.plan.score >= 650
    advised = {step.characteristic: step.gain for step in found.recourse}
    assert (advised["instalment_days_open_60m"] or 0) > 100


def test_what_is_not_known_is_under_no_ceiling(standing: Callable[..., Standing]) -> None:
    found = standing([row for row in steady("ana") if row["table"] != "dues"])
    assert found.ceiling is None
    assert found.score is not None
