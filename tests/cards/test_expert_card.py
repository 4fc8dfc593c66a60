"""The card written by hand."""

from itertools import pairwise

import pytest

from goodstanding.cards import expert_card
from goodstanding.errors import NotReady
from goodstanding.programmes import Definition
from goodstanding.programmes.programme import ExpertAttributes, ExpertCard


def test_points_never_reward_the_worse_side(sesame: Definition) -> None:
    for characteristic in expert_card(sesame).characteristics:
        steps = [b.points - a.points for a, b in pairwise(characteristic.attributes)]
        if sesame.programme.characteristic(characteristic.name).better == "lower":
            steps = [-step for step in steps]
        assert min(steps) >= 0, characteristic.name


def test_it_says_what_the_file_says(sesame: Definition) -> None:
    assert sesame.expert is not None
    card = expert_card(sesame)
    written = sesame.expert.characteristics
    assert card.base == sesame.expert.base
    assert {c.name: tuple(a.points for a in c.attributes) for c in card.characteristics} == {
        name: line.points for name, line in written.items()
    }
    assert {c.name: tuple(a.least for a in c.attributes[1:]) for c in card.characteristics} == {
        name: line.cuts for name, line in written.items()
    }


def test_every_characteristic_has_points_or_is_named_as_left_out(sesame: Definition) -> None:
    card = expert_card(sesame)
    told = [c.name for c in card.characteristics] + [d.characteristic for d in card.decisions]
    assert sorted(told) == sorted(c.name for c in sesame.programme.characteristics)


def test_its_points_are_no_surer_than_half_a_step_to_the_next_attribute(sesame: Definition) -> None:
    card = expert_card(sesame)
    for characteristic in card.characteristics:
        points = [attribute.points for attribute in characteristic.attributes]
        for number, attribute in enumerate(characteristic.attributes):
            beside = [points[n] for n in (number - 1, number + 1) if 0 <= n < len(points)]
            steps = [abs(other - attribute.points) for other in beside if other != attribute.points]
            squares = [(step / 2) ** 2 for step in steps]
            assert attribute.variance == pytest.approx(sum(squares) / max(len(squares), 1), abs=0.5)
        assert characteristic.missing.variance > 0


def test_its_doubt_by_hand(sesame: Definition) -> None:
    assert sesame.expert is not None
    line = ExpertAttributes(cuts=(0.5, 0.9), points=(-10, 0, 4))
    expert = ExpertCard(base=600, characteristics={"dues_kept_12m": line})
    (characteristic,) = expert_card(Definition(sesame.programme, expert, "")).characteristics
    # Half steps of 5 and 2: 25; (25 + 4) / 2 = 14.5, to the even; 4. Not known: the spread of -10, 0 and 4 is 34.67.
    assert [attribute.variance for attribute in characteristic.attributes] == [25, 14, 4]
    assert characteristic.missing.variance == 35


def test_it_carries_the_ceilings_of_the_programme(sesame: Definition) -> None:
    (ceiling,) = expert_card(sesame).ceilings
    assert (ceiling.characteristic, ceiling.worse, ceiling.at, ceiling.most) == (
        *("instalment_days_open_60m", ">="),
        *(90, 549),
    )


@pytest.mark.parametrize(
    ("days", "total", "score"),
    [
        (89, 700, 700),
        (90, 700, 549),
        (400, 700, 549),
        (400, 500, 500),
        (400, 100, 350),
        (None, 700, 700),
        (0, 990, 950),
    ],
)
def test_a_ceiling_holds_a_score_down_while_the_value_is_at_it_or_worse(
    sesame: Definition, days: int | None, total: int, score: int
) -> None:
    values = {} if days is None else {"instalment_days_open_60m": float(days)}
    assert expert_card(sesame).score(values, total) == score


def test_a_programme_without_one_says_to_fit_first(sesame: Definition) -> None:
    with pytest.raises(NotReady, match=r"learn a card with `standing fit`"):
        expert_card(Definition(sesame.programme, None, sesame.digest))
