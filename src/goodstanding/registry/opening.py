"""A workspace's registry, opened: its database, its keys, and its clock."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from sqlite3 import SQLITE_BUSY

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from goodstanding.errors import Busy, Conflict, NotReady, StandingError
from goodstanding.registry.changing import Changes
from goodstanding.registry.clock import Clock, system_clock
from goodstanding.registry.database import (
    check_current,
    current_revision,
    database_to_read,
    database_url,
    open_database,
    shown_url,
    upgrade_within,
    write_transaction,
)
from goodstanding.registry.keys import Keyring, canonical, first_keyring, read_keyring
from goodstanding.registry.keys.keyring import FILE_NAME
from goodstanding.registry.log import (
    Frontier,
    Line,
    append,
    log_size,
    read_frontier,
    read_head,
    signed_head_now,
)
from goodstanding.registry.log.heads import NUMBERED
from goodstanding.registry.retelling import retell
from goodstanding.registry.verifying.finding import UNREADABLE
from goodstanding.wording import tr


def keys_folder(workspace: Path) -> Path:
    """Where a workspace's keys are."""
    return workspace / "keys"


def create_registry(workspace: Path, url: str | None = None, clock: Clock = system_clock) -> None:
    """Make the registry's database and keys, or bring the database up to this version; several at once make one.

    The log's first line is signed with the keys, which are from then on the only ones of this database. Raises Conflict
    where there is a log but no keys: fresh keys could never read it. BadInput if it was signed with other keys, Busy or
    NotReady if the tables cannot be made.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    engine = open_database(database_url(workspace, url))
    try:
        with _told_in_words(engine), write_transaction(engine) as connection:
            revision, now = upgrade_within(connection), clock()
            begun = _make_keys(connection, keys_folder(workspace), now)
            if begun is not None and revision is not None and revision != current_revision():
                ring, end = begun
                retell(connection, ring, end, revision, now)
    finally:
        engine.dispose()


def _make_keys(connection: Connection, folder: Path, now: datetime) -> tuple[Keyring, Frontier] | None:
    """See to it that the log is begun, and signed with the keys that are in the folder; gives both if it was before."""
    begun = log_size(connection) > 0
    if begun and not (folder / FILE_NAME).exists():
        raise Conflict(
            str(folder),
            tr("no keyring, but a registry in use"),
            tr("the keyring of this registry"),
            tr("Restore the keyring from a copy."),
        )
    keyring = first_keyring(folder)
    if not begun:
        line = Line(now, "registry.created", "registry", canonical({"rows": []}).decode())
        append(connection, keyring, Frontier(), [line], now)
        return None
    ring = _looking_up(keyring, signed_head_now(connection))
    return ring, read_frontier(connection, ring)


@contextmanager
def _told_in_words(engine: Engine) -> Generator[None]:
    """What the database refuses, as an error that says what to do."""
    where = shown_url(engine.url)
    try:
        yield
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_BUSY:
            do = tr("Try again in a while.")
            raise Busy(where, tr("no answer in time"), tr("a database that answers"), do) from error
        found, expected = str(error.orig).strip().splitlines()[0], tr("a database in which the tables can be made")
        raise NotReady(where, found, expected, tr("Put that right, then run the same again.")) from error


@contextmanager
def open_registry(workspace: Path, url: str | None = None, clock: Clock = system_clock) -> Generator[Changes]:
    """The registry of a workspace.

    Raises NotReady if it was not made, or by another version, BadInput if its log was signed with other keys.
    """
    keyring = read_keyring(keys_folder(workspace))
    engine = open_database(database_url(workspace, url))
    try:
        check_current(engine)
        with engine.connect() as connection:
            ring = _looking_up(keyring, signed_head_now(connection))
            read_frontier(connection, ring)
        yield Changes(engine, ring, clock)
    finally:
        engine.dispose()


@contextmanager
def registry_to_verify(workspace: Path, url: str | None = None, clock: Clock = system_clock) -> Generator[Changes]:
    """The registry of a workspace or of a copy of it, to be read alone: no byte of it is changed, and no lock taken.

    What was tampered with is no reason not to open it. Raises NotReady if it was not made, or by another version, Busy
    if somebody began to write while it was read as a file at rest.
    """
    keyring = read_keyring(keys_folder(workspace))
    with database_to_read(database_url(workspace, url)) as engine:
        check_current(engine, tampered=True)
        with engine.connect() as connection, suppress(StandingError, *UNREADABLE):
            keyring = _looking_up(keyring, signed_head_now(connection))
        yield Changes(engine, keyring, clock)


def _looking_up(keyring: Keyring, head: str | None) -> Keyring:
    """The keyring with the lookup key in force that was when the log's head was signed.

    A rotation that was stopped has left a newer one in the keyring, of which no hash is yet.
    """
    if head is None:
        return keyring
    number = read_head(keyring, head).keys[NUMBERED.index("lookup")]
    return Keyring({**keyring.keys, "lookup": [keyring.numbered("lookup", number)]})
