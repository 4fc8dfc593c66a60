"""The development sample: which outcomes are in it, with what was known when."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from goodstanding.cards import Sample, development_sample, why_left_out
from goodstanding.cards.training import fit_card
from goodstanding.cli import app
from goodstanding.errors import BadInput, NotReady
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.records import folder_feeds, load
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

Row = dict[str, object]
Write = Callable[[str, Sequence[Row]], Path]
TODAY = date(2026, 6, 15)


def _row(person: str, record: str, on: str, known: str = "", **own: object) -> Row:
    return {
        "person_id": person,
        "record_id": record,
        "happened_on": on,
        "known_on": known or on,
        "source": "bank",
        "state": "valid",
    } | own


def _lives(person: str, last: Month, months: int) -> list[Row]:
    """A payment a month up to the last."""
    return [
        _row(person, f"{person}-{m}", f"{last.plus(-m)}-10", category="wages", amount_minor=10_000 + m, currency="EUR")
        for m in range(months)
    ]


def _outcome(person: str, on: str, **more: object) -> Row:
    return _row(person, f"loan-{person}", on, "2025-01-31", kind="loan", bad="true", window_until="2025-01-31") | more


@pytest.fixture
def sample_of(workspace: Workspace, write: Write, sesame: Definition) -> Callable[..., Sample]:
    """The sample of people joined 2023-01-05, with payments up to `last` and outcomes."""

    def build(outcomes: Sequence[Row], last: str = "2024-05", months: int = 17) -> Sample:
        people = sorted({str(row["person_id"]) for row in outcomes})
        write("people", [_row(p, f"join-{p}", "2023-01-05") for p in people])
        write("payments", [row for p in people for row in _lives(p, Month.parse(last), months)])
        folder = write("outcomes", outcomes).parent
        load(workspace, folder_feeds(folder), TODAY)
        build_statements(workspace)
        return development_sample(workspace, sesame.programme)

    return build


def test_what_is_known_is_that_of_the_month_before_the_decision(sample_of: Callable[..., Sample]) -> None:
    sample = sample_of([_outcome("A", "2024-03-01"), _outcome("B", "2024-03-31")])
    assert list(sample.decided) == ["2024-03", "2024-03"]
    # Payments of March and later do not count: all of 12 months to February, and 14 since January of last year.
    assert list(sample.values["active_months_12m"]) == [1, 1]
    assert list(sample.values["months_on_file"]) == [14, 14]


def test_nothing_from_the_month_of_the_decision_on_enters(
    workspace: Workspace, sample_of: Callable[..., Sample], write: Write, sesame: Definition
) -> None:
    before = sample_of([_outcome("A", "2024-03-20")])
    fine = _row("A", "fine", "2024-03-01", category="penalty", amount_minor=-9_000_000, currency="EUR")
    late = _row("A", "late", "2024-01-10", "2024-03-01", category="penalty", amount_minor=-9_000_000, currency="EUR")
    load(workspace, folder_feeds(write("payments", [fine, late])), TODAY)
    build_statements(workspace)
    after = development_sample(workspace, sesame.programme)
    for name, values in before.values.items():
        assert np.array_equal(values, after.values[name], equal_nan=True), name


def test_an_outcome_withdrawn_or_disputed_is_not_learned_from(sample_of: Callable[..., Sample]) -> None:
    rows = [
        _outcome("A", "2024-03-20"),
        _outcome("B", "2024-03-20", state="disputed"),
        _outcome("C", "2024-03-20"),
        _outcome("C", "2024-03-20", known_on="2025-02-28", state="withdrawn"),
    ]
    assert len(sample_of(rows)) == 1


def test_outcomes_left_out_are_counted_by_reason(sample_of: Callable[..., Sample]) -> None:
    sample = sample_of([_outcome("A", "2024-03-20"), _outcome("B", "2023-02-20"), _outcome("C", "2023-01-07")])
    assert len(sample) == 1
    assert sample.left_out == {"file_too_short": 1, "no_statement": 1}


def test_every_outcome_on_file_is_in_the_sample_or_counted_as_left_out(
    sample_of: Callable[..., Sample], sesame: Definition
) -> None:
    rows = [
        _outcome("A", "2024-03-20"),
        _outcome("B", "2023-02-20"),
        _outcome("C", "2023-01-07"),
        _outcome("D", "2024-03-20", state="disputed"),
        _outcome("E", "2024-03-20"),
        _outcome("E", "2024-03-20", known_on="2025-02-28", state="withdrawn"),
        _outcome("F", "2023-01-07", state="disputed"),
    ]
    sample = sample_of(rows)
    assert sample.left_out == {"disputed": 2, "file_too_short": 1, "no_statement": 1, "withdrawn": 1}
    assert len(sample) + sum(sample.left_out.values()) == 6
    assert {why: why_left_out(sesame.programme, why) for why in sample.left_out} == {
        "disputed": "The outcome is disputed.",
        "file_too_short": "Fewer than 3 months are on file.",
        "no_statement": "Nothing was on file by the month before.",
        "withdrawn": "The outcome was withdrawn.",
    }


def test_whose_each_outcome_is_stays_beside_it(sample_of: Callable[..., Sample]) -> None:
    sample = sample_of([_outcome("B", "2024-03-02"), _outcome("A", "2024-03-09"), _outcome("C", "2023-01-07")])
    assert sample.people.tolist() == ["B", "A"]
    assert sample.where(np.array([False, True])).people.tolist() == ["A"]


def test_too_few_outcomes_are_told_with_those_that_were_left_out(
    sample_of: Callable[..., Sample], sesame: Definition
) -> None:
    sample = sample_of([_outcome("A", "2024-03-20"), _outcome("B", "2023-02-20")])
    with pytest.raises(
        NotReady, match=r"0 good and 1 bad, besides outcomes left out \(Fewer than 3 months are on file\. 1\)"
    ):
        fit_card(sesame, sample)


def test_two_outcomes_of_one_person_in_one_month_are_both_in_it(sample_of: Callable[..., Sample]) -> None:
    sample = sample_of([_outcome("A", "2024-03-02"), _outcome("A", "2024-03-09", record_id="loan-2", bad="false")])
    assert list(sample.bad) == [True, False]


def test_without_outcomes_a_fit_says_what_to_do(workspace: Workspace, write: Write, sesame: Definition) -> None:
    load(workspace, folder_feeds(write("people", [_row("A", "join", "2023-01-05")])), TODAY)
    build_statements(workspace)
    with pytest.raises(NotReady, match=r"found no outcomes.*Ingest outcomes, or score with the expert card"):
        development_sample(workspace, sesame.programme)


@pytest.mark.parametrize("text", ["1996-13", "96-12", "1996", "December", "1996-12-31", " 1996-12", ""])
def test_a_month_that_does_not_read_is_named_before_anything_else(text: str, workspace: Workspace) -> None:
    with pytest.raises(BadInput, match=f"month: found {re.escape(repr(text))}; expected a month as YYYY-MM"):
        app(["fit", "sesame", f"--train-until={text}", "--workspace", str(workspace.root)])
