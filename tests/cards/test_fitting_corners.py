"""Fits on samples made to break them, and fits that are refused."""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.cards import Card, Sample, development_sample
from goodstanding.cards.training import LEAST_OF_EACH, fit_card
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.store import Workspace

Values = NDArray[np.float64]
Draw = Callable[[int, int, int], tuple[Values, NDArray[np.bool_]]]
MakeSample = Callable[[Mapping[str, Values], NDArray[np.bool_]], Sample]

BAD = np.arange(400) % 5 == 0
STEP = np.arange(400) // 40 % 3 + 0.0
# Goods have 0, 1 and 2, bads -1, 0 and 1.
INFORMATIVE = STEP - BAD


def _points(card: Card) -> dict[str, list[int]]:
    return {c.name: [a.points for a in c.attributes] for c in card.characteristics}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_no_fit_rewards_the_worse_side(draw: Draw, make_sample: MakeSample, sesame: Definition, seed: int) -> None:
    better, bad = draw(seed, 500, 30)
    bad[:LEAST_OF_EACH], bad[-LEAST_OF_EACH:] = True, False
    lower = -better + np.random.default_rng(seed).integers(0, 9, 500)
    sample = make_sample({"dues_kept_12m": better, "unpaid_dues_24m": lower}, bad)
    # Some samples are drawn so that one of the two tells all.
    card = fit_card(sesame, sample, allowed_leaks=["dues_kept_12m", "unpaid_dues_24m"]).card
    points = _points(card)
    assert points.get("dues_kept_12m", []) == sorted(points.get("dues_kept_12m", []))
    assert points.get("unpaid_dues_24m", []) == sorted(points.get("unpaid_dues_24m", []), reverse=True)


def test_a_characteristic_and_its_copy_share_the_points(make_sample: MakeSample, sesame: Definition) -> None:
    sample = make_sample({"dues_kept_12m": INFORMATIVE, "instalments_kept_24m": INFORMATIVE}, BAD)
    points = _points(fit_card(sesame, sample).card)
    alone = _points(fit_card(sesame, make_sample({"dues_kept_12m": INFORMATIVE}, BAD)).card)["dues_kept_12m"]
    for shared in points.values():
        assert alone[0] < shared[0] < 0 < shared[-1] < alone[-1]


def test_one_that_tells_all_gets_points_that_fit_the_range(make_sample: MakeSample, sesame: Definition) -> None:
    # It has to tell all, which a fit refuses unless it is allowed.
    sample = make_sample({"dues_kept_12m": np.where(BAD, 0.2, 0.9)}, BAD)
    card = fit_card(sesame, sample, allowed_leaks=["dues_kept_12m"]).card
    (points,) = _points(card).values()
    least, greatest = sesame.programme.range
    # Four hundred people cannot tell odds of a million to one: nothing alone moves anybody across the whole range.
    assert points[0] < 0 < points[-1]
    assert max(-points[0], points[-1]) <= greatest - least


def test_where_nothing_tells_anything_all_have_the_base(make_sample: MakeSample, sesame: Definition) -> None:
    fitted = fit_card(sesame, make_sample({"dues_kept_12m": np.zeros(400)}, BAD))
    assert fitted.card.characteristics == ()
    assert fitted.in_sample.auc == 0.5
    # 4 good ends for each bad one, on the programme's scale.
    scale = sesame.programme.scale
    expected = scale.base_score + scale.points_to_double * np.log2(4 / scale.base_odds)
    assert fitted.card.base == pytest.approx(expected, abs=1)


def test_a_characteristic_that_turns_the_wrong_way_gets_no_points(make_sample: MakeSample, sesame: Definition) -> None:
    card = fit_card(sesame, make_sample({"dues_kept_12m": -INFORMATIVE, "months_on_file": INFORMATIVE}, BAD)).card
    assert list(_points(card)) == ["months_on_file"]


def test_a_dimension_that_may_have_no_influence_has_none_even_alone(
    make_sample: MakeSample, sesame: Definition
) -> None:
    dimensions = tuple(
        msgspec.structs.replace(d, greatest_influence=0.0) if d.name == "relationships" else d
        for d in sesame.programme.dimensions
    )
    programme = msgspec.structs.replace(sesame.programme, dimensions=dimensions)
    sample = make_sample({"counterparties_6m": INFORMATIVE}, BAD)
    card = fit_card(Definition(programme, None, sesame.digest), sample).card
    assert all(points == 0 for row in _points(card).values() for points in row)


def test_points_double_the_odds_as_the_programme_says(make_sample: MakeSample, sesame: Definition) -> None:
    # Bad rates of 1/5 and 1/21 in two large halves: odds of 4 and 20 good to one bad, 2.32 doublings apart.
    kept = np.repeat([0.0, 1.0], 21_000)
    bad = np.tile(np.arange(21_000), 2) < np.repeat([4200, 1000], 21_000)
    card = fit_card(sesame, make_sample({"dues_kept_12m": kept}, bad)).card
    low, high = _points(card)["dues_kept_12m"]
    assert card.base + high == pytest.approx(650, abs=1)
    assert high - low == pytest.approx(40 * np.log2(5), abs=1)


@pytest.mark.parametrize("bads", [0, LEAST_OF_EACH - 1])
def test_too_few_bads_are_refused_and_counted(make_sample: MakeSample, sesame: Definition, bads: int) -> None:
    sample = make_sample({"dues_kept_12m": INFORMATIVE}, np.arange(400) < bads)
    with pytest.raises(NotReady, match=rf"found {400 - bads} good and {bads} bad; expected at least 10 of each\."):
        fit_card(sesame, sample)


def test_too_few_goods_are_refused(make_sample: MakeSample, sesame: Definition) -> None:
    with pytest.raises(NotReady, match="found 5 good and 395 bad"):
        fit_card(sesame, make_sample({"dues_kept_12m": INFORMATIVE}, np.arange(400) >= 5))


def test_a_month_before_all_outcomes_is_refused(scored_town: Workspace, sesame: Definition) -> None:
    sample = development_sample(scored_town, sesame.programme)
    with pytest.raises(NotReady, match=r"outcomes until 2001-01: found 0 good and 0 bad.*Train until a later month"):
        fit_card(sesame, sample, Month(2001, 1))


def test_an_empty_sample_is_refused(make_sample: MakeSample, sesame: Definition) -> None:
    empty = make_sample({}, BAD).where(np.zeros(400, dtype=np.bool_))
    with pytest.raises(NotReady, match="found 0 good and 0 bad"):
        fit_card(sesame, empty)
