"""The cheapest way to a score, against trying every combination of changes."""

from itertools import permutations, product
from math import ceil
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.scorecard import Attribute, Characteristic, Cross, PointsTable, Scorecard, table_points
from goodstanding.scorecard.recourse import Action, Move, Plan, cheapest_changes
from goodstanding.scorecard.table import clipped, free_total, label

often = settings(max_examples=300, deadline=None)
points = st.integers(-40, 40)
LEVELS = ("a", "b", "c", "d")

KEPT = Characteristic(
    "kept",
    "credit",
    (Attribute(None, points=-30), Attribute(0.5, points=-5), Attribute(0.9, points=25)),
    special=(Attribute(levels=(-1.0,), points=60),),
    missing=Attribute(points=80),
)
SINCE = Characteristic(
    "since", "credit", (Attribute(None, points=-20), Attribute(6.0, points=5), Attribute(24.0, points=40))
)
HOME = Characteristic(
    "home",
    "person",
    (Attribute(levels=("rent", "room"), points=-10), Attribute(levels=("own",), points=20)),
    other=Attribute(points=90),
)
TABLE = PointsTable(600, (350, 950), 650, 20, 40, (KEPT, SINCE, HOME))
PERSON: dict[str, Any] = {"kept": 0.2, "since": 3.5, "home": "rent"}


@st.composite
def _characteristics(draw: st.DrawFn, name: str) -> Characteristic:
    """Up to four attributes beside missing; ranges with or without a special value, or levels."""
    size = draw(st.integers(1, 4))
    if draw(st.booleans()):
        return Characteristic(
            name,
            "",
            tuple(Attribute(levels=(LEVELS[i],), points=draw(points)) for i in range(size)),
            missing=Attribute(points=draw(points)),
            other=Attribute(points=draw(points)),
        )
    special = (Attribute(levels=(-99.0,), points=draw(points)),) if draw(st.booleans()) else ()
    return Characteristic(
        name,
        "",
        tuple(Attribute(None if i == 0 else 10.0 * i, points=draw(points)) for i in range(size)),
        special=special,
        missing=Attribute(points=draw(points)),
    )


@st.composite
def _tables(draw: st.DrawFn) -> PointsTable:
    """Up to four characteristics, and often a cross between two of them."""
    size = draw(st.integers(1, 4))
    parts = tuple(draw(_characteristics(f"c{i}")) for i in range(size))
    crosses: tuple[Cross, ...] = ()
    if size > 1 and draw(st.booleans()):
        row, column = draw(st.permutations(parts))[:2]
        cells = tuple(tuple(draw(points) for _ in column.all_attributes) for _ in row.all_attributes)
        crosses = (Cross(f"{row.name} x {column.name}", "", row.name, column.name, cells),)
    return PointsTable(draw(st.integers(560, 640)), (500, 720), 650, 20, 40, parts, crosses)


def _values(characteristic: Characteristic) -> st.SearchStrategy[Any]:
    if characteristic.named:
        return st.sampled_from([*LEVELS, "elsewhere", None])
    return st.sampled_from([-99.0, None]) | st.integers(-20, 45).map(lambda value: value / 1.0)


actions = st.builds(
    Action,
    months=st.integers(0, 12),
    towards=st.sampled_from(["higher", "lower", "any"]),
    waits=st.booleans(),
    # Whole costs, so that sums do not differ by their last digits; None costs the months.
    cost=st.none() | st.integers(0, 6).map(float),
)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[PointsTable, dict[str, Any], int, dict[str, Action]]:
    table = draw(_tables())
    person = {c.name: draw(_values(c)) for c in table.characteristics}
    can = {c.name: draw(actions) for c in table.characteristics if draw(st.integers(0, 3))}
    # Everybody has the least score of the range: a test of its own is about that.
    return table, person, draw(st.integers(table.range[0] + 1, table.range[1])), can


def _inside(characteristic: Characteristic, i: int) -> Any:
    """A value that is in range i or level set i."""
    if characteristic.named:
        return characteristic.attributes[i].levels[0]
    least = characteristic.attributes[i].least
    return least if least is not None else -50.0


def _where(characteristic: Characteristic, value: Any) -> int | None:
    """The range or level set a value is in; None for special ones and other levels."""
    if characteristic.named:
        return LEVELS.index(value) if value in LEVELS[: len(characteristic.attributes)] else None
    if any(value in (attribute.levels or ()) for attribute in characteristic.special):
        return None
    return sum(attribute.least is None or value >= attribute.least for attribute in characteristic.attributes) - 1


def _ways(characteristic: Characteristic, value: Any, action: Action | None) -> list[tuple[Any, int, float, str]]:
    """The values a person can have, after how many months, at what cost, and in words; the first is staying."""
    found = [(value, 0, 0.0, "")]
    if action is None or value is None:
        return found
    now = _where(characteristic, value)
    for i in range(len(characteristic.attributes)):
        then = _inside(characteristic, i)
        if i == now:
            continue
        if action.waits:
            if characteristic.named or now is None or i < now:
                continue
            months = max(ceil(then - value), 1)
        elif now is None or characteristic.named:
            if action.towards != "any":
                continue
            months = action.months
        elif action.towards != "any" and (action.towards == "higher") != (i > now):
            continue
        else:
            months = action.months
        cost = float(months) if action.cost is None else action.cost
        found.append((then, months, cost, label(characteristic, 1 + len(characteristic.special) + i)))
    return found


def _scores(table: PointsTable, people: list[tuple[Any, ...]]) -> list[int]:
    columns = {
        c.name: np.array([person[j] for person in people] + [None], dtype=object if c.named else np.float64)[:-1]
        for j, c in enumerate(table.characteristics)
    }
    total = free_total(table, table_points(table, columns), len(people))
    return [int(score) for score in clipped(table, total)]


def _all_combinations(
    table: PointsTable, person: dict[str, Any], actions: dict[str, Action]
) -> dict[frozenset[tuple[str, str, int]], tuple[int, float]]:
    """Every set of changes, with the score and the cost it comes to."""
    ways = [_ways(c, person[c.name], actions.get(c.name)) for c in table.characteristics]
    combinations = list(product(*ways))
    scores = _scores(table, [tuple(way[0] for way in ways) for ways in combinations])
    names = [c.name for c in table.characteristics]
    return {
        frozenset((name, way[3], way[1]) for name, way in zip(names, combination, strict=True) if way[3]): (
            score,
            sum(way[2] for way in combination),
        )
        for combination, score in zip(combinations, scores, strict=True)
    }


def _said(plan: Plan) -> frozenset[tuple[str, str, int]]:
    return frozenset((change.characteristic, change.to, change.months) for change in plan.changes)


@often
@given(_cases())
def test_the_plan_is_the_cheapest_of_all_combinations_and_of_those_one_with_the_fewest_changes(
    case: tuple[PointsTable, dict[str, Any], int, dict[str, Action]],
) -> None:
    table, person, target, can = case
    every = _all_combinations(table, person, can)
    reaching = {changes: cost for changes, (score, cost) in every.items() if score >= target}
    plan = cheapest_changes(table, person, target, can)
    if plan is None:
        assert reaching == {}
        return
    least = min((cost, len(changes)) for changes, cost in reaching.items())
    assert (plan.cost, len(plan.changes)) == least
    assert _said(plan) in reaching


@often
@given(_cases())
def test_a_plan_tells_the_score_the_cost_and_the_months_it_comes_to(
    case: tuple[PointsTable, dict[str, Any], int, dict[str, Action]],
) -> None:
    table, person, target, can = case
    plan = cheapest_changes(table, person, target, can)
    assume(plan is not None)
    assert (plan.score, plan.cost) == _all_combinations(table, person, can)[_said(plan)]
    assert plan.score >= target
    assert plan.months == max((change.months for change in plan.changes), default=0)
    assert plan.cost == sum(change.cost for change in plan.changes)


@often
@given(_cases())
def test_only_what_is_known_and_has_an_action_is_ever_touched(
    case: tuple[PointsTable, dict[str, Any], int, dict[str, Action]],
) -> None:
    plan = cheapest_changes(*case)
    assume(plan is not None)
    _, person, _, can = case
    for change in plan.changes:
        assert change.characteristic in can
        assert person[change.characteristic] is not None
    assert len({change.characteristic for change in plan.changes}) == len(plan.changes)


def test_what_there_is_no_action_for_stays_however_cheap_it_would_be() -> None:
    plan = cheapest_changes(TABLE, PERSON, 595, {"kept": Action(9)})
    assert plan is not None
    assert [(change.characteristic, change.to, change.months) for change in plan.changes] == [("kept", "≥ 0.9", 9)]
    assert plan.score == 600 + 25 - 20 - 10
    assert cheapest_changes(TABLE, PERSON, 596, {"kept": Action(9)}) is None


def test_a_level_may_be_given_as_the_number_that_it_writes() -> None:
    code = Characteristic(
        "code", "", (Attribute(levels=("1",), points=5), Attribute(levels=("2",), points=30)), other=Attribute()
    )
    table = PointsTable(600, (350, 950), 650, 20, 40, (code,))
    plans = [cheapest_changes(table, {"code": one}, 630, {"code": Action(months=1)}) for one in ("2", 2, 2.0)]
    assert [plan and plan.changes for plan in plans] == [(), (), ()]


def test_waiting_takes_as_many_months_as_the_value_is_away() -> None:
    waits = {"since": Action(1, waits=True)}
    near, far = (cheapest_changes(TABLE, PERSON, target, waits) for target in (560, 600))
    assert near is not None
    assert far is not None
    # 3.5 months since: 6 are 2.5 away, 24 are 20.5 away.
    assert [(c.to, c.months, c.cost) for c in near.changes] == [("≥ 6 < 24", 3, 3.0)]
    assert [(c.to, c.months, c.cost) for c in far.changes] == [("≥ 24", 21, 21.0)]
    assert (near.months, far.months) == (3, 21)


def test_waiting_never_goes_back() -> None:
    falling = Characteristic("since", "", (Attribute(None, points=50), Attribute(2.0, points=40), Attribute(6.0)))
    table = PointsTable(600, (350, 950), 650, 20, 40, (falling,))
    assert cheapest_changes(table, {"since": 8.0}, 620, {"since": Action(1, waits=True)}) is None
    assert cheapest_changes(table, {"since": 8.0}, 650, {"since": Action(1)}) == Plan(
        (Move("since", "< 2", 1, 1.0),), 650, 1.0, 1
    )


def test_of_plans_that_cost_the_same_the_one_with_fewer_changes_is_given() -> None:
    parts = tuple(
        Characteristic(name, "", (Attribute(None), Attribute(1.0, points=gain)))
        for name, gain in (("a", 10), ("b", 10), ("both", 20))
    )
    person = {"a": 0.0, "b": 0.0, "both": 0.0}
    can = {"a": Action(2), "b": Action(2), "both": Action(4)}
    for order in permutations(parts):
        plan = cheapest_changes(PointsTable(600, (350, 950), 650, 20, 40, order), person, 620, can)
        assert plan == Plan((Move("both", "≥ 1", 4, 4.0),), 620, 4.0, 4)


@pytest.mark.parametrize(("towards", "found"), [("higher", "≥ 0.9"), ("any", "≥ 0.9"), ("lower", None)])
def test_a_value_goes_only_the_way_it_can(towards: Any, found: str | None) -> None:
    plan = cheapest_changes(TABLE, PERSON, 580, {"kept": Action(3, towards)})
    assert (None if plan is None else plan.changes[0].to) == found


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_missing_stays_missing(missing: float | None) -> None:
    table = PointsTable(600, (350, 950), 650, 20, 40, (SINCE,))
    assert cheapest_changes(table, {"since": missing}, 610, {"since": Action(1)}) is None
    assert cheapest_changes(table, {}, 610, {"since": Action(1)}) is None


def test_nobody_is_told_to_lose_a_record_or_to_become_a_special_case() -> None:
    # Missing, special and other levels have the most points of all here, and are nothing that a person can do.
    can = {name: Action(1) for name in PERSON}
    highest = 600 + 25 + 40 + 20
    plan = cheapest_changes(TABLE, PERSON, highest, can)
    assert plan is not None
    assert plan.score == highest
    assert cheapest_changes(TABLE, PERSON, highest + 1, can) is None


def test_two_that_only_gain_together_are_moved_together() -> None:
    parts = tuple(Characteristic(n, "", (Attribute(None), Attribute(1.0, points=-5))) for n in ("a", "b"))
    cells = ((0, 0, 0), (0, 0, 0), (0, 0, 50))
    table = PointsTable(600, (350, 950), 650, 20, 40, parts, (Cross("a x b", "", "a", "b", cells),))
    plan = cheapest_changes(table, {"a": 0.0, "b": 0.0}, 610, {"a": Action(2), "b": Action(3)})
    assert plan is not None
    assert ([change.characteristic for change in plan.changes], plan.score) == (["a", "b"], 640)
    assert (plan.cost, plan.months) == (5, 3)


@pytest.mark.parametrize("target", [350, 500, 540])
def test_who_is_there_already_need_do_nothing(target: int) -> None:
    assert cheapest_changes(TABLE, PERSON, target, {"kept": Action(1)}) == Plan((), 540, 0, 0)


def test_the_end_of_the_range_is_reached_by_whoever_is_held_to_it() -> None:
    below = PointsTable(200, (350, 950), 650, 20, 40, (SINCE,))
    above = PointsTable(2000, (350, 950), 650, 20, 40, (SINCE,))
    assert cheapest_changes(above, {"since": 3.0}, 950, {}) == Plan((), 950, 0, 0)
    assert cheapest_changes(below, {"since": 3.0}, 350, {}) == Plan((), 350, 0, 0)


@pytest.mark.parametrize("target", [349, 951])
def test_a_target_outside_the_range_is_refused(target: int) -> None:
    with pytest.raises(BadInput, match=rf"{target}.*350 to 950"):
        cheapest_changes(TABLE, PERSON, target, {})


def test_columns_may_be_named_by_their_number_and_no_action_is_passed_over() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, 2000)
    card = Scorecard().fit(pd.DataFrame({0: x}), rng.random(2000) < 1 / (1 + np.exp(1 - 2 * x)))
    at = int(card.total(pd.DataFrame({0: [1.5]}))[0]) + 20
    by_number, by_name = (
        cheapest_changes(card.table_, {name: 1.5}, at, {name: Action(months=1)}) for name in (cast("str", 0), "x0")
    )
    assert by_number == by_name
    assert by_name is not None
    with pytest.raises(BadInput, match="utilisation"):
        cheapest_changes(card.table_, {"x0": 1.5}, at, {"utilisation": Action(months=1)})
