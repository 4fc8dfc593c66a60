"""The log against itself: every line against its hash, all of them against the signed head."""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, Table
from sqlalchemy.exc import SQLAlchemyError

from goodstanding.registry.database.schema import log, log_head, log_tiles
from goodstanding.registry.keys import Keyring
from goodstanding.registry.log import Frontier, LogLine, read_head
from goodstanding.registry.log.log_writer import TILE, frontier_of
from goodstanding.registry.log.merkle_tree import EMPTY_ROOT, root_of
from goodstanding.registry.unreadable import UNREADABLE, Unread
from goodstanding.registry.verification.findings import Finding
from goodstanding.registry.verification.table_scan import Scanned, as_read, scan, scan_in_order, scanned_key

Sees = Callable[[LogLine], None]

# Digits that no number of a line has.
_LONG = 20


@dataclass
class _Tree:
    """The tree as it grows line by line, with its tiles, and its roots at the sizes of heads kept elsewhere."""

    earlier_sizes: Collection[int]
    frontier: Frontier = field(default_factory=Frontier)
    earlier_roots: dict[int, bytes] = field(default_factory=lambda: {0: EMPTY_ROOT})
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict[tuple[int, int], bytes])
    unfilled: list[list[bytes]] = field(default_factory=list[list[bytes]])

    def add(self, leaf: bytes) -> None:
        self.frontier = self.frontier.grown([leaf])
        if self.frontier.size in self.earlier_sizes:
            self.earlier_roots[self.frontier.size] = self.frontier.root
        level = 0
        while True:
            if level == len(self.unfilled):
                self.unfilled.append([])
            self.unfilled[level].append(leaf)
            if len(self.unfilled[level]) < TILE:
                return
            leaf = root_of(self.unfilled[level])
            self.unfilled[level].clear()
            self.tiles[level, self.frontier.size // TILE ** (level + 1) - 1] = leaf
            level += 1


def verify_log(
    connection: Connection, keyring: Keyring, sees: Sees, earlier: Collection[tuple[int, bytes]]
) -> Generator[Finding]:
    """Read every line once, handing it on to `sees`; the log must begin with every size and root in `earlier`."""
    heads = list(_rows(connection, log_head))
    own = next((row for row in heads if (read := as_read(row)) is not None and read["id"] == 1), None)
    signed = None if own is None else as_read(own)
    yield from (Finding("log_head", scanned_key(log_head, row), "added") for row in heads if row is not own)
    size, root = _head(keyring, signed)
    if signed is None and next(iter(_rows(connection, log)), None) is not None:
        yield Finding("log_head", "1", "removed")
    elif signed is not None and root is None:
        yield Finding("log_head", "1", "not signed")
    elif signed is not None and (isinstance(own, Unread) or not _is_stored(signed, size, root)):
        yield Finding("log_head", "1", "changed")
    tree, found = _Tree({size for size, _ in earlier}), False
    for finding in _lines(connection, tree, size, sees):
        found = True
        yield finding
    for finding in _tiles(connection, tree):
        found = True
        yield finding
    if root is not None and not found and root != tree.frontier.root:
        # Lines, hashes and tiles agree, but not with what was signed: somebody computed them all anew.
        yield Finding("log", f"0-{size - 1}", "changed")
    for size, root in sorted(earlier):
        if size > tree.frontier.size:
            yield Finding("log", f"{tree.frontier.size}-{size - 1}", "cut off")
        elif tree.earlier_roots.get(size) != root:
            yield Finding("log", f"0-{size - 1}", "changed")


def _rows(connection: Connection, table: Table) -> Iterator[Scanned]:
    """The rows of a table; none if there is no such table, which is found elsewhere."""
    with suppress(SQLAlchemyError):
        yield from scan(connection, table)


def _head(keyring: Keyring, signed: RowMapping | None) -> tuple[int, bytes | None]:
    """The log's size and root as signed; without a root if the signature does not hold."""
    if signed is None:
        return 0, Frontier().root
    try:
        head = read_head(keyring, signed["signed"])
    except UNREADABLE:
        size = signed["size"]
        return (size, None) if isinstance(size, int) else (0, None)
    return head.size, head.root


def _is_stored(signed: RowMapping, size: int, root: bytes | None) -> bool:
    """Whether the end of the log as it is stored is the one that was signed."""
    try:
        return (signed["size"], frontier_of(signed["size"], signed["peaks"]).root) == (size, root)
    except UNREADABLE:
        return False


def _lines(connection: Connection, tree: _Tree, size: int, sees: Sees) -> Generator[Finding]:
    """Each line against its own hash, and against the numbers from 0 to the head's size."""
    for row in _in_order(connection):
        index = _index(row)
        # Below the tree's size is a second line of a number that had its line.
        if index is None or not tree.frontier.size <= index < size:
            yield Finding("log", scanned_key(log, row), "added")
            continue
        while tree.frontier.size < index:
            yield Finding("log", str(tree.frontier.size), "removed")
            tree.add(b"")
        line = _line(row)
        tree.add(_bytes(row))
        if line is None or isinstance(row, Unread):
            yield Finding("log", str(index), "changed")
        if line is not None:
            sees(line)
    while tree.frontier.size < size:
        yield Finding("log", str(tree.frontier.size), "removed")
        tree.add(b"")


def _in_order(connection: Connection) -> Iterator[Scanned]:
    with suppress(SQLAlchemyError):
        yield from scan_in_order(connection, log.c.log_index)


def _index(row: Scanned) -> int | None:
    read = as_read(row)
    if read is None:
        key = scanned_key(log, row)
        return int(key) if key.isascii() and key.isdecimal() and len(key) < _LONG else None
    return read["log_index"] if isinstance(read["log_index"], int) else None


def _bytes(row: Scanned) -> bytes:
    """The hash that a row has for its line."""
    read = as_read(row)
    return read["leaf"] if read is not None and isinstance(read["leaf"], bytes) else b""


def _line(row: Scanned) -> LogLine | None:
    """The line of a row; None if it is not of the hash that the row has for it."""
    read = as_read(row)
    if read is None:
        return None
    try:
        line = LogLine(read["at"], read["kind"], read["object"], read["body"])
        return line if line.leaf == read["leaf"] else None
    except UNREADABLE:
        return None


def _tiles(connection: Connection, tree: _Tree) -> Generator[Finding]:
    """Every tile against the lines below it."""
    seen: set[tuple[int, int]] = set()
    for row in _rows(connection, log_tiles):
        place = (-1, -1) if isinstance(row, Unread) else (row["level"], row["place"])
        if isinstance(row, Unread) or place not in tree.tiles or place in seen:
            yield Finding("log_tiles", scanned_key(log_tiles, row), "added")
            continue
        seen.add(place)
        if tree.tiles[place] != row["hash"]:
            yield Finding("log", _under(*place), "changed")
    yield from (Finding("log", _under(*place), "changed") for place in sorted(tree.tiles.keys() - seen))


def _under(level: int, place: int) -> str:
    """The lines under a tile."""
    unit = TILE ** (level + 1)
    return f"{place * unit}-{(place + 1) * unit - 1}"
