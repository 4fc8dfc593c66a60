"""The log against itself: every line against its hash, all of them against the signed head."""

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from goodstanding.errors import BadInput
from goodstanding.registry.database.schema import log, log_head, log_tiles
from goodstanding.registry.keys import Keyring
from goodstanding.registry.log import Frontier, Line, read_head, stored_frontier
from goodstanding.registry.log.tree import EMPTY_ROOT, root_of
from goodstanding.registry.log.writing import TILE
from goodstanding.registry.verifying.finding import Finding

AT_A_TIME = 5_000
Sees = Callable[[Line], None]


@dataclass
class _Tree:
    """The tree as it grows line by line, with its tiles, and its roots at the sizes of heads kept elsewhere."""

    kept_sizes: Collection[int]
    frontier: Frontier = field(default_factory=Frontier)
    kept_roots: dict[int, bytes] = field(default_factory=lambda: {0: EMPTY_ROOT})
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict[tuple[int, int], bytes])
    unfilled: list[list[bytes]] = field(default_factory=list[list[bytes]])

    def add(self, leaf: bytes) -> None:
        self.frontier = self.frontier.grown([leaf])
        if self.frontier.size in self.kept_sizes:
            self.kept_roots[self.frontier.size] = self.frontier.root
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
    connection: Connection, keyring: Keyring, sees: Sees, kept: Collection[tuple[int, bytes]]
) -> Generator[Finding]:
    """Read every line once, handing it on to `sees`; the log must begin with every size and root in `kept`."""
    heads = {row.id: row for row in connection.execute(select(log_head))}
    signed = heads.pop(1, None)
    yield from (Finding("log_head", str(other), "added") for other in heads)
    if signed is None and connection.execute(select(log.c.log_index)).first() is not None:
        yield Finding("log_head", "1", "removed")
    size, root = _head(keyring, signed)
    if signed is not None and root is None:
        yield Finding("log_head", "1", "not signed")
    elif signed is not None and (signed.size, stored_frontier(connection).root) != (size, root):
        yield Finding("log_head", "1", "changed")
    tree, found = _Tree({kept_size for kept_size, _ in kept}), False
    for finding in _lines(connection, tree, size, sees):
        found = True
        yield finding
    known = {(row.level, row.place): row.hash for row in connection.execute(select(log_tiles))}
    for level, place in sorted(tree.tiles.keys() | known.keys()):
        if tree.tiles.get((level, place)) != known.get((level, place)):
            unit = TILE ** (level + 1)
            found = True
            yield Finding("log", f"{place * unit}-{(place + 1) * unit - 1}", "changed")
    if root is not None and not found and root != tree.frontier.root:
        # Lines, hashes and tiles agree, but not with what was signed: somebody computed them all anew.
        yield Finding("log", f"0-{size - 1}", "changed")
    for kept_size, kept_root in sorted(kept):
        if tree.kept_roots.get(kept_size) != kept_root:
            yield Finding("log", f"0-{kept_size - 1}", "changed")


def _head(keyring: Keyring, signed: Row[Any] | None) -> tuple[int, bytes | None]:
    """The log's size and root as signed; without a root if the signature does not hold."""
    if signed is None:
        return 0, Frontier().root
    try:
        head = read_head(keyring, signed.signed)
    except BadInput:
        return signed.size, None
    return head.size, head.root


def _lines(connection: Connection, tree: _Tree, size: int, sees: Sees) -> Generator[Finding]:
    """Each line against its own hash, and against the numbers from 0 to the head's size."""
    query = select(log).order_by(log.c.log_index).execution_options(yield_per=AT_A_TIME)
    for row in connection.execute(query):
        if not 0 <= row.log_index < size:
            yield Finding("log", str(row.log_index), "added")
            continue
        while tree.frontier.size < row.log_index:
            yield Finding("log", str(tree.frontier.size), "removed")
            tree.add(b"")
        line = Line(row.at, row.kind, row.object, row.body)
        tree.add(row.leaf)
        if line.leaf != row.leaf:
            yield Finding("log", str(row.log_index), "changed")
        else:
            sees(line)
    while tree.frontier.size < size:
        yield Finding("log", str(tree.frontier.size), "removed")
        tree.add(b"")
