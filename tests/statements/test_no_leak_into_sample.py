"""Nothing of the month in which an outcome was decided, nor of any later one, enters the development sample."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from goodstanding.cards import Sample, development_sample
from goodstanding.programmes import Definition
from goodstanding.store import Workspace

Rows = list[dict[str, Any]]


def payment(number: int, happened: str, known: str, amount: int = 100, category: str = "wages") -> dict[str, Any]:
    return {
        "table": "payments",
        "person_id": f"p{number % 2}",
        "record_id": f"{happened}/{known}/{number}/{amount}",
        "happened_on": happened,
        "known_on": known,
        "source": "bank",
        "category": category,
        "amount_minor": amount,
        "currency": "CNY",
    }


def outcome(person: str, *, bad: bool) -> dict[str, Any]:
    return {
        "table": "outcomes",
        "person_id": person,
        "record_id": f"o-{person}",
        "happened_on": "2024-06-15",
        "known_on": "2025-06-15",
        "source": "bank",
        "kind": "loan",
        "bad": bad,
        "window_until": "2025-06-15",
    }


BEFORE = [payment(n, f"2024-0{month}-05", f"2024-0{month}-05", 100 * month) for n in (0, 1) for month in (2, 3, 4, 5)]
OUTCOMES = [outcome("p0", bad=True), outcome("p1", bad=False)]
LATER: dict[str, Rows] = {
    "before the outcome in its month": [payment(n, "2024-06-01", "2024-06-01", -9000) for n in range(4)],
    "on the day of the outcome": [payment(n, "2024-06-15", "2024-06-15", -9000) for n in range(4)],
    "in the months after": [payment(n, "2024-09-15", "2024-09-15", -9000, "penalty") for n in range(4)],
    "happened before and known in its month": [payment(n, "2024-05-20", "2024-06-01", -9000) for n in range(4)],
    "happened before and known long after": [payment(n, "2024-03-20", "2025-01-01", -9000) for n in range(4)],
}


def same(one: Sample, other: Sample) -> bool:
    return one.values.keys() == other.values.keys() and all(
        np.array_equal(one.values[name], other.values[name], equal_nan=True) for name in one.values
    )


@pytest.fixture(scope="module")
def sample(built: Callable[..., Workspace], sesame: Definition) -> Callable[[Rows], Sample]:
    return lambda rows: development_sample(built([*BEFORE, *OUTCOMES, *rows]), sesame.programme)


@pytest.fixture(scope="module")
def untouched(sample: Callable[[Rows], Sample]) -> Sample:
    return sample([])


@pytest.mark.parametrize("rows", LATER.values(), ids=LATER)
def test_no_value_changes_for_records(rows: Rows, sample: Callable[[Rows], Sample], untouched: Sample) -> None:
    assert same(sample(rows), untouched)


def test_records_of_the_month_before_the_outcome_do_enter(sample: Callable[[Rows], Sample], untouched: Sample) -> None:
    assert not same(sample([payment(0, "2024-05-31", "2024-05-31", -9000)]), untouched)


def test_both_outcomes_are_in_the_sample(untouched: Sample) -> None:
    assert (len(untouched), untouched.bads, list(untouched.decided)) == (2, 1, ["2024-06", "2024-06"])
