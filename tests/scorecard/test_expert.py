"""The card written by hand."""

from itertools import pairwise

import pytest

from goodstanding.errors import NotReady
from goodstanding.programmes import Definition
from goodstanding.scorecard import expert_card


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


def test_its_interval_carries_only_what_is_not_known(sesame: Definition) -> None:
    for characteristic in expert_card(sesame).characteristics:
        assert {a.variance for a in characteristic.attributes} == {0}
        assert characteristic.missing.variance > 0


def test_a_programme_without_one_says_to_fit_first(sesame: Definition) -> None:
    with pytest.raises(NotReady, match=r"Run `standing fit sesame` first"):
        expert_card(Definition(sesame.programme, None, sesame.digest))
