"""Reasons and recourse for everybody in the town, against a plain lookup in the card."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from goodstanding.programmes import Definition
from goodstanding.scorecard import Attribute, Card, Characteristic
from goodstanding.scoring import Reason, Recourse
from goodstanding.scoring.explaining import reasons, recourse

Rows = Mapping[str, Mapping[str, Any]]
Explained = Mapping[str, Sequence[Any]]


def _points_at(characteristic: Characteristic, value: float) -> int:
    cuts = [attribute.least for attribute in characteristic.attributes[1:]]
    return characteristic.attributes[bisect_right(cuts, value)].points


def _explained(rows: Rows, card: Card, sesame: Definition, explain: Callable[..., Any]) -> Explained:
    found: dict[str, Any] = {}
    for person, row in rows.items():
        if row["score"] is not None:
            values = {c.name: row[f"value_{c.name}"] for c in card.characteristics}
            known = {name: value for name, value in values.items() if value is not None}
            points = {c.name: row[f"points_{c.name}"] for c in card.characteristics}
            found[person] = explain(sesame.programme, card, known, points)
    return found


@pytest.fixture(scope="module")
def all_reasons(town_rows: Rows, card: Card, sesame: Definition) -> Mapping[str, Sequence[Reason]]:
    """Everybody's reasons."""
    return _explained(town_rows, card, sesame, reasons)


@pytest.fixture(scope="module")
def all_recourse(town_rows: Rows, card: Card, sesame: Definition) -> Mapping[str, Sequence[Recourse]]:
    """Everybody's recourse."""
    return _explained(town_rows, card, sesame, recourse)


def test_reasons_are_at_most_four_and_the_greatest_losses_first(
    town_rows: Rows, all_reasons: Mapping[str, Sequence[Reason]], card: Card
) -> None:
    for person, given in all_reasons.items():
        row = town_rows[person]
        lost = [
            max(a.points for a in c.attributes) - row[f"points_{c.name}"]
            for c in card.characteristics
            if row[f"value_{c.name}"] is not None
        ]
        assert [reason.lost for reason in given] == [n for n in sorted(lost, reverse=True) if n > 0][:4]


def test_a_reason_is_a_known_value_with_its_own_points(
    town_rows: Rows, all_reasons: Mapping[str, Sequence[Reason]], sesame: Definition
) -> None:
    for person, given in all_reasons.items():
        row = town_rows[person]
        for reason in given:
            assert reason.value == row[f"value_{reason.characteristic}"]
            assert reason.points == row[f"points_{reason.characteristic}"]
            assert reason.dimension == sesame.programme.characteristic(reason.characteristic).dimension


def test_a_reason_is_a_whole_sentence(all_reasons: Mapping[str, Sequence[Reason]]) -> None:
    texts = {reason.text for given in all_reasons.values() for reason in given}
    assert len(texts) > 100
    assert [text for text in texts if "{" in text or "nan" in text or not text.endswith(".")] == []


def test_each_gain_is_the_rise_of_the_score_when_that_characteristic_alone_is_moved(
    town_rows: Rows, all_recourse: Mapping[str, Sequence[Recourse]], card: Card, sesame: Definition
) -> None:
    least, greatest = card.range
    by_name = {c.name: c for c in card.characteristics}
    checked = 0
    for person, steps in all_recourse.items():
        row = town_rows[person]
        total = row["base"] + sum(row[f"points_{name}"] for name in by_name)
        for step in steps:
            moved, definition = by_name[step.characteristic], sesame.programme.characteristic(step.characteristic)
            # Months can only pass; anything else can reach any of its attributes.
            reached = (
                [_points_at(moved, row[f"value_{moved.name}"] + step.months)]
                if definition.unit == "months"
                else [attribute.points for attribute in moved.attributes]
            )
            new = total - row[f"points_{moved.name}"] + max(reached)
            assert step.gain == min(max(new, least), greatest) - row["score"] > 0
            checked += 1
    assert checked > 100


def test_recourse_is_at_most_four_and_the_greatest_gain_first(
    all_recourse: Mapping[str, Sequence[Recourse]],
) -> None:
    for steps in all_recourse.values():
        gains = [step.gain for step in steps]
        assert len(gains) <= 4
        assert gains == sorted(gains, reverse=True)
        assert len({step.characteristic for step in steps}) == len(steps)


def test_recourse_is_only_what_the_programme_says_a_person_can_change_and_when(
    all_recourse: Mapping[str, Sequence[Recourse]], sesame: Definition
) -> None:
    for steps in all_recourse.values():
        for step in steps:
            definition = sesame.programme.characteristic(step.characteristic)
            assert definition.advice is not None
            assert (step.text, step.months) == (definition.advice["en"], definition.months)


def test_what_is_not_known_is_neither_a_reason_nor_a_recourse(
    town_rows: Rows,
    all_reasons: Mapping[str, Sequence[Reason]],
    all_recourse: Mapping[str, Sequence[Recourse]],
) -> None:
    for person, row in town_rows.items():
        named = [part.characteristic for part in (*all_reasons.get(person, ()), *all_recourse.get(person, ()))]
        assert [name for name in named if row[f"value_{name}"] is None] == []


def _card(sesame: Definition, base: int, *characteristics: Characteristic) -> Card:
    """A card of the shipped programme written here, on its scale."""
    scale = sesame.programme.scale
    return Card(
        base=base,
        range=(350, 950),
        base_score=scale.base_score,
        base_odds=scale.base_odds,
        points_to_double=scale.points_to_double,
        characteristics=characteristics,
        programme="sesame",
        programme_version="1.0.0",
        programme_digest="",
        method="expert",
    )


def test_what_counts_in_months_can_only_be_gained_by_waiting(sesame: Definition) -> None:
    # The advice holds for 12 months: 3 months without a late payment become 15, which is not yet 24.
    steps = (Attribute(None, points=-20), Attribute(6.0, points=5), Attribute(24.0, points=40))
    waited = Characteristic("months_since_late", "credit_history", steps)
    by_hand = _card(sesame, 600, waited)
    (step,) = recourse(sesame.programme, by_hand, {waited.name: 3.0}, {waited.name: -20})
    assert (step.gain, step.months) == (25, 12)


def test_a_gain_beyond_the_end_of_the_range_is_not_promised(sesame: Definition) -> None:
    kept = Characteristic("dues_kept_12m", "credit_history", (Attribute(None, points=-20), Attribute(1.0, points=80)))
    by_hand = _card(sesame, 940, kept)
    (step,) = recourse(sesame.programme, by_hand, {kept.name: 0.5}, {kept.name: -20})
    assert step.gain == 30
