"""A statement against the same sums in plain Python, at every month and every month end at which they were known."""

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from goodstanding.months import Month
from goodstanding.statements import DEALINGS
from goodstanding.store import Workspace

Record = dict[str, Any]

# Each example builds a workspace on disk: making a failing one smaller would take minutes.
FAST = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def paid(row: Record) -> list[int]:
    return [row["amount_minor"]] if row["table"] == "payments" else []


def due(row: Record, *kinds: str) -> bool:
    return row["table"] == "dues" and (not kinds or row["kind"] in kinds)


def kept(row: Record) -> bool:
    return row["paid_on"] is not None and row["paid_on"] <= row["happened_on"]


def unpaid(row: Record) -> bool:
    return row["paid_on"] is None and row["known_on"] > row["happened_on"]


def told(row: Record) -> bool:
    """Whether it is known if a due was kept: paid, or heard of after its day."""
    return row["paid_on"] is not None or unpaid(row)


def delay(row: Record) -> int:
    until = row["paid_on"] or (row["known_on"] if unpaid(row) else row["happened_on"])
    return max((until - row["happened_on"]).days, 0)


def balance(rows: list[Record], *kinds: str) -> list[int]:
    return [row["amount_minor"] for row in rows if row["table"] == "balances" and row["kind"] in kinds]


def people(rows: list[Record], direction: str) -> int:
    return len({r["other_person"] for r in rows if r["table"] == "transfers" and r["direction"] == direction})


def rolled_up(rows: list[Record]) -> Record:
    """The measures of a person's month."""
    payments = [row for row in rows if row["table"] == "payments"]
    dues = [row for row in rows if due(row)]
    public = [row for row in rows if row["table"] == "public_records"]
    delays = [delay(r) for r in dues]
    lowest = balance(rows, "current_lowest")
    savings = balance(rows, "savings", "wealth")
    return {
        "payments": len(payments),
        "received_minor": sum(max(r["amount_minor"], 0) for r in payments if r["category"] != "interest"),
        "regular_income_minor": sum(max(r["amount_minor"], 0) for r in payments if r["category"] == "wages"),
        "paid_out_minor": sum(max(-r["amount_minor"], 0) for r in payments),
        "cash_out_minor": sum(max(-r["amount_minor"], 0) for r in payments if r["category"] == "cash_out"),
        "household_minor": sum(max(-r["amount_minor"], 0) for r in payments if r["category"] == "household"),
        "counterparties": len({r["counterparty"] for r in payments} - {""}),
        "people_sent_to": people(rows, "out"),
        "people_received_from": people(rows, "in"),
        "dues": sum(map(told, dues)),
        "dues_minor": sum(r["amount_minor"] for r in dues),
        "dues_kept": sum(map(kept, dues)),
        "instalments": sum(told(r) for r in dues if due(r, "loan", "card")),
        "instalments_minor": sum(r["amount_minor"] for r in dues if due(r, "loan", "card", "rent")),
        "instalments_kept": sum(kept(r) for r in dues if due(r, "loan", "card")),
        "bills": sum(told(r) for r in dues if due(r, "rent", "gas")),
        "bills_kept": sum(kept(r) for r in dues if due(r, "rent", "gas")),
        "dues_late": sum(unpaid(r) or (r["paid_on"] is not None and not kept(r)) for r in dues),
        "dues_unpaid": sum(map(unpaid, dues)),
        "worst_days_late": max(delays, default=None),
        "current_minor": min(balance(rows, "current"), default=None),
        "lowest_minor": min(lowest, default=None),
        "savings_minor": sum(savings) if savings else None,
        "overdrawn": sum(amount < 0 for amount in lowest),
        "card_used_minor": sum(balance(rows, "card_used")) if balance(rows, "card_used") else None,
        "judgments": sum(r["settled_on"] is None for r in public),
        "judgments_settled": sum(r["settled_on"] is not None for r in public),
    }


def held(rows: list[Record], person: str, month: Month, day: date) -> list[Record]:
    """The valid records of a person's month as they were known on a day."""
    latest: dict[str, Record] = {}
    for row in sorted(rows, key=lambda row: row["known_on"]):
        if row["person_id"] == person and Month.of(row["happened_on"]) == month and row["known_on"] <= day:
            latest[row["record_id"]] = row
    return [row for row in latest.values() if row["state"] == "valid"]


@settings(FAST, max_examples=8)
@given(data=st.data())
def test_every_statement_is_what_plain_python_adds_up(
    data: st.DataObject,
    drawn_records: st.SearchStrategy[list[Record]],
    built: Callable[..., Workspace],
    statements_of: Callable[[Workspace], list[Record]],
) -> None:
    rows = data.draw(drawn_records)
    for statement in statements_of(built(rows)):
        month = Month.of(statement["month"])
        expected = rolled_up(held(rows, statement["person_id"], month, statement["known_on"]))
        assert {name: statement[name] for name in expected} == expected


@FAST
@given(data=st.data())
def test_there_is_a_statement_for_every_month_end_at_which_something_changed(
    data: st.DataObject,
    drawn_records: st.SearchStrategy[list[Record]],
    built: Callable[..., Workspace],
    statements_of: Callable[[Workspace], list[Record]],
) -> None:
    rows = data.draw(drawn_records)
    changed = {
        (r["person_id"], Month.of(r["happened_on"]), max(Month.of(r["known_on"]), Month.of(r["happened_on"])))
        for r in rows
    }
    # A month of which nothing valid was known when it ended has no statement yet.
    expected = {
        (person, month, known)
        for person, month, known in changed
        if known > month or held(rows, person, month, month.last_day)
    } | {(f"p{n}", Month(2024, 1), Month(2024, 1)) for n in range(3)}
    found = [(s["person_id"], Month.of(s["month"]), Month.of(s["known_on"])) for s in statements_of(built(rows))]
    assert sorted(found) == sorted(expected)


@settings(FAST, max_examples=8)
@given(data=st.data())
def test_dealings_are_what_plain_python_adds_up_at_every_month_end_at_which_they_changed(
    data: st.DataObject,
    drawn_records: st.SearchStrategy[list[Record]],
    built: Callable[..., Workspace],
    statements_of: Callable[..., list[Record]],
) -> None:
    rows = [row for row in data.draw(drawn_records) if row["table"] == "transfers"]
    # A version changes the dealings with whom it names, and with those named before.
    changed = {
        (r["person_id"], v["other_person"], Month.of(r["happened_on"]), Month.of(max(r["known_on"], r["happened_on"])))
        for r in rows
        for v in rows
        if v["record_id"] == r["record_id"] and v["known_on"] <= r["known_on"]
    }
    expected = {}
    for person, other, month, known in changed:
        found = [row for row in held(rows, person, month, known.last_day) if row["other_person"] == other]
        if known > month or found:
            days = [row["happened_on"] for row in found]
            sent, received = (sum(row["direction"] == way for row in found) for way in ("out", "in"))
            expected[person, other, month, known] = (len(found), sent, received, min(days, default=None))
    assert {
        (d["person_id"], d["other_person"], Month.of(d["month"]), Month.of(d["known_on"])): (
            *(d["records"], d["sent"], d["received"], d["first_on"]),
        )
        for d in statements_of(built(rows), DEALINGS)
    } == expected
