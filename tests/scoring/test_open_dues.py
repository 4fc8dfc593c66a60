"""Paying an open due earlier never lowers a later score, and who never pays is never above who pays late.

Each drawn file is lived three times over, the same but for when one of its dues is paid: by EARLY soon, by LATE later,
by NEVER not at all. All are scored as of every month after by the card written by hand.
"""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from goodstanding.cards import Card, expert_card
from goodstanding.engines import Duck, literal
from goodstanding.months import Month, months_between
from goodstanding.programmes import Definition, characteristics_sql, measures_read
from goodstanding.relations import known_as_of
from goodstanding.store import Workspace

Row = dict[str, Any]
Due = tuple[str, date, int, tuple[int | None, ...]]

FIRST, LAST = Month(2022, 1), Month(2024, 6)
# As of which months: each of the first year and a half, and those around which 24 months of looking back end.
MONTHS = [*months_between(FIRST, FIRST.plus(17)), *months_between(FIRST.plus(22), LAST)]
EARLY, LATE, NEVER = range(3)

# Each example builds a workspace of many files on disk: making a failing one smaller would take minutes.
FAST = settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)

days = st.integers(-10, 500)
due_dates = st.builds(
    lambda month, day: FIRST.plus(month).last_day if day > 27 else FIRST.plus(month).first_day + timedelta(day),
    st.integers(0, 5),
    st.integers(0, 31),
)
# A due: its kind, its day, and how many days after it (or before, below 0) it was first known of.
dues = st.tuples(st.sampled_from(["loan", "card", "rent", "gas"]), due_dates, st.integers(-20, 45))
paid_by_all = st.none() | st.integers(-10, 120)
files = st.tuples(
    dues,
    st.tuples(days, days).filter(lambda pair: pair[0] != pair[1]).map(sorted),
    st.lists(st.tuples(dues, paid_by_all), max_size=3),
)


def due(person: str, number: int, of: tuple[str, date, int], paid: int | None) -> list[Row]:
    """The versions of a due: open when it is first known of, paid when it is paid."""
    kind, day, first_known = of
    known = day + timedelta(first_known)
    common = {
        "table": "dues",
        "person_id": person,
        "record_id": f"{person} due {number}",
        "source": "lender",
        "happened_on": day,
        "kind": kind,
        "amount_minor": 100,
        "currency": "CNY",
    }
    paid_on = None if paid is None else day + timedelta(paid)
    found = [] if paid_on and paid_on <= known else [{**common, "known_on": known, "paid_minor": 0}]
    if paid_on:
        found.append({**common, "known_on": max(known, paid_on), "paid_on": paid_on, "paid_minor": 100})
    return found


def life(person: str, paid: int | None, of: tuple[str, date, int], others: list[Any]) -> list[Row]:
    """A person's records: they join, are paid wages, and owe what is theirs."""
    common = {"person_id": person, "source": "bank"}
    joined = FIRST.plus(-3)
    rows = [{"table": "people", "record_id": person, "happened_on": joined.first_day, "known_on": joined.first_day}]
    rows += [
        {
            "table": "payments",
            "record_id": f"{person} {month}",
            "happened_on": month.first_day,
            "known_on": month.first_day,
            "category": "wages",
            "amount_minor": 1000,
            "currency": "CNY",
        }
        for month in months_between(joined, LAST)
    ]
    found = [row | common for row in rows] + due(person, 0, of, paid)
    for number, (other, paid_other) in enumerate(others, 1):
        found += due(person, number, other, paid_other)
    return found


@pytest.fixture(scope="module")
def card(sesame: Definition) -> Card:
    """The card written by hand."""
    return expert_card(sesame)


@pytest.fixture(scope="module")
def scores(sesame: Definition, card: Card) -> Callable[[Workspace], dict[tuple[str, Month], int | None]]:
    """Everybody's score as of each of the months."""
    programme = sesame.programme

    def score(row: Row) -> int | None:
        values = {c.name: float(row[c.name]) for c in programme.characteristics if row[c.name] is not None}
        points = [
            [a for a in c.attributes if a.least is None or values[c.name] >= a.least][-1].points
            for c in card.characteristics
            if c.name in values
        ]
        return None if row["not_scored"] is not None else card.score(values, card.base + sum(points))

    def all_scores(room: Workspace) -> dict[tuple[str, Month], int | None]:
        firsts = ", ".join(f"({literal(month.first_day)})" for month in MONTHS)
        people = [room.path(entry) for entry in room.catalogue.under("records/people")]
        with Duck() as duck:
            duck.run(
                f"CREATE TABLE asked AS SELECT person_id, as_of FROM {duck.files(people)} "
                f"CROSS JOIN (VALUES {firsts}) AS m (as_of)"
            )
            known = known_as_of(room, duck, "asked", measures_read(programme))
            rows = duck.rows(characteristics_sql(programme, known))
        return {(row["person_id"], Month.of(row["as_of"])): score(row) for row in rows}

    return all_scores


@FAST
@given(drawn=st.lists(files, min_size=12, max_size=12))
@example(
    drawn=[
        (("loan", date(2022, 2, 10), 0), [30, 200], []),
        (("loan", date(2022, 2, 10), -20), [0, 95], []),
        (("card", date(2022, 3, 31), 0), [0, 1], [(("card", date(2022, 3, 1), 1), None)]),
        (("gas", date(2022, 3, 31), -5), [-10, 400], [(("loan", date(2022, 3, 31), 0), None)]),
        (("rent", date(2022, 1, 1), 45), [10, 50], []),
    ]
)
def test_paying_earlier_never_lowers_a_later_score_and_never_paying_is_never_better(
    drawn: list[Any], room_of: Callable[..., Workspace], scores: Callable[..., dict[tuple[str, Month], int | None]]
) -> None:
    rows: list[Row] = []
    for number, (of, (soon, later), others) in enumerate(drawn):
        for which, paid in ((EARLY, soon), (LATE, later), (NEVER, None)):
            rows += life(f"{number}-{which}", paid, of, others)
    found = scores(room_of(rows))
    worse = [
        (drawn[number], str(month), [found[f"{number}-{which}", month] for which in (EARLY, LATE, NEVER)])
        for number in range(len(drawn))
        for month in MONTHS
        for better, other in pairwise((EARLY, LATE, NEVER))
        if (found[f"{number}-{better}", month] or 0) < (found[f"{number}-{other}", month] or 0)
    ]
    assert worse == []
    assert None not in {found[f"{number}-{NEVER}", LAST] for number in range(len(drawn))}


def test_an_instalment_never_paid_holds_the_score_down_from_the_third_month_on(
    room_of: Callable[..., Workspace], scores: Callable[..., dict[tuple[str, Month], int | None]]
) -> None:
    # Due on 10 February 2022: open for 79 days at the end of April, 110 at the end of May. LATE pays on 5 July.
    of = ("loan", date(2022, 2, 10), -20)
    found = scores(room_of([*life("never", None, of, []), *life("late", 145, of, [])]))
    held = {
        person: [str(m) for m in MONTHS[:8] if (found[person, m] or 0) <= 549 and found[person, m]]
        for person in ("never", "late")
    }
    assert held["never"] == ["2022-05", "2022-06", "2022-07", "2022-08"]
    assert held["late"] == ["2022-05", "2022-06"]
