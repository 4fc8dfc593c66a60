"""The verbs over a programme of one's own: they say what it has, and that no law was checked where none was."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.programmes.varied import Shape, write_programme

Run = Callable[..., Any]
SAID = {"en": "No law was checked.", "zh-Hans": "未审核任何法律。"}


@pytest.fixture
def room(scored: Path, tmp_path: Path) -> Path:
    """The scored town, to be scored by another programme."""
    return Path(shutil.copytree(scored, tmp_path / "standing"))


@pytest.mark.parametrize("jurisdiction", ["none", "cn"])
def test_every_verb_that_tells_of_a_score_tells_that_no_law_was_checked(
    run: Run, room: Path, tmp_path: Path, jurisdiction: str
) -> None:
    none = jurisdiction == "none"
    own = write_programme(tmp_path / "own", Shape(2, 2, (0, 100), advice=False, jurisdictions=(jurisdiction,)))
    last = ("--workspace", room)
    made = run("score", own, "--as-of", "2024-06", *last)
    assert made.code == 0, made.err
    assert (SAID["en"] in made.out) == none
    assert json.loads(run("score", own, "--as-of", "2024-06", "--json", *last).out).get("law") == (
        SAID["en"] if none else None
    )
    for language, said in SAID.items():
        options = ("--programme", own, "--language", language, *last)
        shown = run("show", "P000003", *options)
        assert (said in shown.out) == none
        assert "What would raise it" not in shown.out
        assert json.loads(run("show", "P000003", "--json", *options).out).get("law") == (said if none else None)
        file = tmp_path / "page.html"
        assert run("page", "P000003", "--out", file, *options).code == 0
        assert (said in file.read_text(encoding="utf-8")) == none


def test_what_looks_like_markup_in_a_text_is_shown_as_it_is(run: Run, room: Path, tmp_path: Path) -> None:
    own = Path(write_programme(tmp_path / "own", Shape(1, 1, titles={"kept_12m": "Kept [/b] [red]"})))
    file = own / "programme.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("Grade 0", "Grade [/i]"), encoding="utf-8")
    options = ("--workspace", room)
    made = run("score", own, "--as-of", "2024-06", *options)
    shown = run("show", "P000003", "--programme", own, *options)
    assert (made.err, shown.err) == ("", "")
    assert "Grade [/i]" in made.out
    assert "Grade [/i]" in shown.out
    assert "Kept [/b] [red]" in shown.out


@pytest.mark.parametrize("jurisdiction", ["none", "cn"])
def test_the_verbs_of_a_programme_s_life_tell_it_too(run: Run, tmp_path: Path, jurisdiction: str) -> None:
    own = write_programme(tmp_path / "own", Shape(jurisdictions=(jurisdiction,)))
    room = ("--workspace", tmp_path / "standing")
    run("registry", "create", *room)
    said = [
        run("programme", "draft", own, "--by", "ann", *room),
        run("programme", "review", "own_score", "0.1.0", "--by", "bob", *room),
        run("programme", "publish", "own_score", "0.1.0", "--by", "bob", *room),
        run("programme", "list", *room),
        run("programme", "list", "--json", *room),
    ]
    assert [one.err for one in said] == [""] * 5
    assert [SAID["en"] in " ".join(one.out.split()) for one in said] == [jurisdiction == "none"] * 5
