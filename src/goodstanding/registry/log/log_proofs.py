"""Proofs from the log: that a line is in it, and that it only grew."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from goodstanding.errors import NotFound
from goodstanding.registry.database.schema import log, log_head
from goodstanding.registry.log.log_line import LogLine
from goodstanding.registry.log.log_writer import TILE, lines_hashes, tile_hashes
from goodstanding.registry.log.merkle_tree import HashOf, consistency_path, inclusion_path, node_hash, root_of, split
from goodstanding.wording import tr


@dataclass(frozen=True)
class Inclusion:
    """That a line stands at an index of the log of the signed head: the line, and the hashes from it to the root."""

    index: int
    line: LogLine
    path: Sequence[bytes]
    head: str


def log_size(connection: Connection) -> int:
    """How many lines the log has."""
    return connection.scalar(select(log_head.c.size)) or 0


def signed_head_now(connection: Connection) -> str | None:
    """The log's signed head; None while it is empty."""
    return connection.scalar(select(log_head.c.signed))


def prove_inclusion(connection: Connection, index: int) -> Inclusion:
    """The proof that a line is in the log. Raises NotFound if there is none of that index."""
    row = connection.execute(select(log).where(log.c.log_index == index)).one_or_none()
    size, head = log_size(connection), signed_head_now(connection)
    if row is None or head is None or index >= size:
        raise NotFound(
            where=tr("log"),
            found=str(index),
            expected=tr("an index below {size}", size=size),
            do=tr("Check the number."),
        )
    path = inclusion_path(index, size, hashes_of(connection))
    return Inclusion(index, LogLine(row.at, row.kind, row.object, row.body), path, head)


def prove_consistency(connection: Connection, first: int, second: int) -> list[bytes]:
    """The proof that the log of `first` lines begins the log of `second`. Raises NotFound for sizes it never had."""
    size = log_size(connection)
    if not 0 < first <= second <= size:
        expected = tr("two sizes from 1 to {size}, the smaller first", size=size)
        raise NotFound(where=tr("log"), found=f"{first}, {second}", expected=expected, do=tr("Check the numbers."))
    return consistency_path(first, second, hashes_of(connection))


def hashes_of(connection: Connection) -> HashOf:
    """The hash over any run of lines that a proof asks for, from full tiles where there are some."""

    def hash_of(start: int, end: int) -> bytes:
        width, level = TILE, -1
        while start % width == 0 and (end - start) % width == 0:
            width, level = width * TILE, level + 1
        if level >= 0:
            unit = TILE ** (level + 1)
            first, last = start // unit, end // unit
            if last - first <= TILE:
                known = tile_hashes(connection, level, first, last)
                return root_of([known[place] for place in range(first, last)])
        elif end - start <= TILE:
            return root_of(lines_hashes(connection, start, end))
        middle = start + split(end - start)
        return node_hash(hash_of(start, middle), hash_of(middle, end))

    return hash_of
