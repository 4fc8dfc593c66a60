"""Four tables of loans with their outcomes: a data frame of characteristics, and 1 for each bad loan.

`taiwan`, `german` and `berka` read ../shared/data. `gmsc` ("Give Me Some Credit") reads the wheel of whynot 0.12.0.
"""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from goodstanding.cards import development_sample
from goodstanding.months import today
from goodstanding.programmes import load_programme
from goodstanding.records import load
from goodstanding.records.adapters import berka_feeds
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

Table = tuple[pd.DataFrame, NDArray[np.int64]]
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
FOLDS = 5
GMSC_IN_WHEEL = "whynot/simulators/credit/credit_data.zip"
BERKA_FILES = ("account", "client", "disp", "loan", "trans")  # orders have no dates, so they could leak


def taiwan() -> Table:
    """30,000 credit cards; bad is a default in the next month. Sex, education and marriage are numbers as published."""
    frame = pd.read_parquet(SHARED_DATA / "taiwan" / "default_of_credit_card_clients.parquet")
    outcome = frame["default_payment_next_month"] == 1
    return _checked(frame.drop(columns=["ID", "default_payment_next_month"]), outcome, rows=30_000, bads=6_636)


def german() -> Table:
    """1,000 loans; 13 of 20 characteristics are categories, held as plain strings."""
    frame = pd.read_parquet(SHARED_DATA / "german" / "german.parquet")
    outcome = frame["class"] == 2
    frame = frame.drop(columns="class")
    words = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    return _checked(frame.astype(dict.fromkeys(words, object)), outcome, rows=1_000, bads=300)


def gmsc(wheel: Path) -> Table:
    """150,000 borrowers; bad is 90 days late within two years. Raw: missing incomes and codes 96 and 98 are kept."""
    with (
        zipfile.ZipFile(wheel) as outer,
        outer.open(GMSC_IN_WHEEL) as nested,
        zipfile.ZipFile(nested) as inner,
        inner.open("credit_data.csv") as stream,
    ):
        frame = pd.read_csv(stream, index_col=0).reset_index(drop=True)
    outcome = frame["SeriousDlqin2yrs"] == 1
    return _checked(frame.drop(columns="SeriousDlqin2yrs"), outcome, rows=150_000, bads=10_026)


def berka() -> Table:
    """682 loans of a Czech bank, with the characteristics that goodstanding derives from what was known before each."""
    frame, bad, _ = berka_by_month()
    return frame, bad


def berka_by_month() -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.str_]]:
    """Berka's loans and outcomes, and the month (YYYY-MM) in which each loan was decided."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "files"
        folder.mkdir()
        for file in BERKA_FILES:
            (folder / f"{file}.asc").symlink_to(SHARED_DATA / "berka" / f"{file}.asc")
        workspace = Workspace(Path(temporary) / "standing")
        load(workspace, berka_feeds(folder), today())
        build_statements(workspace)
        sample = development_sample(workspace, load_programme("sesame").programme)
    frame = pd.DataFrame(sample.values)
    telling = [name for name in frame if frame[name].min() < frame[name].max()]  # the files are silent on the rest
    frame, bad = _checked(frame[telling], pd.Series(sample.bad), rows=682, bads=76)
    return frame, bad, np.asarray(sample.decided, dtype=np.str_)


def folds(bad: NDArray[np.int64], seed: int) -> list[Fold]:
    """Rows to learn from and rows to score, five times; each row is scored once."""
    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(bad, bad))


def _checked(frame: pd.DataFrame, outcome: "pd.Series[bool]", rows: int, bads: int) -> Table:
    """The table, if it is the one that is meant."""
    if (len(frame), int(outcome.sum())) != (rows, bads):
        raise ValueError(f"expected {rows} rows with {bads} bad, found {len(frame)} with {outcome.sum()}")
    return frame, outcome.to_numpy(np.int64)
