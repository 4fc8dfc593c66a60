"""People of whom some were bad: numbers with gaps, counts with a code, text, true and false."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from goodstanding.scorecard import Scorecard

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]
N = 1200


@pytest.fixture(scope="session")
def people() -> People:
    """A frame of 1,500 rows and who was bad; `member` turns the effect of `income` round, as a cross would find."""
    chance = np.random.default_rng(20)
    income = chance.normal(50, 20, N).round(1)
    visits = chance.integers(0, 10, N).astype(float)
    home = chance.choice(np.array(["own", "rent", "it's", "žluť"], dtype=object), N)
    member = chance.random(N) < 0.4
    odds = -1.5 + 1.4 * ((income > 50) ^ member) - 0.25 * visits + 1.5 * (home == "rent")
    bad = (chance.random(N) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    income[chance.random(N) < 0.1] = np.nan
    visits[chance.random(N) < 0.1] = 99
    home[chance.random(N) < 0.1] = None
    return pd.DataFrame(
        {"income": income, "visits": visits, "home": pd.Series(home, dtype=object), "member": member}
    ), bad


@pytest.fixture(scope="session")
def asked() -> dict[str, Any]:
    """Parameters that use every part of a card."""
    return {"special_values": {"visits": [99], "home": ["it's"]}, "crosses": 1}


@pytest.fixture(scope="session")
def card(people: People, asked: dict[str, Any]) -> Scorecard:
    """A fitted card with ranges, levels, special values and a cross. Tests must not change it."""
    fitted = Scorecard(**asked).fit(*people)
    assert fitted.table_.crosses
    return fitted
