"""What is on file of one person changes nobody else's score, whatever it says.

Transfers with others and details that make a person verified are left out: they are of both.
"""

import shutil
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.records import DeclaredFeed, declare_feeds
from goodstanding.scoring import score_month
from goodstanding.store import Workspace

Row = dict[str, Any]
Rows = Mapping[str, Mapping[str, Any]]

PERSON = "P000001"
LARGE = 10**13  # the largest amount of a record
MOST = 15  # records drawn
FEEDS = ["payments", "dues", "balances", "orders", "inquiries", "public_records"]

# Each example copies and scores a village on disk: making a failing one smaller would take minutes.
FAST = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)

amounts = st.integers(-5000, 5000) | st.sampled_from([LARGE, -LARGE])
owed = st.integers(1, 5000) | st.just(LARGE)


@st.composite
def records(draw: st.DrawFn) -> Row:
    """A record of the person, of the year before the village's last month; its dates are days before its last day."""
    table = draw(st.sampled_from(FEEDS))
    own: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "payments": {"category": st.sampled_from(["wages", "loan", "penalty", "rent"]), "amount_minor": amounts},
        "dues": {"kind": st.sampled_from(["loan", "gas"]), "amount_minor": owed, "paid_minor": st.just(0)},
        "balances": {"kind": st.sampled_from(["current_lowest", "savings", "card_used"]), "amount_minor": amounts},
        "orders": {"kind": st.just("car"), "deposit_minor": owed, "promised_on": st.integers(0, 30)},
        "inquiries": {"counterparty": st.just("lender"), "purpose": st.sampled_from(["loan", "own"])},
        "public_records": {"kind": st.just("bankruptcy"), "legal_basis": st.just("case 1")},
    }
    return {"table": table, "days": draw(st.integers(0, 365)), **draw(st.fixed_dictionaries(own[table]))}


def dated(number: int, row: Row, last: Month) -> Row:
    """A drawn record with its dates."""
    happened = last.last_day - timedelta(row["days"])
    if row["table"] == "balances":
        happened = Month.of(happened).last_day
    found = {k: v for k, v in row.items() if k != "days"}
    if "promised_on" in found:
        found["promised_on"] = happened + timedelta(found["promised_on"])
    if {"amount_minor", "deposit_minor"} & found.keys():
        found["currency"] = "CNY"
    common = {"person_id": PERSON, "record_id": f"drawn {number}", "source": "drawn"}
    return found | common | {"happened_on": happened, "known_on": happened}


@pytest.fixture(scope="module")
def before(pristine_village: tuple[Workspace, Month], rows_of: Callable[..., Rows]) -> Rows:
    """The village's rows."""
    return rows_of(*pristine_village)


@pytest.fixture(scope="module")
def copies(
    pristine_village: tuple[Workspace, Month], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Workspace]:
    """Copies of the village, free to change."""
    folder, numbers = tmp_path_factory.mktemp("copies"), count()

    def copy() -> Workspace:
        root = folder / str(next(numbers))
        shutil.copytree(pristine_village[0].root, root)
        return Workspace(root)

    return copy


def money(amount: int) -> list[Row]:
    """Payments of a month that cannot be added up: more than a hundred of the largest amount."""
    return [{"table": "payments", "days": 40, "category": "wages", "amount_minor": amount} for _ in range(120)]


@FAST
@given(drawn=st.lists(records(), min_size=1, max_size=MOST), feeds=st.sets(st.sampled_from(FEEDS)))
@example(drawn=money(LARGE), feeds=set())
@example(drawn=money(-LARGE), feeds={"inquiries", "public_records"})
def test_one_persons_records_change_nobody_elses_row(  # noqa: PLR0913, PLR0917 - what is drawn, and the parts
    drawn: list[Row],
    feeds: set[str],
    pristine_village: tuple[Workspace, Month],
    copies: Callable[[], Workspace],
    before: Rows,
    room_of: Callable[..., Workspace],
    rows_of: Callable[..., Rows],
    sesame: Definition,
    after: date,
) -> None:
    last = pristine_village[1]
    room = room_of([dated(number, row, last) for number, row in enumerate(drawn)], copies())
    first = last.plus(-20)
    declare_feeds(room, [DeclaredFeed("drawn", table, first, None, PERSON, first.first_day) for table in sorted(feeds)])
    score_month(room, sesame, last, after)
    found = rows_of(room, last)
    if len(drawn) > MOST:
        assert found[PERSON]["not_scored"] == "not_computed"
    assert {p: row for p, row in found.items() if p != PERSON} == {p: r for p, r in before.items() if p != PERSON}
