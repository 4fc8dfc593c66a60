"""All that a workspace holds: its files against their digests, the catalogue against its history, and its runs."""

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from goodstanding.errors import BadInput, Damaged
from goodstanding.registry.keys import Keyring
from goodstanding.registry.unreadable import UNREADABLE, apart
from goodstanding.registry.verification.findings import DAMAGED, Finding, reading
from goodstanding.registry.verification.history_heads import history_findings
from goodstanding.registry.verification.history_notes import noted_heads
from goodstanding.registry.verification.score_runs import verify_runs
from goodstanding.statements import Lineage
from goodstanding.store import Catalogue, Entry, Workspace, sha256_of
from goodstanding.store.layout import RECORDS_FOLDER, is_statements_folder, short_digest

_THREADS = 4
# How often it is looked again where somebody changes the workspace meanwhile.
_TRIES = 3


class _AsCatalogued(Workspace):
    """A workspace that holds what a catalogue says, or its history where no catalogue reads."""

    def __init__(self, workspace: Workspace, catalogue: Catalogue) -> None:
        super().__init__(workspace.root)
        self._catalogue = catalogue

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue


def verify_files(connection: Connection, keyring: Keyring, workspace: Workspace) -> list[Finding]:
    """What in a workspace is not what the catalogue, its history, the log or a manifest says. Only reads.

    A catalogue or a history that is gone or does not read is a finding as well; what can be checked without is.
    """
    found = list[Finding]()
    for _ in range(_TRIES):
        before = _head(workspace)
        found = _all(connection, keyring, workspace)
        if _head(workspace) == before:
            break
    return list(dict.fromkeys(found))


def _all(connection: Connection, keyring: Keyring, workspace: Workspace) -> list[Finding]:
    found = list[Finding]()
    catalogue = history_findings(workspace, _noted(connection, found), found)
    changed = list(_changed(workspace, catalogue))
    found += [*changed, *_statements(catalogue)]
    catalogued = _AsCatalogued(workspace, catalogue)
    found += reading("file", verify_runs(connection, keyring, catalogued, {finding.row for finding in changed}))
    return found


def _noted(connection: Connection, found: list[Finding]) -> Mapping[int, set[str]]:
    """What the log noted of the history; of a log that does not read the files are checked without."""
    try:
        with apart(connection):
            return noted_heads(connection)
    except Damaged:
        found.append(DAMAGED)
    except UNREADABLE:
        found.append(Finding("log", "*", "changed"))
    return {}


def _head(workspace: Workspace) -> object:
    """What is another after each change of a workspace."""
    try:
        return workspace.catalogue.head
    except BadInput:
        return None


def _changed(workspace: Workspace, catalogue: Catalogue) -> Generator[Finding]:
    """The files that are gone, or not what they were when written."""

    def is_same(entry: Entry) -> bool:
        return _is_same(workspace, entry)

    entries = [catalogue.files[path] for path in sorted(catalogue.files)]
    with ThreadPoolExecutor(_THREADS) as pool:
        for entry, same in zip(entries, pool.map(is_same, entries), strict=True):
            if not same:
                yield Finding("file", entry.path, "changed" if workspace.holds(entry) else "removed")


def _is_same(workspace: Workspace, entry: Entry) -> bool:
    """Read a file whole, whatever this process has found of it before."""
    path = workspace.root / entry.path
    try:
        return path.stat().st_size == entry.size and sha256_of(path) == entry.sha256
    except OSError:
        return False


def _statements(catalogue: Catalogue) -> Generator[Finding]:
    """Each month's statements are made of record files that are there: none is ever taken out, nor rewritten unseen."""
    records = {short_digest(entry.sha256) for entry in catalogue.under(RECORDS_FOLDER)}
    for name, made_of in sorted(catalogue.values.items()):
        if is_statements_folder(name) and not Lineage.parse(made_of).records <= records:
            yield Finding("catalogue", name, "changed")
