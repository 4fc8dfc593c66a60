"""Values as class numbers: 0 for missing, then special values, then classes in order.

One byte a value, two where levels are many.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# A byte, or two where there are more classes than a byte can number.
ClassCodes: TypeAlias = NDArray[np.uint8 | np.uint16]
Special: TypeAlias = float | str

MISSING = 0


def number_codes(values: NDArray[np.float64], special: Sequence[Special], cuts: NDArray[np.float64]) -> ClassCodes:
    """The class number of each of n numbers, NaN for missing; `cuts` are lower bounds, the first class has none."""
    # Brings the compiler along, which nobody should wait for who only reads a card.
    from goodstanding.scorecard.kernels import places  # noqa: PLC0415

    plain = np.ascontiguousarray(values, dtype=np.float64)
    found = places(plain, cuts, 1 + len(special))
    for number, value in enumerate(special, start=1):
        found[plain == value] = number
    return found


def level_codes(values: NDArray[Any], special: Sequence[Special], levels: Sequence[str]) -> ClassCodes:
    """The class number of each of n levels, None for missing; one last class for every level that is not named."""
    known: dict[Any, int] = {value: number for number, value in enumerate((*special, *levels), start=1)}
    known[None] = MISSING
    other = 1 + len(special) + len(levels)
    return np.array([known.get(value, other) for value in values.tolist()], dtype=code_type(other + 1))


def code_type(size: int) -> type[np.uint8] | type[np.uint16]:
    """The smallest type that numbers so many classes."""
    return np.uint8 if size <= np.iinfo(np.uint8).max + 1 else np.uint16
