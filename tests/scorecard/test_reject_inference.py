"""Reject inference: people conserved, and what each method does where the truth about the refused is known."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard
from goodstanding.scorecard.reject_inference import PARCELS, Augmented, Method, augmented
from goodstanding.scorecard.validation import auc

often = settings(max_examples=100, deadline=None)
METHODS: tuple[Method, ...] = ("parcelling", "fuzzy", "reweighting")

Floats = NDArray[np.float64]
Bads = NDArray[np.bool_]

# Sizes, how far apart accepted and refused are, how much worse; the rest is drawn by the seed.
cases = st.tuples(
    st.integers(1, 80),
    st.integers(0, 80),
    st.floats(0, 4),
    st.floats(0.2, 8),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
Case = tuple[int, int, float, float, bool, int]


def _drawn(case: Case) -> tuple[Bads, Floats, Floats, float]:
    """Outcomes and chances of the accepted, chances of the refused, and how much worse."""
    n, m, apart, worse, ties, seed = case
    rng = np.random.default_rng(seed)
    accepted, refused = (1 / (1 + np.exp(rng.normal(2 - of, 1, size))) for of, size in ((0, n), (apart, m)))
    if ties:
        accepted, refused = accepted.round(1), refused.round(1)
    return rng.random(n) < accepted, accepted, refused, worse


def _worse(chance: Floats | float, times: float) -> Floats:
    """The chance whose odds are so many times as great."""
    chance = np.asarray(chance, dtype=np.float64)
    return times * chance / (times * chance + 1 - chance)


def _parcels(accepted: Floats, refused: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    """Tenths of all who applied: one is in the parcel of as many cuts as are not above the chance."""
    every = np.concatenate([accepted, refused])
    cuts = [np.quantile(every, tenth / PARCELS) for tenth in range(1, PARCELS)]
    return tuple(sum((chance >= cut).astype(int) for cut in cuts) for chance in (accepted, refused))


@often
@given(cases, st.sampled_from(["parcelling", "fuzzy"]))
def test_everybody_who_applied_is_in_the_sample_once(case: Case, method: Method) -> None:
    bad, accepted, refused, worse = _drawn(case)
    found = augmented(method, bad, accepted, refused, worse=worse)
    n, m = len(bad), len(refused)
    assert np.bincount(found.row, weights=found.weight, minlength=n + m) == pytest.approx(np.ones(n + m))
    assert (found.weight >= 0).all()
    assert len(found.row) == len(found.bad) == len(found.weight)


@often
@given(cases, st.sampled_from(METHODS))
def test_what_is_known_of_the_accepted_stays_as_it_is(case: Case, method: Method) -> None:
    bad, accepted, refused, worse = _drawn(case)
    found = augmented(method, bad, accepted, refused, worse=worse)
    assert found.row[: len(bad)].tolist() == list(range(len(bad)))
    assert (found.bad[: len(bad)] == bad).all()
    assert (found.row[len(bad) :] >= len(bad)).all()
    if method != "reweighting":
        assert (found.weight[: len(bad)] == 1).all()


@often
@given(cases)
def test_fuzzy_counts_each_refused_as_bad_by_their_chance_made_worse_and_as_good_by_the_rest(case: Case) -> None:
    bad, accepted, refused, worse = _drawn(case)
    found = augmented("fuzzy", bad, accepted, refused, worse=worse)
    n, m = len(bad), len(refused)
    for says, expected in ((True, _worse(refused, worse)), (False, 1 - _worse(refused, worse))):
        of = (found.row >= n) & (found.bad == says)
        assert found.row[of].tolist() == list(range(n, n + m))
        assert found.weight[of] == pytest.approx(expected, abs=1e-9)


def test_odds_are_made_worse_and_not_chances() -> None:
    found = augmented("fuzzy", np.array([False]), np.array([0.1]), np.array([0.2, 0.0, 1.0]), worse=3.0)
    # Odds of 1 to 4 become 3 to 4; what is certain stays certain.
    assert found.weight[1:4] == pytest.approx([3 / 7, 0, 1])


@often
@given(cases)
def test_parcelling_draws_as_many_bad_in_each_parcel_as_its_rate_says(case: Case) -> None:
    bad, accepted, refused, worse = _drawn(case)
    found = augmented("parcelling", bad, accepted, refused, worse=worse)
    drawn = found.bad[len(bad) :]
    ours, theirs = _parcels(accepted, refused)
    for parcel in set(theirs.tolist()):
        of, like = theirs == parcel, ours == parcel
        rate = (bad[like].sum() + 0.5) / (like.sum() + 1) if like.any() else refused[of].mean()
        assert abs(drawn[of].sum() - _worse(rate, worse) * of.sum()) < 1


def test_over_many_seeds_parcelling_draws_exactly_the_rate_and_everybody_alike() -> None:
    # One parcel: all chances are the same. 2.5 of 11 become odds of .2941, doubled .5882: a rate of .37037.
    bad, same = np.arange(10) < 2, np.full(10, 0.2)
    drawn = np.array(
        [augmented("parcelling", bad, same, np.full(7, 0.2), worse=2.0, seed=seed).bad[10:] for seed in range(2000)]
    )
    assert drawn.mean() == pytest.approx(_worse(2.5 / 11, 2.0), abs=0.01)
    assert drawn.mean(axis=0) == pytest.approx(np.full(7, drawn.mean()), abs=0.05)
    assert set(drawn.sum(axis=1)) == {2, 3}


def test_parcelling_is_the_same_for_a_seed_and_another_for_another() -> None:
    bad, accepted, refused, _ = _drawn((60, 60, 1.0, 1.0, False, 5))
    one, again, other = (augmented("parcelling", bad, accepted, refused, seed=seed).bad for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()


@often
@given(cases)
def test_reweighting_gives_each_accepted_the_number_of_applicants_like_them(case: Case) -> None:
    bad, accepted, refused, worse = _drawn(case)
    found = augmented("reweighting", bad, accepted, refused, worse=worse)
    ours, theirs = _parcels(accepted, refused)
    like = np.array([((ours == p).sum() + (theirs == p).sum()) / (ours == p).sum() for p in ours])
    assert found.weight == pytest.approx(like / like.mean())
    assert found.weight.mean() == pytest.approx(1)


@pytest.mark.parametrize("method", METHODS)
def test_with_nobody_refused_the_sample_is_the_accepted(method: Method) -> None:
    bad, accepted, refused, _ = _drawn((40, 0, 0.0, 1.0, False, 2))
    found = augmented(method, bad, accepted, refused, worse=2.0)
    assert (found.row.tolist(), found.bad.tolist()) == (list(range(40)), bad.tolist())
    assert found.weight == pytest.approx(np.ones(40))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("chance", [-0.01, 1.01, np.nan, np.inf])
def test_a_chance_that_is_none_is_refused_with_its_row(method: Method, chance: float) -> None:
    good, odd = np.array([0.1, 0.2]), np.array([0.1, chance])
    with pytest.raises(BadInput, match=r"chance_accepted, row 1.*a chance from 0 to 1"):
        augmented(method, np.array([True, False]), odd, good)
    with pytest.raises(BadInput, match=r"chance_refused, row 1.*a chance from 0 to 1"):
        augmented(method, np.array([True, False]), good, odd)


@pytest.mark.parametrize("worse", [0.0, -1.0, np.nan])
def test_odds_that_are_not_above_0_are_refused(worse: float) -> None:
    with pytest.raises(BadInput, match=r"worse.*odds above 0"):
        augmented("fuzzy", np.array([True]), np.array([0.1]), np.array([0.1]), worse=worse)


def test_as_many_outcomes_as_accepted_are_asked_for() -> None:
    with pytest.raises(BadInput, match="2 outcomes"):
        augmented("fuzzy", np.array([True]), np.array([0.1, 0.2]), np.array([0.1]))


@dataclass(frozen=True)
class _World:
    """Applicants, the true chance of each, what came of it, and whom an old score refused."""

    x: Floats
    truth: Floats
    bad: Bads
    refused: Bads

    def chances(self, card: Scorecard) -> tuple[Floats, Floats]:
        """What a card says of the accepted and of the refused."""
        said = card.predict_proba(self.x)[:, 1]
        return said[~self.refused], said[self.refused]

    def auc_of_refused(self, card: Scorecard) -> float:
        """How well a card tells apart those it was not fitted on."""
        return auc(-self.chances(card)[1], self.bad[self.refused], np.ones(self.refused.sum()))


@cache
def _world(worse: float) -> _World:
    """Eight thousand applicants of a known model.

    An old score of two of the four characteristics, and of what is in no file, refused the worst half. Whatever was
    seen there makes the odds of the refused `worse` times those of people with the same file.
    """
    rng = np.random.default_rng(2)
    x = rng.normal(size=(8000, 4))
    old = x[:, 0] + x[:, 1] - x[:, 3] + 2 * rng.normal(size=8000)
    refused = old > np.median(old)
    like = 0.9 * x[:, 0] + 0.7 * x[:, 1] + 0.5 * np.abs(x[:, 2]) - 0.3 * x[:, 3] - 2.2
    truth = 1 / (1 + np.exp(-(like + np.log(worse) * refused)))
    return _World(x, truth, rng.random(8000) < truth, refused)


@cache
def _accepted_only(worse: float) -> Scorecard:
    """A card fitted without the refused."""
    world = _world(worse)
    return Scorecard(method="logistic").fit(world.x[~world.refused], world.bad[~world.refused])


def _augmented(method: Method, truly: float, assumed: float) -> Augmented:
    world = _world(truly)
    return augmented(method, world.bad[~world.refused], *world.chances(_accepted_only(truly)), worse=assumed, seed=1)


@cache
def _inferred(method: Method, truly: float, assumed: float) -> Scorecard:
    """A card fitted with the refused, by a method."""
    world, sample = _world(truly), _augmented(method, truly, assumed)
    rows = np.concatenate([world.x[~world.refused], world.x[world.refused]])
    return Scorecard(method="logistic").fit(rows[sample.row], sample.bad, sample.weight)


def test_chances_of_the_accepted_come_true_and_those_of_the_refused_are_too_low() -> None:
    world = _world(3.0)
    accepted, refused = world.chances(_accepted_only(3.0))
    assert accepted.mean() == pytest.approx(world.truth[~world.refused].mean(), rel=0.08)
    # Half of what is true: nothing in the files says what the old score saw.
    assert refused.mean() < 0.65 * world.truth[world.refused].mean()


@pytest.mark.parametrize("method", ["parcelling", "fuzzy"])
def test_worse_at_its_true_value_gives_the_refused_about_their_true_rate(method: Method) -> None:
    world = _world(3.0)
    rates: dict[float, float] = {}
    for assumed in (1.0, 3.0):
        sample = _augmented(method, 3.0, assumed)
        of = sample.row >= (~world.refused).sum()
        rates[assumed] = float(np.average(sample.bad[of], weights=sample.weight[of]))
    true = world.truth[world.refused].mean()
    assert rates[1.0] < 0.65 * true
    assert rates[3.0] == pytest.approx(true, rel=0.15)


@pytest.mark.parametrize("method", ["parcelling", "fuzzy"])
def test_a_card_with_worse_at_its_true_value_is_right_about_all_who_applied(method: Method) -> None:
    world = _world(3.0)
    true = world.truth.mean()
    said = {
        name: float(card.predict_proba(world.x)[:, 1].mean())
        for name, card in (
            ("accepted only", _accepted_only(3.0)),
            ("as bad", _inferred(method, 3.0, 1.0)),
            ("worse", _inferred(method, 3.0, 3.0)),
        )
    }
    assert said["accepted only"] < 0.7 * true
    assert said["as bad"] < 0.7 * true
    assert said["worse"] == pytest.approx(true, rel=0.12)


@pytest.mark.parametrize("method", METHODS)
def test_where_the_refused_are_no_worse_each_method_is_nearly_right_about_all(method: Method) -> None:
    world = _world(1.0)
    said = _inferred(method, 1.0, 1.0).predict_proba(world.x)[:, 1].mean()
    assert said == pytest.approx(world.truth.mean(), rel=0.15)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("worse", [1.0, 3.0])
def test_no_method_tells_the_refused_apart_much_better_or_worse_than_the_accepted_alone_do(
    method: Method, worse: float
) -> None:
    world = _world(worse)
    found, before = (world.auc_of_refused(card) for card in (_inferred(method, worse, worse), _accepted_only(worse)))
    assert found == pytest.approx(before, abs=0.025)
    # What no card does: as well as the truth itself.
    assert found < auc(-world.truth[world.refused], world.bad[world.refused], np.ones(world.refused.sum()))


def test_a_method_that_is_none_is_refused() -> None:
    method: Any = "fuzy"
    with pytest.raises(BadInput, match="parcelling, fuzzy, reweighting"):
        augmented(method, [0, 1], [0.1, 0.2], [0.3])
