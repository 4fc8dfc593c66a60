"""What time alone turns against a person, and when one version of a record is surely no worse for them than another."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.records import TABLES, check_submitted, no_worse, open_until

FIRST = date(2026, 6, 1)
DAYS = st.integers(0, 12).map(lambda days: FIRST + timedelta(days=days))
OTHER = {"kind": st.sampled_from(["loan", "card"]), "amount_minor": st.sampled_from(["100", "200"])}
DUES = st.builds(
    lambda by, done, paid, kind, amount: {
        "happened_on": by.isoformat(),
        "kind": kind,
        "amount_minor": amount,
        "paid_on": "" if done is None else done.isoformat(),
        "paid_minor": paid if done is None else amount,
        "currency": "CNY",
    },
    *(DAYS, st.none() | DAYS, st.sampled_from(["0", "5", "50"]), OTHER["kind"], OTHER["amount_minor"]),
)
ORDERS = st.builds(
    lambda by, done, deposit: (
        {
            "happened_on": FIRST.isoformat(),
            "kind": "bicycle",
            "promised_on": by.isoformat(),
            "deposit_minor": deposit,
            "currency": "CNY",
        }
        | ({} if done is None else {"returned_on": done.isoformat()})
    ),
    *(DAYS, st.none() | DAYS, OTHER["amount_minor"]),
)
BY = {"dues": ("happened_on", "paid_on"), "orders": ("promised_on", "returned_on")}
WHOSE = {"person_id": "ann", "record_id": "r1", "source": "bank"}


def days_late(table: str, values: dict[str, str], on: date) -> int:
    """By how many days what was to be done was late, as of a day."""
    by, done = (values.get(column, "") for column in BY[table])
    return max(0, ((date.fromisoformat(done) if done else on) - date.fromisoformat(by)).days)


@pytest.mark.parametrize(("table", "rows"), [("dues", DUES), ("orders", ORDERS)], ids=BY)
def test_a_version_that_is_no_worse_is_later_done_or_less_of_nothing(
    table: str, rows: st.SearchStrategy[dict[str, str]]
) -> None:
    by, done = BY[table]
    free = {by, done, "paid_minor"}

    @given(rows, rows)
    def holds(before: dict[str, str], after: dict[str, str]) -> None:
        assert no_worse(table, before, before)
        if not no_worse(table, before, after):
            return
        for day in range(13, 30):
            on = FIRST + timedelta(days=day)
            assert days_late(table, after, on) <= days_late(table, before, on)
        assert bool(after.get(done)) >= bool(before.get(done))
        assert int(after.get("paid_minor", 0)) >= int(before.get("paid_minor", 0))
        assert {name: value for name, value in after.items() if name not in free} == {
            name: value for name, value in before.items() if name not in free
        }

    holds()


DUE = {"happened_on": "2026-06-10", "kind": "loan", "amount_minor": "100", "paid_minor": "5", "currency": "CNY"}
ORDER = {"happened_on": "2026-06-01", "kind": "hotel", "deposit_minor": "9", "currency": "CNY"}
JUDGMENT = {"happened_on": "2026-06-01", "kind": "tax", "legal_basis": "case 7"}
PAID = {"paid_on": "2026-06-12", "paid_minor": "100"}
PAIRS = {
    "paid, late": ("dues", DUE, DUE | PAID, True),
    "paid sooner than was said": ("dues", DUE | PAID, DUE | PAID | {"paid_on": "2026-06-11"}, True),
    "paid later than was said": ("dues", DUE | PAID, DUE | PAID | {"paid_on": "2026-06-13"}, False),
    "not paid after all": ("dues", DUE | PAID, DUE, False),
    "the day taken out alone": ("orders", ORDER | {"returned_on": "2026-06-03"}, ORDER | {"returned_on": ""}, False),
    "more paid": ("dues", DUE, DUE | {"paid_minor": "50"}, True),
    "less paid": ("dues", DUE, DUE | {"paid_minor": "4"}, False),
    "due later": ("dues", DUE, DUE | {"happened_on": "2026-06-11"}, True),
    "due sooner": ("dues", DUE, DUE | {"happened_on": "2026-06-09"}, False),
    "less due": ("dues", DUE, DUE | {"amount_minor": "90"}, False),
    "a column more": ("dues", DUE, DUE | {"counterparty": "Ann"}, False),
    "an empty column more": ("dues", DUE, DUE | {"counterparty": ""}, True),
    "blanks around": ("dues", DUE, DUE | {"kind": " loan\u3000"}, True),
    "counts again": ("dues", DUE | {"state": "withdrawn"}, DUE, False),
    "settled": ("public_records", JUDGMENT, JUDGMENT | {"settled_on": "2026-06-09"}, True),
    "not settled": ("public_records", JUDGMENT | {"settled_on": "2026-06-09"}, JUDGMENT, False),
    "public for longer": ("public_records", JUDGMENT | {"until": "2027-01-01"}, JUDGMENT, False),
    "a smaller payment": ("payments", {"amount_minor": "-9"}, {"amount_minor": "-8"}, False),
}


@pytest.mark.parametrize(("table", "before", "after", "so"), PAIRS.values(), ids=PAIRS)
def test_a_version_is_no_worse_where_nothing_else_can_be_said(
    table: str, before: dict[str, str], after: dict[str, str], *, so: bool
) -> None:
    assert no_worse(table, before, after) == so


@settings(deadline=None, max_examples=20)
@given(st.lists(DUES, min_size=1, max_size=20), st.integers(0, 20).map(lambda days: FIRST + timedelta(days=days)))
def test_what_is_open_speaks_against_a_person_from_the_day_after_on(dues: list[dict[str, str]], today: date) -> None:
    rows = [WHOSE | values | {"known_on": today.isoformat()} for values in dues]
    for values, checked in zip(dues, check_submitted("dues", rows, today), strict=True):
        until = open_until("dues", values)
        assert (until is None) == bool(values["paid_on"])
        if until is not None:
            assert (checked.field, checked.adverse) == (None, today > until)


def test_every_table_in_which_time_alone_turns_a_row_against_a_person_says_which_day_it_is() -> None:
    """Its condition of an adverse row looks at the day on which the row is known, and at nothing else that goes on."""
    for table in TABLES.values():
        assert ("known_on" in (table.adverse or "")) == (table.promise is not None), table.name
        assert set(table.easing) <= set(table.columns)


def test_nothing_is_open_of_what_was_taken_back_or_needs_no_doing() -> None:
    assert open_until("dues", DUE) == date(2026, 6, 10)
    assert open_until("dues", DUE | {"state": "withdrawn"}) is None
    assert open_until("orders", ORDER | {"promised_on": " 2026-06-05 "}) == date(2026, 6, 5)
    assert open_until("public_records", JUDGMENT | {"until": "2027-01-01"}) is None
