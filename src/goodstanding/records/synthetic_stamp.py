"""The lab's `synthetic` stamp: synthetic people and real ones never share a workspace."""

from collections.abc import Sequence
from pathlib import Path

from goodstanding.errors import BadInput
from goodstanding.records.stamp_file import StampFile, read_stamp_file
from goodstanding.records.table_files import look_through
from goodstanding.store import Catalogue, Staging, Workspace, sha256_of
from goodstanding.store.layout import RECORDS_FOLDER
from goodstanding.wording import tr

_STAMP = "synthetic"


def read_stamp(path: Path) -> str | None:
    """The lab's `synthetic` stamp of a path, None if it has none. Raises BadInput for files it does not name.

    A stamp holds for its folder and all below it, also for what a link there leads to.
    """
    listing = look_through(path)
    given = path if path.is_dir() else path.parent
    towns = {_stamp_of(given, [(file.name, file.path) for file in listing.files], path)}
    for file in listing.files:
        # A link out of the folder may lead to files of the lab, which a link does not make real.
        real = file.path.resolve()
        if not real.is_relative_to(given.resolve()):
            towns.add(_stamp_of(real.parent, [(real.name, real)], path))
    if len(towns) > 1:
        raise BadInput(
            where=str(path),
            found=tr("links to records of another stamp"),
            expected=tr("records of one stamp"),
            do=tr("Keep synthetic and other records apart."),
        )
    return towns.pop()


def _stamp_of(folder: Path, files: Sequence[tuple[str, Path]], path: Path) -> str | None:
    """The stamp that holds for files in a folder, by their names there: its own, or the next above."""
    own = folder.resolve()
    for above in (own, *own.parents):
        stamp = _read(above, own=above == own)
        if stamp is None:
            continue
        _check_stamped(above, stamp)
        inside = own.relative_to(above)
        unstamped = {(inside / name).as_posix() for name, _ in files} - set(stamp.files)
        if unstamped:
            raise BadInput(
                where=str(path),
                found=", ".join(sorted(unstamped)),
                expected=tr("only files that the stamp names"),
                do=tr("Keep synthetic and other records apart."),
            )
        return stamp.town
    return None


def _read(folder: Path, *, own: bool) -> StampFile | None:
    """A folder's stamp; one that is damaged counts in the folder that was given alone."""
    try:
        return read_stamp_file(folder)
    except BadInput:
        if own:
            raise
        return None


def _check_stamped(folder: Path, stamp: StampFile) -> None:
    """Raise BadInput unless each file that the stamp names is there as it was stamped."""
    for name, digest in stamp.files.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != digest:
            raise BadInput(
                where=str(folder / name),
                found=tr("another file than the one stamped"),
                expected=f"SHA-256 {digest}",
                do=tr("Build the synthetic data again."),
            )


def stamp_in_force(catalogue: Catalogue) -> str | None:
    """The stamp of a workspace's records, None where they are real or there are none."""
    return catalogue.values.get(_STAMP)


def would_mix(catalogue: Catalogue, stamp: str | None) -> bool:
    """Whether records of this stamp (None: real) would stand beside others."""
    in_force = stamp_in_force(catalogue)
    return in_force != stamp and (in_force is not None or any(catalogue.under(RECORDS_FOLDER)))


def check_stamp(workspace: Workspace, staging: Staging, stamp: str | None) -> None:
    """Raise BadInput if records of this stamp (None: real) would mix with others; else set it."""
    if would_mix(staging.before, stamp):
        raise BadInput(
            where=str(workspace.root),
            found=tr("records stamped {stamp}", stamp=stamp_in_force(staging.before) or tr("real")),
            expected=tr("records stamped {stamp}", stamp=stamp or tr("real")),
            do=tr("Use another workspace: synthetic and real records never mix."),
        )
    if stamp:
        staging.set(_STAMP, stamp)
