"""The lab's `synthetic` stamp: synthetic people and real ones never share a workspace."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from goodstanding.errors import BadInput
from goodstanding.records.table_files import look_through
from goodstanding.store import Catalogue, Change, Workspace, sha256_of
from goodstanding.wording import tr

STAMP = "manifest.json"
_HELD = "synthetic"


class _Stamp(Struct):
    """What the lab writes beside a town's files: that they are synthetic, whose they are, each file's SHA-256."""

    synthetic: bool
    town: str
    files: dict[str, str]


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
            str(path),
            tr("links to records of another stamp"),
            tr("records of one stamp"),
            tr("Keep synthetic and other records apart."),
        )
    return towns.pop()


def _stamp_of(folder: Path, files: Sequence[tuple[str, Path]], path: Path) -> str | None:
    """The stamp that holds for files in a folder, by their names there: its own, or the next above."""
    own = folder.resolve()
    for above in (own, *own.parents):
        stamp = _read(above / STAMP, own=above == own)
        if stamp is None:
            continue
        _check_stamped(above, stamp)
        inside = own.relative_to(above)
        unstamped = {(inside / name).as_posix() for name, _ in files} - set(stamp.files)
        if unstamped:
            raise BadInput(
                str(path),
                ", ".join(sorted(unstamped)),
                tr("only files that the stamp names"),
                tr("Keep synthetic and other records apart."),
            )
        return stamp.town
    return None


def _read(manifest: Path, *, own: bool) -> _Stamp | None:
    """A stamp, None if there is none. Raises BadInput for one that is damaged, in the folder that was given."""
    if not manifest.is_file():
        return None
    try:
        # Somebody's own manifest.json says nothing of the kind: no stamp of ours.
        said = msgspec.json.decode(manifest.read_bytes())
        if not isinstance(said, dict) or not cast("dict[str, Any]", said).get("synthetic"):
            return None
        return msgspec.convert(said, _Stamp)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        if not own:
            return None
        raise _broken(manifest, str(error)) from error


def _check_stamped(folder: Path, stamp: _Stamp) -> None:
    """Raise BadInput unless each file that the stamp names is there as it was stamped."""
    for name, digest in stamp.files.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != digest:
            raise BadInput(
                str(folder / name),
                tr("another file than the one stamped"),
                f"SHA-256 {digest}",
                tr("Build the synthetic data again."),
            )


def _broken(manifest: Path, found: str) -> BadInput:
    """A stamp that was there once says that the records are synthetic, so they are not taken as real."""
    return BadInput(
        str(manifest), found, tr("a whole stamp"), tr("Build the synthetic data again, or take the file away.")
    )


def stamp_held(catalogue: Catalogue) -> str | None:
    """The stamp of a workspace's records, None where they are real or there are none."""
    return catalogue.values.get(_HELD)


def would_mix(catalogue: Catalogue, stamp: str | None) -> bool:
    """Whether records of this stamp (None: real) would stand beside others."""
    held = stamp_held(catalogue)
    return held != stamp and (held is not None or any(catalogue.under("records")))


def check_stamp(workspace: Workspace, change: Change, stamp: str | None) -> None:
    """Raise BadInput if records of this stamp (None: real) would mix with others; else set it."""
    if would_mix(change.before, stamp):
        raise BadInput(
            str(workspace.root),
            tr("records stamped {stamp}", stamp=stamp_held(change.before) or tr("real")),
            tr("records stamped {stamp}", stamp=stamp or tr("real")),
            tr("Use another workspace: synthetic and real records never mix."),
        )
    if stamp:
        change.set(_HELD, stamp)
