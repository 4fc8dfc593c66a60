"""Fine classes: a characteristic's values sorted into at most 250 small classes, from which attributes are made.

Everything after this works on the classes' numbers, one byte a value, whatever the size of the sample.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning.distinct_values import runs_of_values
from goodstanding.scorecard.binning.tallies import Floats
from goodstanding.scorecard.codes import ClassCodes, Special, level_codes, number_codes

FINE_CLASSES = 128
MOST_LEVELS = 1_000
# Of levels with an order that a trend is asked of.
MOST_ORDERED = 200
# A level seen less often than this is counted with the other rare ones: its own rate would be chance.
LEAST_OF_LEVEL = 5
# Further digits of a sum of weights depend on the order of rows.
DIGITS = 6


@dataclass(frozen=True)
class FineClasses:
    """How values become class numbers: 0 for missing, 1 to S for special values, then the classes in order.

    Numbers: `cuts` are the lower bounds of all classes but the first, `below` the greatest value seen under each.
    Levels: `levels` in order, and one last class for every other level, rare or never seen; `cuts` is empty.
    `ordered` says that the order means something, so that neighbours belong together, as those of numbers do.
    """

    special: tuple[Special, ...]
    cuts: Floats
    below: Floats
    levels: tuple[str, ...] | None = None
    ordered: bool = False

    @property
    def first(self) -> int:
        """The number of the first class that is neither missing nor special."""
        return 1 + len(self.special)

    @property
    def end(self) -> int:
        """The number after the last class that is not for other levels."""
        return self.size - (self.levels is not None)

    @property
    def size(self) -> int:
        """How many numbers there are in all."""
        return self.first + (len(self.cuts) if self.levels is None else len(self.levels)) + 1

    def codes(self, values: NDArray[Any]) -> ClassCodes:
        """The class number of each of n values: float64 with NaN for missing, or text with None for missing."""
        if self.levels is None:
            return number_codes(values, self.special, self.cuts)
        return level_codes(values, self.special, self.levels)


def fine_classes(
    values: NDArray[Any], weight: Floats, special: Sequence[Special] = (), order: Sequence[str] = ()
) -> FineClasses:
    """Fine classes of n values with their weights: quantiles of numbers, the commoner levels of text.

    Special values that are text count for text only, numbers for numbers only. Of levels that have an order each is a
    class, however rare: a rare one has its place between its neighbours, and is not one of the others.
    """
    if values.dtype == object:
        named = tuple(dict.fromkeys(value for value in special if isinstance(value, str)))
        if order:
            levels = tuple(level for level in order if level not in named)
            return FineClasses(named, np.empty(0), np.empty(0), levels, ordered=True)
        return FineClasses(named, np.empty(0), np.empty(0), _common_levels(values, weight, named))
    # NaN is missing already.
    numbers = dict.fromkeys(float(value) for value in special if not isinstance(value, str))
    special = tuple(value for value in numbers if not math.isnan(value))
    if special:
        ordinary = ~np.isin(values, np.array(special, dtype=np.float64))
        values, weight = values[ordinary], weight[ordinary]
    runs = runs_of_values(values, weight, FINE_CLASSES)
    if len(runs) <= FINE_CLASSES:
        return FineClasses(special, runs.least[1:], runs.most[:-1])
    reached = np.cumsum(runs.weights)
    levels = reached[-1] * np.arange(1, FINE_CLASSES) / FINE_CLASSES
    last: NDArray[np.int64] = np.unique(np.asarray(np.searchsorted(reached, levels * (1 - 1e-12)), dtype=np.int64))
    last = last[last < len(runs) - 1]
    return FineClasses(special, runs.least[last + 1], runs.most[last])


def shortest(low: float, high: float) -> float:
    """The number with the fewest digits above `low` and not above `high`: a cut that people can read."""
    if low < 0 <= high:
        return 0.0
    greatest = max(abs(low), abs(high))
    # Nothing is between them with fewer digits than the first of the greater one.
    first = -math.ceil(math.log10(greatest)) - 1 if math.isfinite(greatest) else 16
    for digits in range(max(first, -15), 16):
        # A hair more than the product, which may fall just short of the whole number that it stands for.
        reached = high * 10.0**digits * (1 + math.copysign(1e-12, high))
        if not math.isfinite(reached):
            break
        candidate = round(math.floor(reached) / 10.0**digits, digits)
        if low < candidate <= high:
            return candidate
    return float(high)


def _common_levels(values: NDArray[Any], weight: Floats, special: tuple[str, ...]) -> tuple[str, ...]:
    """The levels seen often enough, at most MOST_LEVELS of them, sorted."""
    seen: dict[Any, float] = {}
    for value, times in zip(values.tolist(), weight.tolist(), strict=True):
        if value is not None and value not in special:
            seen[value] = seen.get(value, 0.0) + times
    seen = {level: round(times, DIGITS) for level, times in seen.items()}
    common = sorted((level for level in seen if seen[level] >= LEAST_OF_LEVEL), key=lambda v: (-seen[v], v))
    return tuple(sorted(common[:MOST_LEVELS]))
