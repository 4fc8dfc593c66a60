"""What was contested or furnished gets into the records, and the score of the same month is put right."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.registry.conftest import Office

from goodstanding.engines import Duck
from goodstanding.records import latest_records, record_versions
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.furnishing import Collected, collect, erase_leavers
from goodstanding.registry.people import NOTICE_VERSION, identifier, join, leave
from goodstanding.registry.rights import Item, block, take_back
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.registry.verifying import verify_registry
from goodstanding.scoring import erase_people, run_to_show, runs_of, score_rows
from goodstanding.store import Workspace

TOLD = ("as_of", "score", "interval", "band", "reasons")


@dataclass
class Branch:
    """A registry over a scored town, with one person of it who was late."""

    office: Office
    room: Workspace
    person: UUID
    record_id: str
    consent: UUID
    late: list[Item]

    def score(self) -> dict[str, object]:
        return self.office.ask(self.office.question(consent=self.consent, scope="score", threshold=None)).told

    def collect(self, days: int = 1) -> Collected:
        """The next day's collection."""
        self.office.clock.move(days=days)
        return collect(self.office.changes, self.room, self.office.clock.now.date())


@pytest.fixture
def branch(office: Office, scored_town: Workspace, tmp_path: Path) -> Branch:
    renewed = max(runs_of(scored_town, "sesame")).plus(1).first_day + timedelta(days=9)
    office.clock.now = datetime.combine(renewed, time(9), UTC)
    room = Workspace(Path(shutil.copytree(scored_town.root, tmp_path / "standing")))
    versions = record_versions(room, "dues")
    assert versions is not None
    with Duck() as duck:
        late = duck.rows(
            f"SELECT person_id, source, record_id, happened_on FROM ({latest_records(versions, renewed)}) AS r "
            "WHERE paid_on > happened_on + 5 AND state = 'valid' ORDER BY happened_on DESC, person_id"
        )
    record_id = late[0]["person_id"]
    known_by = [identifier("record_id", record_id)]
    person = office.changes.do(
        lambda change: join(change, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )
    manifest = run_to_show(room, "sesame")
    assert publish_scores(office.changes, run_of(manifest), score_rows(room, manifest)) is not None
    terms = office.terms(person, expires_at=office.clock.now + timedelta(days=300))
    consent = office.changes.do(lambda change: grant_consent(change, terms))
    items = [Item("dues", row["source"], row["record_id"]) for row in late if row["person_id"] == record_id]
    return Branch(office, room, person, record_id, consent.id, items)


def test_a_block_counts_at_once_and_the_score_is_put_right(branch: Branch) -> None:
    before = branch.score()
    case = branch.office.changes.do(lambda change: block(change, branch.person, branch.late, "it was not me"))
    assert branch.score()["outcome"] == "not_enough_data"
    done = branch.collect()
    assert (done.items, done.waiting, [p.people for p in done.publications]) == (len(branch.late), 0, [1])
    after = branch.score()
    assert after["contested"] is True
    assert after["as_of"] == before["as_of"]
    assert after["score"] > before["score"]
    branch.office.changes.do(lambda change: take_back(change, case.id, person=branch.person))
    branch.collect()
    again = branch.score()
    assert {name: again[name] for name in TOLD} == {name: before[name] for name in TOLD}
    assert "contested" not in again
    assert verify_registry(branch.office.changes, workspace=branch.room).findings == []


def test_who_left_is_erased_from_the_files_and_nothing_looks_changed(
    branch: Branch, files_naming: Callable[[Path, str], list[Path]]
) -> None:
    changes, room = branch.office.changes, branch.room
    assert erase_leavers(changes, room) == 0
    assert len(files_naming(room.root, branch.record_id)) > 10
    changes.do(lambda change: leave(change, branch.person))
    # Stopped after the files and before the registry knows of it: it is done over.
    erase_people(room, {branch.record_id: "gone-1"})
    assert erase_leavers(changes, room) == 1
    assert files_naming(room.root, branch.record_id) == []
    assert erase_leavers(changes, room) == 0
    assert verify_registry(changes, workspace=room).findings == []
