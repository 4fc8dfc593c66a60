"""The card fitted on the town: what it must hold to, and that it does."""

from bisect import bisect_right
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from goodstanding.cards import Card, Sample, development_sample, latest_card
from goodstanding.cards.training import LEAST_INFORMATION, LIMITS, METHOD, fit_card
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scorecard import Characteristic, discrimination
from goodstanding.store import Workspace


@pytest.fixture(scope="module")
def sample(scored_town: Workspace, sesame: Definition) -> Sample:
    """The town's outcomes with what was known before each."""
    return development_sample(scored_town, sesame.programme)


@pytest.fixture(scope="module")
def card(scored_town: Workspace) -> Card:
    """The card that was fitted on the town."""
    found = latest_card(scored_town, "sesame")
    assert found is not None
    return found


def _points(characteristic: Characteristic, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Looked up one by one."""
    cuts = [attribute.least for attribute in characteristic.attributes[1:]]
    points = [attribute.points for attribute in characteristic.attributes]
    return np.array([0 if np.isnan(value) else points[bisect_right(cuts, value)] for value in values], dtype=float)


def _train(card: Card, sample: Sample) -> Sample:
    assert card.train_until is not None
    return sample.where(sample.decided <= card.train_until)


def test_points_never_reward_the_worse_side(card: Card, sesame: Definition) -> None:
    for characteristic in card.characteristics:
        steps = [b.points - a.points for a, b in pairwise(characteristic.attributes)]
        if sesame.programme.characteristic(characteristic.name).better == "lower":
            steps = [-step for step in steps]
        assert min(steps, default=0) >= 0, characteristic.name


def test_each_dimensions_influence_is_within_a_point_of_its_greatest(card: Card) -> None:
    assert {i.dimension: (i.greatest, i.card) for i in card.influence if i.card > i.greatest + 1} == {}
    assert sum(i.card for i in card.influence) == pytest.approx(100, abs=0.3)


def test_some_cap_has_something_to_hold(card: Card) -> None:
    assert [i.dimension for i in card.influence if i.free > i.greatest + 1] != []


def test_the_influence_told_is_that_of_the_points(card: Card, sample: Sample) -> None:
    train = _train(card, sample)
    zero = np.zeros(len(train))
    parts = {
        i.dimension: sum((_points(c, train.values[c.name]) for c in card.of_dimension(i.dimension)), zero)
        for i in card.influence
    }
    spread = {key: np.abs(points - points.mean()).mean() for key, points in parts.items()}
    total = sum(spread.values())
    assert {i.dimension: i.card for i in card.influence} == pytest.approx(
        {key: 100 * share / total for key, share in spread.items()}, abs=0.051
    )


def test_counts_and_bads_of_attributes_and_missing_add_up_to_the_sample(card: Card, sample: Sample) -> None:
    train = _train(card, sample)
    for characteristic in card.characteristics:
        known = ~np.isnan(train.values[characteristic.name])
        assert (
            sum(a.count for a in characteristic.attributes) == known.sum() == len(train) - characteristic.missing.count
        )
        assert sum(a.bads for a in characteristic.attributes) == train.bad[known].sum()
        assert characteristic.missing.bads == train.bad[~known].sum()


def test_validation_is_that_of_the_cards_own_points(card: Card, sample: Sample) -> None:
    for name, part in (
        ("in_sample", _train(card, sample)),
        ("out_of_time", sample.where(sample.decided > card.train_until)),
    ):
        score = sum((_points(c, part.values[c.name]) for c in card.characteristics), np.zeros(len(part)))
        found = discrimination(score, part.bad)
        assert found is not None
        told = card.validation[name]
        assert (told["n"], told["bad"], told["auc"], told["ks"]) == (found.n, found.bad, found.auc, found.ks)
        assert (told["auc_low"], told["auc_high"]) == found.auc_interval


def test_every_characteristic_has_points_or_a_reason_why_not(card: Card, sesame: Definition) -> None:
    told = [c.name for c in card.characteristics] + [d.characteristic for d in card.decisions]
    assert sorted(told) == sorted(c.name for c in sesame.programme.characteristics)


def test_train_and_later_are_counted(card: Card, sample: Sample) -> None:
    train = _train(card, sample)
    assert (card.sample["train"], card.sample["train_bad"]) == (len(train), train.bads)
    assert card.sample["later"] == len(sample) - len(train)


def test_no_outcome_decided_after_the_month_named_trains(sample: Sample, sesame: Definition) -> None:
    until = Month.parse(str(np.unique(sample.decided)[-3]))
    turned = Sample(sample.decided, np.where(sample.decided > str(until), ~sample.bad, sample.bad), sample.values, {})
    one, other = (fit_card(sesame, part, until).card for part in (sample, turned))
    assert one.characteristics == other.characteristics
    assert one.validation["out_of_time"] != other.validation["out_of_time"]


def test_fitting_twice_gives_the_same_bytes(card: Card, scored_town: Workspace, sesame: Definition) -> None:
    again = fit_card(sesame, development_sample(scored_town, sesame.programme)).card
    assert again.to_json() == card.to_json()


def test_the_same_outcomes_in_another_order_give_the_same_card(card: Card, sample: Sample, sesame: Definition) -> None:
    assert card.train_until is not None
    order = np.random.default_rng(3).permutation(len(sample))
    mixed = Sample(
        sample.decided[order], sample.bad[order], {k: v[order] for k, v in sample.values.items()}, sample.left_out
    )
    assert fit_card(sesame, mixed, Month.parse(card.train_until)).card == card


def test_the_card_is_made_by_the_method_and_within_the_limits_that_are_declared(card: Card) -> None:
    assert card.method == METHOD
    for characteristic in card.characteristics:
        seen = [a for a in (characteristic.missing, *characteristic.attributes) if a.count]
        assert len(seen) <= LIMITS.max_attributes
        if len(characteristic.attributes) > 1:
            n = card.sample["train"]
            assert min(a.count for a in characteristic.attributes) >= LIMITS.min_share * n, characteristic.name


def test_what_is_not_known_has_the_points_of_the_average(card: Card, sample: Sample) -> None:
    assert {c.missing.points for c in card.characteristics} == {0}
    train = _train(card, sample)
    for characteristic in card.characteristics:
        known = train.values[characteristic.name][~np.isnan(train.values[characteristic.name])]
        # Each attribute's points are rounded for themselves, by half a point at most.
        assert abs(_points(characteristic, known).mean()) <= 0.5, characteristic.name


def test_what_tells_too_little_is_left_out_with_its_figure(card: Card) -> None:
    told = [d for d in card.decisions if d.why == "low_information"]
    assert told
    assert max(d.information_value for d in told) <= LEAST_INFORMATION
    assert {d.figure for d in told} == {LEAST_INFORMATION}


def test_what_is_not_known_never_makes_the_interval_narrower(card: Card) -> None:
    narrower = {
        characteristic.name: (characteristic.missing.variance, max(a.variance for a in characteristic.attributes))
        for characteristic in card.characteristics
        if characteristic.missing.variance < max(a.variance for a in characteristic.attributes)
    }
    assert narrower == {}
