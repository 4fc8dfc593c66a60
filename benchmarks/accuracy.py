"""5-fold test AUC of cards with at most 8 attributes and integer points, and of a tuned LightGBM.

A peer is spoken for by the best of its variants on each set (peers.VARIANTS): it may choose after the fact, ours may
not. Sets under 5,000 rows are folded five times, since one folding moves their AUC by more than cards differ.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import credit_sets
import numpy as np
import pandas as pd
import peers
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from goodstanding.scorecard import Scorecard

SMALL = 5_000
FOLDINGS_OF_SMALL = 5
SLOW = ("toad chi", "scorecardpy")
Floats = NDArray[np.float64]
FitPredict = Callable[[pd.DataFrame, NDArray[np.int64], pd.DataFrame], Floats]

# The longest first, so that two at a time end together.
SETS = ("gmsc", "taiwan", "german", "berka")
OURS: dict[str, dict[str, Any]] = {
    "ours auto": {},
    "ours monotone": {"trends": "monotone"},
    "ours auto, 3 crosses": {"crosses": 3},
    "ours logistic auto": {"method": "logistic"},
    "ours logistic monotone": {"method": "logistic", "trends": "monotone"},
}


def show(wheel: Path) -> None:
    # Two sets at a time; every fit uses one core.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        results = dict(zip(SETS, pool.map(_set, SETS, [wheel] * len(SETS)), strict=True))
    gained, gaps = [], []
    for name, found in results.items():
        best = max(found[peer] for peer in ("optbinning auto", "scorecardpy", "toad dt", "toad chi"))
        ours, ceiling = found["ours auto"], found["lightgbm tuned"]
        gained.append(ours - best)
        gaps.append(ceiling - best)
        print(
            f"{name}: ours auto {ours:.4f}, best peer {best:.4f}, LightGBM {ceiling:.4f}: "
            f"at least the best peer {ours >= best}; "
            f"monotone {found['ours monotone']:.4f} against optbinning's {found['optbinning monotonic']:.4f}: "
            f"never below {found['ours monotone'] >= found['optbinning monotonic']}"
        )
    print(
        f"mean gain on the best peer {np.mean(gained):+.4f}, mean gap from it to LightGBM {np.mean(gaps):+.4f}: "
        f"{np.mean(gained) / np.mean(gaps):.0%} of the gap closed"
    )


def _set(name: str, wheel: Path) -> dict[str, float]:
    loaders = {"german": credit_sets.german, "berka": credit_sets.berka, "taiwan": credit_sets.taiwan}
    frame, bad = loaders[name]() if name in loaders else credit_sets.gmsc(wheel)
    return _aucs(name, frame, bad)


def _aucs(name: str, frame: pd.DataFrame, bad: NDArray[np.int64]) -> dict[str, float]:
    """Each card's mean AUC over the folds, a peer's by the best of its variants."""
    folds = [
        fold for seed in range(FOLDINGS_OF_SMALL if len(bad) < SMALL else 1) for fold in credit_sets.folds(bad, seed)
    ]
    found: dict[str, float] = {}
    for label, settings in OURS.items():
        found[label] = _mean(lambda settings=settings: _ours(settings), frame, bad, folds)
        print(f"  {name:8s} {label:28s} {found[label]:.4f}", flush=True)
    for label, make in peers.CARDS.items():
        by_variant = {}
        # These two take minutes a set, and leaving characteristics out gained them nothing in trials.
        for variant in [v for v in peers.VARIANTS if not (label in SLOW and v.select)]:
            by_variant[variant] = _mean(lambda make=make, variant=variant: make(variant), frame, bad, folds)
        found[label] = max(by_variant.values())
        tried = ", ".join(f"{'IV ' if v.select else ''}{v.least:.0%} {auc:.4f}" for v, auc in by_variant.items())
        print(f"  {name:8s} {label:28s} {found[label]:.4f}  ({tried})", flush=True)
    found["lightgbm tuned"] = _mean(peers.lightgbm_tuned, frame, bad, folds)
    print(f"  {name:8s} {'lightgbm tuned':28s} {found['lightgbm tuned']:.4f}", flush=True)
    return found


def _mean(make: Callable[[], FitPredict], frame: pd.DataFrame, bad: NDArray[np.int64], folds: list[Any]) -> float:
    return float(
        np.mean(
            [roc_auc_score(bad[test], make()(frame.iloc[train], bad[train], frame.iloc[test])) for train, test in folds]
        )
    )


def _ours(settings: dict[str, Any]) -> FitPredict:
    def fit_predict(train: pd.DataFrame, bad: NDArray[np.int64], test: pd.DataFrame) -> Floats:
        card = Scorecard(max_attributes=8, score_range=(-100_000, 100_000), **settings).fit(train, bad)
        return -card.total(test).astype(np.float64)

    return fit_predict
