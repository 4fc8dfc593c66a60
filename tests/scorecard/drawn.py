"""Values and outcomes drawn from a seed."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Values = NDArray[np.float64]
Bad = NDArray[np.bool_]
Draw = Callable[[int, int, int], tuple[Values, Bad]]


@pytest.fixture(scope="session")
def draw() -> Draw:
    """`draw(seed, n, distinct)`: n values of which a few are unknown, and outcomes that lean on them, some of each."""

    def drawn(seed: int, n: int, distinct: int) -> tuple[Values, Bad]:
        chance = np.random.default_rng(seed)
        # A steep power makes a few values common and most rare.
        values = np.floor(distinct * chance.random(n) ** chance.uniform(0.3, 4)) - distinct // 3
        lean = chance.normal(0, 1.5) * (values - values.mean()) / (values.std() + 1e-9)
        bad = chance.random(n) < 1 / (1 + np.exp(chance.uniform(0.5, 3) - lean))
        bad[:2] = True, False
        values[chance.random(n) < chance.choice([0, 0.2])] = np.nan
        return values, bad

    return drawn
