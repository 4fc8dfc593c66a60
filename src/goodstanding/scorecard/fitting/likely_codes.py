"""Numbers that look like codes for something else: 96 for "refused" among counts, -1 for "none" among amounts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import ROUNDING, Floats
from goodstanding.scorecard.binning.distinct_values import distinct_values
from goodstanding.scorecard.codes import Special
from goodstanding.scorecard.table.points_table import Warned

# Fewer rows than this may hold any number by chance; a level that is rarer is among the others, too.
LEAST_WEIGHT = 5
# 88 and 888 are as likely to be ordinary.
LEAST_EIGHTS = 4
# Beyond, doubles are not every whole number.
GREATEST = 2.0**53
# What bureaus give for no file, and beside it for nothing usable and for a condition not met.
NO_FILE = -9.0
BESIDE_NO_FILE = {-8.0, -7.0}
# The share of the ordinary values at each end that does not say how far they range.
TAIL = 0.01


def likely_codes(
    values: Mapping[str, NDArray[Any]], weight: Floats, special: Mapping[str, Sequence[Special]]
) -> tuple[Warned, ...]:
    """The numeric characteristics that hold likely codes, each with these and their share of the weight.

    `values` has n doubles a characteristic, NaN for missing; text is passed over, whose levels are apart already.
    """
    found: list[Warned] = []
    total = float(weight.sum())
    for name, column in values.items():
        if column.dtype == object:
            continue
        codes, weights = _codes(column, weight, special.get(name, ()))
        if codes:
            found.append(Warned(name, "likely_code", round(weights / total, 4), codes))
    return tuple(found)


def _codes(values: Floats, weight: Floats, special: Sequence[Special]) -> tuple[tuple[float, ...], float]:
    """The likely codes of one characteristic in rising order, and the weight that holds them."""
    known = ~np.isnan(values)
    for value in special:
        if not isinstance(value, str):
            known &= values != value
    plain, weight = (values, weight) if known.all() else (values[known], weight[known])
    # Sorting is for the few that have such a number at an end.
    if not len(plain) or not (_is_negative_code(plain.min()) or _is_positive_code(plain.max())):
        return (), 0.0
    distinct, weights = distinct_values(plain, weight)
    below = _below(distinct, weights)
    above = _above(distinct[below:], weights[below:])
    ends = np.arange(len(distinct))
    chosen = (ends < below) | (ends >= len(distinct) - above)
    return tuple(distinct[chosen].tolist()), float(weights[chosen].sum())


def _below(distinct: Floats, weights: Floats) -> int:
    """How many of the least values are codes: all below 0 or none, since of amounts that may be negative -1 is one."""
    codes = int((distinct < 0).sum())
    less = {float(value) for value in distinct[:codes]}
    likely = all(_is_negative_code(value) or (value in BESIDE_NO_FILE and NO_FILE in less) for value in less)
    return codes if likely and _stands(weights[:codes], len(distinct) - codes) else 0


def _above(distinct: Floats, weights: Floats) -> int:
    """How many of the greatest values are codes: the most that stand further from the rest than these range."""
    found = 0
    for codes in range(1, len(distinct)):
        ordinary = len(distinct) - codes
        if not _is_positive_code(distinct[ordinary]):
            break
        if _apart(distinct, weights, ordinary) and _stands(weights[ordinary:], ordinary):
            found = codes
    return found


def _apart(distinct: Floats, weights: Floats, ordinary: int) -> bool:
    """Whether what follows so many ordinary values is further from the last than these range without their tails."""
    reached: Floats = np.cumsum(weights[:ordinary])
    # A hair below, for sums of weights that should be equal to it.
    tails: Floats = np.array([TAIL, 1 - TAIL]) * float(reached[-1]) * (1 - 1e-12)
    ends: NDArray[np.int64] = np.asarray(np.searchsorted(reached, tails), dtype=np.int64)
    least, most = distinct[ends].tolist()
    return bool(distinct[ordinary] - distinct[ordinary - 1] > most - least)


def _stands(weights: Floats, ordinary: int) -> bool:
    """Whether codes are held by rows enough, beside two ordinary values: of two values in all neither is the code."""
    return float(weights.sum()) >= LEAST_WEIGHT * (1 - ROUNDING) and ordinary > 1


def _is_negative_code(value: float) -> bool:
    return value == -1 or (value < 0 and _written_as_code(-value, least_nines=1))


def _is_positive_code(value: float) -> bool:
    return value > 0 and _written_as_code(value, least_nines=2)


def _written_as_code(value: float, least_nines: int) -> bool:
    """Whether a number is written in nines, in nines and a last 6, 7 or 8, or in four eights or more."""
    if value >= GREATEST or not float(value).is_integer():
        return False
    written = str(int(value))
    nines, last = set(written[:-1]) <= {"9"}, written[-1]
    all_nines = nines and last == "9" and len(written) >= least_nines
    survey = nines and last in "678" and len(written) > 1
    return all_nines or survey or (set(written) == {"8"} and len(written) >= LEAST_EIGHTS)
