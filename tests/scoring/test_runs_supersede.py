"""A finished run is never overwritten; what changes makes a new run, and what was tampered with is found."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from goodstanding.cards import expert_card, read_card, save_card
from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scoring import Manifest, latest_run, read_manifest, score_month, standing_of
from goodstanding.store import Workspace

Add = Callable[..., None]
Score = Callable[[], Manifest]
PERSON = "P000001"


def _payment(month: Month, known: Month | None = None, n: int = 1) -> dict[str, Any]:
    return {
        "person_id": PERSON,
        "record_id": f"late-{n}",
        "happened_on": f"{month}-11",
        "known_on": f"{known or month}-20",
        "source": "wallet",
        "category": "penalty",
        "amount_minor": -5000,
        "currency": "CNY",
    }


@pytest.fixture
def first(village: Workspace, last: Month) -> Manifest:
    """The run that the village was made with."""
    found = latest_run(village, "sesame", last)
    assert found is not None
    return found


@pytest.fixture
def score(village: Workspace, sesame: Definition, last: Month, after: date) -> Score:
    """Score the village's last month."""
    return lambda: score_month(village, sesame, last, after)


def _run_files(workspace: Workspace, month: Month, run: str) -> Path:
    return workspace.root / "scores" / "sesame" / str(month) / run


def test_a_late_record_makes_a_run_that_names_the_one_it_supersedes(
    village: Workspace, last: Month, first: Manifest, add: Add, score: Score, sesame: Definition
) -> None:
    add(payments=[_payment(last.plus(-2), last)])
    second = score()
    assert (second.supersedes, second.run == first.run) == (first.run, False)
    assert latest_run(village, "sesame", last) == second
    assert standing_of(village, sesame, PERSON).run == second.run


def test_the_superseded_run_stays_byte_for_byte(
    village: Workspace, last: Month, first: Manifest, add: Add, score: Score, files_of: Callable[[Path], Any]
) -> None:
    before = files_of(_run_files(village, last, first.run))
    assert set(before) == {"scores.parquet", "manifest.json"}
    add(payments=[_payment(last)])
    score()
    assert files_of(_run_files(village, last, first.run)) == before
    assert read_manifest(village, "sesame", last, first.run) == first


def test_runs_form_a_chain(first: Manifest, add: Add, score: Score, last: Month) -> None:
    add(payments=[_payment(last)])
    second = score()
    add(payments=[_payment(last, n=2)])
    third = score()
    assert (first.supersedes, second.supersedes, third.supersedes) == (None, first.run, second.run)


def test_what_became_known_later_makes_no_new_run(first: Manifest, add: Add, score: Score, last: Month) -> None:
    add(payments=[_payment(last, last.plus(1)), _payment(last.plus(1), n=2)])
    assert score() == first


def test_who_joined_later_makes_no_new_run(first: Manifest, add: Add, score: Score, last: Month) -> None:
    join = {"person_id": "P-new", "record_id": "join-new", "source": "wallet"}
    day = f"{last.plus(1)}-01"
    add(people=[join | {"happened_on": day, "known_on": day}])
    assert score() == first


def test_who_was_entered_late_is_in_the_new_run_only(first: Manifest, add: Add, score: Score, last: Month) -> None:
    join = {"person_id": "P-new", "record_id": "join-new", "source": "wallet"}
    add(people=[join | {"happened_on": f"{last}-01", "known_on": f"{last}-01"}])
    second = score()
    assert (second.people, second.supersedes) == (first.people + 1, first.run)


def test_another_card_makes_a_new_run_of_the_same_people(
    village: Workspace, first: Manifest, score: Score, sesame: Definition
) -> None:
    other = msgspec.structs.replace(expert_card(sesame), base=expert_card(sesame).base - 10)
    with village.stage() as staging:
        save_card(staging, other)
    second = score()
    assert (second.supersedes, second.basis.card) == (first.run, other.version)
    assert second.basis.people_digest == first.basis.people_digest


def test_the_card_of_every_run_is_in_the_workspace(village: Workspace, first: Manifest, sesame: Definition) -> None:
    # The expert card too: when the programme is edited, an old run must still be explained by the card it used.
    assert read_card(village, "sesame", first.basis.card) == expert_card(sesame)


@pytest.mark.parametrize("file", ["scores.parquet", "manifest.json"])
def test_a_changed_file_of_a_run_is_found_when_the_month_is_run_again(
    file: str, village: Workspace, last: Month, first: Manifest, score: Score
) -> None:
    path = _run_files(village, last, first.run) / file
    content = path.read_bytes()
    at = content.rindex(b"0") if file == "manifest.json" else len(content) // 2
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(BadInput, match=str(path)):
        score()


def test_scores_and_manifest_changed_together_are_found(
    village: Workspace, last: Month, first: Manifest, score: Score
) -> None:
    folder = _run_files(village, last, first.run)
    (folder / "scores.parquet").write_bytes(b"forged")
    digest = hashlib.sha256(b"forged").hexdigest()
    (folder / "manifest.json").write_bytes(
        (folder / "manifest.json").read_bytes().replace(first.scores["scores.parquet"].encode(), digest.encode())
    )
    with pytest.raises(BadInput, match=str(folder)):
        score()


def test_scores_that_are_gone_are_found(village: Workspace, last: Month, first: Manifest, score: Score) -> None:
    path = _run_files(village, last, first.run) / "scores.parquet"
    path.unlink()
    with pytest.raises(BadInput, match=str(path)):
        score()
