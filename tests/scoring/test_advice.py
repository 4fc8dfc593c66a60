"""Followed advice helps: what was promised is there when it was carried out in records."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from goodstanding.cards import expert_card
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scoring import score_month, standing_of
from goodstanding.scoring.projection import recourse_of_all
from goodstanding.scoring.standing import known_points, recorded_values
from goodstanding.store import Workspace

AS_OF = Month(2024, 6)


def due(record: str, day: str, paid: str | None = None, known: str | None = None, **own: Any) -> dict[str, Any]:
    common = {"table": "dues", "person_id": "ana", "record_id": record, "source": "lender", "kind": "loan"}
    money = {"amount_minor": 700, "paid_minor": 700 if paid else 0, "currency": "EUR"}
    return common | money | {"happened_on": day, "known_on": known or paid or day, "paid_on": paid or ""} | own


JOINED = {"table": "people", "person_id": "ana", "record_id": "j", "source": "bank"} | dict.fromkeys(
    ("happened_on", "known_on"), "2022-01-03"
)
KEPT = [due(f"k{m}", f"2024-{m:02d}-05", f"2024-{m:02d}-05") for m in range(1, 7)]


@pytest.mark.parametrize("opened", [["2024-06-20"], ["2024-02-10"], ["2023-09-10", "2024-04-30"]])
def test_paying_what_is_open_brings_at_least_what_was_said(
    room_of: Callable[..., Workspace], sesame: Definition, after: date, opened: list[str]
) -> None:
    owed = [due(f"o{n}", day) for n, day in enumerate(opened)]
    room = room_of([JOINED, *KEPT, *owed])
    score_month(room, sesame, AS_OF, after)
    now = standing_of(room, sesame, "ana")
    promised = next(step for step in now.recourse if step.months == 1)
    assert promised.gain
    paid = [due(f"o{n}", day, "2024-07-31") for n, day in enumerate(opened)]
    # All else goes on: the month to come is like the one before it.
    room_of([*paid, due("k7", "2024-07-05", "2024-07-05")], room)
    score_month(room, sesame, AS_OF.plus(1), after)
    then = standing_of(room, sesame, "ana")
    assert now.score is not None
    assert then.score is not None
    assert then.score - now.score >= promised.gain


def test_months_before_a_table_was_furnished_are_not_repeated(
    room_of: Callable[..., Workspace], sesame: Definition, after: date
) -> None:
    """Ana joined two years before her payments are furnished; settling her judgment still helps."""

    def wage(month: int) -> dict[str, Any]:
        day = f"2024-{month:02d}-05"
        common = {"table": "payments", "person_id": "ana", "record_id": f"w{month}", "source": "bank"}
        return common | {"happened_on": day, "known_on": day, "category": "wages", "amount_minor": 9, "currency": "EUR"}

    court = {"table": "public_records", "person_id": "ana", "record_id": "c", "source": "court", "legal_basis": "law"}
    sued = court | {"kind": "court_judgment", "happened_on": "2024-02-01", "known_on": "2024-02-01"}
    room = room_of([JOINED, *(wage(month) for month in range(2, 7)), sued])
    score_month(room, sesame, AS_OF, after)
    promised = {step.characteristic: step.gain for step in standing_of(room, sesame, "ana").recourse}
    assert promised["judgments_60m"] == 15


def test_who_owes_nothing_is_told_to_pay_nothing(
    room_of: Callable[..., Workspace], sesame: Definition, after: date
) -> None:
    room = room_of([JOINED, *KEPT])
    score_month(room, sesame, AS_OF, after)
    assert [step.characteristic for step in standing_of(room, sesame, "ana").recourse] == []


def test_no_advice_of_a_village_promises_nothing_or_less(
    village: Workspace, last: Month, sesame: Definition, rows_of: Any
) -> None:
    card = expert_card(sesame)
    now = {
        person: (row["score"], recorded_values(card, row), known_points(card, row))
        for person, row in rows_of(village, last).items()
        if row["score"] is not None
    }
    found = recourse_of_all(village, sesame.programme, card, last, now)
    gains = [step.gain for steps in found.values() for step in steps]
    assert any(gains)
    assert all(gain is None or gain > 0 for gain in gains)
    assert all(len(steps) <= 4 for steps in found.values())
    person = next(person for person, steps in found.items() if any(step.gain for step in steps))
    alone = recourse_of_all(village, sesame.programme, card, last, {person: now[person]}, person)
    assert alone[person] == found[person]
