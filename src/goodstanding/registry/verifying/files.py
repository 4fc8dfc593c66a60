"""The runs in the workspace against what was published from them, row by row."""

from collections.abc import Generator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from goodstanding.errors import BadInput, StandingError
from goodstanding.months import Month
from goodstanding.registry.database.schema import identifiers, publications, scores
from goodstanding.registry.keys import Keyring, keyed_hash
from goodstanding.registry.people import RECORD_ID
from goodstanding.registry.scores.publishing import score_columns
from goodstanding.registry.verifying.finding import Finding
from goodstanding.scoring import read_manifest, score_rows
from goodstanding.store import Workspace


def verify_files(connection: Connection, keyring: Keyring, workspace: Workspace) -> Generator[Finding]:
    """Each published run that the workspace holds: its files against their digests, its rows against the registry's."""
    people = {
        row.hash: row.person_id
        for row in connection.execute(
            select(identifiers.c.hash, identifiers.c.person_id).where(identifiers.c.kind == RECORD_ID)
        )
    }
    in_effect = publications.c.log_index.is_not(None)
    runs = connection.execute(
        select(publications.c.programme, publications.c.as_of, publications.c.run).where(in_effect).distinct()
    ).all()
    for run in runs:
        folder = f"scores/{run.programme}/{run.as_of}/{run.run}"
        entries = list(workspace.catalogue.under(folder))
        for entry in entries:
            try:
                workspace.untouched(entry.path)
            except BadInput:
                yield Finding("file", entry.path, "changed")
        if entries:
            yield from _rows(connection, keyring, workspace, run.programme, run.as_of, run.run, people)


def _rows(  # noqa: PLR0913, PLR0917 - one run, and where it is compared
    connection: Connection,
    keyring: Keyring,
    workspace: Workspace,
    programme: str,
    as_of: str,
    run: str,
    people: Mapping[bytes, UUID],
) -> Generator[Finding]:
    """The rows of a run that differ from those that were published from it."""
    of_run = select(scores).join(publications, publications.c.id == scores.c.publication)
    of_run = of_run.where(publications.c.run == run, publications.c.log_index.is_not(None))
    published: dict[UUID, Mapping[Any, Any]] = {row["person_id"]: row for row in connection.execute(of_run).mappings()}
    try:
        manifest = read_manifest(workspace, programme, Month.parse(as_of), run)
        for some in score_rows(workspace, manifest, checked=False):
            for row in some:
                person = people.get(keyed_hash(keyring, "lookup", RECORD_ID, row.person))
                kept = published.pop(person, None) if person is not None else None
                if kept is not None and any(kept[name] != value for name, value in score_columns(row).items()):
                    yield Finding("file", f"scores/{programme}/{as_of}/{run}: {row.person}", "changed")
    except (StandingError, OSError):
        yield Finding("file", f"scores/{programme}/{as_of}/{run}", "changed")
        return
    for person in published:
        yield Finding("file", f"scores/{programme}/{as_of}/{run}: {person}", "removed")
