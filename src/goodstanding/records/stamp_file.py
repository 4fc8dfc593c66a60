"""The file with which the lab stamps a folder of synthetic records."""

from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from goodstanding.errors import BadInput
from goodstanding.wording import tr

STAMP = "manifest.json"


class StampFile(Struct):
    """What the lab writes beside a town's files: that they are synthetic, whose they are, each file's SHA-256."""

    synthetic: bool
    town: str
    files: dict[str, str]


def read_stamp_file(folder: Path) -> StampFile | None:
    """A folder's stamp, None if it has none. Raises BadInput for one that is damaged."""
    manifest = folder / STAMP
    if not manifest.is_file():
        return None
    try:
        # Somebody's own manifest.json says nothing of the kind: no stamp of ours.
        written = msgspec.json.decode(manifest.read_bytes())
        if not isinstance(written, dict) or not cast("dict[str, Any]", written).get("synthetic"):
            return None
        return msgspec.convert(written, StampFile)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        # A stamp that was there once says that the records are synthetic, so they are not taken as real.
        expected, do = tr("a whole stamp"), tr("Build the synthetic data again, or take the file away.")
        raise BadInput(where=str(manifest), found=str(error), expected=expected, do=do) from error
