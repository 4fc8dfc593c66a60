"""The main job on the Czech bank, through the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from goodstanding.lab import Town
from goodstanding.months import Month
from goodstanding.scoring import latest_run, read_manifest
from goodstanding.store import Workspace

Said = Mapping[str, Any]


@pytest.fixture(scope="session")
def bank(berka: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Each verb's answer on the bank, in order, and the workspace."""
    room = tmp_path_factory.mktemp("bank") / "standing"

    def run(*words: str) -> Said:
        command = [sys.executable, "-c", "from goodstanding.cli import main; main()", *words]
        environment = os.environ | {"STANDING_TODAY": "1999-01-15", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [*command, "--json", "--workspace", str(room)], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    answers = {
        "ingest": run("ingest", "berka", str(berka)),
        "statements": run("statements"),
        "fit": run("fit", "sesame", "--train-until", "1996-12"),
        "score": run("score", "sesame", "--as-of", "1997-06"),
    }
    return answers | {"room": Workspace(room), "show": lambda person: run("show", person)}


def test_every_transaction_and_every_loan_is_accounted_for(bank: Mapping[str, Said]) -> None:
    read = {table: count["read"] for table, count in bank["ingest"].items()}
    assert (read["payments"], read["outcomes"]) == (97_005, 682)
    for count in bank["ingest"].values():
        assert count["read"] == count["accepted"] + count["unchanged"] + count["quarantined"]


def test_the_sample_is_the_published_split(bank: Mapping[str, Said]) -> None:
    fit = bank["fit"]
    assert (fit["in_sample"]["n"], fit["in_sample"]["bad"]) == (328, 46)
    assert (fit["out_of_time"]["n"], fit["out_of_time"]["bad"]) == (354, 30)


def test_out_of_time_the_card_tells_good_from_bad(bank: Mapping[str, Said]) -> None:
    figures = bank["fit"]["out_of_time"]
    low, high = figures["auc_interval"]
    assert low < figures["auc"] < high
    assert figures["auc"] >= 0.88
    assert figures["gini"] == pytest.approx(2 * figures["auc"] - 1, abs=2e-4)
    assert 0 < figures["ks"] <= 1


def test_the_readme_gives_the_figures_that_the_fit_prints(bank: Mapping[str, Said]) -> None:
    figures = bank["fit"]["out_of_time"]
    low, high = figures["auc_interval"]
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"AUC out of time {figures['auc']:.3f}, 95 % interval {low:.3f} – {high:.3f}" in readme


def test_the_run_counts_everybody(bank: Mapping[str, Said]) -> None:
    run = bank["score"]
    assert {"programme", "as_of", "run", "engine", "scored", "not_scored", "bands", "seconds"} <= set(run)
    assert (run["programme"], run["as_of"], run["engine"]) == ("sesame", "1997-06", "duckdb")
    assert sum(run["bands"].values()) == run["scored"] > 300
    room: Any = bank["room"]
    manifest = read_manifest(room, "sesame", Month(1997, 6), run["run"])
    assert manifest.people == run["scored"] + sum(run["not_scored"].values())


def test_a_person_is_shown_under_the_promised_names(bank: Mapping[str, Any]) -> None:
    told = bank["show"]("2")
    promised = {"person", "as_of", "score", "interval", "band", "dimensions", "reasons", "recourse", "not_counted"}
    assert promised <= set(told)
    assert (told["person"], told["as_of"]) == ("2", "1997-06")
    assert set(told["dimensions"]) == {
        "credit_history",
        "behaviour",
        "fulfilment_capacity",
        "identity",
        "relationships",
    }


def test_the_same_unedited_programme_scores_the_town(
    bank: Mapping[str, Any], scored_town: Workspace, town: Town
) -> None:
    one = latest_run(bank["room"], "sesame", Month(1997, 6))
    other = latest_run(scored_town, "sesame", town.last)
    assert one is not None
    assert other is not None
    assert one.basis.programme_digest == other.basis.programme_digest
