"""Rows per CPU second of a skorecard model: run by batch_scoring.py under a Python that has skorecard."""

import json
import statistics
import sys
import time
import warnings

import pandas as pd
from skorecard import Skorecard
from skorecard.bucketers import DecisionTreeBucketer
from skorecard.rescale import ScoreCardPoints


def main(train: str, few: str, runs: str) -> None:
    warnings.simplefilter("ignore")
    table, rows = pd.read_csv(train), pd.read_csv(few)
    features = [name for name in table if name != "bad"]
    bucketing = DecisionTreeBucketer(variables=features, max_n_bins=8, min_bin_size=0.05)
    model = Skorecard(bucketing=bucketing, variables=features).fit(table[features], table["bad"])
    points = ScoreCardPoints(skorecard_model=model, pdo=40, ref_score=600, ref_odds=1)
    taken = []
    for _ in range(int(runs)):
        started = time.process_time()
        points.transform(rows[features]).sum(axis=1)
        taken.append(time.process_time() - started)
    print(json.dumps(len(rows) / statistics.median(taken)))


if __name__ == "__main__":
    main(*sys.argv[1:])
