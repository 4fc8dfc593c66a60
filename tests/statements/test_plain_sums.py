"""A statement against the same sums in plain Python, at every month and every month end at which they were known."""

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, Steps, files, literal
from goodstanding.months import Month, months_between
from goodstanding.statements import DEALINGS, steps_as_of
from goodstanding.store import Workspace

Record = dict[str, Any]
# The months of drawn records; `built` has the people p0 to p2 join in the first.
FIRST, LAST = Month(2024, 1), Month(2024, 4)

# Each example builds a workspace on disk: making a failing one smaller would take minutes.
FAST = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


NOT_RECEIVED = {"interest", "loan", "savings", "investment", "own_transfer", "refund", "chargeback"}
NOT_PAID_OUT = {"savings", "investment", "own_transfer", "refund", "chargeback"}
NOBODY_DEALT_WITH = {"savings", "investment", "own_transfer"}


def received(rows: list[Record]) -> list[int]:
    found = (r for r in rows if r["table"] == "payments" and r["category"] not in NOT_RECEIVED)
    return [max(row["amount_minor"], 0) for row in found]


def paid_out(rows: list[Record], *categories: str) -> int:
    chosen = [r for r in rows if r["table"] == "payments" and (not categories or r["category"] in categories)]
    return sum(max(-row["amount_minor"], 0) for row in chosen if row["category"] not in NOT_PAID_OUT)


def due(row: Record, *kinds: str) -> bool:
    return row["table"] == "dues" and (not kinds or row["kind"] in kinds)


def paid(row: Record) -> bool:
    return row["paid_on"] is not None


def kept(row: Record) -> bool:
    return paid(row) and row["paid_on"] <= row["happened_on"]


def on_a_last_day(row: Record) -> bool:
    return row["happened_on"] == Month.of(row["happened_on"]).last_day


def days_late(row: Record, day: date) -> int:
    """How late a due is as of a day; below 1 if it is not."""
    return ((row["paid_on"] or day) - row["happened_on"]).days


def overdue(orders: list[Record], day: date) -> int:
    """Orders out past their promised day; of those out beyond their month none before the last of the month is."""
    out = [order for order in orders if order["returned_on"] is None]
    if out and max(order["promised_on"] for order in out) < day:
        return len(out)
    return sum(order["promised_on"] < Month.of(order["happened_on"]).last_day for order in out)


def balance(rows: list[Record], *kinds: str) -> list[int]:
    return [row["amount_minor"] for row in rows if row["table"] == "balances" and row["kind"] in kinds]


def people(rows: list[Record], direction: str) -> int:
    return len({r["other_person"] for r in rows if r["table"] == "transfers" and r["direction"] == direction})


def rolled_up(rows: list[Record]) -> Record:
    """The measures of a person's month that a statement keeps."""
    payments = [row for row in rows if row["table"] == "payments"]
    dues = [row for row in rows if due(row)]
    instalments = [row for row in rows if due(row, "loan", "card")]
    unpaid, unpaid_instalments = ([r for r in of if not paid(r)] for of in (dues, instalments))
    orders = [row for row in rows if row["table"] == "orders"]
    out = [row for row in orders if row["returned_on"] is None]
    public = [row for row in rows if row["table"] == "public_records"]
    lowest = balance(rows, "current_lowest")
    savings = balance(rows, "savings", "wealth")
    return {
        "payments": len(payments),
        "received_minor": sum(received(rows)),
        "largest_receipt_minor": max(received(rows), default=0),
        "regular_income_minor": sum(max(r["amount_minor"], 0) for r in payments if r["category"] == "wages"),
        "paid_out_minor": paid_out(rows),
        "cash_out_minor": paid_out(rows, "cash_out"),
        "household_minor": paid_out(rows, "household"),
        "counterparties": len({r["counterparty"] for r in payments if r["category"] not in NOBODY_DEALT_WITH} - {""}),
        "people_sent_to": people(rows, "out"),
        "people_received_from": people(rows, "in"),
        "dues_minor": sum(r["amount_minor"] for r in dues),
        "dues_paid": sum(map(paid, dues)),
        "dues_kept": sum(map(kept, dues)),
        "dues_open": len(unpaid),
        "dues_open_at_end": sum(map(on_a_last_day, unpaid)),
        "open_due_on": min((r["happened_on"] for r in unpaid), default=None),
        "worst_paid_days_late": max((max(days_late(r, date.min), 0) for r in dues if paid(r)), default=None),
        "instalments_minor": sum(r["amount_minor"] for r in dues if due(r, "loan", "card", "rent")),
        "instalments_paid": sum(map(paid, instalments)),
        "instalments_kept": sum(map(kept, instalments)),
        "instalments_open": len(unpaid_instalments),
        "instalments_open_at_end": sum(map(on_a_last_day, unpaid_instalments)),
        "open_instalment_on": min((r["happened_on"] for r in unpaid_instalments), default=None),
        "current_minor": min(balance(rows, "current"), default=None),
        "lowest_minor": min(lowest, default=None),
        "savings_minor": sum(savings) if savings else None,
        "overdrawn": sum(amount < 0 for amount in lowest),
        "card_used_minor": sum(balance(rows, "card_used")) if balance(rows, "card_used") else None,
        "orders_returned": len(orders) - len(out),
        "orders_kept": sum(r not in out and r["returned_on"] <= r["promised_on"] for r in orders),
        "orders_out": len(out),
        "out_until_on": max((r["promised_on"] for r in out), default=None),
        "payments_named": sum(bool(r["counterparty"]) for r in payments),
        "judgments_lasting": sum(r["settled_on"] is None and r["until"] is None for r in public),
        "judgments_ending": sum(r["settled_on"] is None and r["until"] is not None for r in public),
        "judgments_settled": sum(r["settled_on"] is not None for r in public),
    }


def worked_out(rows: list[Record], day: date) -> Record:
    """The measures of a person's month that depend on the day as of which they are read."""
    # What is open counts once its day has passed.
    dues = [row for row in rows if due(row) and (paid(row) or row["happened_on"] < day)]
    instalments = [row for row in dues if due(row, "loan", "card")]
    bills = [row for row in dues if not due(row, "loan", "card")]
    orders = [row for row in rows if row["table"] == "orders"]
    public = [row for row in rows if row["table"] == "public_records"]
    return {
        "dues": len(dues),
        "dues_unpaid": sum(not paid(r) for r in dues),
        "dues_late": sum(days_late(r, day) > 0 for r in dues),
        "worst_days_late": max((max(days_late(r, day), 0) for r in dues), default=None),
        "instalments": len(instalments),
        "instalments_unpaid": sum(not paid(r) for r in instalments),
        "instalment_days_open": max((0 if paid(r) else days_late(r, day) for r in instalments), default=None),
        "bills": len(bills),
        "bills_kept": sum(map(kept, bills)),
        "orders": sum(r["returned_on"] is not None for r in orders) + overdue(orders, day),
        "orders_overdue": overdue(orders, day),
        "judgments": sum(r["settled_on"] is None and (r["until"] or day) >= day for r in public),
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


@settings(FAST, max_examples=8)
@given(data=st.data())
def test_what_is_read_as_of_any_month_is_what_plain_python_makes_of_the_records_known_then(
    data: st.DataObject, drawn_records: st.SearchStrategy[list[Record]], built: Callable[..., Workspace]
) -> None:
    rows = data.draw(drawn_records)
    workspace = built(rows)
    months = list(months_between(FIRST, LAST.plus(6)))
    asked = ", ".join(f"('p{n}', {literal(month.first_day)})" for month in months for n in range(3))
    found = files(workspace.path(entry) for entry in workspace.catalogue.under("statements"))
    with Duck() as duck:
        duck.run(f"CREATE TABLE asked AS SELECT * FROM (VALUES {asked}) AS v (person_id, as_of)")
        read = duck.rows(steps_as_of(Steps(), "read", found, "asked").query("SELECT * FROM read"))
    for row in read:
        day, month = row["as_of_day"], Month.of(row["month"])
        known = held(rows, row["person_id"], month, day)
        expected = rolled_up(known) | worked_out(known, day)
        assert {name: row[name] for name in expected} == expected
    # Of every month with a valid record known by then there is one statement.
    expected_months = {
        (row["person_id"], month, Month.of(row["happened_on"]))
        for month in months
        for row in rows
        if Month.of(row["happened_on"]) <= month
        and row in held(rows, row["person_id"], Month.of(row["happened_on"]), month.last_day)
    } | {(f"p{n}", month, FIRST) for n in range(3) for month in months}
    keys = [(row["person_id"], Month.of(row["as_of"]), Month.of(row["month"])) for row in read]
    assert sorted(keys) == sorted(expected_months)


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
    } | {(f"p{n}", FIRST, FIRST) for n in range(3)}
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
