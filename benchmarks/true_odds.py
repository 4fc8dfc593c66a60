"""How true the chances of bad are, by how many rows of "Give Me Some Credit" they were learnt from.

The slope of calibration is what a logistic regression of the outcome gives the log-odds that were told: 1 is right, and
below 1 they were too far apart. ECE is the mean distance of the chances told from the share of bads, over ten groups of
as many rows. Each size is drawn three times, each time with 50,000 other rows to test on.
"""

from pathlib import Path

import credit_sets
import numpy as np
import pandas as pd
import peers
from numpy.typing import NDArray
from our_card import ours
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]

SIZES = (5_000, 19_000, 21_000, 100_000)
SIZES_WITH_NOISE = (19_000, 21_000)
NOISE_COLUMNS = 200
TESTED = 50_000
DRAWS = 3
GROUPS = 10
RIGHT = (0.9, 1.1)


def show(wheel: Path) -> None:
    frame, bad = credit_sets.gmsc(wheel)
    for rows in SIZES:
        _compare(f"{rows:,} rows", frame, bad, rows, {"ours": ours({}), "optbinning auto": _optbinning})
    noise = np.random.default_rng(0).normal(size=(len(bad), NOISE_COLUMNS))
    noisy = pd.concat([frame, pd.DataFrame(noise, columns=[f"noise{k}" for k in range(NOISE_COLUMNS)])], axis=1)
    for rows in SIZES_WITH_NOISE:
        _compare(f"{rows:,} rows, {NOISE_COLUMNS} columns of noise", noisy, bad, rows, {"ours": ours({})})


def slope(bad: NDArray[np.int64], chance: Floats) -> float:
    """The coefficient of the log-odds told, in a logistic regression without a penalty."""
    held = np.clip(chance, 1e-9, 1 - 1e-9)
    log_odds = np.log(held / (1 - held)).reshape(-1, 1)
    return float(LogisticRegression(C=np.inf, max_iter=1000).fit(log_odds, bad).coef_[0, 0])


def expected_error(bad: NDArray[np.int64], chance: Floats) -> float:
    """The mean distance of the chances told from the share of bads, over groups of as many rows by chance."""
    groups = np.array_split(np.argsort(chance, kind="stable"), GROUPS)
    return float(sum(len(rows) * abs(chance[rows].mean() - bad[rows].mean()) for rows in groups) / len(bad))


def _compare(
    what: str, frame: pd.DataFrame, bad: NDArray[np.int64], rows: int, told: "dict[str, peers.FitPredict]"
) -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in told}
    for seed in range(DRAWS):
        order = np.random.default_rng(seed).permutation(len(bad))
        test, train = order[:TESTED], order[TESTED : TESTED + rows]
        for name, fit_predict in told.items():
            chance = fit_predict(frame.iloc[train], bad[train], frame.iloc[test]).chance
            found[name].append((slope(bad[test], chance), expected_error(bad[test], chance)))
    means = {name: np.mean(pairs, axis=0) for name, pairs in found.items()}
    each = "; ".join(f"{name} slope {mean[0]:.3f}, ECE {mean[1]:.4f}" for name, mean in means.items())
    low, high = RIGHT
    within = "lies within" if low <= means["ours"][0] <= high else "DOES NOT lie within"
    print(f"{what}: {each}; ours' slope {within} {low} to {high}", flush=True)


def _optbinning(train: pd.DataFrame, bad: NDArray[np.int64], test: pd.DataFrame) -> peers.Graded:
    return peers.optbinning_card("auto", peers.LEAST)(train, bad, test)
