"""A fit keeps its linear algebra to one thread, and leaves the setting as it found it."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from goodstanding.scorecard import Scorecard
from goodstanding.scorecard.fitting import Settings
from goodstanding.scorecard.fitting import whole_fit as whole
from goodstanding.scorecard.fitting.methods import Additive
from goodstanding.scorecard.fitting.prepared import Prepared


def _threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_a_fit_keeps_to_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    kept = whole.fit_additive

    def fit_additive(prepared: Prepared, settings: Settings) -> Additive:
        seen.extend(_threads())
        return kept(prepared, settings)

    monkeypatch.setattr(whole, "fit_additive", fit_additive)
    before = _threads()
    x = np.random.default_rng(0).normal(size=(300, 2))
    Scorecard().fit(x, x[:, 0] > 1)
    assert seen
    assert set(seen) == {1}
    assert _threads() == before
