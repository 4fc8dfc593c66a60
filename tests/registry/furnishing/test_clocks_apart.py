"""Two machines' clocks are apart, or one is set back: what was acknowledged stays, and what was said last counts."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from tests.registry.furnishing.branch import Branch
from tests.registry.furnishing.test_notice import FAR, NOTICE, TODAY, Desk
from tests.registry.office import Office

from goodstanding.errors import NotFound
from goodstanding.registry.database.schema import furnished
from goodstanding.registry.furnishing import Submission, withdraw_record
from goodstanding.registry.furnishing.in_force import in_force, is_in_force
from goodstanding.registry.verification import verify_registry

BEHIND = [{"seconds": -15}, {"hours": -1}, {"days": -3}]
LATE = TODAY - timedelta(days=14)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office, "dues")


def kept(desk: Desk) -> list[tuple[str, str]]:
    """What each version that is kept says: its state, and its kind."""
    return [(values.get("state", "valid"), values["kind"]) for values in desk.versions()]


def bring_into_force(desk: Desk) -> None:
    """A due that was paid late is sent, and its notice is over."""
    desk.send(LATE, LATE + timedelta(days=5), told=True)
    desk.office.clock.move(days=NOTICE.days + 3)


@pytest.mark.parametrize("behind", BEHIND, ids=str)
def test_a_withdrawal_stays_whatever_is_sent_by_a_clock_that_is_behind(desk: Desk, behind: dict[str, float]) -> None:
    bring_into_force(desk)
    desk.withdraw()
    desk.office.clock.move(**behind)
    sent = desk.send(LATE, LATE + timedelta(days=5), told=True, kind="phone")
    # Nothing of before is in force any more: what comes anew has a notice of its own.
    assert sent.counts_from == desk.now + NOTICE
    assert kept(desk) == [("valid", "loan"), ("withdrawn", "loan"), ("valid", "phone")]
    assert verify_registry(desk.office.registry).findings == []


@pytest.mark.parametrize("behind", BEHIND, ids=str)
def test_a_withdrawal_stands_in_the_records_though_it_is_sent_anew_by_a_clock_that_is_behind(
    branch: Branch, behind: dict[str, float]
) -> None:
    day = branch.today - timedelta(days=20)

    def late(kind: str) -> Submission:
        paid_on = (day + timedelta(days=10)).isoformat()
        due = branch.due("w", happened_on=day.isoformat(), paid_on=paid_on, kind=kind)
        return replace(due, told_on=branch.today)

    branch.send(late("loan"))
    branch.collect(days=NOTICE.days + 3)
    assert [row["state"] for row in branch.held()] == ["valid"]
    clock = branch.office.clock
    at = clock.now
    branch.office.registry.do(lambda transaction: withdraw_record(transaction, branch.bank, "dues", "w"))
    clock.move(**behind)
    branch.send(late("phone"))
    clock.now = at
    branch.collect()
    assert [row["state"] for row in branch.held()] == ["withdrawn"]


def test_what_was_collected_on_its_day_is_in_force_though_the_clock_is_set_back_before_it(desk: Desk) -> None:
    bring_into_force(desk)
    with desk.office.registry.engine.begin() as connection:
        connection.execute(update(furnished).values(collected_at=desk.now))
    desk.office.clock.move(days=-4)
    # Paid in part since: no worse than what is in force, so that it counts at once, as it would by the right clock.
    sent = desk.send(LATE, LATE + timedelta(days=4), told=True)
    assert sent.counts_from == desk.now
    assert len(kept(desk)) == 2


def test_what_waits_for_its_day_is_void_when_a_newer_version_comes(desk: Desk) -> None:
    desk.send(FAR)
    desk.send(FAR, TODAY)
    assert kept(desk) == [("valid", "loan")]


STEPS = ["good", "late", "open", "withdraw", "collect"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(-1_000_000, 1_000_000)), min_size=2, max_size=7),
)
def test_whatever_the_clocks_say_no_version_that_was_in_force_once_is_erased(
    desk: Desk, steps: list[tuple[str, int]]
) -> None:
    engine, begun, in_force_once = desk.office.registry.engine, desk.now, set[int]()
    for step, seconds in steps:
        desk.office.clock.now = begun + timedelta(seconds=seconds)
        with suppress(NotFound):
            take(desk, step)
        with engine.connect() as connection:
            rows = connection.execute(select(furnished)).all()
            counting = set(connection.scalars(select(furnished.c.log_index).where(in_force(desk.now))))
        assert in_force_once <= {row.log_index for row in rows}
        assert counting == {row.log_index for row in rows if is_in_force(row, desk.now)}
        in_force_once |= {row.log_index for row in rows if row.counts_from <= row.at or row.collected_at is not None}
    desk.office.clock.now = begun


def take(desk: Desk, step: str) -> None:
    match step:
        case "good":
            desk.send(LATE, LATE)
        case "late":
            desk.send(LATE, LATE + timedelta(days=1), told=True)
        case "open":
            desk.send(FAR)
        case "withdraw":
            desk.withdraw()
        case _:
            with desk.office.registry.engine.begin() as connection:
                connection.execute(update(furnished).where(in_force(desk.now)).values(collected_at=desk.now))
