"""Records drawn at random, and what tests of statements do with records."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from goodstanding.engines import Duck, files
from goodstanding.months import Month
from goodstanding.records import folder_feeds, load
from goodstanding.statements import STATEMENTS, RollUp, build_statements
from goodstanding.store import Workspace

Record = dict[str, Any]  # with "table"
FIRST, LAST = Month(2024, 1), Month(2024, 4)
TODAY = date(2026, 6, 15)
MONEY = {"currency": "CNY"}
CATEGORIES = [
    *("wages", "interest", "household", "cash_out", "shopping"),
    *("loan", "savings", "investment", "own_transfer", "refund", "chargeback"),
]
TABLES = ["payments", "transfers", "dues", "balances", "orders", "public_records"]


def own_fields(table: str, happened: date, known: date) -> st.SearchStrategy[Record]:
    """The columns that only this table has."""
    amount = st.integers(-2000, 2000)
    latest = max(happened, known)
    end = st.none() | st.just(latest) | st.just(happened)
    kinds: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "payments": {
            "category": st.sampled_from(CATEGORIES),
            "counterparty": st.sampled_from(["grocer", "employer", ""]),
            "amount_minor": amount,
        },
        "transfers": {
            "other_person": st.sampled_from(["ann", "bo"]),
            "direction": st.sampled_from(["in", "out"]),
            "amount_minor": st.just(1),
        },
        "dues": {
            "kind": st.sampled_from(["loan", "card", "rent", "gas"]),
            "amount_minor": st.integers(1, 500),
            "paid_on": st.none() | st.just(known) | st.just(min(happened, known)),
        },
        "balances": {
            "kind": st.sampled_from(["current", "current_lowest", "savings", "wealth", "card_used"]),
            "amount_minor": amount,
        },
        "orders": {
            "kind": st.just("umbrella"),
            "promised_on": st.integers(0, 70).map(lambda days: happened + timedelta(days)),
            "returned_on": end,
            "deposit_minor": st.just(1),
        },
        "public_records": {
            "kind": st.just("tax"),
            "legal_basis": st.just("case"),
            "settled_on": end,
            "until": st.none() | st.just(date(2024, 3, 31)),
        },
    }
    return st.fixed_dictionaries(kinds[table])


@st.composite
def versions(draw: st.DrawFn, number: int) -> list[Record]:
    """One record in one to three versions, each known later than the one before."""
    table = draw(st.sampled_from(TABLES))
    month = FIRST.plus(draw(st.integers(0, FIRST.until(LAST))))
    on_the_last_day = table == "balances" or draw(st.integers(0, 4)) == 0
    happened = month.last_day if on_the_last_day else month.first_day + timedelta(draw(st.integers(0, 27)))
    early = 20 if table == "dues" else 0
    known = sorted(draw(st.sets(st.integers(-early, 120), min_size=1, max_size=3)))
    found = []
    for days in known:
        day = happened + timedelta(days)
        common = {
            "table": table,
            "person_id": f"p{number % 3}",
            "record_id": str(number),
            "happened_on": happened,
            "known_on": day,
            "source": "drawn",
            "state": draw(st.sampled_from(["valid", "valid", "disputed", "withdrawn"])),
        }
        money = {} if table == "public_records" else MONEY
        own = draw(own_fields(table, happened, day))
        if table == "dues":
            own["paid_minor"] = own["amount_minor"] - (own["paid_on"] is None)
        found.append(common | money | own)
    return found


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """A dozen records of three people over four months."""
    count = draw(st.integers(1, 12))
    return [version for number in range(count) for version in draw(versions(number))]


@pytest.fixture(scope="session")
def drawn_records() -> st.SearchStrategy[list[Record]]:
    """Random records with corrections, disputes and withdrawals."""
    return records()


@pytest.fixture(scope="session")
def add(
    tmp_path_factory: pytest.TempPathFactory, write_records: Callable[[Path, Iterable[Record]], None]
) -> Callable[[Workspace, Iterable[Record]], Workspace]:
    """Load records into a workspace, with the people p0, p1, p2 where it is new."""

    def add_records(workspace: Workspace, rows: Iterable[Record]) -> Workspace:
        folder = tmp_path_factory.mktemp("files")
        day = FIRST.first_day
        joined = [] if workspace.root.exists() else [f"p{n}" for n in range(3)]
        common = {"table": "people", "happened_on": day, "known_on": day, "source": "drawn"}
        people = [common | {"person_id": person, "record_id": person} for person in joined]
        write_records(folder, [*people, *rows])
        if any(folder.iterdir()):
            load(workspace, folder_feeds(folder), TODAY, strict=True)
        return workspace

    return add_records


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, add: Callable[[Workspace, Iterable[Record]], Workspace]
) -> Callable[..., Workspace]:
    """A new workspace with its statements: each argument is loaded, then built, one after the other."""

    def build(*loads: Iterable[Record]) -> Workspace:
        workspace = Workspace(tmp_path_factory.mktemp("built") / "standing")
        for rows in loads:
            build_statements(add(workspace, rows))
        return workspace

    return build


@pytest.fixture
def statements_of() -> Callable[..., list[Record]]:
    """Every statement of a workspace, of persons or of dealings, in order."""
    return read_statements


def read_statements(workspace: Workspace, roll_up: RollUp = STATEMENTS) -> list[Record]:
    paths = [workspace.path(entry) for entry in workspace.catalogue.under(roll_up.folder)]
    with Duck() as duck:
        return duck.rows(f"SELECT * FROM {files(paths)} ORDER BY ALL") if paths else []
