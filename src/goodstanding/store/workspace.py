"""Opening a workspace, and changing it in one step."""

import fcntl
import os
import shutil
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

from goodstanding.engines import remove_spilled
from goodstanding.errors import BadInput, Busy, NotFound, NotReady, Outcome
from goodstanding.machine import in_words, refusal_of, want_of
from goodstanding.store.catalogue import Catalogue, Entry, read_catalogue
from goodstanding.store.digests import proven, sha256_of
from goodstanding.store.history import HISTORY, append_line, drop_leftover
from goodstanding.store.layout import FOLDERS, short_digest
from goodstanding.wording import tr

_CATALOGUE = "catalogue.json"
_STAGING = ".staging"
_LOCK = ".lock"
_CHORE_LOCK = ".chore"


class Workspace:
    """A workspace folder. Reading needs no lock: files never change and the catalogue is replaced whole."""

    def __init__(self, root: Path) -> None:
        """Raises BadInput if something other than a folder is there."""
        if root.exists() and not root.is_dir():
            raise BadInput(
                where=str(root), found=tr("a file"), expected=tr("a folder"), do=tr("Choose another with --workspace.")
            )
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
        """Where a file of the catalogue is, found to be what it was when written. Raises BadInput if it is not."""
        return self.paths([entry])[0]

    def paths(self, entries: Iterable[Entry]) -> list[Path]:
        """Where files of the catalogue are, each found to be what it was when written. Raises BadInput for one not so.

        Whoever reads many asks for them together: they are proven side by side.
        """
        return proven(self.root, list(entries))

    def entry(self, path: str) -> Entry:
        """A file of the catalogue by its path there. Raises NotFound."""
        found = self.catalogue.files.get(path)
        if found is None:
            raise NotFound(
                where=str(self.root), found=path, expected=tr("a file of the catalogue"), do=tr("Check the name.")
            )
        return found

    def holds(self, entry: Entry) -> bool:
        """Whether a file of the catalogue is there at all."""
        return (self.root / entry.path).is_file()

    def need(self, folder: str, verb: str) -> None:
        """Raise NotReady unless the folder has files; `verb` is the command that makes them."""
        if not any(self.catalogue.under(folder)):
            raise NotReady(
                where=str(self.root),
                found=tr("no {folder}", folder=folder),
                expected=folder,
                do=tr("Run `{verb}` first.", verb=verb),
            )

    @contextmanager
    def stage(self) -> Generator["Staging"]:
        """Stage files and take them over together: commit if the block ends well, as before if it does not.

        Raises Busy if another process is changing this workspace, Unavailable where it cannot be written.
        """
        missing = [folder for folder in (self.root, *self.root.parents) if not folder.exists()]
        staging: Staging | None = None
        try:
            with self._locked():
                try:
                    self._sweep()
                    staging = Staging(self.root, self.catalogue)
                    yield staging
                    staging.commit()
                finally:
                    self._clear(missing, changed=staging is not None and staging.outcome != "taken back")
        except Exception as error:
            outcome = None if staging is None else staging.outcome
            if (refusal := refusal_of(error, str(self.root), outcome)) is not None:
                raise refusal from error
            raise

    @contextmanager
    def chore(self) -> Generator[None]:
        """Be the only one who does a chore: what is read elsewhere is written here, in as many changes as it takes.

        Single changes by others go on. Raises Busy if another process does a chore, Unavailable where the workspace
        cannot be written; a killed process lets go of it by itself.
        """
        missing = [folder for folder in (self.root, *self.root.parents) if not folder.exists()]
        with in_words(str(self.root)), self._locked(_CHORE_LOCK):
            try:
                yield
            finally:
                if missing and not is_workspace(self.root):
                    with suppress(OSError):
                        (self.root / _CHORE_LOCK).unlink()
                        for folder in missing:
                            folder.rmdir()

    def _clear(self, missing: Sequence[Path], *, changed: bool) -> None:
        """Remove what was staged; of a change that did not happen also what it had put in place, and new folders."""
        shutil.rmtree(self.root / _STAGING, ignore_errors=True)
        if changed:
            return
        # A disk that is full gets its room back now. What cannot be removed the next change removes.
        with suppress(OSError, BadInput):
            self._sweep()
        if missing:
            _unmake(missing)

    @contextmanager
    def _locked(self, name: str = _LOCK) -> Generator[None]:
        """Hold one of the workspace's locks, making its folder if there is none."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / name).open("w")
        except OSError as error:
            if want_of(error) is not None:
                with suppress(OSError):
                    self.root.rmdir()  # as far as it was made for nothing
                raise
            found, expected = error.strerror or str(error), tr("a folder that can be written")
            raise BadInput(
                where=str(self.root), found=found, expected=expected, do=tr("Choose another with --workspace.")
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found, expected = tr("another command writing to it"), tr("one at a time")
                raise Busy(
                    where=str(self.root), found=found, expected=expected, do=tr("Wait for it to end and try again.")
                ) from None
            yield

    def _sweep(self) -> None:
        """Remove what a killed process left: a line of history, what it staged and spilled, and files nobody knows.

        Raises BadInput, and removes nothing, if the catalogue and its history do not belong together: then files that
        the catalogue does not know may be those of a later one.
        """
        catalogue = self.catalogue
        drop_leftover(self.root, catalogue.head)
        shutil.rmtree(self.root / _STAGING, ignore_errors=True)
        remove_spilled(self.root)
        with suppress(FileNotFoundError):
            # There is none where nothing can be written, and then nothing is there to be removed.
            remove_spilled(Path(gettempdir()))
        known = catalogue.files
        for folder in FOLDERS:
            for path in (self.root / folder).rglob("*"):
                if path.is_file() and str(path.relative_to(self.root)) not in known:
                    path.unlink()


class Staging:
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
        """Take a staged file into a folder, named by the start of its SHA-256.

        Raises BadInput if the file is there already and was changed after it was written, ValueError if it is there
        and held something else: until the commit what was there counts.
        """
        if folder.split("/", maxsplit=1)[0] not in FOLDERS:
            raise ValueError(f"{folder}: expected a folder below one of {', '.join(FOLDERS)}")
        digest = sha256_of(staged)
        path = f"{folder}/{name.format(digest=short_digest(digest))}"
        entry = Entry(path, digest, staged.stat().st_size)
        if any(files.get(path, entry) != entry for files in (self.before.files, self._files)):
            raise ValueError(f"{path}: expected a file that never changes")
        # One that somebody deleted is put back.
        if path in self._files and (path in self._staged or (self._root / path).exists()):
            self.path(entry)
        else:
            self._staged[path] = staged
        self._files[path] = entry
        return entry

    def under(self, folder: str) -> list[Entry]:
        """The files of a folder as they will be after the commit, by path."""
        return list(Catalogue(self._files).under(folder))

    def path(self, entry: Entry) -> Path:
        """Where a file is now: still staged, or in its place, as `Workspace.path` has it."""
        return self.paths([entry])[0]

    def paths(self, entries: Iterable[Entry]) -> list[Path]:
        """Where files are now: still staged, or in their places, as `Workspace.paths` has them."""
        asked = list(entries)
        placed = [entry for entry in asked if entry.path not in self._staged]
        found = dict(zip((entry.path for entry in placed), proven(self._root, placed), strict=True))
        return [(self._staged | found)[entry.path] for entry in asked]

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
        """Move staged files into place, write the history's next line, then replace the catalogue.

        The last is the moment at which the change happens.
        """
        for path, staged in self._staged.items():
            if path in self._files and (self.changes_anything or not self._in_place(self._files[path])):
                _move(staged, self._root / path)
                _settle(self._root / path)
        if not self.changes_anything:
            self.outcome = "done"
            return
        after = Catalogue(self._files, self._values)
        new = not (self._root / HISTORY).exists()
        head = append_line(self._root, self.before, after)
        if new:
            _settle(self._root / HISTORY)
        fresh = self._staging / _CATALOGUE
        fresh.write_text(replace(after, head=head).to_json(), encoding="utf-8")
        _move(fresh, self._root / _CATALOGUE)
        self.outcome = "in doubt"
        _settle(self._root / _CATALOGUE)
        self.outcome = "done"
        for path in set(self.before.files) - set(self._files):
            (self._root / path).unlink(missing_ok=True)

    def _in_place(self, entry: Entry) -> bool:
        try:
            proven(self._root, [entry])
        except BadInput:
            return False
        return True


def _unmake(folders: Sequence[Path]) -> None:
    """Remove folders that were made for nothing, the innermost first, as far as they hold nothing else."""
    shutil.rmtree(folders[0], ignore_errors=True)
    for folder in folders[1:]:
        with suppress(OSError):
            folder.rmdir()


def is_workspace(folder: Path) -> bool:
    """Whether a folder is a workspace that holds something."""
    return (folder / _CATALOGUE).is_file()


def _move(source: Path, target: Path) -> None:
    """Move a file into place, all of it on disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb+") as stream:
        os.fsync(stream.fileno())
    source.replace(target)


def _settle(file: Path) -> None:
    """See to it that a file's new name survives a power cut."""
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
