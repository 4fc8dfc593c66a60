"""What cannot be fitted is refused, with where it is and what to do, and leaves the card as it was."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from goodstanding.errors import BadInput, StandingError
from goodstanding.scorecard import Decision, Scorecard

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]
Make: TypeAlias = Callable[[int], Any]
# What scikit-learn's own array code says of targets with NaN, before it refuses them.
ODD_CAST = "ignore:invalid value encountered in cast:RuntimeWarning"

NOTHING_TO_TELL: dict[str, tuple[Make, str]] = {
    "one number": (np.ones, "one_attribute"),
    "one word": (lambda n: np.full(n, "yes", dtype=object), "one_attribute"),
    "only NaN": (lambda n: np.full(n, np.nan), "no_data"),
    "only None": (lambda n: np.full(n, None, dtype=object), "no_data"),
    "only one special value": (lambda n: np.full(n, -7.0), "one_attribute"),
    "levels each seen once": (lambda n: np.array([f"level {i}" for i in range(n)], dtype=object), "one_attribute"),
}


@pytest.mark.parametrize("method", ["boosted", "logistic"])
@pytest.mark.parametrize("kind", NOTHING_TO_TELL)
def test_a_column_that_tells_nothing_has_no_points(kind: str, method: Any, people: People) -> None:
    x, bad = people
    make, why = NOTHING_TO_TELL[kind]
    wide = x.assign(still=make(len(x)))
    fitted = Scorecard(method=method, special_values={"still": [-7]}).fit(wide, bad)
    assert Decision("still", why) in fitted.decisions_
    assert fitted.table_ == Scorecard(method=method).fit(x, bad).table_


def test_one_known_value_and_gaps_are_one_attribute_where_gaps_are_average(people: People) -> None:
    x, bad = people
    # Whether it is known says who was bad: that is what makes it be on the card.
    still = x.assign(still=np.where(bad == 1, 1.0, np.nan))
    assert (
        Decision("still", "one_attribute") in Scorecard(method="logistic", unknown="average").fit(still, bad).decisions_
    )
    assert "still" in Scorecard(method="logistic", allowed_leaks=["still"]).fit(still, bad).points(still)


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_a_card_without_characteristics_gives_all_the_same_score(method: Any) -> None:
    x = pd.DataFrame({"still": np.ones(42), "gone": np.full(42, np.nan)})
    fitted = Scorecard(method=method).fit(x, [0] * 40 + [1] * 2)
    # 20 goods for each bad, but for rounding, is the base score.
    assert fitted.total(x).tolist() == [650] * 42
    assert fitted.explain(x) == [()] * 42
    assert len(fitted.table()) == 0
    assert fitted.predict_proba(x)[:, 1] == pytest.approx(1 / 21)


def test_ten_thousand_levels_keep_the_commonest() -> None:
    n, chance = 60_000, np.random.default_rng(4)
    level = np.floor(10_000 * chance.random(n) ** 2).astype(int)
    x = pd.DataFrame({"street": [f"street {i}" for i in level]})
    bad = chance.random(n) < np.where(level < 60, 0.3, 0.1)
    fitted = Scorecard(method="logistic").fit(x, bad)
    (street,) = fitted.table_.characteristics
    named = [name for attribute in street.attributes for name in attribute.levels or ()]
    counts = x["street"].value_counts()
    assert len(named) == len(set(named)) == 1000
    assert counts[named].min() >= counts.drop(named).max()
    assert sum(attribute.count for attribute in street.all_attributes) == n
    assert street.other is not None
    assert street.other.count == counts.drop(named).sum()
    assert fitted.points(pd.DataFrame({"street": ["street never seen"]}))["street"].item() == street.other.points


@pytest.mark.parametrize("method", ["boosted", "logistic"])
@pytest.mark.parametrize("copies", [1, 3])
def test_columns_that_are_there_twice_share_the_points(method: Any, copies: int, people: People) -> None:
    x, bad = people
    wide = x.assign(**{f"visits {i}": x["visits"] for i in range(copies)})
    fitted, once = Scorecard(method=method).fit(wide, bad), Scorecard(method=method).fit(x, bad)
    points = fitted.points(wide)
    assert np.isfinite(points.to_numpy()).all()
    total = fitted.table_.base + points.sum(axis=1)
    np.testing.assert_array_equal(np.clip(total, 350, 950), fitted.total(wide))
    assert np.corrcoef(fitted.total(wide), once.total(x))[0, 1] > 0.98
    assert fitted.auc_ == pytest.approx(once.auc_, abs=0.02)


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_an_infinite_value_is_refused_with_its_column_and_row(infinite: float, people: People, card: Scorecard) -> None:
    x = people[0].copy()
    x.loc[7, "income"] = infinite
    with pytest.raises(BadInput, match="characteristic income, row 7: found an infinite value"):
        Scorecard().fit(x, people[1])
    with pytest.raises(BadInput, match="characteristic income, row 7: found an infinite value"):
        card.total(x)
    with pytest.raises(BadInput, match="characteristic x1, row 2: found an infinite value"):
        Scorecard().fit([[0, 0.5], [1, 1.5], [0, infinite], [1, 2.5]], [0, 1, 0, 1])


def _with_weight(weight: Any) -> Callable[[pd.DataFrame, Any], Scorecard]:
    return lambda x, bad: Scorecard().fit(x, bad, sample_weight=weight(len(bad)) if callable(weight) else weight)


def _weight(n: int, at: float) -> NDArray[np.float64]:
    weight = np.ones(n)
    weight[2] = at
    return weight


SAMPLES: dict[str, tuple[Callable[[pd.DataFrame, Any], object], str]] = {
    "weights only zero": (_with_weight(np.zeros), "sample_weight: found only zeros"),
    "a negative weight": (_with_weight(lambda n: _weight(n, -1)), "sample_weight, row 2: found -1.0"),
    "a weight NaN": (_with_weight(lambda n: _weight(n, np.nan)), "sample_weight, row 2: found nan"),
    "an infinite weight": (_with_weight(lambda n: _weight(n, np.inf)), "sample_weight, row 2: found inf"),
    "too few weights": (_with_weight(np.ones(3)), r"sample_weight: found \(3,\); expected one number for each of 1200"),
    "weights in two columns": (_with_weight(lambda n: np.ones((n, 2))), r"sample_weight: found \(1200, 2\)"),
    "no bads": (lambda x, bad: Scorecard().fit(x, bad * 0), "y: found one class only: 0"),
    "no goods": (lambda x, bad: Scorecard().fit(x, bad * 0 + 1), "y: found one class only: 1"),
    "no bads with weight": (
        lambda x, bad: Scorecard().fit(x, bad, sample_weight=1 - bad),
        "y: found one class only: 0; expected goods and bads among the rows that have weight",
    ),
    "three classes": (
        lambda x, bad: Scorecard().fit(x, np.arange(len(bad)) % 3),
        "y: found Only binary classification is supported. The type of the target is multiclass",
    ),
    "no rows": (lambda x, bad: Scorecard().fit(x.iloc[:0], bad[:0]), "X: found 4 characteristics and 0 rows"),
    "no columns": (lambda x, bad: Scorecard().fit(x[[]], bad), "X: found 0 characteristics"),
    "too few outcomes": (lambda x, bad: Scorecard().fit(x, bad[1:]), "y: found 1199; expected as many as X has rows"),
    "too few periods": (lambda x, bad: Scorecard().fit(x, bad, periods=bad[1:]), "periods: found 1199"),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_sample_that_cannot_be_fitted_is_refused(kind: str, people: People) -> None:
    fit, message = SAMPLES[kind]
    with pytest.raises(BadInput, match=message) as refused:
        fit(*people)
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, StandingError)


NO_OUTCOMES: dict[str, tuple[Make, str]] = {
    "NaN": (lambda n: np.where(np.arange(n) == 3, np.nan, np.arange(n) % 2), "NaN"),
    "None": (lambda n: np.array(["bad", None] * (n // 2), dtype=object), "NaN"),
    "numbers of any size": (lambda n: np.linspace(0, 1, n), "Unknown label type: continuous"),
    "nothing": (lambda _: None, "y"),
}


@pytest.mark.filterwarnings(ODD_CAST)
@pytest.mark.parametrize(
    "kind",
    list(NO_OUTCOMES),
)
def test_outcomes_that_are_none_are_refused_in_the_words_of_scikit_learn(kind: str, people: People) -> None:
    make, message = NO_OUTCOMES[kind]
    with pytest.raises(ValueError, match=message):
        Scorecard().fit(people[0], make(len(people[0])))


def test_no_rows_in_an_array_are_refused() -> None:
    with pytest.raises(ValueError, match="0 sample"):
        Scorecard().fit(np.empty((0, 2)), [])


UNKNOWN_NAMES: dict[str, Any] = {
    "trends": {"visit": "none"},
    "dimensions": {"visit": "d"},
    "special_values": {"visit": [1]},
    "forbidden": ["visit", "income"],
    "allowed_leaks": ["visit", "income"],
}


@pytest.mark.parametrize("parameter", UNKNOWN_NAMES)
def test_a_name_that_is_no_column_is_refused(parameter: str, people: People) -> None:
    with pytest.raises(BadInput, match=f"{parameter}: found visit; expected one of income, visits, home, member"):
        Scorecard(**{parameter: UNKNOWN_NAMES[parameter]}).fit(*people)


def test_a_cap_for_a_dimension_that_is_none_is_refused(people: People) -> None:
    with pytest.raises(BadInput, match="influence: found e; expected one of d"):
        Scorecard(dimensions={"home": "d"}, influence={"e": 0.5}).fit(*people)


CANNOT_BE: dict[str, list[Any]] = {
    "method": ["tree", None],
    "trends": ["up", {"visits": "up"}],
    "min_share": [-0.1, 0.6, np.nan],
    "min_bads": [-1, np.nan],
    "max_attributes": [1, 101],
    "score_range": [(950, 350), (350, 350), (np.nan, 950), (350, np.nan)],
    "points_to_double": [0, -40, np.nan],
    "base_odds": [0, -1, np.nan],
    "influence": [{"d": 1.5}, {"d": -0.1}, {"d": np.nan}],
    "forbidden": ["visits"],
    "allowed_leaks": ["visits"],
    "unknown": ["zero", None],
    "crosses": [-1, 4],
    "special_values": [range(300)],
}


@pytest.mark.parametrize(
    ("parameter", "value"), [(parameter, value) for parameter, values in CANNOT_BE.items() for value in values]
)
def test_a_parameter_that_cannot_be_is_refused_by_name(parameter: str, value: Any, people: People) -> None:
    with pytest.raises(BadInput, match=f"^{parameter}: found") as refused:
        Scorecard(dimensions={"visits": "d"}).set_params(**{parameter: value}).fit(*people)
    assert "expected" in str(refused.value)


FOUND_LATE: dict[str, list[Any]] = {
    "trends": [None],
    "min_share": ["1", None],
    "max_attributes": [2.5, "8"],
    "special_values": [5, "abc", [None], [np.nan], [np.inf]],
    "score_range": [350, (1, 2, 3), (350.5, 950.5), (0, np.inf), ("a", "b")],
    "points_to_double": [np.inf, "40"],
    "base_score": [np.nan, np.inf, "650"],
    "base_odds": [np.inf],
    "influence": [{"d": "half"}],
    "forbidden": [None],
    "allowed_leaks": [None],
    "crosses": [1.5, "1"],
    "least_information": [np.nan, "0"],
    "most_correlation": [-1, np.nan, "1"],
    "most_vif": [0.5, np.nan, "5"],
    "most_psi": [-1, np.nan, "1"],
}


@pytest.mark.parametrize(
    ("parameter", "value"), [(parameter, value) for parameter, values in FOUND_LATE.items() for value in values]
)
def test_a_parameter_of_another_kind_is_refused_by_name(parameter: str, value: Any, people: People) -> None:
    x, bad = people
    card = Scorecard(method="logistic", dimensions={"visits": "d"}).set_params(**{parameter: value})
    with pytest.raises(BadInput, match=f"^{parameter}"):
        card.fit(x, bad, periods=np.arange(len(bad)) % 2)


@pytest.mark.parametrize("seed", ["one", -1, 1.5])
def test_a_seed_that_is_none_is_refused(seed: Any, people: People) -> None:
    with pytest.raises(ValueError, match=r"[Ss]eed"):
        Scorecard(random_state=seed).fit(*people)


FAILS: dict[str, Callable[[Scorecard, pd.DataFrame, Any], object]] = {
    "one class": lambda card, x, bad: card.fit(x, bad * 0),
    "other classes and wrong weights": lambda card, x, bad: card.fit(x, np.where(bad == 1, "b", "a"), -bad),
    "infinite values in other columns": lambda card, x, bad: card.fit(x[["home"]].assign(z=np.inf), bad),
    "a wrong parameter": lambda card, x, bad: card.set_params(min_share=2).fit(x[["home"]], bad),
    "three classes in an array": lambda card, _, __: card.fit(np.ones((3, 2)), [0, 1, 2]),
}


@pytest.mark.parametrize("kind", FAILS)
def test_after_a_fit_that_failed_the_card_is_as_before(kind: str, people: People) -> None:
    x, bad = people
    card = Scorecard(method="logistic").fit(x, bad)
    before = {name: value for name, value in vars(card).items() if name.endswith("_")}
    expected = card.predict_proba(x), card.total(x), card.predict(x)
    with pytest.raises(ValueError, match="found"):
        FAILS[kind](card, x, bad)
    after = {name: value for name, value in vars(card).items() if name.endswith("_")}
    assert after.keys() == before.keys()
    for name, value in before.items():
        np.testing.assert_equal(after[name], value)
    for now, then in zip((card.predict_proba(x), card.total(x), card.predict(x)), expected, strict=True):
        np.testing.assert_array_equal(now, then)


def test_text_for_a_column_of_numbers_is_refused_by_name(people: People, card: Scorecard) -> None:
    with pytest.raises(BadInput, match="characteristic income"):
        card.total(people[0].assign(income="much"))


def test_columns_of_one_name_are_refused(people: People) -> None:
    x, bad = people
    with pytest.raises(ValueError, match="home"):
        Scorecard().fit(pd.concat([x, x[["home"]]], axis=1), bad)
