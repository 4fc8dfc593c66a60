"""Other people's scorecards on the terms of ours, and models that are not cards, for what the same data give besides.

A peer is `fit_predict(train, bad, test)`: it learns from the rows of `train` and grades each row of `test`. A card of
optbinning's has at most 8 attributes a characteristic (a missing value's own attribute comes on top) and integer
points, 40 to double the odds. The regression on one-hot columns has up to 10, and what it adds up is not rounded.

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
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold

Floats = NDArray[np.float64]
Outcomes = NDArray[np.int64]


class Graded(NamedTuple):
    """A number that is higher for worse rows, and, of those that are asked for it, the chance of bad."""

    worse: Floats
    chance: Floats | None = None


FitPredict = Callable[[pd.DataFrame, Outcomes, pd.DataFrame], Graded]

MAX_ATTRIBUTES = 8
POINTS_TO_DOUBLE = 40
BASE_POINTS = 600
TRENDS = {"auto": "auto", "monotonic": "auto_asc_desc", "none": None}
LEAST = 0.05  # an attribute's smallest share of the rows in all three peers' guides


def optbinning_fit(train: pd.DataFrame, bad: Outcomes, trend: str = "auto", least: float = LEAST) -> Scorecard:
    """A whole card; `trend` is "auto", which may turn once, "monotonic" or "none"."""
    words = _words(train)
    numbers = {"monotonic_trend": TRENDS[trend]}
    binning = BinningProcess(
        list(train),
        min_prebin_size=least,
        max_n_bins=MAX_ATTRIBUTES,
        categorical_variables=words,
        binning_fit_params={name: numbers for name in train if name not in words},
    )
    card = Scorecard(
        binning,
        LogisticRegression(max_iter=1000),
        scaling_method="pdo_odds",
        scaling_method_params={"pdo": POINTS_TO_DOUBLE, "odds": 1, "scorecard_points": BASE_POINTS},
        rounding=True,
    )
    # `score` always reads special and missing values so; `predict_proba` as they were read here.
    return card.fit(train, bad, metric_special="empirical", metric_missing="empirical")


def optbinning_card(trend: str, least: float) -> FitPredict:
    def fit_predict(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Graded:
        card = optbinning_fit(train, bad, trend, least)
        return Graded(-card.score(test), card.predict_proba(test)[:, 1])

    return fit_predict


def scorecardpy_fit(train: pd.DataFrame, bad: Outcomes) -> dict[str, pd.DataFrame]:
    """A whole card, with the logistic regression of scorecardpy's own guide."""
    table = train.reset_index(drop=True).assign(bad=bad)
    with _quiet():
        bins = scorecardpy.woebin(
            table, y="bad", init_count_distr=0.02, count_distr_limit=LEAST, bin_num_limit=MAX_ATTRIBUTES, no_cores=1
        )
        woe = scorecardpy.woebin_ply(table, bins, no_cores=1).drop(columns="bad")
        model = LogisticRegression(l1_ratio=1, C=0.9, solver="saga", max_iter=1000).fit(woe, bad)
        return scorecardpy.scorecard(bins, model, list(woe), points0=BASE_POINTS, odds0=1, pdo=POINTS_TO_DOUBLE)


def toad_fit(train: pd.DataFrame, bad: Outcomes) -> toad.ScoreCard:
    """A whole card, cut by decision trees."""
    combiner = toad.transform.Combiner().fit(
        train, bad, method="dt", n_bins=MAX_ATTRIBUTES, min_samples=LEAST, empty_separate=True
    )
    bins = combiner.transform(train)
    weigher = toad.transform.WOETransformer()
    woe = weigher.fit_transform(bins, bad)
    card = toad.ScoreCard(
        combiner=combiner, transer=weigher, pdo=POINTS_TO_DOUBLE, base_odds=1, base_score=BASE_POINTS, max_iter=1000
    )
    return card.fit(woe, bad)


DECILES = np.arange(1, 10) / 10
LEAST_SEEN = 5
STRENGTHS = np.geomspace(1e-3, 3, 8)
ROWS_TO_CHOOSE = 20_000


def l1_one_hot(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Graded:
    """Regression with an L1 penalty on a column for each tenth of a number and each level of a category.

    The penalty is the one of 8 with the least log-loss in a 3-fold cross-validation inside `train`, on at most 20,000
    rows of it.
    """
    known, asked = _one_hot(train, test)
    drawn = np.random.default_rng(0).permutation(len(bad))[:ROWS_TO_CHOOSE]
    few, outcomes = known[drawn], bad[drawn]
    cuts = list(StratifiedKFold(3, shuffle=True, random_state=0).split(few, outcomes))

    def loss(strength: float) -> float:
        return sum(
            log_loss(outcomes[there], _l1(strength).fit(few[here], outcomes[here]).predict_proba(few[there])[:, 1])
            for here, there in cuts
        )

    model = _l1(min(STRENGTHS, key=loss)).fit(known, bad)
    return Graded(model.decision_function(asked))


def _l1(strength: float) -> LogisticRegression:
    return LogisticRegression(l1_ratio=1, C=strength, solver="liblinear", max_iter=1000, random_state=0)


def _one_hot(train: pd.DataFrame, test: pd.DataFrame) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    parts = [(_codes(train[name], train[name]), _codes(train[name], test[name])) for name in train]
    sizes = [int(known.max()) + 1 for known, _ in parts]
    return tuple(
        sparse.hstack([_indicators(pair[side], size) for pair, size in zip(parts, sizes, strict=True)], format="csr")
        for side in (0, 1)
    )


def _codes(known: pd.Series, asked: pd.Series) -> NDArray[np.int64]:
    """0 for a missing number or a level seldom or never seen, and from 1 on the tenth or the level."""
    if pd.api.types.is_numeric_dtype(known):
        cuts = np.unique(np.nanquantile(known, DECILES))
        tenth = np.searchsorted(cuts, asked.to_numpy(np.float64), side="left") + 1  # more than a cut is past it
        return np.where(asked.isna(), 0, tenth)
    counts = known.value_counts()
    levels = sorted(counts.index[counts >= LEAST_SEEN])
    return pd.Index(levels).get_indexer(asked) + 1


def _indicators(codes: NDArray[np.int64], size: int) -> sparse.csr_matrix:
    """A column for each code; a code that was not there to learn from has none."""
    there = codes < size
    rows = np.flatnonzero(there)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, codes[there])), shape=(len(codes), size))


CARDS: dict[str, FitPredict] = {
    f"optbinning {trend} {least:.2f}": optbinning_card(trend, least) for trend in TRENDS for least in (0.05, 0.01)
} | {"L1 one-hot": l1_one_hot}


def ebm(pairs: int) -> FitPredict:
    """An explainable boosting machine with so many pairs; 8 outer bags in place of 14, for time."""

    def fit_predict(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Graded:
        # Imported late: fit_speed.py measures the memory of processes that import this module.
        from interpret.glassbox import ExplainableBoostingClassifier  # noqa: PLC0415

        model = ExplainableBoostingClassifier(interactions=pairs, outer_bags=8, n_jobs=1, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of missing values, which it takes
            return Graded(model.fit(train, bad).predict_proba(test)[:, 1])

    return fit_predict


def lightgbm_plain(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Graded:
    """LightGBM as it comes."""
    train, test = _categories(train, test)
    model = lgb.train({"objective": "binary", "num_threads": 1, "verbosity": -1, "seed": 0}, lgb.Dataset(train, bad))
    return Graded(model.predict(test))


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

    def fit_predict(train: pd.DataFrame, bad: Outcomes, test: pd.DataFrame) -> Graded:
        train, test = _categories(train, test)
        small = len(train) < SMALL
        inner = RepeatedStratifiedKFold(n_splits=5 if small else 3, n_repeats=2 if small else 1, random_state=seed)
        cuts = list(inner.split(train, bad))
        tried = [_tried(setting, train, bad, cuts) for setting in _settings(len(train), seed)]
        _, rounds, setting = max(tried, key=lambda result: result[0])
        model = lgb.train(setting, lgb.Dataset(train, bad, params=setting), num_boost_round=rounds)
        return Graded(model.predict(test))

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
