"""A card small enough to check by hand, from its file; and what a fit counts."""

import math

import numpy as np
import pandas as pd
import pytest

from goodstanding.scorecard import Reason, Scorecard

NAN = math.nan
# 600 points mean 30 goods for each bad, 20 more double the odds.
FILE = """{
 "classes": ["good", "bad"],
 "columns": ["age", "home"],
 "named": true,
 "table": {
  "base": 580, "range": [540, 620], "base_score": 600, "base_odds": 30, "points_to_double": 20,
  "characteristics": [
   {"name": "age", "dimension": "",
    "attributes": [{"points": -20, "count": 40, "bads": 10, "weight": -0.5},
                   {"least": 30, "points": 0, "count": 30, "bads": 3},
                   {"least": 45.5, "points": 30, "count": 20, "bads": 1, "weight": 0.7}],
    "special": [{"levels": [-1.0], "points": 10, "count": 4}],
    "missing": {"points": -5, "count": 6, "bads": 3}},
   {"name": "home", "dimension": "",
    "attributes": [{"levels": ["own", "family"], "points": 15, "count": 60, "bads": 3},
                   {"levels": ["rent"], "points": -25, "count": 40, "bads": 14}],
    "other": {}}
  ]
 }
}"""
PEOPLE: list[tuple[float, str | None, int, int]] = [
    # age, home, points of each
    (29.999, "own", -20, 15),
    (30.0, "family", 0, 15),
    (45.499, "rent", 0, -25),
    (45.5, "own", 30, 15),
    (-1.0, "rent", 10, -25),
    (-1.5, "tent", -20, 0),
    (NAN, None, -5, 0),
    (NAN, "Rent", -5, 0),
    (18.0, "rent", -20, -25),
]


@pytest.fixture
def example() -> Scorecard:
    return Scorecard.from_json(FILE)


@pytest.fixture
def x() -> pd.DataFrame:
    homes = pd.Series([home for _, home, _, _ in PEOPLE], dtype=object)
    return pd.DataFrame({"age": [age for age, _, _, _ in PEOPLE], "home": homes})


def test_points_are_those_of_the_attributes(example: Scorecard, x: pd.DataFrame) -> None:
    points = example.points(x)
    assert list(points.columns) == ["age", "home"]
    assert list(zip(points["age"], points["home"], strict=True)) == [(age, home) for _, _, age, home in PEOPLE]


def test_the_total_is_base_and_points_held_inside_the_range(example: Scorecard, x: pd.DataFrame) -> None:
    # 580 - 20 + 15, 580 + 15, 580 - 25, 625 held at 620, 580 + 10 - 25, 580 - 20, 580 - 5, 580 - 5, 535 held at 540.
    assert example.total(x).tolist() == [575, 595, 555, 620, 565, 560, 575, 575, 540]


def test_the_chance_of_bad_is_that_of_the_points_on_the_scale(example: Scorecard, x: pd.DataFrame) -> None:
    chances = example.predict_proba(x)
    # 580 is a doubling below 600, so 15 goods for each bad; what the range cuts off still counts.
    for row, (_, _, age, home) in enumerate(PEOPLE):
        odds = 30 * 2 ** ((580 + age + home - 600) / 20)
        assert chances[row] == pytest.approx([odds / (1 + odds), 1 / (1 + odds)], rel=1e-12)
    # Nobody is likelier bad than good until 30 goods for each bad are halved five times: 500 points.
    assert example.predict(x).tolist() == ["good"] * len(x)


def test_base_score_means_base_odds_and_points_double_them() -> None:
    flat = FILE.replace('"base": 580', '"base": {}')
    x = pd.DataFrame({"age": [31.0], "home": ["tent"]})
    bad = {
        base: Scorecard.from_json(flat.replace("{}", str(base), 1)).predict_proba(x)[0, 1] for base in (600, 620, 580)
    }
    assert bad[600] == pytest.approx(1 / 31)
    assert bad[620] == pytest.approx(1 / 61)
    assert bad[580] == pytest.approx(1 / 16)


def test_who_has_less_than_even_odds_is_predicted_bad() -> None:
    # Even odds are at 600 - 20 * log2(30) = 501.9 points.
    x = pd.DataFrame({"age": [31.0], "home": ["tent"]})
    for base, expected in ((501, "bad"), (502, "good")):
        card = Scorecard.from_json(FILE.replace('"base": 580', f'"base": {base}'))
        assert card.predict(x).tolist() == [expected]


def test_the_table_names_each_attribute_with_its_count_and_bad_rate(example: Scorecard) -> None:
    assert example.table("pandas").to_numpy().tolist() == [
        ["age", "missing", 6, 0.5, 0.0, -5],
        ["age", "-1", 4, 0.0, 0.0, 10],
        ["age", "< 30", 40, 0.25, -0.5, -20],
        ["age", "≥ 30 < 45.5", 30, 0.1, 0.0, 0],
        ["age", "≥ 45.5", 20, 0.05, 0.7, 30],
        ["home", "own, family", 60, 0.05, 0.0, 15],
        ["home", "rent", 40, 0.35, 0.0, -25],
    ]


def test_reasons_are_what_was_lost_to_the_best_attribute(example: Scorecard, x: pd.DataFrame) -> None:
    said = example.explain(x)
    assert said[0] == (Reason("age", "< 30", -20, 50),)
    assert said[3] == ()
    assert said[4] == (Reason("home", "rent", -25, 40), Reason("age", "-1", 10, 20))
    assert said[6] == (Reason("age", "missing", -5, 35), Reason("home", "missing", 0, 15))
    assert said[7] == (Reason("age", "missing", -5, 35), Reason("home", "other", 0, 15))


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_a_fit_counts_its_attributes_and_expects_as_many_bads_as_there_are(method: str) -> None:
    # 200 own, of whom 10 were bad; 100 rent, of whom 20 were; 50 not known, of whom 10 were.
    home = np.array(["own"] * 200 + ["rent"] * 100 + [None] * 50, dtype=object)
    bad = np.array([1] * 10 + [0] * 190 + [1] * 20 + [0] * 80 + [1] * 10 + [0] * 40)
    x = pd.DataFrame({"home": pd.Series(home, dtype=object)})
    card = Scorecard(method=method).fit(x, bad)
    table = card.table("pandas").set_index("attribute")
    assert table["count"].to_dict() == {"missing": 50, "own": 200, "rent": 100}
    assert table["bad_rate"].to_dict() == {"missing": 0.2, "own": 0.05, "rent": 0.2}
    assert table.loc["own", "points"] > 0 > table.loc["rent", "points"]
    # The weight of evidence is of rates drawn to the average, 40 in 350, by 10 people.
    average = 40 / 350
    rate = (10 + 10 * average) / 210
    weight = math.log((1 - rate) / rate) - math.log((1 - average) / average)
    assert table.loc["own", "weight_of_evidence"] == pytest.approx(weight, abs=5e-5)
    # Whole points move the number expected by less than 1 in 100.
    assert card.predict_proba(x)[:, 1].sum() == pytest.approx(40, rel=0.01)
    assert card.total(pd.DataFrame({"home": ["own"]})).item() == card.table_.base + table.loc["own", "points"]
