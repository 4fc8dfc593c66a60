"""A card's PMML, evaluated by a program that is not ours."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from goodstanding.scorecard import Attribute, Characteristic, PointsTable, Scorecard

CardOf: TypeAlias = Callable[[PointsTable], Scorecard]
Evaluate: TypeAlias = Callable[[Scorecard, pd.DataFrame], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def evaluate() -> Iterator[Evaluate]:
    """What the model says of each row, None being missing; true and false are 1 and 0."""
    if shutil.which("java") is None:
        pytest.skip("needs java on the PATH")
    pypmml = pytest.importorskip("pypmml")

    def plain(value: Any) -> Any:
        if value is None or value != value:  # noqa: PLR0124 - NaN
            return None
        return value if isinstance(value, str) else float(value)

    known: dict[tuple[str, int], tuple[pd.DataFrame, list[dict[str, Any]]]] = {}

    def evaluated(card: Scorecard, x: pd.DataFrame) -> list[dict[str, Any]]:
        text, rows = card.to_pmml(), x.to_dict("records")
        if (text, id(x)) not in known:
            model = pypmml.Model.fromString(text)
            plainly = ({str(name): plain(value) for name, value in row.items()} for row in rows)
            known[text, id(x)] = x, [dict(model.predict(row)) for row in plainly]
        return known[text, id(x)][1]

    yield evaluated
    pypmml.PMMLContext.shutdown()


def test_the_model_gives_the_total_of_every_row(card: Scorecard, newcomers: pd.DataFrame, evaluate: Evaluate) -> None:
    found = evaluate(card, newcomers)
    assert len(found) > 200
    assert [row["score"] for row in found] == card.total(newcomers).tolist()
    totals = card.table_.base + card.points(newcomers).sum(axis=1)
    assert [row["total"] for row in found] == totals.tolist()


def test_the_model_gives_the_reasons(card: Scorecard, newcomers: pd.DataFrame, evaluate: Evaluate) -> None:
    for row, reasons in zip(evaluate(card, newcomers), card.explain(newcomers), strict=True):
        lost = {reason.characteristic: reason.lost for reason in reasons}
        said = [row[f"reason{rank}"] for rank in range(1, len(reasons) + 1)]
        # Equal losses may come in another order, and the last of four may be another of the same loss.
        assert [lost.get(name, reasons[-1].lost) for name in said] == [reason.lost for reason in reasons]


def test_the_model_holds_the_score_inside_the_range(card_of: CardOf, evaluate: Evaluate) -> None:
    ranges = (Attribute(None, points=-500), Attribute(0.0, points=-1), Attribute(1.0, points=500))
    card = card_of(
        PointsTable(600, (350, 950), 650, 20, 40, (Characteristic("x", "", ranges, missing=Attribute(points=350)),))
    )
    found = evaluate(card, pd.DataFrame({"x": [-1.0, 0.5, 1.0, None]}))
    assert [(row["total"], row["score"]) for row in found] == [(100, 350), (599, 599), (1100, 950), (950, 950)]


def test_the_model_tells_neighbours_of_a_cut_apart(card_of: CardOf, evaluate: Evaluate) -> None:
    cuts = [-1e15, -0.1, 0.30000000000000004, 1e-9 + 0.5, 1e22]
    parts = tuple(Attribute(cut, points=10 * i) for i, cut in enumerate([None, *cuts]))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (Characteristic("x", "", parts),)))
    x = pd.DataFrame({"x": [v for cut in cuts for v in (np.nextafter(cut, -np.inf), cut, np.nextafter(cut, np.inf))]})
    assert [row["score"] for row in evaluate(card, x)] == card.total(x).tolist()


def test_the_model_says_what_it_was_made_of(card: Scorecard) -> None:
    space = {"p": "http://www.dmg.org/PMML-4_4"}
    root = ET.fromstring(card.to_pmml().encode())  # noqa: S314 - our own text
    assert root.get("version") == "4.4"
    fields = root.findall("p:DataDictionary/p:DataField", space)
    assert [field.get("name") for field in fields] == [c.name for c in card.table_.characteristics]
    model = root.find("p:Scorecard", space)
    assert model is not None
    assert model.get("initialScore") == str(card.table_.base)
    outputs = [field.get("name") for field in model.findall("p:Output/p:OutputField", space)]
    assert outputs == ["total", "score", "reason1", "reason2", "reason3", "reason4"]
    parts = model.findall("p:Characteristics/p:Characteristic", space)
    assert [part.get("reasonCode") for part in parts] == list(
        card.points(pd.DataFrame({name: [] for name in card.feature_names_in_})).columns
    )


def test_a_level_that_is_markup_stays_a_level(card_of: CardOf) -> None:
    levels = ('say "hi" & <b>', "it's", "žluť", "tab\tin", " ", "")
    home = Characteristic("home", "", (Attribute(levels=levels, points=5),), other=Attribute(points=-5))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (home,)))
    space = {"p": "http://www.dmg.org/PMML-4_4"}
    predicates = ET.fromstring(card.to_pmml().encode()).findall(".//p:SimplePredicate[@operator='equal']", space)  # noqa: S314
    assert tuple(predicate.get("value") for predicate in predicates) == levels
