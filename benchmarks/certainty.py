"""How often a card's 90 % intervals hold the score that many other outcomes, and nothing hidden, would have given.

    python benchmarks/certainty.py

Builds a town of 10,000 people, fits cards on small samples of its loans, and sets each beside a card fitted on all the
other loans. That one is off a little itself, so intervals hold the truth somewhat more often than is printed here.
Takes about four minutes.
"""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goodstanding.cards import Sample, development_sample
from goodstanding.cards.training import fit_card
from goodstanding.lab import build_town
from goodstanding.months import today
from goodstanding.programmes import Definition, load_programme
from goodstanding.records import folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.scorecard import PointsTable
from goodstanding.scorecard.table import attribute_numbers, free_total, table_points
from goodstanding.scorecard.table.table_sql import NORMAL_90
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

PEOPLE, MONTHS, SEED = 10_000, 36, 6
SIZES = (500, 1_000, 2_000)
HIDDEN = (0.0, 0.1, 0.3, 0.5)
SAMPLES = 12


def show() -> None:
    definition = load_programme("sesame")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "standing")
        town = build_town(Path(folder) / "town", PEOPLE, MONTHS, SEED)
        load(workspace, folder_feeds(town.folder), today(), stamp=read_stamp(town.folder))
        build_statements(workspace)
        sample = development_sample(workspace, definition.programme)
    print(f"{len(sample):,} loans, {sample.bads} bad")
    for size in SIZES:
        _coverage(definition, sample, size)


def _coverage(definition: Definition, sample: Sample, size: int) -> None:
    rng = np.random.default_rng(size)
    found: dict[float, list[tuple[float, float, float]]] = {hidden: [] for hidden in HIDDEN}
    for _ in range(SAMPLES):
        chosen = np.zeros(len(sample), dtype=bool)
        chosen[rng.choice(len(sample), size, replace=False)] = True
        card = _card(definition, sample.where(chosen))
        truth = _total(_card(definition, sample.where(~chosen)), sample)
        for hidden, cells in found.items():
            values = {name: _hide(column, hidden, rng) for name, column in sample.values.items()}
            seen = Sample(sample.decided, sample.bad, values, {})
            off, half = np.abs(_total(card, seen) - truth), _half_width(card, seen)
            cells.append((float((off <= half).mean()), float(half.mean()), float(np.sqrt(np.mean(off**2)))))
    for hidden, cells in found.items():
        held, width, apart = np.mean(cells, axis=0)
        print(
            f"{size:5d} loans, {hidden:.0%} hidden: 90 % intervals hold {held:.1%} "
            f"(single cards {min(cells)[0]:.0%} to {max(cells)[0]:.0%}); half width {width:.0f}, off by {apart:.0f}",
            flush=True,
        )


def _hide(column: NDArray[np.float64], share: float, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.where(rng.random(len(column)) < share, np.nan, column)


def _card(definition: Definition, sample: Sample) -> PointsTable:
    everything = Sample(np.full(len(sample), "2000-01"), sample.bad, sample.values, {})
    return fit_card(definition, everything).card


def _total(card: PointsTable, sample: Sample) -> NDArray[np.float64]:
    return free_total(card, table_points(card, sample.values), len(sample)).astype(np.float64)


def _half_width(card: PointsTable, sample: Sample) -> NDArray[np.float64]:
    variance = np.zeros(len(sample))
    for characteristic in card.characteristics:
        each = np.array([attribute.variance for attribute in characteristic.all_attributes], dtype=np.float64)
        variance += each[attribute_numbers(characteristic, sample.values[characteristic.name])]
    return NORMAL_90 * np.sqrt(variance)


if __name__ == "__main__":
    show()
