"""Reject inference on the town's people: a lender refused some of them, and the truth about these is known.

What the lender's file says is drawn from each person's own account; what it does not say, how willing they are to pay,
only the branch knew.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from goodstanding.lab.town.chance import Chance
from goodstanding.lab.town.truth import default_chance, live, make_people
from goodstanding.scorecard import Scorecard, auc, augmented
from goodstanding.scorecard.reject_inference import Method

PEOPLE, MONTHS, SEED = 20_000, 24, 6
YEAR = slice(MONTHS - 13, MONTHS - 1)
METHODS: tuple[Method, ...] = ("parcelling", "fuzzy", "reweighting")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Applicants:
    """n people who applied: what the file says, the true chance of bad, how it ended, and who was refused."""

    file: Floats
    truth: Floats
    bad: NDArray[np.bool_]
    refused: NDArray[np.bool_]


@cache
def _applicants(*, branch_knew: bool) -> Applicants:
    """The town's people, of whom two fifths were refused: by their file, or by that and what the branch knew."""
    people = make_people(Chance(SEED), PEOPLE, MONTHS)
    life = live(Chance(SEED), people, MONTHS)
    rng = np.random.default_rng(SEED)
    truth = default_chance(people, life)[:, -1]
    file = np.column_stack(
        [
            life.lowest[:, YEAR].min(axis=1) / people.income,
            (life.lowest[:, YEAR] < 0).sum(axis=1),
            life.spending[:, YEAR].sum(axis=1) / life.income[:, YEAR].sum(axis=1),
            life.income[:, YEAR].std(axis=1) / life.income[:, YEAR].mean(axis=1),
            np.log(people.income),
        ]
    )
    judged = file[:, 1] / 4 + file[:, 3] + rng.normal(0, 0.5, PEOPLE)
    if branch_knew:
        judged -= 0.8 * people.willingness
    return Applicants(file, truth, rng.random(PEOPLE) < truth, judged > np.quantile(judged, 0.6))


@cache
def _accepted_only(*, branch_knew: bool) -> Scorecard:
    town = _applicants(branch_knew=branch_knew)
    return Scorecard().fit(town.file[~town.refused], town.bad[~town.refused])


def _chances(card: Scorecard, town: Applicants) -> tuple[Floats, Floats]:
    """Chances of bad of the accepted and of the refused."""
    bad = card.predict_proba(town.file)[:, 1]
    return bad[~town.refused], bad[town.refused]


@cache
def _true_worse(*, branch_knew: bool) -> float:
    """How many times worse the odds of the refused are than the card of the accepted says, by the truth."""
    town = _applicants(branch_knew=branch_knew)
    _, said = _chances(_accepted_only(branch_knew=branch_knew), town)
    odds, true = said / (1 - said), town.truth[town.refused].mean()
    low, high = 0.1, 50.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        below = (middle * odds / (1 + middle * odds)).mean() < true
        low, high = (middle, high) if below else (low, middle)
    return low


@cache
def _inferred(method: Method, *, branch_knew: bool, worse: float) -> tuple[Floats, Floats]:
    """Chances of the accepted and of the refused by a card that was fitted with the refused."""
    town = _applicants(branch_knew=branch_knew)
    accepted, refused = _chances(_accepted_only(branch_knew=branch_knew), town)
    sample = augmented(method, town.bad[~town.refused], accepted, refused, worse=worse, seed=1)
    rows = np.concatenate([town.file[~town.refused], town.file[town.refused]])
    return _chances(Scorecard().fit(rows[sample.row], sample.bad, sample.weight), town)


def _told_apart(town: Applicants, refused: Floats) -> float:
    return auc(-refused, town.bad[town.refused], np.ones(len(refused)))


def test_a_card_of_the_accepted_is_right_about_them_and_too_kind_to_the_refused() -> None:
    town = _applicants(branch_knew=True)
    accepted, refused = _chances(_accepted_only(branch_knew=True), town)
    assert accepted.mean() == pytest.approx(town.truth[~town.refused].mean(), rel=0.1)
    assert refused.mean() < 0.5 * town.truth[town.refused].mean()


@pytest.mark.parametrize("method", METHODS)
def test_where_the_file_decided_every_method_is_roughly_right_about_the_refused(method: Method) -> None:
    town = _applicants(branch_knew=False)
    _, refused = _inferred(method, branch_knew=False, worse=1.0)
    assert refused.mean() == pytest.approx(town.truth[town.refused].mean(), rel=0.4)


@pytest.mark.parametrize("method", ["parcelling", "fuzzy"])
def test_where_the_file_decided_these_come_nearer_than_the_accepted_alone(method: Method) -> None:
    town = _applicants(branch_knew=False)
    _, before = _chances(_accepted_only(branch_knew=False), town)
    _, after = _inferred(method, branch_knew=False, worse=1.0)
    assert before.mean() < after.mean() < 1.05 * town.truth[town.refused].mean()


@pytest.mark.parametrize("method", ["parcelling", "fuzzy"])
def test_with_worse_as_it_truly_is_the_refused_have_about_their_true_rate(method: Method) -> None:
    town = _applicants(branch_knew=True)
    true = town.truth[town.refused].mean()
    _, as_bad = _inferred(method, branch_knew=True, worse=1.0)
    accepted, refused = _inferred(method, branch_knew=True, worse=_true_worse(branch_knew=True))
    assert as_bad.mean() < 0.55 * true
    assert refused.mean() == pytest.approx(true, rel=0.2)
    assert (accepted.sum() + refused.sum()) / PEOPLE == pytest.approx(town.truth.mean(), rel=0.15)


def test_reweighting_knows_nothing_of_what_the_branch_knew() -> None:
    town = _applicants(branch_knew=True)
    _, refused = _inferred("reweighting", branch_knew=True, worse=1.0)
    assert refused.mean() < 0.55 * town.truth[town.refused].mean()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("branch_knew", [False, True])
def test_no_method_tells_the_refused_apart_much_better_than_the_accepted_alone_do(
    method: Method, *, branch_knew: bool
) -> None:
    town = _applicants(branch_knew=branch_knew)
    _, before = _chances(_accepted_only(branch_knew=branch_knew), town)
    _, after = _inferred(method, branch_knew=branch_knew, worse=_true_worse(branch_knew=branch_knew))
    assert _told_apart(town, after) < _told_apart(town, before) + 0.03
