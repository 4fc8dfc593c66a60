"""What the command says when it cannot do what was asked: one clear message, exit code 1, nothing changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodstanding.lab import Town

Run = Callable[..., Any]


def _refused(said: Any, *parts: str) -> None:
    """One message on standard error that has these parts, and nothing else anywhere."""
    assert said.code == 1
    assert said.out == ""
    assert said.err.startswith("standing: ")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    for part in parts:
        assert part in said.err


@pytest.mark.parametrize("verb", ["show", "page"])
def test_an_unknown_person_is_named(run: Run, scored: Path, verb: str) -> None:
    said = run(verb, "nobody", "--workspace", scored)
    _refused(said, "scores of sesame as of 2024-12", "found nobody", "a person of the run", "Check the id")


@pytest.mark.parametrize("person", ["' OR TRUE --", "[bold]x[/]", "[/red]", "P000003'", "", "\\"])
def test_an_odd_id_is_only_an_unknown_person(run: Run, scored: Path, person: str) -> None:
    _refused(run("show", f"--person={person}", "--workspace", scored), f"found {person}; expected a person of the run")


@pytest.mark.parametrize("verb", ["show", "page"])
def test_an_unscored_workspace_says_what_to_run(run: Run, town: Town, tmp_path: Path, verb: str) -> None:
    run("ingest", "records", town.folder / "people.parquet", "--workspace", tmp_path / "w")
    _refused(
        run(verb, "P000003", "--workspace", tmp_path / "w"), str(tmp_path / "w"), "no scores", "standing score sesame"
    )


@pytest.mark.parametrize(
    ("arguments", "verb"),
    [
        (["show", "P000003"], "standing score sesame"),
        (["page", "P000003"], "standing score sesame"),
        (["score", "sesame", "--as-of", "2024-06"], "standing statements"),
        (["statements"], "standing ingest"),
        (["fit", "sesame"], "Ingest outcomes"),
    ],
)
def test_a_missing_workspace_is_named_with_what_comes_first_and_not_made(
    run: Run, tmp_path: Path, arguments: list[str], verb: str
) -> None:
    _refused(run(*arguments, "--workspace", tmp_path / "none"), str(tmp_path / "none"), verb)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_was_scored_no_month_is_offered(run: Run, tmp_path: Path) -> None:
    said = run("show", "P000003", "--workspace", tmp_path / "none")
    assert "one of none" not in said.err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["show", "P000003", "--as-of", "2024-13"], ["'2024-13'", "YYYY-MM"]),
        (["show", "P000003", "--as-of", "2031-01"], ["2031-01", "2024-10, 2024-11, 2024-12"]),
        (["score", "sesame", "--as-of", "2099-01"], ["2099-01", "a closed month", "2099-02-06"]),
        (["score", "nothing", "--as-of", "2024-12"], ["'nothing'", "sesame"]),
        (["show", "P000003", "--programme", "nothing"], ["'nothing'", "sesame"]),
        (["fit", "sesame", "--train-until", "June"], ["'June'", "YYYY-MM"]),
        (["fit", "sesame", "--train-until", "2023-01"], ["2023-01", "at least 10 of each"]),
        (["ingest", "records", "/nowhere/at/all"], ["/nowhere/at/all", "Check the path"]),
    ],
)
def test_a_wrong_argument_is_named_and_changes_nothing(
    run: Run, own: Path, files_of: Callable[[Path], dict[str, bytes]], arguments: list[str], parts: list[str]
) -> None:
    before = files_of(own)
    _refused(run(*arguments, "--workspace", own), *parts)
    assert files_of(own) == before


@pytest.mark.parametrize(
    "verb", [["statements"], ["show", "P000003"], ["ingest", "records", "people.parquet"], ["registry", "create"]]
)
def test_a_workspace_that_is_a_file_is_said_to_be_one(run: Run, town: Town, tmp_path: Path, verb: list[str]) -> None:
    (tmp_path / "file").write_text("not a folder")
    arguments = [town.folder / word if word.endswith(".parquet") else word for word in verb]
    _refused(run(*arguments, "--workspace", tmp_path / "file"), str(tmp_path / "file"), "a file")


def test_a_registry_below_a_file_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    below = tmp_path / "file" / "below"
    _refused(run("registry", "create", "--workspace", below), str(below), "--workspace")


def test_a_port_that_is_none_is_what_is_refused(run: Run, tmp_path: Path) -> None:
    _refused(run("serve", "--port", "99999", "--workspace", tmp_path), "99999", "port")


def test_the_keys_of_another_registry_are_not_called_a_change(run: Run, tmp_path: Path) -> None:
    for name in ("one", "other"):
        assert run("registry", "create", "--workspace", tmp_path / name).code == 0
    database = f"sqlite:///{tmp_path / 'one' / 'registry.db'}"
    said = run("registry", "collect", "--workspace", tmp_path / "other", "--database", database)
    _refused(said, "its key is not in keys/", "--workspace and --database")


@pytest.mark.parametrize("out", [".", "file/page.html"])
def test_a_page_that_cannot_be_written_is_said_in_words(run: Run, scored: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    _refused(run("page", "P000003", "--out", tmp_path / out, "--workspace", scored), str(tmp_path / out))


@pytest.mark.parametrize(
    "option",
    [
        ["--people", "0"],
        ["--months", "5"],
        ["--seed", "-1"],
        ["--port", "99999", "--serve"],
        ["--port", "-1", "--serve"],
    ],
)
def test_a_demo_that_cannot_be_is_refused_before_anything_is_written(
    run: Run, tmp_path: Path, option: list[str]
) -> None:
    options = {"--people": "20", "--months": "18"} | {option[0]: option[1]}
    arguments = [f"{name}={value}" for name, value in options.items()]
    _refused(run("demo", *(option[2:] or ["--no-serve"]), *arguments, "--workspace", tmp_path / "w"), option[1])
    assert list(tmp_path.iterdir()) == []


def test_a_day_that_is_no_date_is_said_in_words(run: Run, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDING_TODAY", "yesterday")
    _refused(run("score", "sesame", "--as-of", "2024-12", "--workspace", own), "STANDING_TODAY", "'yesterday'")


@pytest.mark.parametrize("arguments", [["shwo"], ["show"], ["score", "sesame"], ["show", "P1", "--language", "xx"]])
def test_wrong_usage_is_said_without_a_trace(run: Run, arguments: list[str]) -> None:
    said = run(*arguments)
    assert said.code not in {0, None}
    assert "Error" in said.out + said.err
    assert "Traceback" not in said.out + said.err


def test_of_many_bad_rows_it_is_said_how_many_more_there_are(run: Run, tmp_path: Path) -> None:
    header = "person_id,record_id,happened_on,known_on,source\n"
    sound = "".join(f"p{n},j{n},2024-01-03,2024-01-03,app\n" for n in range(3))
    bad = "".join(f"q{n},k{n},2024-01-03,soon,app\n" for n in range(12))
    (tmp_path / "people.csv").write_text(header + sound + bad, encoding="utf-8")
    said = run("ingest", "records", tmp_path / "people.csv", "--workspace", tmp_path / "w")
    assert said.code == 0
    assert said.out.count("known_on") == 5
    assert "And 7 more rows in " in said.out
