"""Limits on callers hold across the processes that share a database; one alone counts as it always did."""

import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select
from tests.service.api.caller import Api

from goodstanding.registry.database.schema import calls, log
from goodstanding.service.application import build_service
from goodstanding.service.http import call_rates
from goodstanding.service.http.call_rates import LEAST, MOST_EXCHANGED, Calls
from goodstanding.service.http.context import Desk, RateLimits

LIMITS = RateLimits(party=10**6, person=40, stranger=40)
# Well within a minute, so that none of what follows passes from one to the next.
START = 1_800_000_000.0


class Time:
    """A clock of the counts, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr("time.time", found)
    monkeypatch.setattr(call_rates, "time", found)
    monkeypatch.setattr("goodstanding.service.http.guard.time", found)
    return found


def beside(api: Api) -> Api:
    """Another process over the same database, as far as counts go."""
    desk = Desk(api.registry, api.desk.writer, api.desk.workspace, api.desk.issuer, LIMITS)
    return replace(api, desk=desk, app=build_service(desk)[0])


def exchange(*processes: Api) -> None:
    for one in processes:
        one.desk.calls.exchange(one.registry, LIMITS.of_kinds)


def let_through(api: Api, times: int) -> int:
    statuses = [api.call("GET", "/health").status_code for _ in range(times)]
    assert set(statuses) <= {200, 429}
    return statuses.count(200)


def rows(api: Api) -> int:
    with api.registry.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(calls)) or 0


@pytest.mark.usefixtures("moment")
def test_two_processes_let_through_no_more_than_one_beyond_what_they_have_not_heard(api: Api) -> None:
    one, other = beside(api), beside(api)
    exchange(one, other, one, other)
    total = 0
    # A caller who sends five requests to each between one exchange and the next.
    for _ in range(20):
        total += let_through(one, 5) + let_through(other, 5)
        exchange(one, other, one)
    each_second, kept = 5, LIMITS.stranger * LEAST
    assert LIMITS.stranger <= total <= LIMITS.stranger + each_second + kept
    found = other.call("GET", "/health")
    assert found.status_code == 429
    assert 1 <= int(found.headers["retry-after"]) <= 60


@pytest.mark.usefixtures("moment")
def test_without_the_exchange_two_processes_let_through_twice_as_much(api: Api) -> None:
    one, other = beside(api), beside(api)
    assert let_through(one, 60) + let_through(other, 60) == 2 * LIMITS.stranger


@pytest.mark.usefixtures("moment")
def test_one_process_alone_counts_as_it_did_and_tells_nobody(api: Api) -> None:
    alone = beside(api)
    exchange(alone)
    commits: list[Any] = []
    event.listen(api.registry.engine, "commit", commits.append)
    assert let_through(alone, 60) == LIMITS.stranger
    for _ in range(5):
        exchange(alone)
    assert commits == []
    assert rows(api) == 1


def test_a_minute_later_all_is_forgotten_and_old_rows_are_swept(api: Api, moment: Time) -> None:
    one, other = beside(api), beside(api)
    exchange(one, other)
    assert let_through(one, 60) == LIMITS.stranger
    exchange(one, other)
    assert let_through(other, 5) == 0
    # In the middle of the next minute half of what was is counted still, as of a window that slides.
    moment.now += 90
    exchange(one, other)
    assert abs(let_through(other, 60) - LIMITS.stranger / 2) <= 1
    moment.now += 600
    exchange(one, other)
    assert rows(api) == 2
    assert let_through(other, 60) == LIMITS.stranger


@pytest.mark.parametrize("jump", [-86_400, 86_400, -61, 61])
def test_a_clock_that_jumps_leaves_limits_that_hold(api: Api, moment: Time, jump: float) -> None:
    one, other = beside(api), beside(api)
    exchange(one, other)
    let_through(one, 60)
    exchange(one, other)
    moment.now += jump
    exchange(one, other, one)
    assert 0 <= let_through(one, 100) <= LIMITS.stranger
    exchange(one, other)
    assert let_through(other, 100) <= LIMITS.stranger


@pytest.mark.usefixtures("moment")
def test_who_calls_now_and_then_is_nobodys_business_and_nobody_is_named(api: Api) -> None:
    one, other = beside(api), beside(api)
    exchange(one, other)
    let_through(one, int(LIMITS.stranger * LEAST) - 1)
    exchange(one, other)
    assert rows(api) == 2
    let_through(one, 5)
    exchange(one, other)
    with api.registry.engine.connect() as connection:
        told = connection.execute(select(calls)).all()
        lines = connection.scalar(select(func.count()).select_from(log))
    assert rows(api) == 3
    assert all("127.0.0.1" not in str(row) for row in told)
    with api.registry.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(log)) == lines


@pytest.mark.usefixtures("moment")
def test_ten_thousand_callers_are_told_in_turns_those_nearest_to_their_limit_first(api: Api) -> None:
    limits, many, other = LIMITS.of_kinds, Calls(), Calls()
    other.exchange(api.registry, limits)
    many.exchange(api.registry, limits)
    who = [("stranger", f"10.0.{n // 256}.{n % 256}") for n in range(10_000)]
    for place, one in enumerate(who):
        for _ in range(30 if place < 10 else 3):
            many.count(one)
    began = time.perf_counter()
    many.exchange(api.registry, limits)
    assert time.perf_counter() - began < 2
    other.exchange(api.registry, limits)
    ring = api.registry.keyring
    assert [other.elsewhere(ring, one) for one in who[:10]] == [30] * 10
    assert sum(other.elsewhere(ring, one) > 0 for one in who) == MOST_EXCHANGED
    for _ in range(10):
        many.exchange(api.registry, limits)
    other.exchange(api.registry, limits)
    assert sum(other.elsewhere(ring, one) > 0 for one in who) == len(who)
    assert other.elsewhere(ring, ("stranger", str(uuid4()))) == 0
