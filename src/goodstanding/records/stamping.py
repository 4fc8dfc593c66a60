"""The lab's `synthetic` stamp: synthetic people and real ones never share a workspace."""

from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from goodstanding.errors import BadInput
from goodstanding.records.feeds import is_table_file
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
    """The lab's `synthetic` stamp of a folder, None if it has none. Raises BadInput for files it does not name."""
    folder = path if path.is_dir() else path.parent
    manifest = folder / STAMP
    if not manifest.is_file():
        return None
    try:
        # Somebody's own manifest.json says nothing of the kind: no stamp of ours.
        said = msgspec.json.decode(manifest.read_bytes())
        if not isinstance(said, dict) or not cast("dict[str, Any]", said).get("synthetic"):
            return None
        stamp = msgspec.convert(said, _Stamp)
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise _broken(manifest, str(error)) from error
    for name, digest in stamp.files.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != digest:
            raise BadInput(
                str(folder / name),
                tr("another file than the one stamped"),
                f"SHA-256 {digest}",
                tr("Build the synthetic data again."),
            )
    unstamped = {entry.name for entry in folder.iterdir() if is_table_file(entry)} - set(stamp.files)
    if unstamped:
        raise BadInput(
            str(path),
            ", ".join(sorted(unstamped)),
            tr("only files that the stamp names"),
            tr("Keep synthetic and other records apart."),
        )
    return stamp.town


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
