"""Exact binning: time at 200 pre-bins, and information value beside optbinning's at the same constraints."""

import statistics
import time
from pathlib import Path

import credit_sets
import numpy as np
import peers
from numpy.typing import NDArray

from goodstanding.scorecard.binning import FineClasses, GroupLimits, Tally, group_by_information, information, totals

Floats = NDArray[np.float64]
RUNS = 3
PREBINS = 200
FEW_PREBINS = 20
TRENDS = ("ascending", "descending", "peak", "valley", "none")
PEERS_TRENDS = {"none": None}


def show(wheel: Path) -> None:
    frame, bad = credit_sets.gmsc(wheel)
    x = frame["RevolvingUtilizationOfUnsecuredLines"].to_numpy(np.float64)
    _speed(x, bad)
    _values(wheel)


def _speed(x: Floats, bad: NDArray[np.int64]) -> None:
    """CPU seconds for one characteristic from 200 pre-bins to at most 8 attributes of at least 5 %."""
    cuts = np.unique(np.quantile(x, np.arange(1, PREBINS) / PREBINS))
    fine, counted = _fine(x, bad, cuts)
    limits = GroupLimits(0.05, 1, 8)
    group_by_information(fine, counted, limits, "ascending")  # compiled before it is timed
    ours = []
    for _ in range(10 * RUNS):
        started = time.process_time()
        group_by_information(fine, counted, limits, "ascending")
        ours.append(time.process_time() - started)
    whole = []
    for _ in range(RUNS):
        started = time.process_time()
        fine, counted = _fine(x, bad, cuts)
        group_by_information(fine, counted, limits, "ascending")
        whole.append(time.process_time() - started)
    theirs = [peers.optbinning_bins(x, bad, cuts, 8, "ascending").seconds for _ in range(RUNS)]
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(
        f"{len(cuts) + 1} pre-bins, {len(x):,} rows: ours {mine:.4f} CPU-s "
        f"(with counting {statistics.median(whole):.4f}), optbinning's solver {other:.1f}: {other / mine:,.0f} times"
    )


def _values(wheel: Path) -> None:
    """Both from the same pre-bins to at most 8 attributes, each with a good and a bad; valued by one formula."""
    worse, equal, better = [], 0, 0
    sets = {"german": credit_sets.german, "taiwan": credit_sets.taiwan, "gmsc": lambda: credit_sets.gmsc(wheel)}
    for name, load in sets.items():
        frame, bad = load()
        for column in frame.select_dtypes("number"):
            x = frame[column].to_numpy(np.float64)
            known = ~np.isnan(x)
            x, y = x[known], bad[known]
            cuts = np.unique(np.quantile(x, np.arange(1, FEW_PREBINS) / FEW_PREBINS))
            cuts = cuts[(cuts > x.min()) & (cuts <= x.max())]
            if len(cuts) < 2:
                continue
            fine, counted = _fine(x, y, cuts)
            for trend in TRENDS:
                try:
                    found = peers.optbinning_bins(x, y, cuts, 8, PEERS_TRENDS.get(trend, trend))
                except ValueError:  # pre-bins without a good or a bad end in nothing to cut
                    continue
                grouping = group_by_information(fine, counted, GroupLimits(0.0, 1, 8), trend)
                ours = _information(x, y, np.array(grouping.cuts()))
                theirs = _information(x, y, found.splits)
                if theirs > ours + 1e-9:
                    worse.append(f"{name} {column} {trend}: {ours:.6f} < {theirs:.6f}")
                elif ours > theirs + 1e-9:
                    better += 1
                else:
                    equal += 1
    print(f"information value against optbinning's: above in {better}, equal in {equal}, below in {len(worse)}")
    for line in worse:
        print(f"  {line}")


def _fine(x: Floats, bad: NDArray[np.int64], cuts: Floats) -> tuple[FineClasses, Tally]:
    """The pre-bins as fine classes: 0 is missing, then one for each."""
    # Nothing lies between a cut and the number before it, so that cuts stay what they are.
    fine = FineClasses((), cuts, np.nextafter(cuts, -np.inf))
    codes = fine.codes(x)
    weight = np.ones(len(x))
    return fine, Tally(totals(codes, weight, fine.size), totals(codes[bad == 1], weight[bad == 1], fine.size))


def _information(x: Floats, bad: NDArray[np.int64], cuts: Floats) -> float:
    attribute = np.searchsorted(np.sort(cuts), x, side="right")
    size = len(cuts) + 1
    ones = np.ones(len(x))
    return information(totals(attribute, ones, size), totals(attribute[bad == 1], ones[bad == 1], size))
