"""Test AUC of our cards beside other people's, on four tables of loans and at their edges (edges.py), fold for fold.

Ours is the card as it comes, with at most 8 attributes; it may choose nothing afterwards. Peer cards are optbinning in
six variants and an L1 regression on one-hot columns (peers.CARDS): on each case the best of the seven speaks for all.
EBM and LightGBM are printed beside them, for what the same data give, but are not cards.

Trimmed for time: a peer card that has taken 600 CPU-seconds on a case is absent from it, as is one that fails; EBM has
8 outer bags and at most 40 columns; LightGBM is tuned on whole sets only; edges.py says what is folded how often.
"""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import edges
import numpy as np
import peers
from edges import Case
from numpy.typing import NDArray
from our_card import ours
from sklearn.metrics import roc_auc_score
from true_odds import slope

OURS: dict[str, dict[str, Any]] = {
    "ours auto": {},
    "ours monotone": {"trends": "monotone"},  # of numbers, as optbinning's trends are
    "ours 3 crosses": {"crosses": 3},
    "ours logistic": {"method": "logistic"},
}
CALIBRATED = ("ours auto", "optbinning auto 0.05")
LIMIT_SECONDS = 600
EBM_COLUMNS = 40
LEAST_BADS_FOR_SLOPE = 10


@dataclass
class Found:
    """What came of a case: each model's AUC on each fold, and why a model is absent."""

    name: str
    kind: str
    ratio: float  # rows tested on for each row learnt from
    aucs: dict[str, list[float]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    slopes: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0

    def mean(self, label: str) -> float:
        return float(np.mean(self.aucs[label]))

    def best(self, labels: list[str]) -> str | None:
        """The one with the highest mean AUC."""
        return max((label for label in labels if label in self.aucs), key=self.mean, default=None)


def show(wheel: Path, only: list[str] | None = None) -> None:
    """Print every case as it ends, or those whose names start with one of `only`; then what they come to."""
    cases = sorted(edges.cases(wheel, only), key=lambda case: case.work, reverse=True)
    if not cases:
        raise SystemExit(f"no case starts with {', '.join(only or [])}")
    found: dict[str, Found] = {}
    # Two cases at a time, the longest first, so that two end together; every fit uses one core.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_run, case) for case in cases]):
            result = done.result()
            found[result.name] = result
            print("\n".join(_lines(result)), flush=True)
    print("\n".join(_summary(list(found.values()))), flush=True)


def corrected_error(differences: NDArray[np.float64], ratio: float) -> float:
    """The standard error of a mean difference over J folds or draws that share rows.

    sqrt((1/J + n_test/n_train) * variance): Nadeau and Bengio, "Inference for the Generalization Error", Machine
    Learning 52 (2003). It is far too wide where far more rows are tested on than learnt from.
    """
    return float(np.sqrt((1 / len(differences) + ratio) * np.var(differences, ddof=1)))


def _run(case: Case) -> Found:
    started = time.process_time()
    ratio = float(np.mean([len(test) / len(train) for train, test in case.folds]))
    found = Found(case.name, case.kind, ratio)
    for label, fit_predict in _models(case, found).items():
        try:
            with _at_most(LIMIT_SECONDS if label in peers.CARDS else None):
                _grade(case, label, fit_predict, found)
        except Exception as error:  # noqa: BLE001 - whatever it was, the model has no answer to this case
            found.absent[label] = f"{type(error).__name__}: {error}".splitlines()[0][:100]
            found.aucs.pop(label, None)
            found.slopes.pop(label, None)
    found.seconds = time.process_time() - started
    return found


def _models(case: Case, found: Found) -> "dict[str, peers.FitPredict]":
    """All that are tried on a case; those that are left out are noted."""
    models = {label: ours(settings) for label, settings in OURS.items()} | peers.CARDS
    if case.frame.shape[1] <= EBM_COLUMNS:
        models |= {"EBM": peers.ebm(0), "EBM 10 pairs": peers.ebm(10)}
    else:
        found.absent["EBM"] = f"left out, more than {EBM_COLUMNS} columns"
    models["LightGBM"] = peers.lightgbm_plain
    if case.kind == "whole":
        models["LightGBM tuned"] = peers.lightgbm_tuned()
    return models


def _grade(case: Case, label: str, fit_predict: peers.FitPredict, found: Found) -> None:
    found.aucs[label] = []
    for fold in case.folds:
        train, outcomes, test, truth = case.rows(fold)
        graded = fit_predict(train, outcomes, test)
        found.aucs[label].append(float(roc_auc_score(truth, graded.worse)))
        if label in CALIBRATED and truth.sum() >= LEAST_BADS_FOR_SLOPE:
            found.slopes.setdefault(label, []).append(slope(truth, graded.chance))


@contextmanager
def _at_most(seconds: float | None) -> Iterator[None]:
    """Stop what is inside after so many CPU-seconds, or when it next comes back from compiled code."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"stopped after {seconds} CPU-seconds")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds or 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _compared(found: Found, ours: str, other: str) -> tuple[str, float, float]:
    """Ours beside another on the same folds: in words, the mean difference, and its error."""
    differences = np.array(found.aucs[ours]) - np.array(found.aucs[other])
    mean, error = float(differences.mean()), corrected_error(differences, found.ratio)
    words = (
        f"{ours} {found.mean(ours):.4f}, {other} {found.mean(other):.4f}: {mean:+.4f} (error {error:.4f}; "
        f"ahead in {int((differences > 0).sum())} of {len(differences)})"
    )
    return words, mean, error


def _verdict(found: Found) -> tuple[str, bool | None]:
    """Ours beside the best peer card, and whether it is below by more than two errors; None where one is absent."""
    best = found.best(list(peers.CARDS))
    if "ours auto" not in found.aucs or best is None:
        return f"no comparison, {'no peer card' if best is None else 'ours'} gave an answer", None
    words, mean, error = _compared(found, "ours auto", best)
    below = mean < -2 * error
    return f"{words}, {'BELOW by more than two errors' if below else 'not below by two errors'}", below


def _lines(found: Found) -> list[str]:
    """A case: the verdict, then every figure."""
    groups = {
        "ours": [label for label in found.aucs if label in OURS],
        "peer cards": [label for label in found.aucs if label in peers.CARDS],
        "not cards": [label for label in found.aucs if label not in OURS and label not in peers.CARDS],
    }
    lines = [f"{found.name}: {_verdict(found)[0]}"]
    for group, labels in groups.items():
        if labels:
            lines.append(
                f"    {group}: "
                + ", ".join(f"{label.removeprefix('ours ')} {found.mean(label):.4f}" for label in labels)
            )
    told = [f"{label} {np.mean(found.slopes[label]):.2f}" for label in CALIBRATED if label in found.slopes]
    lines.append(f"    slope of calibration: {', '.join(told) or 'not told, too few bads in a fold'}")
    lines += [f"    absent: {label} ({why})" for label, why in found.absent.items()]
    lines.append(f"    {len(found.aucs.get('ours auto', []))} folds, {found.seconds:,.0f} CPU-s")
    return lines


def _summary(results: list[Found]) -> list[str]:
    verdicts = {found.name: _verdict(found)[1] for found in results}
    below = [name for name, is_below in verdicts.items() if is_below]
    judged = sum(is_below is not None for is_below in verdicts.values())
    lines = ["", f"below the best peer card by more than two errors in {len(below)} of {judged} cases"]
    lines += [f"    {name}" for name in below]
    lines += [f"    not judged: {name}" for name, is_below in verdicts.items() if is_below is None]
    whole = [found for found in results if found.kind == "whole"]
    for found in whole:
        if {"ours 3 crosses", "EBM 10 pairs"} <= set(found.aucs):
            lines.append(f"{found.name}: {_compared(found, 'ours 3 crosses', 'EBM 10 pairs')[0]}")
    return [*lines, *_gap(whole, "ours auto"), *_gap(whole, "ours 3 crosses")]


def _gap(whole: list[Found], ours: str) -> list[str]:
    """How much of the way from optbinning's best variant to a tuned LightGBM ours goes, on whole sets."""
    optbinning = [label for label in peers.CARDS if label.startswith("optbinning")]
    names, gains, gaps = [], [], []
    for found in whole:
        best = found.best(optbinning)
        if best is None or not {ours, "LightGBM tuned"} <= set(found.aucs):
            continue
        names.append(found.name)
        gains.append(found.mean(ours) - found.mean(best))
        gaps.append(found.mean("LightGBM tuned") - found.mean(best))
    if not names:
        return []
    shares = np.array(gains) / np.array(gaps)
    each = ", ".join(f"{name} {share:.0%}" for name, share in zip(names, shares, strict=True))
    return [
        f"{ours}, from optbinning's best variant to a tuned LightGBM, over whole sets:",
        f"    mean of the sets' shares of the gap closed: {np.mean(shares):.0%} ({each})",
        f"    mean gain {np.mean(gains):+.4f} over mean gap {np.mean(gaps):+.4f}: {np.mean(gains) / np.mean(gaps):.0%}",
    ]
