"""The same records give the same card, in whatever order and however they are counted."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from goodstanding.scorecard import Scorecard

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]
ASKED: dict[str, dict[str, Any]] = {
    "boosted": {},
    "logistic": {"method": "logistic"},
    "crossed and special": {"crosses": 2, "special_values": {"visits": [99], "home": ["it's"]}},
    "capped": {
        "dimensions": {"income": "money", "visits": "habit", "home": "money", "member": "habit"},
        "influence": {"money": 0.5, "habit": 0.6},
    },
    "selected": {"method": "logistic", "most_correlation": 0.5, "most_vif": 3, "least_information": 0.01},
    "unknown is average": {"unknown": "average"},
}


@pytest.mark.parametrize("kind", ASKED)
def test_the_order_of_the_rows_does_not_matter(kind: str, people: People) -> None:
    x, bad = people
    order = np.random.default_rng(1).permutation(len(x))
    one = Scorecard(**ASKED[kind]).fit(x, bad)
    other = Scorecard(**ASKED[kind]).fit(x.iloc[order], bad[order])
    assert other.table_ == one.table_
    assert other.decisions_ == one.decisions_
    assert other.warnings_ == one.warnings_
    assert other.influence_ == one.influence_


def _turned(n: int, seed: int) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Every other row bad."""
    bad = np.arange(n) % 2
    x = np.random.default_rng(seed).normal(size=(n, 4))
    x[:, 0] += 0.5 * bad
    return pd.DataFrame(x, columns=list("abcd")), bad


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_rows_that_come_good_and_bad_in_turn_are_as_any_others(method: Any) -> None:
    x, bad = _turned(45_000, 1)
    order = np.random.default_rng(2).permutation(len(x))
    one, other = Scorecard(method=method).fit(x, bad), Scorecard(method=method).fit(x.iloc[order], bad[order])
    assert one.table_ == other.table_
    assert one.auc_ > 0.6
    few = np.zeros(len(x), np.int64)
    few[1:121:2] = 1
    assert 600 < Scorecard(method=method).fit(x, few).table_.base < 1100


def test_the_order_of_very_many_rows_does_not_matter_under_caps() -> None:
    x, bad = _turned(60_000, 3)
    asked: dict[str, Any] = {"dimensions": {"a": "A", "b": "A", "c": "B", "d": "B"}, "influence": {"A": 0.5}}
    x["c"] += 0.3 * bad
    order = np.random.default_rng(4).permutation(len(x))
    assert Scorecard(**asked).fit(x, bad).table_ == Scorecard(**asked).fit(x.iloc[order], bad[order]).table_


@pytest.mark.parametrize("kind", ASKED)
def test_a_row_of_weight_three_is_the_row_three_times(kind: str, people: People) -> None:
    x, bad = people
    times = np.random.default_rng(2).integers(0, 4, len(x))
    weighted = Scorecard(**ASKED[kind]).fit(x, bad, sample_weight=times)
    repeated = Scorecard(**ASKED[kind]).fit(x.loc[x.index.repeat(times)], np.repeat(bad, times))
    assert weighted.table_ == repeated.table_
    assert weighted.decisions_ == repeated.decisions_
    assert weighted.warnings_ == repeated.warnings_
    assert weighted.influence_ == repeated.influence_


def test_rows_of_no_weight_are_not_there(people: People) -> None:
    x, bad = people
    strange = pd.concat([x, x.assign(home="nowhere", income=1e9)], ignore_index=True)
    weight = np.repeat([1, 0], len(x))
    fitted = Scorecard().fit(strange, np.concatenate([bad, 1 - bad]), sample_weight=weight)
    assert fitted.table_ == Scorecard().fit(x, bad).table_


def test_one_weight_for_all_is_that_weight_for_each(people: People) -> None:
    x, bad = people
    one = Scorecard(method="logistic").fit(x, bad, sample_weight=2.0)
    assert one.table_ == Scorecard(method="logistic").fit(x, bad, sample_weight=np.full(len(x), 2)).table_


def test_a_seed_gives_one_card_and_another_seed_another(people: People) -> None:
    cards = [Scorecard(random_state=seed).fit(*people).table_ for seed in (5, 5, 6)]
    assert cards[0] == cards[1] != cards[2]
    drawn = [Scorecard(random_state=np.random.RandomState(5)).fit(*people).table_ for _ in range(2)]
    assert drawn[0] == drawn[1] == cards[0]


def test_fitting_again_forgets_the_first_fit(people: People, card: Scorecard, asked: dict[str, Any]) -> None:
    x, bad = people
    again = Scorecard(**asked).fit(x[::-1].assign(income=1.0, home="own"), 1 - bad).fit(x, bad)
    assert again.table_ == card.table_


def test_what_is_forbidden_leaves_no_trace(people: People) -> None:
    x, bad = people
    without = Scorecard().fit(x.drop(columns="home"), bad)
    fitted = Scorecard(forbidden=["home"]).fit(x, bad)
    assert fitted.table_ == without.table_
    np.testing.assert_array_equal(fitted.total(x.assign(home="rent")), fitted.total(x))
    assert "home" not in {decision.characteristic for decision in fitted.decisions_}


FORBIDDEN: dict[str, Any] = {
    "infinite values": np.inf,
    "dates": pd.Timestamp("2020-01-01"),
    "lists": None,
}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_what_is_forbidden_is_never_read(kind: str, people: People) -> None:
    x, bad = people
    wide = x.assign(never=[[1]] * len(x) if kind == "lists" else FORBIDDEN[kind])
    fitted = Scorecard(method="logistic", forbidden=["never"]).fit(wide, bad)
    assert fitted.table_ == Scorecard(method="logistic").fit(x, bad).table_
    np.testing.assert_array_equal(fitted.total(wide), Scorecard(method="logistic").fit(x, bad).total(x))
