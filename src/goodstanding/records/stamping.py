"""The lab's `synthetic` stamp: synthetic people and real ones never share a workspace."""

import json
from pathlib import Path

from goodstanding.errors import BadInput
from goodstanding.records.feeds import is_table_file
from goodstanding.store import Change, Workspace, sha256_of
from goodstanding.wording import tr

STAMP = "manifest.json"


def read_stamp(path: Path) -> str | None:
    """The lab's `synthetic` stamp of a folder, None if it has none. Raises BadInput for files it does not name."""
    manifest = path / STAMP
    if not path.is_dir() or not manifest.is_file():
        return None
    try:
        data = json.loads(manifest.read_text(encoding="utf-8"))
        stamped, town, files = data["synthetic"], str(data["town"]), dict(data["files"])
    except (ValueError, KeyError, TypeError):
        # Somebody's own manifest.json: no stamp of ours.
        return None
    if stamped is not True:
        return None
    for name, digest in files.items():
        if not (path / name).is_file() or sha256_of(path / name) != digest:
            raise BadInput(
                str(path / name),
                tr("another file than the one stamped"),
                f"SHA-256 {digest}",
                tr("Build the synthetic data again."),
            )
    unstamped = {entry.name for entry in path.iterdir() if is_table_file(entry)} - set(files)
    if unstamped:
        raise BadInput(
            str(path),
            ", ".join(sorted(unstamped)),
            tr("only files that the stamp names"),
            tr("Keep synthetic and other records apart."),
        )
    return town


def check_stamp(workspace: Workspace, change: Change, stamp: str | None) -> None:
    """Raise BadInput if records of this stamp (None: real) would mix with others; else set it."""
    held = change.value("synthetic")
    if any(change.before.under("records")) and held != stamp:
        raise BadInput(
            str(workspace.root),
            tr("records stamped {stamp}", stamp=held or tr("real")),
            tr("records stamped {stamp}", stamp=stamp or tr("real")),
            tr("Use another workspace: synthetic and real records never mix."),
        )
    if stamp:
        change.set("synthetic", stamp)
