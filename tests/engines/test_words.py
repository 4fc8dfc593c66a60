"""Every word of the vocabulary, by worked example in DuckDB. A dict gives a measure's value by age in months."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from goodstanding.engines.vocabulary import WORDS

Worked = Callable[..., Any]

EXAMPLES = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['text']} of {example['x']}")
def test_a_word_gives_what_its_example_says(worked: Worked, example: dict[str, Any]) -> None:
    expected = example["gives"]
    found = worked(example["text"], example["x"], example.get("y"))
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-15))


def test_every_word_has_an_example() -> None:
    said = " ".join(example["text"].lower() for example in EXAMPLES)
    assert [word for word in WORDS if f"{word}(" not in said] == []


def test_large_money_does_not_overflow_a_volatility(worked: Worked) -> None:
    large = 10**14
    assert worked("volatility(3, x)", {0: large, 1: 2 * large, 2: 3 * large}) == pytest.approx(0.5)


@pytest.mark.parametrize("word", ["monthly(3, x)", "average(3, x)", "volatility(3, x)", "trend(3, x)"])
def test_a_ratio_of_whole_numbers_is_the_same_in_any_order(worked: Worked, word: str) -> None:
    values = {0: 10**14 + 1, 1: 3, 2: 7}
    reordered = dict(reversed(values.items()))
    assert worked(word, values) == worked(word, reordered)
