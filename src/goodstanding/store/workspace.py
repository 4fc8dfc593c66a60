"""Opening a workspace, and changing it in one step."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from goodstanding.engines import remove_spilled
from goodstanding.errors import BadInput, Busy, NotFound, NotReady, Outcome
from goodstanding.machine import refusal_of, want_of
from goodstanding.store.catalogue import Catalogue, Entry, read_catalogue
from goodstanding.wording import tr

_CATALOGUE = "catalogue.json"
_STAGING = ".staging"
_LOCK = ".lock"
# The folders that files of a workspace may be in; a file there that no catalogue knows is what a killed process left.
ROOMS = ("records", "feeds", "quarantine", "statements", "measures", "dealings", "relations", "cards", "scores")


class Workspace:
    """A workspace folder. Reading needs no lock: files never change and the catalogue is replaced whole."""

    def __init__(self, root: Path) -> None:
        """Raises BadInput if something other than a folder is there."""
        if root.exists() and not root.is_dir():
            raise BadInput(str(root), tr("a file"), tr("a folder"), tr("Choose another with --workspace."))
        self.root = root

    @property
    def spill(self) -> Path | None:
        """Where an engine may put what it cannot hold: beside the workspace's files once it is there."""
        return self.root if self.root.exists() else None

    @property
    def catalogue(self) -> Catalogue:
        """What the workspace holds now."""
        return read_catalogue(self.root / _CATALOGUE)

    def path(self, entry: Entry) -> Path:
        """Where a file of the catalogue is. Raises BadInput if it is gone."""
        path = self.root / entry.path
        if not path.is_file():
            raise BadInput(
                str(path), tr("nothing there"), tr("a file of the catalogue"), tr("Restore the file from a copy.")
            )
        return path

    def untouched(self, path: str) -> Path:
        """Where a file of the catalogue is, found to be what it was when written. Raises NotFound or BadInput."""
        entry = self.catalogue.files.get(path)
        if entry is None:
            raise NotFound(str(self.root), path, tr("a file of the catalogue"), tr("Check the name."))
        file = self.path(entry)
        found = sha256_of(file)
        if found != entry.sha256:
            raise BadInput(
                str(file),
                f"SHA-256 {found}",
                entry.sha256,
                tr("The file was changed after it was written; restore it from a copy."),
            )
        return file

    def need(self, folder: str, verb: str) -> None:
        """Raise NotReady unless the folder has files; `verb` is the command that makes them."""
        if not any(self.catalogue.under(folder)):
            raise NotReady(
                str(self.root), tr("no {folder}", folder=folder), folder, tr("Run `{verb}` first.", verb=verb)
            )

    @contextmanager
    def change(self) -> Generator["Change"]:
        """Stage files and take them over together: commit if the block ends well, as before if it does not.

        Raises Busy if another process is changing this workspace, Unavailable where it cannot be written.
        """
        missing = [folder for folder in (self.root, *self.root.parents) if not folder.exists()]
        change: Change | None = None
        try:
            with self._locked():
                try:
                    self._sweep()
                    change = Change(self.root, self.catalogue)
                    yield change
                    change.commit()
                finally:
                    self._clear(missing, kept=change is not None and change.outcome != "taken back")
        except Exception as error:
            outcome = None if change is None else change.outcome
            if (refusal := refusal_of(error, str(self.root), outcome)) is not None:
                raise refusal from error
            raise

    def _clear(self, missing: Sequence[Path], *, kept: bool) -> None:
        """Remove what was staged; of a change that did not happen also what it had put in place, and new folders."""
        shutil.rmtree(self.root / _STAGING, ignore_errors=True)
        if kept:
            return
        # A disk that is full gets its room back now. What cannot be removed the next change removes.
        with suppress(OSError, BadInput):
            self._sweep()
        if missing:
            _unmake(missing)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Hold the workspace's lock, making its folder if there is none."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / _LOCK).open("w")
        except OSError as error:
            if want_of(error) is not None:
                with suppress(OSError):
                    self.root.rmdir()  # as far as it was made for nothing
                raise
            found, expected = error.strerror or str(error), tr("a folder that can be written")
            raise BadInput(str(self.root), found, expected, tr("Choose another with --workspace.")) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found, expected = tr("another command writing to it"), tr("one at a time")
                raise Busy(str(self.root), found, expected, tr("Wait for it to end and try again.")) from None
            yield

    def _sweep(self) -> None:
        """Remove what a killed process left: what it staged and spilled, and files the catalogue does not know."""
        shutil.rmtree(self.root / _STAGING, ignore_errors=True)
        remove_spilled(self.root)
        known = self.catalogue.files
        for room in ROOMS:
            for path in (self.root / room).rglob("*"):
                if path.is_file() and str(path.relative_to(self.root)) not in known:
                    path.unlink()


class Change:
    """Files and values to add and remove; nothing counts until `commit`."""

    def __init__(self, root: Path, before: Catalogue) -> None:
        self._root = root
        self._staging = root / _STAGING
        self._staging.mkdir()
        self._staged: dict[str, Path] = {}
        self._scratched = 0
        self._files = dict(before.files)
        self._values = dict(before.values)
        self.before = before
        self.outcome: Outcome = "taken back"
        """What becomes of the change if it ends now."""

    @property
    def changes_anything(self) -> bool:
        """Whether a commit would change the workspace."""
        return self._files != self.before.files or self._values != self.before.values

    def scratch(self) -> Path:
        """A path for a new file, to be handed to `add` or forgotten."""
        self._scratched += 1
        return self._staging / f"{self._scratched:06d}"

    def add(self, folder: str, staged: Path, name: str = "{digest}.parquet") -> Entry:
        """Take a staged file into a folder, named by the first 16 hex digits of its SHA-256."""
        if folder.split("/", maxsplit=1)[0] not in ROOMS:
            raise ValueError(f"{folder}: expected a folder below one of {', '.join(ROOMS)}")
        digest = sha256_of(staged)
        path = f"{folder}/{name.format(digest=digest[:16])}"
        entry = Entry(path, digest, staged.stat().st_size)
        if path not in self._files:
            self._staged[path] = staged
        self._files[path] = entry
        return entry

    def under(self, folder: str) -> list[Entry]:
        """The files of a folder as they will be after the commit, by path."""
        return list(Catalogue(self._files).under(folder))

    def path(self, entry: Entry) -> Path:
        """Where a file is now: still staged, or in its place."""
        return self._staged.get(entry.path, self._root / entry.path)

    def remove(self, entry: Entry) -> None:
        """Let a file no longer count; it is deleted after the commit."""
        del self._files[entry.path]

    def set(self, name: str, value: str) -> None:
        """Set a named value."""
        self._values[name] = value

    def value(self, name: str) -> str | None:
        """A named value as it will be after the commit."""
        return self._values.get(name)

    def commit(self) -> None:
        """Move staged files into place, then replace the catalogue: the moment at which the change happens."""
        # A file that somebody deleted is put back even where the catalogue stays as it is.
        if not self.changes_anything and all((self._root / path).exists() for path in self._staged):
            self.outcome = "done"
            return
        for path, staged in self._staged.items():
            if path in self._files:
                _move(staged, self._root / path)
                _settle(self._root / path)
        after = Catalogue(self._files, self._values)
        fresh = self._staging / _CATALOGUE
        fresh.write_text(after.to_json(), encoding="utf-8")
        _move(fresh, self._root / _CATALOGUE)
        self.outcome = "in doubt"
        _settle(self._root / _CATALOGUE)
        self.outcome = "done"
        for path in set(self.before.files) - set(self._files):
            (self._root / path).unlink(missing_ok=True)


def _unmake(folders: Sequence[Path]) -> None:
    """Remove folders that were made for nothing, the innermost first, as far as they hold nothing else."""
    shutil.rmtree(folders[0], ignore_errors=True)
    for folder in folders[1:]:
        with suppress(OSError):
            folder.rmdir()


def is_workspace(folder: Path) -> bool:
    """Whether a folder is a workspace that holds something."""
    return (folder / _CATALOGUE).is_file()


def sha256_of(path: Path) -> str:
    """A file's SHA-256 in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _move(source: Path, target: Path) -> None:
    """Move a file into place, all of it on disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb+") as stream:
        os.fsync(stream.fileno())
    source.replace(target)


def _settle(file: Path) -> None:
    """See to it that a file's new name survives a power cut."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
