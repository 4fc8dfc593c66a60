"""Cross-fitting: everybody scored once, by a card that has seen none of their outcomes."""

from collections.abc import Callable, Mapping
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.cards import Card, Sample
from goodstanding.cards.held_out import MOST_FOLDS, _folds, held_out_totals, sample_total
from goodstanding.cards.training import fit_card, programme_settings
from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scorecard import discrimination
from goodstanding.scorecard.fitting import fit_table

MakeSample = Callable[[Mapping[str, NDArray[np.float64]], NDArray[np.bool_]], Sample]
often = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Whose each outcome is, and whether it was bad.
whose = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def _of(people: list[tuple[int, bool]]) -> Sample:
    return Sample(
        np.full(len(people), "2024-01"),
        np.array([bad for _, bad in people]),
        {},
        {},
        np.array([f"P{person}" for person, _ in people]),
    )


@pytest.fixture(scope="module")
def cohort(make_sample: MakeSample) -> Sample:
    """Two outcomes each of 150 people, all in one month; what a person's file says tells little of them."""
    chance = np.random.default_rng(4)
    kept = np.repeat(chance.random(150).round(2), 2)
    bad = chance.random(300) < 0.45 - 0.4 * kept
    sample = make_sample({"dues_kept_12m": kept, "counterparties_6m": chance.integers(0, 20, 300).astype(float)}, bad)
    return Sample(sample.decided, sample.bad, sample.values, {"file_too_short": 7}, np.repeat(np.arange(150), 2))


@often
@given(people=whose, seed=st.integers(0, 2**31))
def test_no_person_is_on_both_sides_and_each_side_has_good_and_bad(people: list[tuple[int, bool]], seed: int) -> None:
    sample = _of(people)
    folds, fold = _folds(sample, seed)
    for person in set(sample.people):
        assert len(set(fold[sample.people == person])) == 1
    ever_bad = {person for person, bad in zip(sample.people, sample.bad, strict=True) if bad}
    assert folds == min(MOST_FOLDS, len(ever_bad), len(set(sample.people)) - len(ever_bad))
    for number in range(folds if folds > 1 else 0):
        rest = sample.bad[fold != number]
        assert rest.any()
        assert not rest.all()
        assert (fold == number).any()


@often
@given(people=whose, seed=st.integers(0, 2**31), order=st.randoms(use_true_random=False))
def test_the_same_people_in_another_order_are_cut_the_same_way(
    people: list[tuple[int, bool]], seed: int, order: Random
) -> None:
    mixed = people.copy()
    order.shuffle(mixed)
    one, other = (
        dict(zip(sample.people.tolist(), _folds(sample, seed)[1].tolist(), strict=True))
        for sample in (_of(people), _of(mixed))
    )
    assert one == other


def test_each_is_scored_by_the_card_of_the_others(cohort: Sample, sesame: Definition) -> None:
    asked = programme_settings(sesame.programme)
    found = held_out_totals(cohort, asked)
    assert found is not None
    folds, fold = _folds(cohort, asked.seed)
    assert found.folds == folds == MOST_FOLDS
    rest, part = cohort.where(fold != 2), cohort.where(fold == 2)
    fit = fit_table(rest.values, rest.bad, np.ones(len(rest)), asked)
    np.testing.assert_array_equal(found.total[fold == 2], sample_total(fit.table, part))
    np.testing.assert_array_equal(found.uncapped[fold == 2], sample_total(fit.uncapped, part))


def test_one_cohort_is_validated_by_cross_fitting_and_the_card_says_so(cohort: Sample, sesame: Definition) -> None:
    fitted = fit_card(sesame, cohort)
    assert fitted.tested == "cross_fitted"
    assert fitted.out_of_time is None
    assert fitted.stability is None
    assert fitted.cross_fitted is not None
    assert (fitted.cross_fitted.n, fitted.cross_fitted.bad) == (300, cohort.bads)
    found = held_out_totals(cohort, programme_settings(sesame.programme))
    assert found is not None
    assert fitted.cross_fitted == discrimination(found.total, cohort.bad)
    assert fitted.uncapped_cross_fitted == discrimination(found.uncapped, cohort.bad)
    assert set(fitted.card.validation) == {"in_sample", "cross_fitted"}
    assert fitted.card.validation["cross_fitted"]["auc"] == fitted.cross_fitted.auc
    assert fitted.card.validation["cross_fitted"]["folds"] == fitted.folds == MOST_FOLDS
    assert fitted.calibration is not None
    assert sum(group.n for group in fitted.calibration.groups) == 300
    assert len(fitted.cutoffs) == len(sesame.programme.bands)
    assert fit_card(sesame, cohort).card == fitted.card


def test_what_tells_nothing_does_not_look_as_if_it_did(make_sample: MakeSample, sesame: Definition) -> None:
    chance = np.random.default_rng(12)
    kept = chance.random(400)
    fitted = fit_card(sesame, make_sample({"dues_kept_12m": kept}, chance.random(400) < 0.2))
    assert fitted.cross_fitted is not None
    assert fitted.cross_fitted.auc_interval[0] < 0.5


def test_later_outcomes_test_the_card_where_there_are_some(cohort: Sample, sesame: Definition) -> None:
    decided = np.where(np.arange(300) < 200, "2024-01", "2024-02")
    fitted = fit_card(sesame, Sample(decided, cohort.bad, cohort.values, {}, cohort.person), Month(2024, 1))
    assert (fitted.tested, fitted.cross_fitted, fitted.folds) == ("out_of_time", None, None)
    # One good and one bad later are none to test on.
    few = np.isin(np.arange(300), [np.flatnonzero(cohort.bad)[0], np.flatnonzero(~cohort.bad)[0]])
    late = np.where(few, "2024-02", "2024-01")
    fitted = fit_card(sesame, Sample(late, cohort.bad, cohort.values, {}, cohort.person), Month(2024, 1))
    assert fitted.tested == "cross_fitted"
    assert fitted.cross_fitted is not None
    assert fitted.cross_fitted.n == 298
    assert fitted.card.sample["later"] == 2


def test_where_one_person_has_all_that_is_bad_nothing_tests_the_card(cohort: Sample, sesame: Definition) -> None:
    person = np.where(cohort.bad, 0, 1 + np.arange(300))
    fitted = fit_card(sesame, Sample(cohort.decided, cohort.bad, cohort.values, {}, person))
    assert (fitted.tested, fitted.cross_fitted, fitted.calibration, fitted.cutoffs) == (None, None, None, ())
    assert set(fitted.card.validation) == {"in_sample"}


def test_a_sample_of_no_programme_has_each_outcome_of_somebody_else(cohort: Sample) -> None:
    alone = Sample(cohort.decided, cohort.bad, cohort.values, {})
    assert len(set(alone.people)) == 300
    assert alone.where(cohort.bad).people.tolist() == list(range(cohort.bads))


def test_the_card_is_the_same_as_without_a_test(cohort: Sample, sesame: Definition) -> None:
    table = fit_table(cohort.values, cohort.bad, np.ones(300), programme_settings(sesame.programme)).table
    card = fit_card(sesame, cohort).card
    assert {field: getattr(card, field) for field in table.__struct_fields__} == msgspec.structs.asdict(table)


@pytest.fixture(scope="module")
def leaky(make_sample: MakeSample) -> Sample:
    """Outcomes of 600 people, of whom one characteristic says what became of them."""
    chance = np.random.default_rng(6)
    bad = chance.random(600) < 0.2
    found = {
        "dues_kept_12m": 1.0 - bad,
        "counterparties_6m": np.where(np.arange(600) % 20 == 0, 99.0, chance.integers(0, 20, 600)),
    }
    found["income_months_12m"] = chance.integers(0, 13, 600).astype(float)
    return make_sample(found, bad)


def test_a_programme_s_leak_stops_the_fit_unless_it_is_allowed_and_the_card_says_so(
    leaky: Sample, sesame: Definition
) -> None:
    with pytest.raises(BadInput) as refused:
        fit_card(sesame, leaky)
    assert "dues_kept_12m (information value" in refused.value.found
    assert refused.value.do == "Take it out of the programme, or allow it by name: --allow-leak dues_kept_12m."
    with pytest.raises(BadInput, match="--allow-leak: found dues_kept; expected one of"):
        fit_card(sesame, leaky, allowed_leaks=["dues_kept"])
    card = fit_card(sesame, leaky, allowed_leaks=["dues_kept_12m"]).card
    assert [(one.characteristic, one.why) for one in card.warnings] == [
        ("dues_kept_12m", "leak"),
        ("counterparties_6m", "likely_code"),
    ]
    assert msgspec.json.decode(card.to_json(), type=Card).warnings == card.warnings


def test_no_fold_is_stopped_by_what_the_whole_was_not(leaky: Sample, sesame: Definition) -> None:
    found = held_out_totals(leaky, programme_settings(sesame.programme))
    assert found is not None
    assert found.folds == MOST_FOLDS


def test_a_card_without_warnings_reads_and_writes_as_before(cohort: Sample, sesame: Definition) -> None:
    card = fit_card(sesame, cohort).card
    assert card.warnings == ()
    assert b"warnings" not in card.to_json()
