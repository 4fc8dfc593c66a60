"""How files lie in a workspace is written and read back in one place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import goodstanding
from goodstanding.months import Month
from goodstanding.store import layout
from goodstanding.store.layout import FOLDERS, RecordKind, RecordPlace

SOURCE = Path(goodstanding.__file__).parent
DIGEST = "0123456789abcdef"
# What only the layout may write: the marks of months, and folders of the workspace with something below them.
MARKS = re.compile(rf"month=\Z|known=\Z|/month=|/known=|^({'|'.join(FOLDERS)})/")

names = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=20)
months = st.builds(Month, st.integers(1900, 2100), st.integers(1, 12))
kinds = st.sampled_from(get_args(RecordKind))


def texts(file: Path) -> Iterator[str]:
    """What stands in a module's strings, but for what documents it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, ast.Module)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            documented.add(ast.get_docstring(node, clean=False))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in documented:
            yield node.value


def marked(file: Path) -> list[str]:
    return [text for text in texts(file) if MARKS.search(text)]


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_other_module_writes_or_splits_a_path_of_the_workspace(file: Path) -> None:
    assert marked(file) == [] or file.name == "layout.py"


def test_the_marks_are_found_where_they_are() -> None:
    assert {"month=", "known=", "relations/", "quarantine/", "cards/"} <= set(marked(SOURCE / "store" / "layout.py"))


@given(names, months, kinds)
def test_a_record_file_says_what_it_was_written_as(table: str, month: Month, kind: RecordKind) -> None:
    path = f"{layout.records_folder(table, month)}/{layout.record_file(kind).format(digest=DIGEST)}"
    assert layout.record_place(path) == RecordPlace(table, month, kind)
    assert path.startswith(f"{layout.records_folder(table)}/")
    assert layout.is_record_file(path)


@given(st.sampled_from(["statements", "dealings", "measures/own"]), months, months)
def test_a_statement_file_says_its_months(roll_up: str, month: Month, known: Month) -> None:
    folder = layout.statements_folder(roll_up, month, known)
    assert layout.statement_months(f"{folder}/{DIGEST}.parquet") == (month, known)
    assert folder.startswith(f"{layout.statements_folder(roll_up, month)}/")
    assert layout.is_statements_folder(layout.statements_folder(roll_up, month))


@given(names, months, names)
def test_a_run_says_whose_and_when_it_is(programme: str, month: Month, run: str) -> None:
    folder = layout.run_folder(programme, month, run)
    assert layout.run_place(folder) == (programme, month, run)
    assert folder.startswith(f"{layout.run_folder(programme, month)}/")
    assert layout.is_score_file(f"{folder}/{layout.MANIFEST}")


@given(st.sampled_from(["scores.parquet", "scores-00001.parquet", "first.parquet"]))
def test_a_file_written_anew_keeps_its_name_and_changes_its_digest(name: str) -> None:
    once = layout.with_digest(name).format(digest=DIGEST)
    again = layout.with_digest(once).format(digest=DIGEST[::-1])
    assert (layout.without_digest(once), layout.without_digest(again)) == (name, name)
    assert layout.with_digest(f"{DIGEST}.parquet") == "{digest}.parquet"


def test_every_folder_that_is_written_is_one_of_the_workspace() -> None:
    month = Month(2024, 3)
    written = [
        layout.records_folder("dues"),
        layout.FEEDS_FOLDER,
        layout.quarantine_folder("dues"),
        layout.own_measures_folder("own"),
        layout.relations_folder(month),
        layout.cards_folder("own"),
        layout.runs_folder("own"),
        "statements",
        "dealings",
    ]
    assert {folder.split("/")[0] for folder in written} == set(FOLDERS)
