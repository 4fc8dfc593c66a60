"""Answers for machines: one JSON object on standard output, with names that stay."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodstanding.lab import Town
from goodstanding.programmes import Definition
from goodstanding.records import TABLES

Run = Callable[..., Any]
FIGURES = {"n", "bad", "auc", "ks", "gini", "auc_interval", "ks_interval", "gini_interval"}
DIMENSIONS = {"credit_history", "behaviour", "fulfilment_capacity", "identity", "relationships"}


def _object(said: Any) -> dict[str, Any]:
    """The one object that was printed; anything else on standard output would not parse."""
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert isinstance(found, dict)
    return found


def test_ingest_counts_each_table(run: Run, town: Town, tmp_path: Path) -> None:
    found = _object(run("ingest", "records", town.folder / "people.parquet", "--json", "--workspace", tmp_path / "w"))
    assert found == {"people": {"read": 300, "accepted": 300, "unchanged": 0, "quarantined": 0}}


def test_ingest_again_finds_all_unchanged(run: Run, town: Town, own: Path) -> None:
    found = _object(run("ingest", "records", town.folder, "--json", "--workspace", own))
    assert set(found) == set(TABLES)
    assert all(counts["read"] == counts["unchanged"] > 0 for counts in found.values())


def test_statements_says_what_was_made(run: Run, own: Path) -> None:
    found = _object(run("statements", "--json", "--workspace", own))
    assert set(found) == {"rebuilt", "unchanged", "statements"}
    assert found["rebuilt"] == []


def test_fit_gives_card_and_figures(run: Run, own: Path) -> None:
    found = _object(run("fit", "sesame", "--train-until", "2024-02", "--json", "--workspace", own))
    assert {"programme", "card", "in_sample", "out_of_time"} <= set(found)
    assert found["programme"] == "sesame"
    for sample in ("in_sample", "out_of_time"):
        assert set(found[sample]) == FIGURES
        low, high = found[sample]["auc_interval"]
        assert low <= found[sample]["auc"] <= high
        assert found[sample]["gini"] == pytest.approx(2 * found[sample]["auc"] - 1, abs=2e-4)
    assert (own / "cards" / "sesame").is_dir()


def test_fit_tells_which_outcomes_it_used_and_why_not_others(run: Run, own: Path) -> None:
    found = _object(run("fit", "sesame", "--train-until", "2024-02", "--json", "--workspace", own))
    outcomes = found["outcomes"]
    assert outcomes["learned_from"] == found["in_sample"]["n"]
    assert outcomes["tested_on"] == found["out_of_time"]["n"]
    assert outcomes["used"] == outcomes["learned_from"] + outcomes["tested_on"]
    assert (found["tested"], found["folds"], found["cross_fitted"]) == ("out_of_time", None, None)
    assert outcomes["left_out"] == {}


def test_fit_on_everything_is_tested_by_cross_fitting_and_says_so(run: Run, own: Path) -> None:
    found = _object(run("fit", "sesame", "--train-until", "2024-12", "--json", "--workspace", own))
    assert (found["out_of_time"], found["stability"]) == (None, None)
    assert (found["tested"], found["folds"]) == ("cross_fitted", 5)
    assert set(found["cross_fitted"]) == set(found["without_caps"]["cross_fitted"]) == FIGURES
    assert found["cross_fitted"]["n"] == found["in_sample"]["n"] == found["outcomes"]["used"]
    assert found["cross_fitted"]["auc"] < found["in_sample"]["auc"]
    assert found["calibration"] is not None
    on_screen = run("fit", "sesame", "--train-until", "2024-12", "--workspace", own).out
    assert "it was cross-fitted: the people were cut into 5 parts" in " ".join(on_screen.split())
    assert f"{found['cross_fitted']['auc']:.3f}" in on_screen
    card = json.loads((own / "cards" / "sesame" / f"{found['card']}.json").read_text(encoding="utf-8"))
    assert card["validation"]["cross_fitted"]["folds"] == 5


def test_score_gives_the_run_and_its_counts(run: Run, own: Path, sesame: Definition) -> None:
    found = _object(run("score", "sesame", "--as-of", "2024-12", "--json", "--workspace", own))
    names = {"programme", "as_of", "run", "engine", "scored", "not_scored", "bands", "outside", "seconds"}
    assert names <= set(found)
    assert (found["programme"], found["as_of"], found["engine"]) == ("sesame", "2024-12", "duckdb")
    assert list(found["bands"]) == [band.name for band in sesame.programme.bands]
    assert found["scored"] == sum(found["bands"].values())
    assert found["scored"] + sum(found["not_scored"].values()) == 300
    assert found["seconds"] >= 0


def test_scoring_again_is_the_same_run(run: Run, own: Path, files_of: Callable[[Path], dict[str, bytes]]) -> None:
    first = _object(run("score", "sesame", "--as-of", "2024-11", "--json", "--workspace", own))
    before = files_of(own)
    again = _object(run("score", "sesame", "--as-of", "2024-11", "--json", "--workspace", own))
    assert again["run"] == first["run"]
    assert files_of(own) == before


def test_a_month_of_which_nothing_was_furnished_is_scored_and_says_so(run: Run, own: Path) -> None:
    said = "Nothing was furnished of the months after 2024-12"
    assert said not in run("score", "sesame", "--as-of", "2024-12", "--workspace", own).out
    assert said in run("score", "sesame", "--as-of", "2025-03", "--workspace", own).out
    found = _object(run("score", "sesame", "--as-of", "2025-03", "--json", "--workspace", own))
    assert found["last_month"] == "2024-12"


def test_show_gives_the_whole_standing(run: Run, scored: Path) -> None:
    found = _object(run("show", "P000003", "--json", "--workspace", scored))
    names = {"person", "as_of", "score", "interval", "band", "dimensions", "reasons", "recourse", "not_counted"}
    assert names <= set(found)
    assert (found["person"], found["as_of"]) == ("P000003", "2024-12")
    assert set(found["dimensions"]) == DIMENSIONS
    assert len(found["reasons"]) <= 4
    low, high = found["interval"]
    assert 350 <= low <= found["score"] <= high <= 950


def test_the_dimensions_and_the_base_add_up_to_the_score(run: Run, scored: Path) -> None:
    found = _object(run("show", "P000003", "--json", "--workspace", scored))
    assert min(max(found["base"] + sum(found["dimensions"].values()), 350), 950) == found["score"]


def test_show_for_an_earlier_month_tells_that_month(run: Run, scored: Path) -> None:
    found = _object(run("show", "P000003", "--as-of", "2024-10", "--json", "--workspace", scored))
    assert found["as_of"] == "2024-10"
    assert list(found["history"]) == ["2024-10"]


def test_names_stay_english_in_chinese_json(run: Run, scored: Path) -> None:
    english = _object(run("show", "P000003", "--json", "--workspace", scored))
    chinese = _object(run("show", "P000003", "--json", "--language", "zh-Hans", "--workspace", scored))
    assert chinese.keys() == english.keys()
    assert (chinese["band"], chinese["dimensions"]) == (english["band"], english["dimensions"])
    assert [r["text"] for r in chinese["reasons"]] != [r["text"] for r in english["reasons"]]
