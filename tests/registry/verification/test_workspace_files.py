"""The runs in the workspace against what was published from them: who changes a file, or a file and its digest."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from tests.registry.office import Office

from goodstanding.engines import Duck, files
from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.registry import Registry
from goodstanding.registry.database.schema import log
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import leave
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.registry.verification import Finding, verify_registry
from goodstanding.scoring import Manifest, latest_run, run_to_show, score_rows
from goodstanding.scoring.written_pages import page_file
from goodstanding.store import Workspace

JOINED = 5


@dataclass(frozen=True)
class Published:
    """A registry with the scores of a run, and the workspace with the run; `people` by their ids in the records."""

    registry: Registry
    workspace: Workspace
    manifest: Manifest
    people: dict[str, UUID]

    @property
    def folder(self) -> str:
        """The run's folder in the workspace."""
        return f"scores/sesame/{self.manifest.basis.as_of}/{self.manifest.run}"

    def findings(self) -> set[Finding]:
        return set(verify_registry(self.registry, workspace=self.workspace).findings)

    def rewrite(self, select: str) -> Finding:
        """Write the run's rows anew, and have the catalogue agree; `select` is from {rows}. The file that is found."""
        with self.workspace.stage() as staging, Duck() as duck:
            entries = [entry for entry in staging.under(self.folder) if entry.path.endswith(".parquet")]
            staged = staging.scratch()
            duck.write_parquet(select.format(rows=files([staging.path(entry) for entry in entries])), staged)
            for entry in entries:
                staging.remove(entry)
            return Finding("file", staging.add(self.folder, staged).path, "changed")


@pytest.fixture
def published(office: Office, scored_town: Workspace, tmp_path: Path) -> Published:
    """A registry that a few people of the town have joined, with their latest scores."""
    shutil.copytree(scored_town.root, tmp_path / "standing")
    workspace = Workspace(tmp_path / "standing")
    last = max(key.rpartition("/")[2] for key in workspace.catalogue.values if key.startswith("scores/sesame/"))
    manifest = latest_run(workspace, "sesame", Month.parse(last))
    assert manifest is not None
    rows = next(iter(score_rows(workspace, manifest)))
    scored = [row.person for row in rows if row.score is not None][:JOINED]
    people = {
        record: office.registry.do(
            lambda transaction, record=record: join(
                transaction,
                [identifier("record_id", record)],
                notice_version=NOTICE_VERSION,
                language="en",
                jurisdiction="cn",
            )
        )
        for record in scored
    }
    taken = publish_scores(office.registry, run_of(manifest), score_rows(workspace, manifest))
    assert taken is not None
    assert taken.people == JOINED
    return Published(office.registry, workspace, manifest, people)


def test_a_run_as_it_was_published_is_in_order(published: Published) -> None:
    assert published.findings() == set()


def test_who_left_is_not_missed_and_who_joined_later_is_not_looked_for(published: Published, office: Office) -> None:
    gone = next(iter(published.people.values()))
    published.registry.do(lambda transaction: leave(transaction, gone))
    office.person()
    assert published.findings() == set()


def test_a_file_changed_in_one_byte_is_named(published: Published) -> None:
    for entry in published.workspace.catalogue.under(published.folder):
        path = published.workspace.path(entry)
        before = path.read_bytes()
        path.write_bytes(before[:-9] + bytes([before[-9] ^ 1]) + before[-8:])
        assert published.findings() == {Finding("file", entry.path, "changed")}
        path.write_bytes(before)
    assert published.findings() == set()


def test_a_file_that_is_gone_is_named(published: Published) -> None:
    for entry in published.workspace.catalogue.under(published.folder):
        path = published.workspace.path(entry)
        path.rename(path.with_suffix(".away"))
        assert published.findings() == {Finding("file", entry.path, "removed")}
        path.with_suffix(".away").rename(path)
    assert published.findings() == set()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_file_of_any_folder_is_held_against_something_but_pages_which_are_counted(published: Published) -> None:
    root = published.workspace.root
    page = page_file(published.workspace, "somebody")
    page.parent.mkdir()
    page.write_text("score 583")
    assert published.findings() == set()
    # Of each folder one; what only locks holds nothing.
    one_of = {path.relative_to(root).parts[0]: path for path in root.rglob("*") if path.is_file()}
    one_of = {folder: path for folder, path in one_of.items() if path.stat().st_size}
    assert one_of.keys() >= {"records", "statements", "scores", "reports", "catalogue.json", "history.jsonl"}
    unheld = set()
    for folder, path in one_of.items():
        whole = path.read_bytes()
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        found = verify_registry(published.registry, workspace=published.workspace)
        assert found.pages == 1
        if not found.findings:
            unheld.add(folder)
        path.write_bytes(whole)
    assert unheld == {"reports"}


@pytest.mark.parametrize("column", ["score", "low", "band"])
def test_a_row_changed_together_with_the_files_digest_is_named(published: Published, column: str) -> None:
    person = list(published.people)[2]
    other = f"{column} || '!'" if column == "band" else f"{column} + 1"
    changed = f"CASE WHEN person_id = '{person}' THEN {other} ELSE {column} END"
    file = published.rewrite(f"SELECT * REPLACE ({changed} AS {column}) FROM {{rows}}")
    assert published.findings() == {file, Finding("file", f"{published.folder}: {person}", "changed")}


def test_a_row_removed_together_with_the_files_digest_is_named(published: Published) -> None:
    person, known_as = list(published.people.items())[2]
    file = published.rewrite(f"SELECT * FROM {{rows}} WHERE person_id <> '{person}'")
    assert published.findings() == {file, Finding("file", f"{published.folder}: {known_as}", "removed")}


def test_a_file_that_its_manifest_does_not_name_is_named_whoever_is_in_it(published: Published) -> None:
    joined = ", ".join(f"'{person}'" for person in published.people)
    file = published.rewrite(f"SELECT * FROM {{rows}} WHERE person_id IN ({joined})")
    assert published.findings() == {file}


def test_a_run_that_the_workspace_no_longer_holds_is_not_missed(published: Published) -> None:
    with published.workspace.stage() as staging:
        for entry in staging.under(published.folder):
            staging.remove(entry)
    assert published.findings() == set()


def test_a_run_without_its_manifest_is_named(published: Published) -> None:
    with published.workspace.stage() as staging:
        for entry in staging.under(published.folder):
            if not entry.path.endswith(".parquet"):
                staging.remove(entry)
    assert Finding("file", published.folder, "changed") in published.findings()


def test_a_changed_file_is_not_published_and_the_log_says_nothing_of_it(published: Published) -> None:
    def lines() -> int:
        with published.registry.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(log)) or 0

    before = lines()
    for entry in published.workspace.catalogue.under(published.folder):
        path = published.workspace.root / entry.path
        whole = path.read_bytes()
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        with pytest.raises(BadInput, match="The file was changed after it was written"):
            publish(published)
        path.write_bytes(whole)
    assert lines() == before
    publish(published)
    assert lines() > before


def publish(published: Published) -> None:
    manifest = run_to_show(published.workspace, "sesame")
    rows = score_rows(published.workspace, manifest)
    publish_scores(published.registry, run_of(manifest), rows)
