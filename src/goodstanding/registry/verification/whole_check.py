"""The whole check."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from goodstanding.errors import StandingError
from goodstanding.registry.keys import Keyring, Purpose
from goodstanding.registry.log import Head, LogLine, keys_named
from goodstanding.registry.log.checkpoints import Checkpoint
from goodstanding.registry.log.log_proofs import signed_head_now
from goodstanding.registry.transactions import Registry
from goodstanding.registry.unreadable import UNREADABLE, apart
from goodstanding.registry.verification.cosigned_heads import NOTHING_MORE, Wanted, cosigned_heads
from goodstanding.registry.verification.findings import Finding, reading
from goodstanding.registry.verification.indexes import indexes_can_be_compared, verify_indexes
from goodstanding.registry.verification.log_lines import verify_log
from goodstanding.registry.verification.logged_digests import LoggedDigests
from goodstanding.registry.verification.logged_rows import verify_rows
from goodstanding.registry.verification.structure import verify_structure
from goodstanding.registry.verification.value_forms import verify_encoding
from goodstanding.registry.verification.workspace_files import verify_files
from goodstanding.scoring.written_pages import count_pages
from goodstanding.store import Workspace

# What a finding is of that says of a key that there is none: those come first.
KEYRING = "keyring"


@dataclass(frozen=True)
class Verified:
    """What was found, and the signed head of what was read: keep it elsewhere, and hold the next check against it.

    `indexes` says whether they could be compared with their tables. `pages` is how many written pages the workspace
    has: they can be held against nothing.
    """

    findings: Sequence[Finding]
    lines: int
    head: str | None
    indexes: bool
    pages: int


def verify_registry(
    registry: Registry,
    earlier: Head | Checkpoint | None = None,
    workspace: Workspace | None = None,
    wanted: Wanted = NOTHING_MORE,
) -> Verified:
    """Hold the database's structure against the migrations, the log against its head and every row against the log.

    Indexes are held against their tables, and values must lie in the form in which they are written. All of it is of
    one moment. `earlier` is a head from an earlier check: the log must begin with what it was then, and with what
    witnesses cosigned. With a workspace, its files are held against their catalogue and history, and its runs against
    what was published from them. Files have no moments: what is found of them is looked at once more in a later one.
    """
    logged, seen, now = LoggedDigests(), 0, registry.clock()
    heads = set[tuple[int, bytes]]() if earlier is None else {(earlier.size, earlier.root)}

    def sees(line: LogLine) -> None:
        nonlocal seen, now
        seen += 1
        # The clock of the machine that wrote counts as well.
        now = max(now, line.at)
        logged.sees(line)

    with _one_moment(registry) as (connection, keyring):
        findings = [
            Finding(KEYRING, f"{purpose} {number}", "missing") for purpose, number in _lacking(connection, keyring)
        ]
        witnessed = list(reading("cosignatures", _witnessed(connection, wanted, now, heads)))
        findings += reading("database", verify_structure(connection))
        findings += reading("database", verify_encoding(connection))
        findings += sorted(set(reading("index", verify_indexes(connection))))
        findings += reading("log", verify_log(connection, keyring, sees, heads))
        findings += logged.rested_on
        findings += verify_rows(connection, keyring, logged, now)
        if workspace is not None:
            findings += _found_of_files(registry, connection, keyring, workspace)
        pages = 0 if workspace is None else count_pages(workspace)
        return Verified(
            list(dict.fromkeys(findings + witnessed)),
            seen,
            _head(connection),
            indexes_can_be_compared(connection),
            pages,
        )


@contextmanager
def _one_moment(registry: Registry) -> Generator[tuple[Connection, Keyring]]:
    """A connection that reads as of one moment, and the keys in force at it; the newest where the log does not say."""
    with registry.moment() as connection:
        try:
            keyring = registry.keyring_at(connection)
        except (StandingError, *UNREADABLE):
            # What was tampered with is found below; a query that failed has ended its transaction.
            connection.rollback()
            keyring = registry.keyring
        yield connection, keyring


def _found_of_files(
    registry: Registry, connection: Connection, keyring: Keyring, workspace: Workspace
) -> Sequence[Finding]:
    """What is wrong with the workspace's files, now and as of a later moment of the database.

    They are read after the moment that the database is read as of: whoever left and was erased in between is missed in
    the files alone. As of a later moment they are not, and another who is then was not before.
    """
    found = list(reading("file", iter(verify_files(connection, keyring, workspace))))
    if not found:
        return found
    with _one_moment(registry) as (later, keys):
        again = set(reading("file", iter(verify_files(later, keys, workspace))))
    return [one for one in found if one in again]


def _lacking(connection: Connection, keyring: Keyring) -> Sequence[tuple[Purpose, int]]:
    """The keys that the log's head names and the keyring lacks: without them whatever they sealed reads as changed."""
    try:
        named = keys_named(signed_head_now(connection))
    except UNREADABLE:
        connection.rollback()
        return []
    return [] if named is None else [one for one in named.numbers if not keyring.has([one])]


def _witnessed(
    connection: Connection, wanted: Wanted, now: datetime, heads: set[tuple[int, bytes]]
) -> Generator[Finding]:
    """What is wrong with the cosignatures; also where a table of theirs is gone the other checks go on."""
    with apart(connection):
        yield from cosigned_heads(connection, wanted, now, heads)


def _head(connection: Connection) -> str | None:
    try:
        with apart(connection):
            return signed_head_now(connection)
    except UNREADABLE:
        return None
