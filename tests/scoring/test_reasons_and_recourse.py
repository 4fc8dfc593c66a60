"""Reasons for everybody in the town, against a plain lookup in the card; recourse for everybody."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from tests.scoring.scored import Now, now_of

from goodstanding.cards import Card
from goodstanding.lab import Town
from goodstanding.programmes import Definition
from goodstanding.scoring import ReasonInWords, Recourse, standing_of
from goodstanding.scoring.explanation import reasons
from goodstanding.scoring.projection import recourse, recourse_of_all
from goodstanding.store import Workspace

Row = dict[str, Any]
Rows = Mapping[str, Mapping[str, Any]]
DEFAULT = "instalment_days_open_60m"


@pytest.fixture(scope="module")
def everybody(town_rows: Rows, card: Card, sesame: Definition) -> Mapping[str, Now]:
    """Everybody who has a score."""
    return {p: now_of(row, card, sesame) for p, row in town_rows.items() if row["score"] is not None}


@pytest.fixture(scope="module")
def all_reasons(everybody: Mapping[str, Now], card: Card, sesame: Definition) -> Mapping[str, Sequence[ReasonInWords]]:
    """Everybody's reasons."""
    return {
        p: reasons(sesame.programme, card, values, points, date(2026, 12, 1))
        for p, (_, values, points) in everybody.items()
    }


@pytest.fixture(scope="module")
def all_recourse(
    scored_town: Workspace, town: Town, everybody: Mapping[str, Now], card: Card, sesame: Definition
) -> Mapping[str, Sequence[Recourse]]:
    """Everybody's recourse."""
    return recourse_of_all(scored_town, sesame.programme, card, town.last, everybody)


def test_reasons_are_at_most_four_and_the_greatest_losses_first(
    town_rows: Rows, all_reasons: Mapping[str, Sequence[ReasonInWords]], card: Card
) -> None:
    for person, given in all_reasons.items():
        row = town_rows[person]
        lost = {
            c.name: max(a.points for a in c.attributes) - row[f"points_{c.name}"]
            for c in card.characteristics
            if row[f"value_{c.name}"] is not None
        }
        if (row[f"value_{DEFAULT}"] or 0) >= 90:
            total = row["base"] + sum(row[f"points_{c.name}"] for c in card.characteristics)
            lost[DEFAULT] = lost.get(DEFAULT, 0) + max(total - 549, 0)
        assert [reason.lost for reason in given] == [n for n in sorted(lost.values(), reverse=True) if n > 0][:4]
        assert all(reason.lost == lost[reason.characteristic] for reason in given)


def test_a_reason_is_a_known_value_with_its_own_points(
    town_rows: Rows, all_reasons: Mapping[str, Sequence[ReasonInWords]], sesame: Definition
) -> None:
    for person, given in all_reasons.items():
        row = town_rows[person]
        for reason in given:
            assert reason.value == row[f"value_{reason.characteristic}"]
            # A ceiling may be of a characteristic that has no points on the card.
            assert reason.points == row.get(f"points_{reason.characteristic}", 0)
            assert reason.dimension == sesame.programme.characteristic(reason.characteristic).dimension


def test_a_reason_is_a_whole_sentence(all_reasons: Mapping[str, Sequence[ReasonInWords]]) -> None:
    texts = {reason.text for given in all_reasons.values() for reason in given}
    assert len(texts) > 100
    assert [text for text in texts if "{" in text or "nan" in text or not text.endswith(".")] == []


def test_a_gain_is_said_only_where_the_programme_says_what_following_does_and_is_one_within_the_range(
    all_recourse: Mapping[str, Sequence[Recourse]], everybody: Mapping[str, Now], card: Card, sesame: Definition
) -> None:
    checked = 0
    for person, steps in all_recourse.items():
        for step in steps:
            followed = sesame.programme.characteristic(step.characteristic).followed
            assert (step.gain is None) == (followed is None)
            if step.gain is not None:
                assert 0 < step.gain <= card.range[1] - everybody[person][0]
                checked += 1
    assert checked > 100


def test_recourse_is_at_most_four_the_greatest_gain_first_and_what_is_not_said_last(
    all_recourse: Mapping[str, Sequence[Recourse]],
) -> None:
    for steps in all_recourse.values():
        gains = [step.gain for step in steps]
        said = [gain for gain in gains if gain is not None]
        assert len(gains) <= 4
        assert gains == [*sorted(said, reverse=True), *[None] * (len(gains) - len(said))]
        assert len({step.characteristic for step in steps}) == len(steps)


def test_recourse_is_only_what_the_programme_says_a_person_can_change_and_when(
    all_recourse: Mapping[str, Sequence[Recourse]], sesame: Definition
) -> None:
    for steps in all_recourse.values():
        for step in steps:
            definition = sesame.programme.characteristic(step.characteristic)
            assert definition.advice is not None
            assert (step.text, step.months) == (definition.advice["en"], definition.months)


def test_recourse_is_never_what_a_person_has_the_most_points_of(
    all_recourse: Mapping[str, Sequence[Recourse]], everybody: Mapping[str, Now], card: Card
) -> None:
    most = {c.name: max(a.points for a in c.attributes) for c in card.characteristics}
    for person, steps in all_recourse.items():
        _, values, points = everybody[person]
        in_default = {DEFAULT} if values.get(DEFAULT, 0) >= 90 else set[str]()
        best = {name for name in most if points[name] == most[name]} - in_default
        assert best & {step.characteristic for step in steps} == set()


def test_what_is_not_known_is_neither_a_reason_nor_a_recourse(
    town_rows: Rows,
    all_reasons: Mapping[str, Sequence[ReasonInWords]],
    all_recourse: Mapping[str, Sequence[Recourse]],
) -> None:
    for person, row in town_rows.items():
        named = [part.characteristic for part in (*all_reasons.get(person, ()), *all_recourse.get(person, ()))]
        assert [name for name in named if row[f"value_{name}"] is None] == []


def test_one_person_is_told_what_everybody_was_worked_out_for(
    scored_town: Workspace,
    town: Town,
    sesame: Definition,
    card: Card,
    everybody: Mapping[str, Now],
    all_recourse: Mapping[str, Sequence[Recourse]],
) -> None:
    for person in sorted(everybody)[::60]:
        asked = recourse(scored_town, sesame.programme, card, town.last, person, everybody[person])
        assert asked == all_recourse[person]
        assert list(standing_of(scored_town, sesame, person).recourse) == asked
