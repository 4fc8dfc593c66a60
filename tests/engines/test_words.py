"""Every word of the vocabulary, by worked example in DuckDB. A dict gives a measure's value by age in months."""

from collections.abc import Callable
from typing import Any

import pytest

Worked = Callable[..., Any]

EXAMPLES = [
    # within: the last n statements, nothing in older ones
    ("sum(within(3, x))", {0: 1, 2: 10, 3: 100}, 11),
    ("sum(within(1, x))", {0: 1, 1: 10}, 1),
    ("min(within(12, x))", {0: 5, 11: -7, 12: -9}, -7),
    ("max(within(2, x))", {0: 5, 1: 6, 2: 99}, 6),
    ("count(within(6, x))", {0: 5, 1: None, 5: 0, 6: 1}, 2),
    ("sum(within(3, x))", {3: 100}, None),
    ("sum(within(3, x * 2 + 1))", {0: 1, 2: 10, 3: 100}, 24),
    # months_with: in how many of the last n months x was above 0
    ("months_with(6, x)", {0: 5, 1: 0, 2: -3, 3: 1, 6: 7}, 2),
    ("months_with(6, x)", {7: 1}, 0),
    ("months_with(3, x)", {0: None, 1: 2}, 1),
    # months_since: months since x was last above 0, looking back n months
    ("months_since(12, x)", {0: 0, 3: 2, 8: 1}, 3),
    ("months_since(12, x)", {0: 4}, 0),
    ("months_since(3, x)", {0: 0, 3: 2}, None),
    # months_since_first: the longest ago
    ("months_since_first(x)", {0: 1, 3: 2, 8: 0, 40: None}, 3),
    ("months_since_first(x)", {0: 0}, None),
    # months_on_file: since the first statement, the as-of month counted
    ("months_on_file()", {0: None}, 1),
    ("months_on_file()", {0: 1, 11: 1}, 12),
    ("months_on_file()", {5: 1}, 6),
    # monthly: a month without a statement counts as 0; months before the first do not count
    ("monthly(12, x)", {0: 120, 11: 120}, 20.0),
    ("monthly(12, x)", {0: 120, 3: 120}, 60.0),
    ("monthly(2, x)", {0: 10, 1: 20, 5: 999}, 15.0),
    ("monthly(3, x)", {1: None, 5: 4}, 0.0),
    # average: over the statements that have it
    ("average(12, x)", {0: 10, 3: 20, 4: None}, 15.0),
    ("average(2, x)", {0: 10, 2: 20}, 10.0),
    ("average(2, x)", {2: 20}, None),
    # volatility: the sample's standard deviation over the mean
    ("volatility(3, x)", {0: 10, 1: 20, 2: 30}, 0.5),
    ("volatility(4, x)", {0: 10, 1: 10, 2: 10, 3: 10, 4: 500}, 0.0),
    # of 30, 0 and 0: the mean is 10, the squared deviations 600 over 2 degrees of freedom
    ("volatility(3, x)", {0: 30, 2: 0}, 300**0.5 / 10),
    ("volatility(12, x)", {0: 10, 1: 20}, None),
    ("volatility(3, x)", {0: 0, 1: 0, 2: 0}, None),
    ("volatility(3, x)", {0: -5, 1: 1, 2: 1}, None),
    # trend: monthly x of the later half of n months over that of all n
    ("trend(4, x)", {0: 30, 1: 30, 2: 10, 3: 10}, 1.5),
    ("trend(4, x)", {0: 0, 3: 10}, 0.0),
    ("trend(4, x)", {0: 20, 3: 0}, 2.0),
    ("trend(4, x)", {0: 5, 1: 5, 2: 5, 3: 5, 9: 1000}, 1.0),
    ("trend(4, x)", {0: 5, 2: 5}, None),
    ("trend(4, x)", {0: 0, 3: 0}, None),
    # the aggregates, and plain SQL around them
    ("sum(x)", {0: 1, 99: 2}, 3),
    ("count(*)", {0: 1, 4: None}, 2),
    ("count(distinct x)", {0: 1, 1: 1, 2: 2}, 2),
    ("count(x)", {0: 1, 1: None}, 1),
    ("coalesce(sum(within(1, x)), -1)", {5: 3}, -1),
    ("greatest(min(x), 0)", {0: -4, 1: 9}, 0),
    ("least(max(x), 5)", {0: -4, 1: 9}, 5),
    ("case when sum(x) > 10 then 1 when sum(x) > 5 then 2 else 3 end", {0: 7}, 2),
    ("sum(case when x between 2 and 3 then 1 else 0 end)", {0: 1, 1: 2, 2: 3, 3: 4}, 2),
    ("sum(case when x in (1, 4) and not x is null then 1 end)", {0: 1, 1: 2, 3: 4, 5: None}, 2),
    ("(sum(x) - 1) * 2 + -max(x)", {0: 3, 1: 4}, 8),
    ("months_with(3, x) + months_on_file()", {0: 3, 1: 4}, 4),
    ("SUM(WITHIN(1, X))".replace("X", "x"), {0: 3, 1: 4}, 3),
]


@pytest.mark.parametrize(("text", "x", "expected"), EXAMPLES, ids=[f"{text} of {x}" for text, x, _ in EXAMPLES])
def test_a_word_gives_what_its_example_says(worked: Worked, text: str, x: dict[int, int], expected: object) -> None:
    assert worked(text, x) == (None if expected is None else pytest.approx(expected, rel=1e-12))


SHARES = [
    ("share(sum(x), sum(y))", {0: 1, 1: 2}, {0: 4, 1: 8}, 0.25),
    ("share(sum(within(1, x)), sum(within(1, y)))", {0: 3, 1: 2}, {0: 4, 1: 8}, 0.75),
    ("share(sum(x), sum(y))", {0: 1}, {0: 0}, None),
    ("share(sum(x), sum(y))", {0: 1}, {0: None}, None),
    ("share(months_with(6, x), months_on_file())", {0: 1, 1: 1, 3: 0}, {}, 0.5),
    ("1 - share(sum(x), sum(y))", {0: 1}, {0: 4}, 0.75),
    # A whole 1 / 3 would be 0.
    ("share(sum(x), sum(y))", {0: 1}, {0: 3}, 1 / 3),
    ("sum(within(2, x - y))", {0: 5, 1: 5, 2: 5}, {0: 1, 1: 1, 2: 1}, 8),
]


@pytest.mark.parametrize(("text", "x", "y", "expected"), SHARES)
def test_two_measures_give_what_their_example_says(
    worked: Worked, text: str, x: dict[int, int], y: dict[int, int], expected: object
) -> None:
    assert worked(text, x, y) == (None if expected is None else pytest.approx(expected, rel=1e-15))


def test_large_money_does_not_overflow_a_volatility(worked: Worked) -> None:
    large = 10**14
    assert worked("volatility(3, x)", {0: large, 1: 2 * large, 2: 3 * large}) == pytest.approx(0.5)


@pytest.mark.parametrize("word", ["monthly(3, x)", "average(3, x)", "volatility(3, x)", "trend(3, x)"])
def test_a_ratio_of_whole_numbers_is_the_same_in_any_order(worked: Worked, word: str) -> None:
    values = {0: 10**14 + 1, 1: 3, 2: 7}
    reordered = dict(reversed(values.items()))
    assert worked(word, values) == worked(word, reordered)
