"""Do `standing show` and `standing score` agree for every person of a scored workspace?

    python benchmarks/agreement.py WORKSPACE

Scores each person alone, as an online answer would, and compares every column with the run's row, and with
what the person is shown. Some 0.2 s a person.
"""

import sys
import time
from pathlib import Path

from goodstanding.cards import read_card
from goodstanding.engines import Duck, files
from goodstanding.months import Month
from goodstanding.programmes import load_programme
from goodstanding.scoring import score_one, standing_of
from goodstanding.scoring.manifest import run_to_show, scores_files
from goodstanding.store import Workspace


def main(workspace: Workspace) -> int:
    started = time.perf_counter()
    definition = load_programme("sesame")
    manifest = run_to_show(workspace, "sesame")
    month, run = Month.parse(manifest.basis.as_of), manifest.run
    card = read_card(workspace, "sesame", manifest.basis.card)
    paths = scores_files(workspace, "sesame", month, run)
    with Duck() as duck:
        stored = duck.rows(f"SELECT * FROM {files(paths)}")
    differing = 0
    for row in stored:
        person = row["person_id"]
        alone = score_one(workspace, definition, card, month, person)
        shown = standing_of(workspace, definition, person, month)
        agree = alone == row and shown.score == row["score"] and shown.not_scored == row["not_scored"]
        differing += not agree
    print(f"{month} run {run}: {len(stored)} people, {differing} differ, {time.perf_counter() - started:.0f} s")
    return differing


if __name__ == "__main__":
    sys.exit(main(Workspace(Path(sys.argv[1]))) > 0)
