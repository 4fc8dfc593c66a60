"""`standing show` and `standing page` for one person."""

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodstanding.cli import show
from goodstanding.months import Month, today
from goodstanding.programmes import Definition
from goodstanding.records import folder_feeds, load
from goodstanding.scoring import erase_people, score_month, table_title
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

Run = Callable[..., Any]
LONG = "王小明" * 60
ODD = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    "CON",
    "a\\b",
    "~root",
    "[/red]",
    "a b",
    ":smile:",
    "-x",
    LONG,
    LONG[:-1] + "花",
    "x" * 200,
]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, sesame: Definition) -> Path:
    """A workspace of people with odd ids and nothing else on file."""
    folder = tmp_path_factory.mktemp("odd")
    rows = "".join(f"{id_},join-{i},2024-01-01,2024-01-01,test\n" for i, id_ in enumerate(ODD))
    (folder / "people.csv").write_text(f"person_id,record_id,happened_on,known_on,source\n{rows}", encoding="utf-8")
    room = Workspace(folder / "deep" / "standing")
    load(room, folder_feeds(folder / "people.csv"), today(), strict=True)
    build_statements(room)
    score_month(room, sesame, Month(2024, 1), today())
    return room.root


def test_page_writes_a_file_in_reports_and_says_where(run: Run, own: Path) -> None:
    said = run("page", "P000003", "--workspace", own)
    written = own / "reports" / "P000003.html"
    assert (said.code, said.out.strip(), said.err) == (0, str(written), "")
    assert written.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_page_and_show_tell_the_same_score(run: Run, own: Path) -> None:
    run("page", "P000003", "--workspace", own)
    score = json.loads(run("show", "P000003", "--json", "--workspace", own).out)["score"]
    assert f'<p class="score">{score}</p>' in (own / "reports" / "P000003.html").read_text(encoding="utf-8")


def test_the_same_page_twice_is_the_same_bytes(run: Run, own: Path) -> None:
    written = own / "reports" / "P000003.html"
    run("page", "P000003", "--workspace", own)
    first = written.read_bytes()
    run("page", "P000003", "--workspace", own)
    assert written.read_bytes() == first


def test_page_writes_where_it_is_told_and_nowhere_else(run: Run, own: Path, tmp_path: Path) -> None:
    said = run("page", "P000003", "--out", tmp_path / "new" / "my.html", "--workspace", own)
    assert said.code == 0
    assert (tmp_path / "new" / "my.html").is_file()
    assert not (own / "reports").exists()


@pytest.mark.parametrize("out", [None, "reports/of others/theirs.html"])
def test_a_page_of_who_is_erased_while_it_is_written_does_not_stay(
    run: Run, own: Path, monkeypatch: pytest.MonkeyPatch, out: str | None
) -> None:
    rendered = show.person_page

    def slowly(*told: Any) -> str:
        text = rendered(*told)
        assert erase_people(Workspace(own), {"P000003": "gone-1"}) > 0
        return text

    monkeypatch.setattr(show, "person_page", slowly)
    told = [] if out is None else ["--out", own / out]
    said = run("page", "P000003", *told, "--workspace", own)
    assert (said.code, said.out) == (1, "")
    assert "P000003" in said.err
    assert [path for path in (own / "reports").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["[/red].html", "[bold]x.html", ":smile:.html"])
def test_a_file_name_is_said_as_it_is(run: Run, own: Path, tmp_path: Path, name: str) -> None:
    said = run("page", "P000003", "--out", tmp_path / name, "--workspace", own)
    assert (said.code, said.out.strip()) == (0, str(tmp_path / name))


def test_page_speaks_chinese(run: Run, own: Path) -> None:
    run("page", "P000003", "--language", "zh-Hans", "--workspace", own)
    assert '<html lang="zh-Hans">' in (own / "reports" / "P000003.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("person", ODD, ids=range(len(ODD)))
def test_the_page_of_an_odd_id_stays_in_reports(run: Run, odd: Path, person: str) -> None:
    said = run("page", f"--person={person}", "--workspace", odd)
    assert said.code == 0, said.err
    assert html.escape(person) in Path(said.out.strip()).read_text(encoding="utf-8")
    assert {path.parent for path in odd.parents[1].rglob("*.html")} == {odd / "reports"}


def test_long_ids_that_begin_alike_have_files_of_their_own(run: Run, odd: Path) -> None:
    said = [run("page", f"--person={person}", "--workspace", odd).out for person in (LONG, LONG[:-1] + "花")]
    assert said[0] != said[1]


@pytest.mark.parametrize("person", ODD, ids=range(len(ODD)))
def test_show_says_an_odd_id_as_it_is(run: Run, odd: Path, person: str) -> None:
    said = run("show", f"--person={person}", "--workspace", odd)
    assert said.code == 0
    assert "".join(said.out.split()).startswith("".join(person.split()) + "Notenoughdata(2024-01)")
    assert "This is not a low score. Nobody may treat it as one." in said.out


def test_show_has_score_band_dimensions_reasons_and_sources(run: Run, scored: Path) -> None:
    standing = json.loads(run("show", "P000003", "--json", "--workspace", scored).out)
    said = run("show", "P000003", "--workspace", scored).out
    assert said.startswith(f"P000003  {standing['score']}  ")
    for title, name in [("Credit history", "credit_history"), ("Relationships", "relationships")]:
        assert any(line.split() == [*title.split(), f"{standing['dimensions'][name]:+d}"] for line in said.splitlines())
    for reason in standing["reasons"]:
        assert f"{-reason['lost']:+d}  {reason['text']}" in said
    for step in standing["recourse"]:
        gain = "  " if step["gain"] is None else f"{step['gain']:+d}"
        assert f"{gain}  {step['text']}" in said
    for source in standing["sources"]:
        assert f"{table_title(source['table'])}: {source['records']:,} ({source['source']}" in said
