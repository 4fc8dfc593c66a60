"""The runs of a workspace: what their manifests say against its files, and their rows against what was published."""

from collections.abc import Collection, Generator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from goodstanding.errors import Damaged, StandingError
from goodstanding.months import Month
from goodstanding.registry.database.schema import identifiers, publications, scores
from goodstanding.registry.keys import Keyring, keyed_hash
from goodstanding.registry.people import RECORD_ID
from goodstanding.registry.scores.in_effect import IN_EFFECT
from goodstanding.registry.scores.publication import RunOf, run_of, score_columns
from goodstanding.registry.verification.findings import Finding
from goodstanding.scoring import Manifest, read_manifest, score_rows
from goodstanding.scoring.erasure import read_erased
from goodstanding.scoring.manifest import run_name
from goodstanding.store import Workspace
from goodstanding.store.layout import (
    MANIFEST,
    card_path,
    folder_of,
    is_erased_file,
    is_score_file,
    run_folder,
    run_place,
)

# What a file that was written by somebody else makes of whoever reads it.
_UNREADABLE = (StandingError, OSError, ValueError, TypeError, LookupError, ArithmeticError)


def verify_runs(
    connection: Connection, keyring: Keyring, workspace: Workspace, spoilt: Collection[str]
) -> Generator[Finding]:
    """Each run of the catalogue; `spoilt` are the paths of files that were found changed or removed already."""
    catalogue = workspace.catalogue
    published = _published(connection)
    people: Mapping[bytes, UUID] | None = None
    for folder in sorted({folder_of(path) for path in catalogue.files if is_score_file(path)}):
        entries = list(catalogue.under(folder))
        if any(entry.path in spoilt for entry in entries):
            continue  # named already, and nothing can be read from it
        try:
            programme, as_of, run = run_place(folder)
            manifest = read_manifest(workspace, programme, as_of, run)
            found = list(_manifest(workspace, folder, manifest))
            of = published.get(run)
            if of is not None and of != run_of(manifest):
                found.append(Finding("file", f"{folder}/{MANIFEST}", "changed"))
            yield from dict.fromkeys(found)
            if of is None or card_path(programme, manifest.basis.card) in spoilt:
                continue
            people = _people(connection) if people is None else people
            yield from _rows(connection, keyring, workspace, folder, manifest, people)
        except Damaged:
            raise
        except _UNREADABLE:
            yield Finding("file", folder, "changed")


def _published(connection: Connection) -> Mapping[str, RunOf]:
    """The runs that are answered from, by name."""
    own = publications.c
    columns = (own.programme, own.version, own.digest, own.card, own.as_of, own.run)
    rows = connection.execute(select(*columns).where(own.log_index.is_not(None)).distinct())
    return {row.run: RunOf(*row) for row in rows}


def _people(connection: Connection) -> Mapping[bytes, UUID]:
    own = identifiers.c
    query = select(own.hash, own.person_id).where(own.kind == RECORD_ID)
    return {row.hash: row.person_id for row in connection.execute(query)}


def _manifest(workspace: Workspace, folder: str, manifest: Manifest) -> Generator[Finding]:
    """A manifest against its folder, and against the files that it names as far as the catalogue still has them."""
    catalogue, basis, own = workspace.catalogue, manifest.basis, Finding("file", f"{folder}/{MANIFEST}", "changed")
    if folder != run_folder(basis.programme, Month.parse(basis.as_of), manifest.run):
        yield own
    if manifest.run != run_name(basis, manifest.supersedes):
        yield own
    card = card_path(basis.programme, basis.card)
    for path, digest in {**basis.statements, card: basis.card_digest}.items():
        entry = catalogue.files.get(path)
        if entry is not None and entry.sha256 != digest:
            yield Finding("file", path, "changed")
    entries = list(catalogue.under(folder))
    since = {
        name: one.sha256
        for e in entries
        if is_erased_file(e.path)
        for name, one in read_erased(workspace.path(e)).items()
    }
    # The files are what the run wrote, or what erasing left of that.
    expected = {since.get(name, digest): name for name, digest in manifest.scores.items()}
    present = {entry.sha256: entry.path for entry in entries if entry.path.endswith(".parquet")}
    yield from (Finding("file", path, "changed") for digest, path in present.items() if digest not in expected)
    if len(present) < len(expected):
        yield from (
            Finding("file", f"{folder}/{expected[digest]}", "removed") for digest in expected.keys() - present.keys()
        )


def _rows(
    connection: Connection,
    keyring: Keyring,
    workspace: Workspace,
    folder: str,
    manifest: Manifest,
    people: Mapping[bytes, UUID],
) -> Generator[Finding]:
    """The rows of a run that differ from those that were published from it."""
    of_run = select(scores).join(publications, publications.c.id == scores.c.publication)
    of_run = of_run.where(publications.c.run == manifest.run, IN_EFFECT)
    published: dict[UUID, Mapping[Any, Any]] = {row["person_id"]: row for row in connection.execute(of_run).mappings()}
    for some in score_rows(workspace, manifest):
        for row in some:
            person = people.get(keyed_hash(keyring, "lookup", RECORD_ID, row.person))
            then = published.pop(person, None) if person is not None else None
            if then is not None and any(then[name] != value for name, value in score_columns(row).items()):
                yield Finding("file", f"{folder}: {row.person}", "changed")
    for person in published:
        yield Finding("file", f"{folder}: {person}", "removed")
