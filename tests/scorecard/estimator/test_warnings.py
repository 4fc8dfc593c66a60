"""What a fit says of its values: leaks stop it unless they are allowed by name, likely codes are named."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard, Warned

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]


@pytest.fixture(scope="module")
def leaky(people: People) -> People:
    """The people, of whom it was also written down afterwards what became of them, twice."""
    x, bad = people
    collected = np.where(np.arange(len(bad)) % 25 == 0, 1.0 - bad, bad)
    return x.assign(closed=np.where(bad == 1, "loss", "paid"), collected=collected), bad


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_all_leaks_are_refused_at_once_each_with_its_information_value(method: Any, leaky: People) -> None:
    with pytest.raises(BadInput) as refused:
        Scorecard(method=method).fit(*leaky)
    said = refused.value
    assert "closed (information value 1" in said.found
    assert ", collected (information value " in said.found
    assert said.expected == "an information value below 4"
    assert said.do == "Forbid it, or allow it by name: allowed_leaks=['closed', 'collected']."


def test_a_leak_is_allowed_by_name_and_is_told(leaky: People) -> None:
    with pytest.raises(BadInput, match="found collected"):
        Scorecard(method="logistic", allowed_leaks=["closed"]).fit(*leaky)
    fitted = Scorecard(method="logistic", allowed_leaks=["collected", "closed"]).fit(*leaky)
    assert [(one.characteristic, one.why) for one in fitted.warnings_ if one.why == "leak"] == [
        ("closed", "leak"),
        ("collected", "leak"),
    ]
    assert {"closed", "collected"} <= {c.name for c in fitted.table_.characteristics}


def test_a_leak_that_is_forbidden_stops_nothing(leaky: People, people: People) -> None:
    fitted = Scorecard(method="logistic", forbidden=["closed", "collected"]).fit(*leaky)
    assert fitted.table_ == Scorecard(method="logistic").fit(*people).table_
    # It may be named in both.
    both = {"forbidden": ["closed", "collected"], "allowed_leaks": ["closed"]}
    assert Scorecard(method="logistic", **both).fit(*leaky).table_ == fitted.table_


def test_a_column_of_an_array_is_allowed_by_its_number(leaky: People) -> None:
    _, bad = leaky
    values = np.column_stack([np.random.default_rng(1).random(len(bad)), bad])
    with pytest.raises(BadInput, match=r"allowed_leaks=\['x1'\]"):
        Scorecard(method="logistic").fit(values, bad)
    by_number = Scorecard(method="logistic", allowed_leaks=[1]).fit(values, bad)
    assert by_number.table_ == Scorecard(method="logistic", allowed_leaks=["x1"]).fit(values, bad).table_


def test_what_selection_would_leave_out_is_a_leak_all_the_same(leaky: People) -> None:
    with pytest.raises(BadInput, match=r"closed .*, collected "):
        Scorecard(method="logistic", most_correlation=0.1, max_attributes=3).fit(*leaky)


def test_likely_codes_are_told_until_they_are_special_values(people: People) -> None:
    x, bad = people
    share = round(float((x["visits"] == 99).mean()), 4)
    told = Warned("visits", "likely_code", share, (99.0,))
    assert Scorecard(method="logistic").fit(x, bad).warnings_ == (told,)
    assert Scorecard(method="logistic", special_values={"visits": [99]}).fit(x, bad).warnings_ == ()


def test_neither_the_order_of_columns_nor_that_of_rows_changes_a_warning(leaky: People) -> None:
    x, bad = leaky
    order = np.random.default_rng(4).permutation(len(bad))
    asked = {"method": "logistic", "allowed_leaks": ["closed", "collected"]}
    one = Scorecard(**asked).fit(x, bad).warnings_
    other = Scorecard(**asked).fit(x[x.columns[::-1]].iloc[order], bad[order]).warnings_
    assert set(one) == set(other)
    assert len(one) == 3
