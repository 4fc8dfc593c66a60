"""What cannot be scored yet is refused, says why, and changes nothing."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from importlib import resources
from pathlib import Path

import msgspec
import pytest

from goodstanding.cards import Card
from goodstanding.cli import app
from goodstanding.errors import BadInput, NotReady, StandingError
from goodstanding.months import Month
from goodstanding.programmes import Definition, load_programme
from goodstanding.scoring import latest_run, score_month, standing_of
from goodstanding.scoring.run import card_in_force
from goodstanding.store import Workspace

FilesOf = Callable[[Path], dict[str, bytes]]
Edit = Callable[[str, str, str], Definition]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """The shipped programme with one text in one of its files replaced."""

    def make(file: str, old: str, new: str) -> Definition:
        with resources.as_file(resources.files("goodstanding.programmes") / "shipped" / "sesame") as shipped:
            shutil.copytree(shipped, tmp_path / "sesame")
        path = tmp_path / "sesame" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_programme(str(tmp_path / "sesame"))

    return make


def _score(workspace: Workspace) -> None:
    """`standing score` of June 2024."""
    with suppress(SystemExit):
        app(["score", "sesame", "--as-of", "2024-06", "--json", "--workspace", str(workspace.root)])


@pytest.mark.parametrize(
    ("on", "instead"), [(date(2024, 7, 5), "2024-05"), (date(2024, 6, 30), "2024-05"), (date(2024, 6, 5), "2024-04")]
)
def test_before_the_programmes_day_of_the_next_month_it_is_not_closed(
    village: Workspace, sesame: Definition, on: date, instead: str, files_of: FilesOf
) -> None:
    before = files_of(village.root)
    with pytest.raises(NotReady, match=rf"2024-06: found today is {on}; .*renewed on 2024-07-06. Score {instead} inst"):
        score_month(village, sesame, Month(2024, 6), on)
    assert files_of(village.root) == before


def test_on_the_programmes_day_it_is(village: Workspace, sesame: Definition) -> None:
    assert score_month(village, sesame, Month(2024, 6), date(2024, 7, 6)).basis.as_of == "2024-06"


def test_the_clock_is_the_one_that_is_set(
    village: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STANDING_TODAY", "2024-07-05")
    with pytest.raises(NotReady, match="today is 2024-07-05"):
        _score(village)
    monkeypatch.setenv("STANDING_TODAY", "2024-07-06")
    _score(village)
    assert '"as_of": "2024-06"' in capsys.readouterr().out


def test_a_clock_that_is_not_a_date_is_named(village: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDING_TODAY", "yesterday")
    with pytest.raises(BadInput, match="STANDING_TODAY: found 'yesterday'"):
        _score(village)


@pytest.mark.parametrize("as_of", ["9998-12", "0001-01"])
def test_the_ends_of_the_calendar_are_refused_like_any_other_month(
    village: Workspace, sesame: Definition, as_of: str, after: date
) -> None:
    with pytest.raises(NotReady, match=as_of):
        score_month(village, sesame, Month.parse(as_of), after)


def test_a_month_before_all_records_is_refused(
    village: Workspace, sesame: Definition, after: date, files_of: FilesOf
) -> None:
    before = files_of(village.root)
    with pytest.raises(NotReady, match=r"2010-01: found no statements by then.*Score a later month"):
        score_month(village, sesame, Month(2010, 1), after)
    assert files_of(village.root) == before


def test_a_workspace_without_records_is_refused_and_not_made(
    workspace: Workspace, sesame: Definition, after: date
) -> None:
    with pytest.raises(NotReady, match=r"Run `standing \w+.*` first"):
        score_month(workspace, sesame, Month(2024, 6), after)
    assert not workspace.root.exists()


def test_without_scores_there_is_nothing_to_show(workspace: Workspace, sesame: Definition) -> None:
    with pytest.raises(NotReady, match="no scores of sesame as of any month; expected a month that was scored"):
        standing_of(workspace, sesame, "P000001")


def test_the_expert_card_scores_where_there_are_no_outcomes(
    village: Workspace, sesame: Definition, last: Month
) -> None:
    manifest = latest_run(village, "sesame", last)
    assert manifest is not None
    assert not any(village.catalogue.under("records/outcomes"))
    assert manifest.basis.card == card_in_force(village, sesame).version
    assert card_in_force(village, sesame).method == "expert"
    assert manifest.scored > 0.8 * manifest.people


def test_a_programme_edited_after_fitting_refuses_the_old_card(scored_town: Workspace, edited: Edit) -> None:
    other = edited("programme.toml", 'version = "1.0.0"', 'version = "1.0.1"')
    with pytest.raises(
        NotReady,
        match=r"card \w{12}: found a card of another sesame programme \(1\.0\.0\).*"
        r"expected a card of this one \(1\.0\.1\)\. Run `standing fit",
    ):
        card_in_force(scored_town, other)


def test_a_person_is_still_shown_a_score_after_the_expert_card_is_edited(
    village: Workspace, sesame: Definition, edited: Edit
) -> None:
    other = edited("expert.toml", "base = ", "base = 1")
    told, again = standing_of(village, sesame, "P000001"), standing_of(village, other, "P000001")
    assert (again.score, again.base, again.card) == (told.score, told.base, told.card)


def test_a_score_is_shown_or_refused_in_words_where_the_programme_lost_a_characteristic(
    scored_town: Workspace, sesame: Definition, card: Card
) -> None:
    gone = card.characteristics[0].name
    left = tuple(c for c in sesame.programme.characteristics if c.name != gone)
    other = Definition(msgspec.structs.replace(sesame.programme, characteristics=left), None, "another")
    try:
        assert standing_of(scored_town, other, "P000001").score is not None
    except StandingError as error:
        assert "sesame" in str(error)  # noqa: PT017 - either answer will do, but no other kind of error
