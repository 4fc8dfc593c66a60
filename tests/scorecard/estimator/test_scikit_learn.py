"""A scorecard among scikit-learn's estimators."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from goodstanding.scorecard import Scorecard

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]
# What scikit-learn's own array code says of targets with NaN, before it refuses them.
ODD_CAST = "ignore:invalid value encountered in cast:RuntimeWarning"
# Fits 'one' and 'two', and then -1 and 1, with the same parameters: no word on which is bad can be right for both.
OF_SEVERAL_LABELS = {"check_classifiers_classes"}


@pytest.mark.filterwarnings(ODD_CAST)
@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_every_check_of_scikit_learn_passes_where_it_is_said_which_outcome_is_bad(method: str) -> None:
    failed: list[set[str]] = []
    # Its checks have outcomes of 0 and 1, and some of 1 and 2.
    for bad in (None, 2):
        found = check_estimator(Scorecard(method=method, bad=bad), on_skip=None, on_fail=None)
        assert len(found) > 50
        assert {check["check_name"] for check in found if check["status"] == "skipped"} <= {"check_array_api_input"}
        failed.append({check["check_name"] for check in found if check["status"] == "failed"})
    assert failed[0] & failed[1] == OF_SEVERAL_LABELS


def test_a_clone_has_the_parameters_and_nothing_fitted(card: Scorecard, people: People) -> None:
    copy = clone(card)
    assert copy.get_params() == card.get_params()
    assert is_classifier(copy)
    with pytest.raises(NotFittedError):
        copy.predict(people[0])


UNFITTED: dict[str, Callable[[Scorecard, Any], object]] = {
    "predict": lambda card, x: card.predict(x),
    "predict_proba": lambda card, x: card.predict_proba(x),
    "points": lambda card, x: card.points(x),
    "total": lambda card, x: card.total(x),
    "explain": lambda card, x: card.explain(x),
    "table": lambda card, _: card.table(),
    "to_json": lambda card, _: card.to_json(),
    "to_sql": lambda card, _: card.to_sql(),
    "to_pmml": lambda card, _: card.to_pmml(),
}


@pytest.mark.parametrize("what", list(UNFITTED))
def test_nothing_is_said_before_a_fit(what: str, people: People) -> None:
    with pytest.raises(NotFittedError):
        UNFITTED[what](Scorecard(), people[0])


def test_a_card_is_the_last_step_of_a_pipeline(card: Scorecard, people: People, asked: dict[str, Any]) -> None:
    x, bad = people
    pipeline = make_pipeline(FunctionTransformer(), Scorecard(**asked)).fit(x, bad)
    np.testing.assert_array_equal(pipeline.predict_proba(x), card.predict_proba(x))
    assert pipeline[-1].table_ == card.table_


def test_a_card_is_judged_by_cross_validation(people: People) -> None:
    found = cross_val_score(Scorecard(method="logistic"), *people, scoring="roc_auc", cv=3)
    assert ((found > 0.6) & (found < 0.9)).all()


def test_a_search_chooses_the_method(people: People) -> None:
    grid = {"method": ["boosted", "logistic"], "max_attributes": [3]}
    search = GridSearchCV(Scorecard(), grid, scoring="roc_auc", cv=2).fit(*people)
    assert search.best_params_["method"] in grid["method"]
    assert search.best_estimator_.method == search.best_params_["method"]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_true_is_bad(people: People) -> None:
    x, bad = people
    assert Scorecard(method="logistic").fit(x, bad == 1).table_ == Scorecard(method="logistic").fit(x, bad).table_
