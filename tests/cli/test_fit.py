"""`standing fit` says what it used, what it did not, and what the card was tested on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from goodstanding.cards import Sample
from goodstanding.cards.training import Fitted, fit_card
from goodstanding.cli.fit import print_fitted
from goodstanding.programmes import Definition
from goodstanding.store import Workspace

Row = dict[str, object]
Run = Callable[..., Any]
Write = Callable[[str, Sequence[Row]], Path]
REASONS = {
    "file_too_short": (3, "Fewer than 3 months are on file.", "档案记录不足3个月。"),
    "no_statement": (2, "Nothing was on file by the month before.", "截至前一个月尚无任何记录。"),
    "disputed": (1, "The outcome is disputed.", "该结果有争议。"),
}


def _row(person: str, record: str, on: str, **own: object) -> Row:
    return {"person_id": person, "record_id": record, "happened_on": on, "known_on": on, "source": "bank"} | own


def _outcome(number: int, on: str, state: str = "valid") -> Row:
    more = {"kind": "loan", "bad": str(number % 3 == 0).lower(), "window_until": "2024-12-31", "state": state}
    return _row(f"P{number:02}", f"loan-{number}", on, **more | {"known_on": "2025-01-31"})


@pytest.fixture
def cohort(run: Run, workspace: Workspace, write: Write) -> Path:
    """Forty-six people of a year's payments; the loans of forty began in one month, and of six nobody can learn."""
    people = [_row(f"P{number:02}", f"join-{number}", "2023-01-05") for number in range(46)]
    paid = [
        _row(f"P{number:02}", f"pay-{number}-{month}", f"2023-{month:02}-10", category="wages", currency="EUR")
        | {"amount_minor": 100_000 - 1_000 * (number % 3) * month}
        for number in range(46)
        for month in range(1, 13)
    ]
    outcomes = [_outcome(number, "2024-01-20") for number in range(40)]
    outcomes += [_outcome(number, "2023-03-20") for number in (40, 41, 42)]
    outcomes += [_outcome(number, "2023-01-20") for number in (43, 44)] + [_outcome(45, "2024-01-20", "disputed")]
    write("people", people)
    write("payments", paid)
    folder = write("outcomes", outcomes).parent
    for words in (["ingest", "records", folder], ["statements"]):
        assert run(*words, "--workspace", workspace.root).code == 0
    return workspace.root


def test_on_screen_it_says_how_many_outcomes_it_used_and_why_not_the_others(run: Run, cohort: Path) -> None:
    said = run("fit", "sesame", "--workspace", cohort).out
    assert "Of 46 outcomes 40 were used, 6 not." in said
    for n, english, _ in REASONS.values():
        assert f"  {n}: {english}" in said
    assert "it was cross-fitted: the people were cut into 5 parts" in said
    assert "in sample, to 2024-01" in said


def test_the_points_of_a_characteristic_account_for_everybody(
    warned: Fitted, sesame: Definition, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is missing is a line of its own, where somebody's was."""
    monkeypatch.setenv("COLUMNS", "200")
    gaps = warned.card.characteristics[-1]
    known = structs.replace(gaps, missing=structs.replace(gaps.missing, count=1_234, bads=617, points=0))
    card = structs.replace(warned.card, characteristics=(*warned.card.characteristics[:-1], known))
    print_fitted(sesame.programme, replace(warned, card=card))
    lines = [line for line in capsys.readouterr().out.splitlines() if "missing" in line]
    assert len(lines) == 1
    assert "1,234" in lines[0]
    assert "50.0%" in lines[0]


def test_in_chinese_too(run: Run, cohort: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    said = run("fit", "sesame", "--workspace", cohort).out
    assert "共46个结果，用了40个，未用6个。" in said
    for n, _, chinese in REASONS.values():
        assert f"  {n}: {chinese}" in said
    assert "交叉拟合" in said


def test_as_json_it_says_the_same(run: Run, cohort: Path) -> None:
    found = json.loads(run("fit", "sesame", "--json", "--workspace", cohort).out)
    assert found["outcomes"] == {
        "used": 40,
        "learned_from": 40,
        "tested_on": 0,
        "too_few_later": 0,
        "left_out": {reason: {"n": n, "why": english} for reason, (n, english, _) in REASONS.items()},
    }
    assert (found["tested"], found["folds"], found["out_of_time"]) == ("cross_fitted", 5, None)
    assert (found["cross_fitted"]["n"], found["cross_fitted"]["bad"]) == (40, 14)


def test_later_outcomes_too_few_to_test_on_are_told(run: Run, cohort: Path, write: Write) -> None:
    late = write("outcomes", [_outcome(3, "2024-02-20") | {"record_id": "late"}])
    run("ingest", "records", late, "--workspace", cohort)
    said = run("fit", "sesame", "--train-until", "2024-01", "--workspace", cohort).out
    assert "Of 47 outcomes 40 were used, 7 not." in said
    assert "  1: Decided after 2024-01, and too few to test on." in said


def test_with_too_few_of_either_it_says_what_was_left_out(run: Run, cohort: Path) -> None:
    refused = run("fit", "sesame", "--train-until", "2023-12", "--workspace", cohort)
    assert refused.code == 1
    assert "Fewer than 3 months are on file. 3" in " ".join(refused.err.split())


@pytest.fixture(scope="module")
def warned(sesame: Definition) -> Fitted:
    """A card with a leak that was allowed, and a code."""
    chance = np.random.default_rng(6)
    bad = chance.random(500) < 0.2
    unknown = {c.name: np.full(500, np.nan) for c in sesame.programme.characteristics}
    late = np.where(np.arange(500) < 25, 998, chance.integers(0, 60, 500)).astype(float)
    values = unknown | {"dues_kept_12m": 1.0 - bad, "worst_days_late_24m": late}
    return fit_card(sesame, Sample(np.full(500, "2024-01"), bad, values, {}), allowed_leaks=["dues_kept_12m"])


WARNINGS = {
    "en": (
        "dues_kept_12m looks like the outcome over again: its information value is 1",
        (
            "worst_days_late_24m: 998 look like codes for something else, of 5.0% of the "
            "outcomes; give nothing for them in the formula if they are."
        ),
    ),
    "zh_CN.UTF-8": (
        "dues_kept_12m看起来就是结果本身：其信息值为1",
        "worst_days_late_24m：998看起来是表示其他含义的代码，占结果的5.0%",
    ),
}


@pytest.mark.parametrize("language", WARNINGS)
def test_what_should_be_looked_at_is_one_line_each(
    language: str,
    warned: Fitted,
    sesame: Definition,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", language if language != "en" else "C.UTF-8")
    print_fitted(sesame.programme, warned)
    said = capsys.readouterr().out.splitlines()
    for expected in WARNINGS[language]:
        assert len([line for line in said if line.startswith(expected)]) == 1


def test_as_json_it_says_what_should_be_looked_at(run: Run, cohort: Path) -> None:
    """The cohort's wages say who ended badly; with forty outcomes that stops nothing."""
    found = json.loads(run("fit", "sesame", "--json", "--workspace", cohort).out)["warnings"]
    assert found
    for warned in found:
        assert warned.keys() == {"characteristic", "why", "figure"}
        assert (warned["why"], warned["figure"] > 4) == ("leak", True)


def test_only_a_characteristic_of_the_programme_can_be_allowed(run: Run, cohort: Path) -> None:
    refused = run("fit", "sesame", "--allow-leak", "wages", "--workspace", cohort)
    assert refused.code == 1
    assert "--allow-leak: found wages; expected one of" in " ".join(refused.err.split())
    leaks = json.loads(run("fit", "sesame", "--json", "--workspace", cohort).out)["warnings"]
    words = [word for leak in leaks for word in ("--allow-leak", leak["characteristic"])]
    assert run("fit", "sesame", *words, "--workspace", cohort).code == 0
