"""Whoever gives the reasons of a score, they are the same."""

import math
import tomllib
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.law.own_pack import own_pack

from goodstanding.cards import Card, expert_card
from goodstanding.programmes import Definition
from goodstanding.scorecard import Attribute, Characteristic, PointsTable, table_points
from goodstanding.scorecard.table import table_reasons
from goodstanding.scoring.explanation import losses, reasons

TODAY = date(2026, 12, 1)
points = st.integers(-30, 30)
ROWS = st.lists(st.tuples(st.text("abc", min_size=1, max_size=2), points, points), min_size=1, max_size=8)


def _card(rows: list[tuple[str, int, int]]) -> Card:
    """A card of characteristics that lose nothing where they are not known, in any order of their names."""
    found = {
        name: Characteristic(name, "", (Attribute(None, points=low), Attribute(0.0, points=high)))
        for name, low, high in rows
    }
    return Card(
        base=600,
        range=(350, 950),
        base_score=650,
        points_to_double=20,
        base_odds=40,
        characteristics=tuple(found.values()),
        programme="any",
        programme_version="1",
        programme_digest="",
        method="expert",
    )


@settings(max_examples=200, deadline=None)
@given(rows=ROWS, values=st.lists(st.sampled_from([math.nan, -1.0, 1.0]), min_size=8, max_size=8))
def test_a_run_and_the_estimator_give_the_same_reasons_of_the_same_card(
    rows: list[tuple[str, int, int]], values: list[float]
) -> None:
    card = _card(rows)
    of = {c.name: value for c, value in zip(card.characteristics, values, strict=False)}
    columns = {name: np.array([value]) for name, value in of.items()}
    own = {name: int(found[0]) for name, found in table_points(card, columns).items()}
    (by_table,) = table_reasons(card, columns, unknown="none")
    (by_run,) = losses(card, [({name: value for name, value in of.items() if not math.isnan(value)}, own)])
    assert [(reason.characteristic, reason.lost) for reason in by_table] == by_run


@pytest.mark.parametrize("most", [1, 2, 4])
def test_no_more_are_given_than_are_asked_for_and_equal_ones_come_by_name(most: int) -> None:
    card = _card([(name, 0, 10) for name in ("c", "a", "b", "d", "e")])
    values = dict.fromkeys("cabde", -1.0)
    assert losses(card, [(values, dict.fromkeys(values, 0))], most) == [[(name, 10) for name in "abcd"[:most]]]


def test_who_is_a_reason_without_being_known_is_asked_for() -> None:
    table = PointsTable(
        600, (350, 950), 650, 20, 40,
        (Characteristic("m", "", (Attribute(None, points=0),), missing=Attribute(points=-30)),),
    )  # fmt: skip
    nothing = {"m": np.array([math.nan])}
    assert [[r.lost for r in row] for row in table_reasons(table, nothing)] == [[30]]
    assert table_reasons(table, nothing, unknown="none") == [()]


def test_a_page_gives_as_many_reasons_as_the_strictest_of_its_laws_wants(sesame: Definition) -> None:
    card = expert_card(sesame)
    values = {c.name: c.attributes[-1].least or 0.0 for c in card.characteristics}
    own = dict.fromkeys(values, -100)
    law = {"ng": tomllib.loads(own_pack()) | {"reasons_most": 2}}
    stricter = replace(sesame.programme, jurisdictions=(*sesame.programme.jurisdictions, "ng"), law=law)
    assert (sesame.programme.reasons_most(TODAY), stricter.reasons_most(TODAY)) == (4, 2)
    assert len(reasons(sesame.programme, card, values, own, TODAY)) == 4
    assert len(reasons(stricter, card, values, own, TODAY)) == 2
