"""A table that is not furnished costs no points: of every set of tables that may be furnished there is a person."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import combinations
from typing import Any

import pytest

from goodstanding.months import Month, months_between
from goodstanding.programmes import Definition
from goodstanding.relations import KNOWN_MEASURES
from goodstanding.scoring import score_month, standing_of
from goodstanding.store import Workspace

Row = dict[str, Any]

FIRST, LAST = Month(2022, 12), Month(2024, 6)
TABLES = ["details", "payments", "transfers", "dues", "balances", "orders", "inquiries", "public_records"]
SETS = [frozenset(chosen) for n in range(len(TABLES) + 1) for chosen in combinations(TABLES, n)]
MONEY = {"currency": "CNY"}


def of_month(month: Month) -> list[Row]:
    """Something in each table in a month; not all of it speaks for the person."""
    day, end = month.first_day, month.last_day
    paid = {"kind": "loan", "amount_minor": 100, "paid_on": day, "paid_minor": 100}
    balances = [("current_lowest", -5), ("savings", 900), ("card_used", 40), ("card_limit", 100)]
    return [
        {"table": "payments", "happened_on": day, "category": "wages", "counterparty": "works", "amount_minor": 1000},
        {"table": "payments", "happened_on": day, "category": "rent", "counterparty": "owner", "amount_minor": -1100},
        {"table": "transfers", "happened_on": day, "other_person": "bo", "direction": "out", "amount_minor": 1},
        {"table": "transfers", "happened_on": day, "other_person": "bo", "direction": "in", "amount_minor": 1},
        {"table": "dues", "happened_on": day, **paid},
        {"table": "dues", "happened_on": day, "kind": "gas", "amount_minor": 100, "paid_minor": 0},
        *({"table": "balances", "happened_on": end, "kind": k, "amount_minor": amount} for k, amount in balances),
        {
            "table": "orders",
            "happened_on": day,
            "kind": "umbrella",
            "promised_on": day,
            "returned_on": day,
            "deposit_minor": 1,
        },
    ]


def once() -> list[Row]:
    kinds = [
        {"table": "details", "happened_on": date(2023, 2, 1), "kind": kind, "value": "here", "verified": True}
        for kind in ("address", "phone", "employer")
    ]
    return [
        *kinds,
        {"table": "inquiries", "happened_on": date(2024, 5, 1), "counterparty": "lender", "purpose": "loan"},
        {
            "table": "public_records",
            "happened_on": date(2024, 1, 1),
            "kind": "court_judgment",
            "legal_basis": "case 1",
        },
    ]


def person_of(furnished: frozenset[str]) -> str:
    return "+".join(sorted(furnished)) or "nothing"


@pytest.fixture(scope="module")
def room(room_of: Callable[..., Workspace], sesame: Definition, after: date) -> Workspace:
    """A person of every set of furnished tables, who joined when the first of them could begin; scored."""
    whole = [row for month in months_between(FIRST, LAST) for row in of_month(month)] + once()
    rows: list[Row] = []
    for furnished in SETS:
        joined = {"table": "people", "happened_on": FIRST.first_day}
        for number, row in enumerate([joined, *(r for r in whole if r["table"] in furnished)]):
            money = MONEY if {"amount_minor", "deposit_minor"} & row.keys() else {}
            name = {"person_id": person_of(furnished), "record_id": f"{person_of(furnished)} {number}"}
            rows.append({"known_on": row["happened_on"], "source": "example"} | row | name | money)
    made = room_of(rows)
    score_month(made, sesame, LAST, after)
    return made


@pytest.fixture(scope="module")
def rows(room: Workspace, rows_of: Callable[..., Any]) -> Mapping[str, Mapping[str, Any]]:
    """Everybody's row."""
    return rows_of(room, LAST)


@pytest.fixture(scope="module")
def tables(sesame: Definition) -> Mapping[str, set[str]]:
    """The tables that each characteristic reads."""
    return {
        c.name: {KNOWN_MEASURES[m].table for m in sesame.programme.formula(c).reads}
        for c in sesame.programme.characteristics
    }


def test_what_reads_a_table_that_is_not_furnished_is_not_known_and_has_no_points(
    rows: Mapping[str, Mapping[str, Any]], tables: Mapping[str, set[str]]
) -> None:
    wrong = {
        (person_of(furnished), name, row[f"value_{name}"], row.get(f"points_{name}"))
        for furnished in SETS
        for row in [rows[person_of(furnished)]]
        for name, read in tables.items()
        if not read <= furnished and (row[f"value_{name}"], row.get(f"points_{name}", 0)) != (None, 0)
    }
    assert wrong == set()


def test_what_is_not_furnished_changes_nothing_of_all_else(
    rows: Mapping[str, Mapping[str, Any]], tables: Mapping[str, set[str]]
) -> None:
    whole = rows[person_of(frozenset(TABLES))]
    wrong = {
        (person_of(furnished), name)
        for furnished in SETS
        for name, read in tables.items()
        if read <= furnished and rows[person_of(furnished)][f"value_{name}"] != whole[f"value_{name}"]
    }
    assert wrong == set()


def test_all_is_known_of_whom_all_is_furnished(
    rows: Mapping[str, Mapping[str, Any]], tables: Mapping[str, set[str]]
) -> None:
    whole = rows[person_of(frozenset(TABLES))]
    assert [name for name in tables if whole[f"value_{name}"] is None] == []


def test_who_furnishes_what_is_missing_is_told(room: Workspace, sesame: Definition) -> None:
    told = standing_of(room, sesame, person_of(frozenset({"payments", "dues"})))
    missing = {table: group.how for group in told.not_known for table in group.tables if len(group.tables) == 1}
    assert missing.keys() == {"details", "transfers", "balances", "orders", "inquiries", "public_records"}
    assert missing["inquiries"] == "Let the register of credit applications be furnished."
    assert not any(group.furnished for group in told.not_known)
