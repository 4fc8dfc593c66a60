"""The tree as tiles of hashes at addresses of their own, in the manner of C2SP tlog-tiles."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from goodstanding.errors import NotFound
from goodstanding.registry.log.checkpoints import LARGEST_SIZE
from goodstanding.registry.log.log_writer import TILE, lines_hashes, tile_hashes
from goodstanding.wording import tr

HIGHEST = 63
# So many groups of three digits are beyond all sizes that a log can have.
_MOST_GROUPS = 6
_LEVEL = re.compile(r"0|[1-9][0-9]?")
_PLACE = re.compile(rf"((?:x[0-9]{{3}}/){{0,{_MOST_GROUPS}}}[0-9]{{3}})(?:\.p/([1-9][0-9]{{0,2}}))?")


@dataclass(frozen=True)
class TileName:
    """Which tile: its level (0 over lines), its place in the level, and how many of its 256 hashes."""

    level: int
    place: int
    width: int = TILE

    def __str__(self) -> str:
        groups = [f"{self.place // 1000**at % 1000:03d}" for at in range(_MOST_GROUPS + 1)]
        while len(groups) > 1 and groups[-1] == "000":
            groups.pop()
        path = "/".join([*(f"x{group}" for group in reversed(groups[1:])), groups[0]])
        return f"{self.level}/{path}" + (f".p/{self.width}" if self.width < TILE else "")


def read_tile_name(level: str, place: str) -> TileName:
    """A tile by the two parts of its address, such as `0` and `x001/x234/067.p/12`. Raises NotFound for any other."""
    found = _PLACE.fullmatch(place)
    if found is None or not _LEVEL.fullmatch(level) or int(level) > HIGHEST:
        raise _no_tile(f"{level}/{place}")
    number = int(found[1].replace("x", "").replace("/", ""))
    name = TileName(int(level), number, TILE if found[2] is None else int(found[2]))
    if str(name) != f"{level}/{place}" or number > LARGEST_SIZE // TILE - 1:
        raise _no_tile(f"{level}/{place}")
    return name


def tile_of(connection: Connection, name: TileName) -> bytes:
    """The hashes of a tile, one after the other. Raises NotFound while the log has not so many."""
    start, end = name.place * TILE, name.place * TILE + name.width
    if name.level == 0:
        hashes = lines_hashes(connection, start, end)
    else:
        known = tile_hashes(connection, name.level - 1, start, end)
        hashes = [known[place] for place in sorted(known)]
    if len(hashes) < name.width:
        raise _no_tile(str(name))
    return b"".join(hashes)


def _no_tile(name: str) -> NotFound:
    expected = tr("a tile that the log has filled so far")
    return NotFound(
        where=tr("tile"), found=ascii(name[:100]), expected=expected, do=tr("Look at the size in the checkpoint.")
    )
