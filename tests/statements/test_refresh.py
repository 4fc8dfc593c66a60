"""Statements are built where records changed, and a late record stands beside what was known before."""

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, Steps, files
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.statements import (
    DEALINGS,
    ROLL_UPS,
    build_statements,
    need_statements,
    statement_entries,
    steps_as_of,
)
from goodstanding.store import Entry, Workspace

# Each example builds workspaces on disk: making a failing one smaller would take minutes.
FAST = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def payment(record: str, happened: str, known: str, amount: int, **more: str) -> dict[str, object]:
    return {
        "table": "payments",
        "person_id": "p0",
        "record_id": record,
        "happened_on": happened,
        "known_on": known,
        "source": "bank",
        "category": "wages",
        "amount_minor": amount,
        "currency": "CNY",
        **more,
    }


MARCH = payment("a", "2024-03-05", "2024-03-05", 100)
LATE = payment("b", "2024-03-06", "2024-05-02", 40)
APRIL = payment("c", "2024-04-06", "2024-04-06", 7)


def march(workspace: Workspace, as_of: str) -> list[dict[str, Any]]:
    """The statements of p0's March, as of a month."""
    found = files(workspace.path(entry) for entry in workspace.catalogue.under("statements"))
    asked = f"(SELECT 'p0' AS person_id, DATE '{as_of}-01' AS as_of)"
    with Duck() as duck:
        return duck.rows(
            steps_as_of(Steps(), "read", found, asked).query("SELECT * FROM read WHERE month = DATE '2024-03-01'")
        )


def received(workspace: Workspace, as_of: str) -> int:
    """What p0 received in March, as of a month."""
    # A month without a valid record left is not on file, so there is nothing to read.
    return sum(row["received_minor"] for row in march(workspace, as_of))


def due(happened: str, known: str, record: str = "d", **more: str) -> dict[str, object]:
    return {
        "table": "dues",
        "person_id": "p0",
        "record_id": record,
        "happened_on": happened,
        "known_on": known,
        "source": "lender",
        "kind": "loan",
        "amount_minor": 5,
        "paid_minor": 5 if "paid_on" in more else 0,
        "currency": "CNY",
        "paid_on": None,
        **more,
    }


def files_made(workspace: Workspace) -> list[Entry]:
    return [entry for roll_up in ROLL_UPS for entry in workspace.catalogue.under(roll_up.folder)]


@FAST
@given(data=st.data())
def test_built_in_several_steps_or_from_scratch_the_files_are_the_same(
    data: st.DataObject, drawn_records: st.SearchStrategy, built: Callable[..., Workspace]
) -> None:
    rows = data.draw(drawn_records)
    steps = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    parts = [[row for row, step in zip(rows, steps, strict=True) if step == part] for part in range(3)]
    several, once = built(*parts), built(rows)
    assert files_made(several) == files_made(once)


@FAST
@given(data=st.data())
def test_the_order_of_rows_does_not_show(
    data: st.DataObject, drawn_records: st.SearchStrategy, built: Callable[..., Workspace]
) -> None:
    rows = data.draw(drawn_records)
    mixed = random.Random(data.draw(st.integers())).sample(rows, len(rows))  # noqa: S311 - an order, not a secret
    assert files_made(built(mixed)) == files_made(built(rows))


def test_only_months_that_changed_are_built_again(add: Callable, built: Callable) -> None:
    workspace = add(built([MARCH, APRIL]), [LATE])
    again = build_statements(workspace)
    assert (again.rebuilt, again.unchanged) == (["2024-03"], ["2024-01", "2024-04"])


def test_nothing_new_is_nothing_built(built: Callable) -> None:
    again = build_statements(built([MARCH]))
    assert (again.rebuilt, again.statements) == ([], 0)


def test_an_outcome_alone_builds_no_statement(add: Callable, built: Callable) -> None:
    common = {"person_id": "p0", "record_id": "o", "happened_on": "2024-06-01", "known_on": "2025-06-01"}
    outcome = {"table": "outcomes", **common, "source": "bank", "kind": "loan", "bad": True}
    workspace = add(built([MARCH]), [{**outcome, "window_until": "2025-06-01"}])
    assert build_statements(workspace).rebuilt == []
    need_statements(workspace)


def test_a_late_record_makes_a_row_of_its_own_and_leaves_the_old_one(built: Callable, statements_of: Callable) -> None:
    rows = [row for row in statements_of(built([MARCH, LATE])) if row["month"] == date(2024, 3, 1)]
    assert [(row["known_on"], row["received_minor"]) for row in rows] == [
        (date(2024, 3, 31), 100),
        (date(2024, 5, 31), 140),
    ]


@pytest.mark.parametrize(
    ("month", "known", "ages"),
    [("2024-05", "2024-05-31", [0]), ("2024-06", "2024-05-31", []), ("2024-05", "2024-06-30", [])],
)
def test_a_statement_of_a_later_month_or_known_later_is_not_read(month: str, known: str, ages: list[int]) -> None:
    dates = f"DATE '{month}-01' AS month, DATE '{known}' AS known_on"
    statement = f"(SELECT 'p0' AS person_id, 'ann' AS other_person, {dates}, 1 AS records)"
    asked = "(SELECT 'p0' AS person_id, DATE '2024-05-01' AS as_of)"
    with Duck() as duck:
        rows = duck.rows(steps_as_of(Steps(), "read", statement, asked, DEALINGS).query("SELECT * FROM read"))
    assert [row["age"] for row in rows] == ages


def test_an_answer_rests_on_no_file_of_a_later_month_or_known_later(built: Callable) -> None:
    workspace = built([MARCH, LATE, APRIL])
    files_of = [entry.path.split("/")[1:3] for entry in statement_entries(workspace, Month.parse("2024-03"))]
    assert files_of == [["month=2024-01", "known=2024-01"], ["month=2024-03", "known=2024-03"]]


@pytest.mark.parametrize(("as_of", "amount"), [("2024-03", 100), ("2024-04", 100), ("2024-05", 140), ("2024-09", 140)])
def test_as_of_takes_the_latest_statement_then_known(built: Callable, as_of: str, amount: int) -> None:
    assert received(built([MARCH, LATE]), as_of) == amount


def test_a_record_of_a_month_not_closed_yet_is_in_no_statement_before(built: Callable, statements_of: Callable) -> None:
    found = statements_of(built([due("2024-04-20", "2024-02-01")]))
    assert [(r["month"], r["known_on"]) for r in found if r["dues_minor"]] == [(date(2024, 4, 1), date(2024, 4, 30))]


@pytest.mark.parametrize("known", ["2024-02-01", "2024-03-10", "2024-03-11"], ids=["announced", "open", "unpaid"])
def test_what_is_open_grows_older_without_a_new_statement(built: Callable, statements_of: Callable, known: str) -> None:
    workspace = built([due("2024-03-10", known)])
    read = [march(workspace, as_of)[0] for as_of in ("2024-03", "2024-04", "2024-06")]
    assert [row["worst_days_late"] for row in read] == [21, 51, 112]
    assert [(row["dues"], row["dues_unpaid"]) for row in read] == [(1, 1)] * 3
    (statement,) = [row for row in statements_of(workspace) if row["month"] == date(2024, 3, 1)]
    assert (statement["known_on"], statement["open_due_on"]) == (date(2024, 3, 31), date(2024, 3, 10))
    assert "worst_days_late" not in statement


def test_what_was_heard_of_only_later_is_open_from_then_on(built: Callable) -> None:
    workspace = built([MARCH, due("2024-03-10", "2024-05-02")])
    read = [march(workspace, as_of)[0] for as_of in ("2024-03", "2024-04", "2024-05")]
    assert [(row["dues_unpaid"], row["worst_days_late"]) for row in read] == [(0, None), (0, None), (1, 82)]


def test_paying_stops_the_clock_from_when_it_is_known(built: Callable) -> None:
    paid = due("2024-03-10", "2024-05-02", paid_on="2024-04-20")
    read = [march(built([due("2024-03-10", "2024-03-11"), paid]), f"2024-0{month}")[0] for month in (3, 4, 5, 9)]
    assert [(row["dues_unpaid"], row["worst_days_late"]) for row in read] == [(1, 21), (1, 51), (0, 41), (0, 41)]


@pytest.mark.parametrize("state", ["disputed", "withdrawn"])
def test_a_record_stops_counting_when_it_is_disputed_or_withdrawn(built: Callable, state: str) -> None:
    workspace = built([MARCH, payment("a", "2024-03-05", "2024-05-31", 100, state=state)])
    assert [received(workspace, month) for month in ("2024-04", "2024-05")] == [100, 0]


def test_a_disputed_record_counts_again_when_it_is_valid_again(built: Callable) -> None:
    disputed = payment("a", "2024-03-05", "2024-05-01", 100, state="disputed")
    upheld = payment("a", "2024-03-05", "2024-07-01", 90, state="valid")
    workspace = built([{**MARCH, "state": "valid"}, disputed, upheld])
    assert [received(workspace, month) for month in ("2024-04", "2024-06", "2024-07")] == [100, 0, 90]


def test_statements_are_refused_where_records_are_newer(add: Callable, built: Callable) -> None:
    workspace = add(built([MARCH, APRIL]), [LATE])
    with pytest.raises(NotReady, match=r"newer records than statements in 2024-03;.*`standing statements`"):
        need_statements(workspace)


def test_statements_are_refused_where_there_are_none(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match=r"`standing statements`"):
        need_statements(workspace)


def test_statements_need_records(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match=r"standing ingest records"):
        build_statements(workspace)
    assert not workspace.root.exists()


@FAST
@given(data=st.data())
def test_what_was_put_right_on_the_same_day_leaves_no_trace_in_the_statements(
    data: st.DataObject, drawn_records: st.SearchStrategy, built: Callable[..., Workspace], statements_of: Callable
) -> None:
    rows = data.draw(drawn_records)
    chosen = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    states = {"valid": "withdrawn", "withdrawn": "valid", "disputed": "valid"}
    wrong = [row | {"state": states[row["state"]]} for row, is_wrong in zip(rows, chosen, strict=True) if is_wrong]
    expected = [statements_of(built(rows), roll_up) for roll_up in ROLL_UPS]
    for loads in ([[*wrong, *rows]], [wrong, rows]):
        found = built(*loads)
        assert [statements_of(found, roll_up) for roll_up in ROLL_UPS] == expected
