"""Days and amounts have limits at the door; what is in a workspace can leave it, whatever it is."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, files
from goodstanding.months import today
from goodstanding.records import TABLES, Checked, check_submitted, folder_feeds, latest_records, load, record_versions
from goodstanding.records.plausible_limits import EARLIEST, LARGEST_AMOUNT, YEARS_AHEAD
from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]
AMOUNTS = [(table.name, field.name) for table in TABLES.values() for field in table.fields if field.kind == "integer"]
KNOWN = date(2024, 6, 30)


def checked(row: Make, table: str, *changes: dict[str, object]) -> list[Checked]:
    rows = [{key: str(value) for key, value in row(table, **staging).items()} for staging in changes]
    return check_submitted(table, rows, today())


@pytest.mark.parametrize("table", TABLES)
def test_a_date_that_stands_for_none_is_told_in_every_field(row: Make, table: str) -> None:
    fields = [field.name for field in TABLES[table].fields if field.kind == "date"]
    early, late = ["1900-01-01", "1899-12-30", "0001-01-01"], ["9999-12-31", "2999-12-31"]
    cases = [(field, day) for field in fields for day in early + late]
    for (field, day), found in zip(cases, checked(row, table, *({f: d} for f, d in cases)), strict=True):
        assert found.field is not None, (field, day)
        if day in early and (table, field) != ("dues", "known_on"):
            # A due that is known so early is announced too far ahead; either says what is wrong.
            assert (found.field, found.found) == (field, day)
            assert "where there is none" in (found.expected or "")


def test_a_due_may_be_announced_for_the_longest_mortgage_and_no_longer(row: Make) -> None:
    last = KNOWN.replace(year=KNOWN.year + YEARS_AHEAD)
    days = [last + timedelta(days) for days in range(-3, 4)]
    for day, found in zip(
        days, checked(row, "dues", *({"happened_on": d, "paid_on": "", "paid_minor": 0} for d in days)), strict=True
    ):
        assert found.field == (None if day <= last else "happened_on")
        assert not found.field or "leave the row out where there is none" in (found.expected or "")


@settings(max_examples=3, deadline=None)
@given(days=st.lists(st.dates(date(1850, 1, 1), date(1950, 1, 1)), min_size=5))
def test_no_fact_is_older_than_any_person(row: Make, days: list[date]) -> None:
    found = checked(row, "payments", *({"happened_on": day} for day in days))
    assert [one.field for one in found] == [None if day >= EARLIEST else "happened_on" for day in days]


def test_nobody_is_born_after_they_were_known(row: Make) -> None:
    found = checked(row, "people", {"born_on": KNOWN}, {"born_on": KNOWN + timedelta(1)})
    assert [one.field for one in found] == [None, "born_on"]


@pytest.mark.parametrize(("table", "field"), AMOUNTS)
def test_amounts_have_a_limit_in_every_field(row: Make, table: str, field: str) -> None:
    more = {"paid_minor": LARGEST_AMOUNT} if table == "dues" else {}
    beyond, most = checked(row, table, {**more, field: LARGEST_AMOUNT + 1}, {**more, field: LARGEST_AMOUNT})
    assert (beyond.field, beyond.expected) == (field, "an amount of at most 10,000,000,000,000 minor units")
    assert most.field is None


def test_a_person_months_sums_of_the_largest_amounts_fit_64_bits() -> None:
    assert LARGEST_AMOUNT * 900_000 < 2**63


# What was taken before there were limits, and may be in a workspace still.
BEYOND = st.fixed_dictionaries(
    {
        "happened_on": st.sampled_from(["9999-12-31", "2999-12-31", "2100-01-31", "1899-12-31", "1066-10-14"]),
        "amount_minor": st.sampled_from([5, LARGEST_AMOUNT + 1, 999_999_999_999_999]),
        "paid_minor": st.sampled_from([0, 5]),
        "record_id": st.sampled_from(["d1", "4.40E+17", "d\u200b1"]),
    }
)


@settings(max_examples=5, deadline=None)
@given(beyond=BEYOND, state=st.sampled_from(["withdrawn", "disputed", "valid"]))
def test_whatever_is_in_a_workspace_can_be_repeated_disputed_and_withdrawn(
    row: Make, table_file: Any, beyond: dict[str, object], state: str
) -> None:
    with TemporaryDirectory() as folder:
        root, room = Path(folder) / "files", Workspace(Path(folder) / "standing")
        table_file(root / "people.csv", [row("people")])
        old = row("dues", paid_on="") | beyond
        table_file(root / "dues.csv", [row("dues", record_id="sound"), row("dues", record_id="held")])
        load(room, folder_feeds(root), today())
        hold_as_it_was(room, old)
        new = old | {"known_on": "2024-08-01", "state": state}
        table_file(root / "dues.csv", [old, new])
        count = load(room, folder_feeds(root), today()).counts["dues"]
        assert (count.unchanged, count.accepted) == (1, 1)
        with Duck() as duck:
            versions = record_versions(room, "dues")
            assert versions is not None
            latest = duck.rows(latest_records(versions, date(2024, 9, 1)))
        assert {r["state"] for r in latest if r["record_id"] == beyond["record_id"]} == {state}


def hold_as_it_was(room: Workspace, old: dict[str, object]) -> None:
    """Put a due into a workspace as versions without limits did, in place of the record `held`."""
    with room.stage() as staging, Duck() as duck:
        for entry in staging.under("records/dues"):
            staged = staging.scratch()
            duck.run(f"CREATE OR REPLACE TABLE old AS FROM {files([staging.path(entry)])}")
            unpaid = f"paid_on = NULL, paid_minor = {old['paid_minor']}"
            values = f"record_id = '{old['record_id']}', amount_minor = {old['amount_minor']}, {unpaid}"
            duck.run(f"UPDATE old SET {values}, happened_on = '{old['happened_on']}' WHERE record_id = 'held'")
            duck.write_parquet("FROM old", staged)
            staging.remove(entry)
            folder = f"records/dues/month={str(old['happened_on'])[:7]}"
            staging.add(folder, staged, "first-{digest}.parquet")


def test_a_sound_record_is_not_corrected_beyond_the_limits(row: Make, take: Callable[..., Any]) -> None:
    take("people", row("people"))
    take("payments", row("payments"))
    much = row("payments", amount_minor=LARGEST_AMOUNT + 1, known_on="2024-08-01")
    count = take("payments", row("payments"), much)
    assert (count.unchanged, count.quarantined) == (1, 1)
