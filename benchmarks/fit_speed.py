"""Whole fits at the same constraints: CPU seconds beside optbinning's and toad's, memory beside scorecardpy's."""

import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import credit_sets
import numpy as np
import pandas as pd
from measuring import Cost, measured

Table = tuple[pd.DataFrame, Any]
Make = Callable[[], Table]
RUNS = 3
LIMIT_SECONDS = 600
WIDER = (150_000, 23)
LARGE = (1_000_000, 100)
# Rows that everything is compiled and loaded on first: some of it only more than 50,000 need.
WARM = 60_000


def show(wheel: Path) -> None:
    small = partial(credit_sets.gmsc, wheel)
    _compare("150,000 x 10", small, RUNS, ("toad", "scorecardpy"))
    _compare(f"{WIDER[0]:,} x {WIDER[1]}", partial(made, *WIDER), RUNS, ("toad",))
    _compare(f"{WIDER[0]:,} x 23 again and again", repeated, RUNS, ("toad",))
    _compare(f"{LARGE[0]:,} x {LARGE[1]}", partial(made, *LARGE), 1, ("scorecardpy",))


def repeated() -> Table:
    """Rows of Taiwan's 30,000, drawn with replacement: integers, many of few values, and most rows several times."""
    frame, bad = credit_sets.taiwan()
    drawn = np.random.default_rng(6).integers(len(bad), size=WIDER[0])
    return frame.iloc[drawn].reset_index(drop=True), bad[drawn]


def made(rows: int, columns: int) -> Table:
    """So many rows and characteristics, some skewed, some in steps, some missing; 10 % bad or so."""
    rng = np.random.default_rng(6)
    shared = rng.normal(size=rows)
    risk = np.full(rows, -2.6)
    frame = {}
    for j in range(columns):
        x = 0.4 * shared + rng.normal(size=rows)
        risk += rng.normal(0, 0.15) * np.where(j % 7 == 0, np.abs(x), x)
        x = np.exp(x) if j % 3 == 1 else np.round(2 * x) if j % 3 == 2 else x
        frame[f"x{j}"] = np.where(rng.random(rows) < 0.05, np.nan, x) if j % 5 == 0 else x
    bad = rng.random(rows) < 1 / (1 + np.exp(-risk))
    return pd.DataFrame(frame), bad.astype(np.int64)


def ours(method: str, given: tuple[pd.DataFrame, Any]) -> int:
    from goodstanding.scorecard import Scorecard  # noqa: PLC0415 - imported where it is measured

    card = Scorecard(method=method, trends="monotone", min_share=0.05, max_attributes=8).fit(*given)
    return len(card.table_.characteristics)


def optbinning(given: tuple[pd.DataFrame, Any]) -> None:
    import peers  # noqa: PLC0415

    peers.optbinning_fit(*given, "monotonic")


def toad(given: tuple[pd.DataFrame, Any]) -> None:
    import peers  # noqa: PLC0415

    peers.toad_fit(*given)


def scorecardpy(given: tuple[pd.DataFrame, Any]) -> None:
    import peers  # noqa: PLC0415

    peers.scorecardpy_fit(*given)


def prepared(make: Make, what: str) -> tuple[pd.DataFrame, Any]:
    """The input, with what the task needs imported and compiled (on a few rows of it)."""
    frame, bad = make()
    few = (frame.iloc[:WARM, :4].copy(), bad[:WARM])
    TASKS[what](few)
    return frame, bad


TASKS: dict[str, Callable[[Table], Any]] = {
    "ours logistic": partial(ours, "logistic"),
    "ours boosted": partial(ours, "boosted"),
    "optbinning": optbinning,
    "toad": toad,
    "scorecardpy": scorecardpy,
}


def _compare(size: str, make: Make, runs: int, also: tuple[str, ...]) -> None:
    found: dict[str, Cost] = {}
    for name in ("ours logistic", "ours boosted", "optbinning", *also):
        costs = [measured(partial(prepared, make, name), TASKS[name], LIMIT_SECONDS) for _ in range(runs)]
        done = [cost for cost in costs if cost is not None]
        if not done:
            print(f"  {size} {name:14s} gave no answer", flush=True)
            continue
        seconds, grown = statistics.median(c.seconds for c in done), statistics.median(c.grown for c in done)
        finished = all(cost.finished for cost in done)
        found[name] = Cost(seconds, done[0].before, done[0].before + grown, finished=finished)
        print(
            f"  {size} {name:14s} {seconds:8.2f} CPU-s, {grown:8,.0f} MB beside {done[0].before:,.0f} MB before"
            f"{'' if finished else ' when it was stopped, not finished'}",
            flush=True,
        )
    for name in ("ours logistic", "ours boosted"):
        if "optbinning" in found:
            print(
                f"  {size} optbinning / {name}: {found['optbinning'].seconds / found[name].seconds:.1f} times the time"
            )
        if "scorecardpy" in found:
            share = found[name].grown / found["scorecardpy"].grown
            whole = found[name].peak / found["scorecardpy"].peak
            most = "" if found["scorecardpy"].finished else "at most "
            print(f"  {size} {name} / scorecardpy: {most}{share:.2f} of the memory, {whole:.2f} of the peak with input")
