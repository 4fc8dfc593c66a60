"""Values outside of what a card was developed on: what is missing, special or other is not."""

from typing import Any, TypeAlias

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.engines import Duck
from goodstanding.errors import BadInput
from goodstanding.scorecard import Attribute, Characteristic, PointsTable, Scorecard, outside_sql
from goodstanding.scorecard.table import table_outside

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]
often = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _told(card: Scorecard, x: Any) -> dict[str, dict[str, Any]]:
    found = card.outside(x)
    plain = found.to_pandas() if isinstance(found, pl.DataFrame) else found
    rows = plain.astype(object).where(plain.notna(), None).to_dict("records")
    return {row.pop("characteristic"): row for row in rows}


@pytest.fixture(scope="module")
def by_hand() -> Scorecard:
    """A card of a number from -2 to 7 with a code 99, and of the levels a and b."""
    chance = np.random.default_rng(8)
    number, level = chance.integers(-2, 8, 400).astype(float), chance.choice(np.array(["a", "b"], dtype=object), 400)
    number[:2], number[2:40], number[40:60] = (-2, 7), 99, np.nan
    bad = chance.random(400) < 0.2 + 0.05 * (number % 10) * (level == "a")
    return Scorecard(special_values={"number": [99]}).fit(pd.DataFrame({"number": number, "level": level}), bad)


def test_the_ends_of_the_ordinary_values_are_on_the_card(by_hand: Scorecard) -> None:
    number, level = by_hand.table_.characteristics
    assert (number.least_seen, number.greatest_seen) == (-2, 7)
    assert (level.least_seen, level.greatest_seen) == (None, None)


def test_rows_outside_are_counted(by_hand: Scorecard) -> None:
    number = [-2, 7, 99, np.nan, -3, 7.5, 1000, 0]
    level = ["a", "b", None, "c", "c", "a", "d", "b"]
    found = _told(by_hand, pd.DataFrame({"number": number, "level": level}))
    ends = {"least_seen": -2, "greatest_seen": 7, "least_found": -3, "greatest_found": 1000}
    assert found["number"] == {"outside": 3, "share": 3 / 8, **ends}
    assert found["level"] == {"outside": 3, "share": 3 / 8} | dict.fromkeys(ends)


def test_the_frame_is_of_the_library_of_x(by_hand: Scorecard) -> None:
    x = {"number": [8.0, 1.0], "level": ["a", "e"]}
    assert isinstance(by_hand.outside(pl.DataFrame(x)), pl.DataFrame)
    assert _told(by_hand, pl.DataFrame(x)) == _told(by_hand, pd.DataFrame(x))
    assert _told(by_hand, pl.DataFrame(x))["number"]["outside"] == 1


def test_who_was_developed_on_is_not_outside(card: Scorecard, people: People) -> None:
    assert {row["outside"] for row in _told(card, people[0]).values()} == {0}


def test_where_rare_levels_were_seen_it_is_not_known_which(people: People) -> None:
    x, bad = people
    rare = x.assign(**{"home's": np.where(np.arange(len(x)) < 3, "boat", x["home's"])})
    card = Scorecard(method="logistic").fit(rare, bad)
    found = _told(card, rare.assign(**{"home's": "moon"}))
    assert (found["home's"]["outside"], found["home's"]["share"]) == (None, None)
    assert found["net income"]["outside"] == 0


def test_a_card_of_before_it_was_written_reads_and_says_that_it_does_not_know(by_hand: Scorecard) -> None:
    said = msgspec.json.decode(by_hand.to_json())
    for characteristic in said["table"]["characteristics"]:
        characteristic.pop("least_seen", None)
        characteristic.pop("greatest_seen", None)
    old = Scorecard.from_json(msgspec.json.encode(said).decode())
    x = pd.DataFrame({"number": [8.0, 1.0], "level": ["a", "e"]})
    np.testing.assert_array_equal(old.total(x), by_hand.total(x))
    assert _told(old, x)["number"]["outside"] is None
    assert outside_sql(old.table_.characteristics[0], "number") is None


@pytest.mark.parametrize("ends", [{"least_seen": 9}, {"greatest_seen": None}])
def test_ends_that_are_none_are_refused(ends: dict[str, Any], by_hand: Scorecard) -> None:
    said = msgspec.json.decode(by_hand.to_json())
    said["table"]["characteristics"][0] |= ends
    with pytest.raises(BadInput, match="least_seen, greatest_seen"):
        Scorecard.from_json(msgspec.json.encode(said).decode())


@often
@given(
    seen=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=5),
    values=st.lists(st.none() | st.floats(-1e12, 1e12), max_size=5),
    special=st.sampled_from([(), (99.0,), (-1.0, 0.5)]),
)
def test_sql_counts_what_the_frame_counts(
    seen: list[float], values: list[float | None], special: tuple[float, ...], duck: Duck
) -> None:
    """Also the ends themselves, to the last bit."""
    of = Characteristic(
        "a",
        "",
        (Attribute(),),
        tuple(Attribute(levels=(value,)) for value in special),
        least_seen=min(seen),
        greatest_seen=max(seen),
    )
    rows = [*values, *seen, *special, float(np.nextafter(max(seen), np.inf)), float(np.nextafter(min(seen), -np.inf))]
    plain = np.array([np.nan if value is None else value for value in rows])
    duck.table("found", {"a": plain})
    expected = table_outside(PointsTable(0, (0, 1), 0, 1, 1, (of,)), {"a": plain})["a"].rows
    sql = outside_sql(of, "a")
    assert (
        duck.value(f"SELECT count(CASE WHEN {sql} THEN 1 END) FROM (SELECT nullif(a, 'NaN') AS a FROM found)")
        == expected
    )
    assert expected is not None
    assert expected >= len({*rows[-2:]} - {*special})
