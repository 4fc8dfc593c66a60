"""The manifest of a run: what went in, what came out, in digests and counts."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.store import Workspace
from goodstanding.store.layout import MANIFEST, run_folder, runs_folder
from goodstanding.wording import one_of, tr


class Basis(Struct, frozen=True):
    """All that a run's result depends on. Digests are SHA-256 in hex."""

    programme: str
    programme_version: str
    programme_digest: str
    card: str
    card_digest: str
    code_version: str
    code_digest: str
    as_of: str
    people_digest: str
    statements: Mapping[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of the basis."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Manifest(Struct, frozen=True):
    """A finished run: its basis, the run it supersedes if any, the digests of its files, and its counts.

    `outside` counts, by characteristic, the people with a score whose value lies outside of what the card was developed
    on; those that nobody's does are not in it, and runs of before it was counted have none.
    """

    run: str
    basis: Basis
    supersedes: str | None
    engine: str
    scores: Mapping[str, str]
    people: int
    scored: int
    not_scored: Mapping[str, int]
    bands: Mapping[str, int]
    sql: str
    outside: Mapping[str, int] = {}

    def to_json(self) -> bytes:
        """The manifest as a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def run_name(basis: Basis, supersedes: str | None) -> str:
    """The name of the run of a basis that supersedes another: the start of the SHA-256 of both."""
    return hashlib.sha256(f"{basis.digest} {supersedes}".encode()).hexdigest()[:16]


def scores_files(workspace: Workspace, programme: str, as_of: Month, run: str) -> list[Path]:
    """Where a run's scores are: one file, or several of a run on a cluster."""
    entries = workspace.catalogue.under(run_folder(programme, as_of, run))
    return workspace.paths(entry for entry in entries if entry.path.endswith(".parquet"))


def check_scores(workspace: Workspace, manifest: Manifest) -> None:
    """Raise BadInput if a file of a run's scores is not what it was."""
    folder = run_folder(manifest.basis.programme, Month.parse(manifest.basis.as_of), manifest.run)
    workspace.paths(workspace.catalogue.under(folder))


def latest_run(workspace: Workspace, programme: str, as_of: Month) -> Manifest | None:
    """The month's run that no other supersedes, None if there is none."""
    run = workspace.catalogue.values.get(run_folder(programme, as_of))
    return read_manifest(workspace, programme, as_of, run) if run else None


def read_manifest(workspace: Workspace, programme: str, as_of: Month, run: str) -> Manifest:
    """The manifest of a finished run. Raises BadInput if it is not what it was."""
    path = workspace.path(workspace.entry(f"{run_folder(programme, as_of, run)}/{MANIFEST}"))
    return msgspec.json.decode(path.read_bytes(), type=Manifest)


def runs_of(workspace: Workspace, programme: str) -> dict[Month, str]:
    """The latest run of each scored month, oldest month first."""
    prefix = f"{runs_folder(programme)}/"
    values = workspace.catalogue.values
    return {Month.parse(key.removeprefix(prefix)): values[key] for key in sorted(values) if key.startswith(prefix)}


def run_to_show(workspace: Workspace, programme: str, as_of: Month | None = None) -> Manifest:
    """The latest run of the month asked for, or of the last one scored. Raises NotReady if there is none."""
    runs = runs_of(workspace, programme)
    found = as_of or next(reversed(runs), None)
    if found is None or found not in runs:
        raise NotReady(
            where=str(workspace.root),
            found=tr("no scores of {programme} as of {month}", programme=programme, month=found or tr("any month")),
            expected=one_of(map(str, runs)) if runs else tr("a month that was scored"),
            do=tr("Run `{verb}` first.", verb=f"standing score {programme} --as-of {found or 'YYYY-MM'}"),
        )
    return read_manifest(workspace, programme, found, runs[found])
