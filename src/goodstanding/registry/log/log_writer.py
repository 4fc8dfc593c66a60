"""Adding lines to the log, inside the one transaction that also writes what they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from goodstanding.errors import BadInput
from goodstanding.registry.database import insert_rows, update_rows
from goodstanding.registry.database.schema import log, log_head, log_tiles
from goodstanding.registry.keys import Keyring, KeysNamed
from goodstanding.registry.log.log_line import LogLine
from goodstanding.registry.log.merkle_tree import Frontier, root_of
from goodstanding.registry.log.signed_heads import keys_named, read_head, signed_head
from goodstanding.wording import tr

TILE = 256
HASH_BYTES = 32


@dataclass(frozen=True)
class Tile:
    """The root over a full, aligned run of 256 hashes of the level below; level 0 is over 256 lines."""

    level: int
    place: int
    hash: bytes


@dataclass(frozen=True)
class End:
    """Where the log ends, as the database has it, and its signed head; None while it is empty."""

    frontier: Frontier
    signed: str | None

    @property
    def named(self) -> KeysNamed | None:
        """The keys that the head names."""
        return keys_named(self.signed)

    def checked(self, keyring: Keyring) -> Frontier:
        """Where the log ends, as its head says.

        Raises BadInput if the signature does not hold or is over something else: going on from it would sign what was
        forged.
        """
        if self.signed is None:
            return self.frontier
        head = read_head(keyring, self.signed)
        if (head.size, head.root) != (self.frontier.size, self.frontier.root):
            raise BadInput(
                where=tr("log"),
                found=tr("another end than the one that is signed"),
                expected=tr("the log as it was signed"),
                do=tr("Run `{verb}` first.", verb="standing verify"),
            )
        return self.frontier


def read_end(connection: Connection) -> End:
    """Where the log ends, as the database has it."""
    found = connection.execute(_HEAD).one_or_none()
    if found is None:
        return End(Frontier(), None)
    size, peaks, signed = found
    return End(frontier_of(size, peaks), signed)


def frontier_of(size: int, peaks: bytes) -> Frontier:
    """Where the log ends, from the peaks as they are stored, one after the other."""
    return Frontier(size, tuple(peaks[i : i + HASH_BYTES] for i in range(0, len(peaks), HASH_BYTES)))


_HEAD = select(log_head.c.size, log_head.c.peaks, log_head.c.signed).where(log_head.c.id == 1)


def stored_frontier(connection: Connection) -> Frontier:
    """Where the log ends, as the database has it."""
    return read_end(connection).frontier


def read_frontier(connection: Connection, keyring: Keyring) -> Frontier:
    """Where the log ends, as its signed head says. Raises BadInput if it is not what was signed."""
    return read_end(connection).checked(keyring)


def append(
    connection: Connection, keyring: Keyring, before: Frontier, lines: Sequence[LogLine], now: datetime
) -> Frontier:
    """Write lines after the last one, the tiles that they fill, and the new signed head."""
    after = before.grown([line.leaf for line in lines])
    insert_rows(
        connection,
        log,
        [
            {
                "log_index": index,
                "at": line.at,
                "kind": line.kind,
                "object": line.object,
                "body": line.body,
                "leaf": line.leaf,
            }
            for index, line in enumerate(lines, start=before.size)
        ],
    )
    tiles = _filled(connection, before.size, after.size)
    insert_rows(connection, log_tiles, [{"level": t.level, "place": t.place, "hash": t.hash} for t in tiles])
    head = {"size": after.size, "peaks": b"".join(after.peaks), "signed": signed_head(keyring, after, now)}
    if before.size:
        update_rows(connection, log_head, log_head.c.id == 1, head, 1)
    else:
        insert_rows(connection, log_head, [{"id": 1, **head}])
    return after


def _filled(connection: Connection, before: int, after: int) -> list[Tile]:
    """The tiles that the lines between two sizes have filled, the lower levels first."""
    found: list[Tile] = []
    level, width = 0, TILE
    while after // width > before // width:
        for place in range(before // width, after // width):
            if level == 0:
                hashes = lines_hashes(connection, place * TILE, (place + 1) * TILE)
            else:
                known = tile_hashes(connection, level - 1, place * TILE, (place + 1) * TILE)
                known |= {t.place: t.hash for t in found if t.level == level - 1}
                hashes = [known[below] for below in range(place * TILE, (place + 1) * TILE)]
            found.append(Tile(level, place, root_of(hashes)))
        level, width = level + 1, width * TILE
    return found


def lines_hashes(connection: Connection, start: int, end: int) -> list[bytes]:
    """The leaf hashes of lines from one index up to, not with, another."""
    chosen = log.c.log_index.between(start, end - 1)
    return list(connection.scalars(select(log.c.leaf).where(chosen).order_by(log.c.log_index)))


def tile_hashes(connection: Connection, level: int, start: int, end: int) -> dict[int, bytes]:
    """The roots of a level's full tiles between two places, by place."""
    chosen = (log_tiles.c.level == level) & log_tiles.c.place.between(start, end - 1)
    return {row.place: row.hash for row in connection.execute(select(log_tiles).where(chosen))}
