"""`standing fit` says what it used, what it did not, and what the card was tested on."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

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
