"""People made by hand: what a standing says of too old, disputed and withdrawn records, and of its sources."""

import shutil
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from goodstanding.law import load_pack
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scoring import Standing, score_month, standing_of
from goodstanding.store import Workspace

PERSON, CLEAN, THIN = "P-hand", "P-clean", "P-thin"
DUE = {"kind": "phone", "amount_minor": 9900, "paid_minor": 9900, "currency": "CNY"}


def _row(record: str, on: str, known: str | None = None, source: str = "billers", **own: Any) -> dict[str, Any]:
    return {
        "person_id": PERSON,
        "record_id": record,
        "happened_on": on,
        "known_on": known or on,
        "source": source,
        "state": "valid",
    } | own


def _due(record: str, on: str, paid: str, known: str | None = None, state: str = "valid") -> dict[str, Any]:
    return _row(record, on, known or max(on, paid), paid_on=paid, **DUE) | {"state": state}


DUES = [
    # Sixty months to June 2024 begin on 1 July 2019: the first is a day too old, the second just counts.
    _due("old-late", "2019-06-30", "2019-07-20"),
    _due("late", "2019-07-01", "2019-07-20"),
    _due("old-kept", "2019-05-15", "2019-05-15"),
    _due("disputed", "2024-02-15", "2024-04-30"),
    _due("disputed", "2024-02-15", "2024-04-30", "2024-06-02", state="disputed"),
    _due("withdrawn", "2024-03-15", "2024-05-30"),
    _due("withdrawn", "2024-03-15", "2024-05-30", "2024-06-03", state="withdrawn"),
    _due("disputed-later", "2024-04-15", "2024-04-19"),
    _due("disputed-later", "2024-04-15", "2024-04-19", "2024-07-02", state="disputed"),
    _due("kept", "2024-05-15", "2024-05-14"),
]
WAGES = {"category": "wages", "amount_minor": 500_000, "currency": "CNY"}
PAYMENTS = [_row(f"wage-{m}", f"2024-{m:02d}-25", source="wallet", **WAGES) for m in range(1, 8)]


def _of(person: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows of another person."""
    return [row | {"person_id": person, "record_id": f"{person}-{row['record_id']}"} for row in rows]


PEOPLE = [_row("join", "2019-01-10", source="wallet")]
CLEAN_DUES = [due for due in DUES if due["record_id"] in {"old-late", "kept"}]


@pytest.fixture(scope="module")
def room(
    pristine_village: tuple[Workspace, Month],
    add_to: Callable[..., None],
    sesame: Definition,
    after: date,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """The village with the three, scored as of June and July 2024."""
    folder = tmp_path_factory.mktemp("hand")
    shutil.copytree(pristine_village[0].root, folder / "standing")
    made = Workspace(folder / "standing")
    joins = [*PEOPLE, *_of(CLEAN, PEOPLE), *_of(THIN, [_row("join", "2024-05-20", source="wallet")])]
    payments = [*PAYMENTS, *_of(CLEAN, PAYMENTS), *_of(THIN, PAYMENTS[4:6])]
    add_to(made, folder / "files", people=joins, dues=[*DUES, *_of(CLEAN, CLEAN_DUES)], payments=payments)
    for month in (Month(2024, 6), Month(2024, 7)):
        score_month(made, sesame, month, after)
    return made


@pytest.fixture(scope="module")
def told(room: Workspace, sesame: Definition) -> Standing:
    """What the person is told as of June 2024."""
    return standing_of(room, sesame, PERSON, Month(2024, 6))


@pytest.fixture(scope="module")
def rows(room: Workspace, rows_of: Callable[..., Any]) -> dict[str, dict[str, Any]]:
    """The rows of June 2024."""
    return rows_of(room, Month(2024, 6))


def test_the_disputed_and_the_too_old_are_named_with_the_law(told: Standing) -> None:
    pack = load_pack("cn").on(date(2024, 6, 30))
    assert [(n.table, n.record_id, n.happened_on, n.why, n.law) for n in told.not_counted] == [
        ("dues", "old-late", date(2019, 6, 30), "too_old", pack.negatives_count_law),
        ("dues", "disputed", date(2024, 2, 15), "disputed", pack.dispute_law),
    ]


def test_sources_count_the_records_that_count_as_of_the_month(told: Standing) -> None:
    assert [(s.table, s.source, s.records, s.first, s.last) for s in told.sources] == [
        ("people", "wallet", 1, date(2019, 1, 10), date(2019, 1, 10)),
        ("payments", "wallet", 6, date(2024, 1, 25), date(2024, 6, 25)),
        ("dues", "billers", 4, date(2019, 5, 15), date(2024, 5, 15)),
    ]


def test_what_is_not_counted_has_no_part_in_the_characteristics(rows: dict[str, dict[str, Any]]) -> None:
    row = rows[PERSON]
    # Of the last 24 months the disputed delay of 75 days and the withdrawn one of 76 are gone; 4 days remain.
    assert row["value_worst_days_late_24m"] == 4
    assert row["value_dues_kept_12m"] == 0.5
    assert row["value_months_since_late"] == 2


def test_a_delay_too_old_to_count_leaves_five_years_without_one(rows: dict[str, dict[str, Any]]) -> None:
    assert rows[CLEAN]["value_months_since_late"] == 60


def test_a_month_later_the_next_delay_is_too_old_and_the_later_dispute_shows(
    room: Workspace, sesame: Definition
) -> None:
    later = standing_of(room, sesame, PERSON, Month(2024, 7))
    assert [(n.record_id, n.why) for n in later.not_counted] == [
        ("old-late", "too_old"),
        ("late", "too_old"),
        ("disputed", "disputed"),
        ("disputed-later", "disputed"),
    ]


def test_a_thin_file_has_no_score_and_not_a_low_one(room: Workspace, sesame: Definition) -> None:
    told = standing_of(room, sesame, THIN, Month(2024, 6))
    assert (told.score, told.interval, told.band, told.not_scored) == (None, None, None, "file_too_short")
    assert dict(told.history) == {Month(2024, 6): None}
    assert told.to_json()["score"] is None


def test_a_thin_file_is_scored_once_it_is_long_enough(room: Workspace, sesame: Definition) -> None:
    assert standing_of(room, sesame, THIN, Month(2024, 7)).score is not None
