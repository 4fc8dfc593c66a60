"""The cases of the accuracy part: four tables of loans, whole and at their edges. Everything drawn is seeded.

Of each table: whole; with 200 columns of noise; with bads thinned to 1 %; learnt from 300 rows; with six rare flags
that tell much; with a column of 1,000 levels; with its most telling number shifted where the card is used. Loans of
Berka's, which alone have dates, are also learnt before a month and scored after it.

Sets under 5,000 rows are folded more than once, since one folding moves their AUC by more than cards differ: five times
whole, three times at an edge. With noise they are folded once, and larger sets have three folds of five: that is what
optbinning's six variants have time for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import credit_sets
import numpy as np
import pandas as pd
from credit_sets import Fold
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

Outcomes = NDArray[np.int64]

SETS = ("german", "berka", "taiwan", "gmsc")
SMALL = 5_000
SEED = 7
NOISE_COLUMNS, NOISE_ROWS, NOISE_FEW = 200, 15_000, 1_000
RARE_SHARE, LEAST_BADS = 0.01, 5
FEW, FEW_TESTED, FEW_DRAWS = 300, 20_000, 8
MADE_ROWS = 30_000
FLAGS, FLAG_SHARE, FLAG_ODDS = 6, 0.005, 20.0
LEVELS, LEVELS_SPREAD = 1_000, 0.8
TIME_CUTS = (0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Case:
    """A table, and the rows to learn from and to test on, once for each fold or draw."""

    name: str
    frame: pd.DataFrame
    bad: Outcomes
    folds: list[Fold]
    kind: str = "whole"
    shifted: str = ""  # the characteristic that is shifted in the rows to test on

    def rows(self, fold: Fold) -> tuple[pd.DataFrame, Outcomes, pd.DataFrame, Outcomes]:
        """What is learnt from and its outcomes, and what is tested on and its outcomes."""
        train, test = fold
        seen, asked = self.frame.iloc[train], self.frame.iloc[test]
        if self.shifted:
            # Half of the middle half: a standard deviation would be that of the few greatest.
            low, high = seen[self.shifted].quantile([0.25, 0.75])
            asked = asked.assign(**{self.shifted: asked[self.shifted] + (high - low) / 2})
        return seen, self.bad[train], asked, self.bad[test]

    @property
    def work(self) -> float:
        """How much there is to do, roughly: larger for a longer case."""
        whole = 3 if self.kind == "whole" else 1  # LightGBM is tuned there
        return whole * sum(len(train) for train, _ in self.folds) * self.frame.shape[1]


def cases(wheel: Path, only: list[str] | None = None) -> Iterator[Case]:
    """All cases, or those whose names start with one of `only`."""
    prefixes = only or [""]
    for name in SETS:
        if any(name.startswith(prefix) or prefix.startswith(name) for prefix in prefixes):
            for case in _of_set(name, wheel):
                if any(case.name.startswith(prefix) for prefix in prefixes):
                    yield case


def _of_set(name: str, wheel: Path) -> Iterator[Case]:
    months = None
    if name == "berka":
        frame, bad, months = credit_sets.berka_by_month()
    elif name == "gmsc":
        frame, bad = credit_sets.gmsc(wheel)
    else:
        frame, bad = {"german": credit_sets.german, "taiwan": credit_sets.taiwan}[name]()
    small = len(bad) < SMALL
    yield Case(name, frame, bad, _folds(bad, 5 if small else 1))
    yield from _noise(name, frame, bad)
    yield from _rare(name, frame, bad)
    yield _few(name, frame, bad)
    yield _flags(name, frame, bad)
    yield _levels(name, frame, bad)
    yield Case(f"{name}/shifted", frame, bad, _folds(bad, 3 if small else 1), "shifted", _most_telling(frame, bad))
    if months is not None:
        yield Case(f"{name}/by time", frame, bad, _by_time(months), "by time")


def _folds(bad: Outcomes, foldings: int) -> list[Fold]:
    return [fold for seed in range(foldings) for fold in credit_sets.folds(bad, seed)]


def _part(frame: pd.DataFrame, bad: Outcomes, rows: int) -> tuple[pd.DataFrame, Outcomes]:
    """So many rows of a larger table, drawn at random and left in their order."""
    if len(bad) <= rows:
        return frame, bad
    drawn = np.sort(np.random.default_rng(SEED).permutation(len(bad))[:rows])
    return frame.iloc[drawn].reset_index(drop=True), bad[drawn]


def _draws(rows: int, learnt: int, tested: int, draws: int) -> list[Fold]:
    """Rows to learn from drawn at random, and as many others to test on as there are, up to `tested`."""
    orders = [np.random.default_rng(seed).permutation(rows) for seed in range(draws)]
    return [(order[:learnt], order[learnt : learnt + tested]) for order in orders]


def _noise(name: str, frame: pd.DataFrame, bad: Outcomes) -> Iterator[Case]:
    frame, bad = _part(frame, bad, NOISE_ROWS)
    noise = np.random.default_rng(SEED).normal(size=(len(bad), NOISE_COLUMNS))
    frame = pd.concat([frame, pd.DataFrame(noise, columns=[f"noise{k}" for k in range(NOISE_COLUMNS)])], axis=1)
    if len(bad) < SMALL:
        yield Case(f"{name}/noise", frame, bad, _folds(bad, 1), "noise")
        return
    yield Case(f"{name}/noise", frame, bad, _folds(bad, 1)[:3], "noise")
    yield Case(f"{name}/noise 1,000", frame, bad, _draws(len(bad), NOISE_FEW, len(bad), 5), "noise 1,000")


def _rare(name: str, frame: pd.DataFrame, bad: Outcomes) -> Iterator[Case]:
    """Bads thinned to 1 %, drawn anew for each folding; the larger the set, the fewer foldings."""
    goods, bads = np.flatnonzero(bad == 0), np.flatnonzero(bad == 1)
    kept = int(len(goods) * RARE_SHARE / (1 - RARE_SHARE))
    if kept < LEAST_BADS:
        return
    folds: list[Fold] = []
    for seed in range({"gmsc": 1, "taiwan": 2}.get(name, 3)):
        drawn = np.random.default_rng(seed).permutation(bads)[:kept]
        rows = np.sort(np.concatenate([goods, drawn]))
        folds += [(rows[train], rows[test]) for train, test in credit_sets.folds(bad[rows], seed)]
    yield Case(f"{name}/rare", frame, bad, folds, "rare")


def _few(name: str, frame: pd.DataFrame, bad: Outcomes) -> Case:
    return Case(f"{name}/300 rows", frame, bad, _draws(len(bad), FEW, FEW_TESTED, FEW_DRAWS), "300 rows")


def _flags(name: str, frame: pd.DataFrame, bad: Outcomes) -> Case:
    frame, bad = _part(frame, bad, MADE_ROWS)
    rng = np.random.default_rng(SEED)
    made = {f"flag{k}": _flag(bad, rng) for k in range(FLAGS)}
    return Case(f"{name}/flags", frame.assign(**made), bad, _made_folds(bad), "flags")


def _flag(bad: Outcomes, rng: np.random.Generator) -> NDArray[np.float64]:
    """1 in FLAG_SHARE of the rows, whose odds of bad are FLAG_ODDS times the others'."""
    share_of_bad = bad.mean()
    low, high = 0.0, FLAG_SHARE
    for _ in range(60):
        among_goods = (low + high) / 2
        odds = among_goods / (1 - among_goods) * FLAG_ODDS
        among_bads = odds / (1 + odds)
        if share_of_bad * among_bads + (1 - share_of_bad) * among_goods > FLAG_SHARE:
            high = among_goods
        else:
            low = among_goods
    return (rng.random(len(bad)) < np.where(bad == 1, among_bads, among_goods)).astype(np.float64)


def _levels(name: str, frame: pd.DataFrame, bad: Outcomes) -> Case:
    """A level for each row, drawn for bads with the shares that give the levels their log-odds."""
    frame, bad = _part(frame, bad, MADE_ROWS)
    rng = np.random.default_rng(SEED)
    among_goods = rng.dirichlet(np.ones(LEVELS))
    among_bads = among_goods * np.exp(rng.normal(0, LEVELS_SPREAD, LEVELS))
    among_bads /= among_bads.sum()
    size = len(bad)
    level = np.where(bad == 1, rng.choice(LEVELS, size, p=among_bads), rng.choice(LEVELS, size, p=among_goods))
    words = np.array([f"L{number}" for number in level], dtype=object)
    return Case(f"{name}/levels", frame.assign(level=words), bad, _made_folds(bad), "levels")


def _made_folds(bad: Outcomes) -> list[Fold]:
    return _folds(bad, 3 if len(bad) < SMALL else 1)


def _most_telling(frame: pd.DataFrame, bad: Outcomes) -> str:
    """The number whose own AUC, whichever way it points, is greatest where it is known."""
    aucs = {}
    for name in frame.select_dtypes("number"):
        known = frame[name].notna().to_numpy()
        aucs[name] = abs(roc_auc_score(bad[known], frame.loc[known, name]) - 0.5)
    return max(aucs, key=lambda name: aucs[name])


def _by_time(months: NDArray[np.str_]) -> list[Fold]:
    """Loans decided before a month, and those from that month on."""
    ordered = np.sort(months)
    cuts = [ordered[int(share * len(ordered))] for share in TIME_CUTS]
    return [(np.flatnonzero(months < cut), np.flatnonzero(months >= cut)) for cut in cuts]
