"""Other people's scorecards on the terms of ours, and LightGBM for what the same data give without a card.

A peer is `fit_predict(train, bad, test)`: it learns from the rows of `train` and gives each row of `test` a number that
is higher for worse. A card has at most 8 attributes a characteristic (a missing value's own attribute comes on top) and
integer points, 40 to double the odds; its number is minus the total.

`CARDS` are the peers' cards and `VARIANTS` their settings; the best of a card's variants may speak for it.
With OMP_NUM_THREADS=1 in the environment nothing here uses more than one core.
"""

import contextlib
import io
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
import pandas as pd
import scorecardpy
import toad
from numpy.typing import NDArray
from optbinning import BinningProcess, OptimalBinning, Scorecard
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold

Floats = NDArray[np.float64]
Outcomes = NDArray[np.int64]
FitPredict = Callable[[pd.DataFrame, Outcomes, pd.DataFrame], Floats]

MAX_ATTRIBUTES = 8
POINTS_TO_DOUBLE = 40
BASE_POINTS = 600
MIN_IV = 0.02
TRENDS = {"auto": "auto", "monotonic": "auto_asc_desc"}


class Variant(NamedTuple):
    """An attribute's smallest share of the rows, and whether characteristics of an IV below 0.02 are left out."""

    least: float = 0.05  # what all three peers' guides use
    select: bool = False


VARIANTS = [Variant(least, select) for least in (0.05, 0.01) for select in (False, True)]
DOCUMENTED = Variant()


def optbinning_fit(train: pd.DataFrame, bad: Outcomes, trend: str = "auto", variant: Variant = DOCUMENTED) -> Scorecard:
    """A whole card; `trend` is "auto", which may turn once, or "monotonic"."""
    words = _words(train)
    numbers = {"monotonic_trend": TRENDS[trend]}
    binning = BinningProcess(
        list(train),
        min_prebin_size=variant.least,
        max_n_bins=MAX_ATTRIBUTES,
        categorical_variables=words,
        selection_criteria={"iv": {"min": MIN_IV}} if variant.select else None,
        binning_fit_params={name: numbers for name in train if name not in words},
    )
    card = Scorecard(
        binning,
        LogisticRegression(max_iter=1000),
        scaling_method="pdo_odds",
        scaling_method_params={"pdo": POINTS_TO_DOUBLE, "odds": 1, "scorecard_points": BASE_POINTS},
        rounding=True,
    )
    return card.fit(train, bad, metric_special="empirical", metric_missing="empirical")


def optbinning_card(trend: str, variant: Variant = DOCUMENTED) -> FitPredict:
    def fit_predict(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Floats:
        return -optbinning_fit(train, bad, trend, variant).score(test)

    return fit_predict


def scorecardpy_fit(train: pd.DataFrame, bad: Outcomes, variant: Variant = DOCUMENTED) -> dict[str, pd.DataFrame]:
    """A whole card, with the logistic regression of scorecardpy's own guide."""
    table = train.reset_index(drop=True).assign(bad=bad)
    with _quiet():
        bins = scorecardpy.woebin(
            table,
            y="bad",
            init_count_distr=min(0.02, variant.least),
            count_distr_limit=variant.least,
            bin_num_limit=MAX_ATTRIBUTES,
            no_cores=1,
        )
        if variant.select:
            bins = {name: made for name, made in bins.items() if made["total_iv"].iloc[0] >= MIN_IV}
        woe = scorecardpy.woebin_ply(table[[*bins, "bad"]], bins, no_cores=1).drop(columns="bad")
        model = LogisticRegression(l1_ratio=1, C=0.9, solver="saga", max_iter=1000).fit(woe, bad)
        return scorecardpy.scorecard(bins, model, list(woe), points0=BASE_POINTS, odds0=1, pdo=POINTS_TO_DOUBLE)


def scorecardpy_card(variant: Variant = DOCUMENTED) -> FitPredict:
    def fit_predict(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Floats:
        card = scorecardpy_fit(train, bad, variant)
        with _quiet():
            return -scorecardpy.scorecard_ply(test.reset_index(drop=True), card)["score"].to_numpy(np.float64)

    return fit_predict


def toad_fit(train: pd.DataFrame, bad: Outcomes, method: str = "dt", variant: Variant = DOCUMENTED) -> toad.ScoreCard:
    """A whole card; `method` is "dt" (decision tree) or "chi" (merging by chi square)."""
    both = {"constraint_mode": "all"} if method == "chi" else {}  # by itself chi stops at the first limit that holds
    combiner = toad.transform.Combiner().fit(
        train,
        bad,
        method=method,
        n_bins=MAX_ATTRIBUTES,
        min_samples=variant.least,
        empty_separate=True,
        **both,
    )
    bins = combiner.transform(train)
    if variant.select:
        bins = bins[[name for name in bins if toad.stats.IV(bins[name], bad) >= MIN_IV]]
    weigher = toad.transform.WOETransformer()
    woe = weigher.fit_transform(bins, bad)
    card = toad.ScoreCard(
        combiner=combiner, transer=weigher, pdo=POINTS_TO_DOUBLE, base_odds=1, base_score=BASE_POINTS, max_iter=1000
    )
    return card.fit(woe, bad)


def toad_card(method: str, variant: Variant = DOCUMENTED) -> FitPredict:
    def fit_predict(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Floats:
        card = toad_fit(train, bad, method, variant)
        _, parts = card.predict(test, return_sub=True)
        return -np.rint(parts[list(card.rules)].to_numpy(np.float64)).sum(axis=1)

    return fit_predict


CARDS: dict[str, Callable[[Variant], FitPredict]] = {
    "optbinning auto": lambda variant: optbinning_card("auto", variant),
    "optbinning monotonic": lambda variant: optbinning_card("monotonic", variant),
    "scorecardpy": scorecardpy_card,
    "toad dt": lambda variant: toad_card("dt", variant),
    "toad chi": lambda variant: toad_card("chi", variant),
}


class Cut(NamedTuple):
    """One characteristic as OptimalBinning cuts it, and the CPU seconds that took."""

    splits: Floats
    iv: float
    status: str
    seconds: float


def optbinning_bins(
    x: Floats, bad: Outcomes, prebins: int | Floats = 200, max_bins: int = MAX_ATTRIBUTES, trend: str = "auto"
) -> Cut:
    """Cut one numeric characteristic; `prebins` is how many quantiles to start from, or the splits to choose from."""
    start = {"max_n_prebins": prebins} if isinstance(prebins, int) else {"user_splits": prebins}
    binning = OptimalBinning(
        solver="cp",
        prebinning_method="quantile",
        min_prebin_size=1e-9,
        max_n_bins=max_bins,
        monotonic_trend=TRENDS.get(trend, trend),
        **start,
    )
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # quantiles that coincide
        binning.fit(x, bad)
    seconds = time.process_time() - started
    binning.binning_table.build()
    return Cut(np.asarray(binning.splits, np.float64), float(binning.binning_table.iv), binning.status, seconds)


SMALL = 5_000
SETTINGS = 16
LARGE = 100_000
SETTINGS_OF_LARGE = 8
ROUNDS = 3_000
PATIENCE = 60
ALWAYS: dict[str, Any] = {
    "objective": "binary",
    "metric": "auc",
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "seed": 0,
    "bagging_freq": 1,
}
LARGE_GRID: dict[str, list[float]] = {
    "num_leaves": [3, 7, 15, 31, 63],
    "learning_rate": [0.03, 0.06],
    "min_data_in_leaf": [20, 60, 200],
    "feature_fraction": [0.4, 0.6, 0.8, 1.0],
    "bagging_fraction": [0.6, 0.8, 1.0],
    "lambda_l2": [0, 3, 30],
}
SMALL_GRID: dict[str, list[float]] = {
    "num_leaves": [2, 3, 4, 7, 15],
    "learning_rate": [0.02, 0.05],
    "min_data_in_leaf": [5, 10, 20, 40],
    "feature_fraction": [0.2, 0.4, 0.6, 0.8],
    "bagging_fraction": [0.5, 0.7, 0.9],
    "lambda_l2": [0, 3, 10, 30],
    "max_cat_to_onehot": [4, 20],
    "min_data_per_group": [5, 20],
    "cat_smooth": [10, 30],
}


def lightgbm_tuned(seed: int = 0) -> FitPredict:
    """The best of 16 settings drawn at random (8 from 100,000 rows on), by cross-validated AUC inside `train` alone.

    Each setting stops early at the round whose mean AUC over the inner folds is best; the winner is then fitted to
    all of `train` for as many rounds. A small table has shallow settings, and its inner folds are drawn twice.
    """

    def fit_predict(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Floats:
        train, test = _categories(train, test)
        small = len(train) < SMALL
        inner = RepeatedStratifiedKFold(n_splits=5 if small else 3, n_repeats=2 if small else 1, random_state=seed)
        cuts = list(inner.split(train, bad))
        tried = [_tried(setting, train, bad, cuts) for setting in _settings(len(train), seed)]
        _, rounds, setting = max(tried, key=lambda result: result[0])
        model = lgb.train(setting, lgb.Dataset(train, bad, params=setting), num_boost_round=rounds)
        return model.predict(test)

    return fit_predict


def _settings(rows: int, seed: int) -> Iterator[dict[str, Any]]:
    """Settings drawn from a grid; leaves take turns, so that every depth is tried."""
    grid = SMALL_GRID if rows < SMALL else LARGE_GRID
    draw = np.random.default_rng(seed)
    for number in range(SETTINGS_OF_LARGE if rows >= LARGE else SETTINGS):
        setting = {name: values[draw.integers(len(values))] for name, values in grid.items()}
        setting["num_leaves"] = grid["num_leaves"][number % len(grid["num_leaves"])]
        yield ALWAYS | setting


def _tried(
    setting: dict[str, Any], train: pd.DataFrame, bad: Outcomes, cuts: list[tuple[NDArray[np.intp], NDArray[np.intp]]]
) -> tuple[float, int, dict[str, Any]]:
    """A setting's best mean AUC over the inner folds, and after how many rounds."""
    found = lgb.cv(
        setting,
        lgb.Dataset(train, bad, params=setting, free_raw_data=False),
        num_boost_round=ROUNDS,
        folds=cuts,
        callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
    )
    means = found["valid auc-mean"]
    return means[-1], len(means), setting


def _categories(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Strings as the categories of `train`; one that only `test` has becomes missing."""
    kinds = {name: pd.CategoricalDtype(sorted(train[name].dropna().unique())) for name in _words(train)}
    return train.astype(kinds), test.astype(kinds)


def _words(frame: pd.DataFrame) -> list[str]:
    """The columns that are not numbers."""
    return [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep scorecardpy's progress and its warnings of deprecated pandas calls to itself."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
