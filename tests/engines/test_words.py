"""Every word of the vocabulary, by worked example in DuckDB. A dict gives a measure's value by age in months."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from goodstanding.engines.vocabulary import MEASURE_WORDS, WORDS

Worked = Callable[..., Any]

SAID = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
EXAMPLES = [example for example in SAID if "text" in example]
OF_MEASURES = [example for example in SAID if "measure" in example]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['text']} of {example['x']}")
def test_a_word_gives_what_its_example_says(worked: Worked, example: dict[str, Any]) -> None:
    expected = example["gives"]
    found = worked(example["text"], example["x"], example.get("y"))
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-15))


@pytest.mark.parametrize("example", OF_MEASURES, ids=lambda example: f"{example['measure']} of {example['a']}")
def test_a_word_of_measures_gives_what_its_example_says(measured: Worked, example: dict[str, Any]) -> None:
    assert measured(example["measure"], example["a"], example.get("b")) == example["gives"]


def test_every_word_of_measures_has_an_example() -> None:
    said = " ".join(example["measure"] for example in OF_MEASURES)
    assert [word for word in MEASURE_WORDS if f"{word}(" not in said] == []


def test_every_word_has_an_example() -> None:
    said = " ".join(example["text"].lower() for example in EXAMPLES)
    assert [word for word in WORDS if f"{word}(" not in said] == []


def test_large_money_does_not_overflow_a_volatility(worked: Worked) -> None:
    large = 10**14
    assert worked("volatility(3, x)", {0: large, 1: 2 * large, 2: 3 * large}) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "word", ["monthly(3, x)", "month_share(3, x)", "average(3, x)", "volatility(3, x)", "trend(3, x)"]
)
def test_a_ratio_of_whole_numbers_is_the_same_in_any_order(worked: Worked, word: str) -> None:
    values = {0: 10**14 + 1, 1: 3, 2: 7}
    reordered = dict(reversed(values.items()))
    assert worked(word, values) == worked(word, reordered)
