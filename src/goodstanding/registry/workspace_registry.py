"""A workspace's registry, opened: its database, its keys, and its clock."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DatabaseError

from goodstanding.errors import BadInput, Conflict, NotReady
from goodstanding.machine import in_words
from goodstanding.registry.clock import Clock, system_clock
from goodstanding.registry.database import (
    check_current,
    current_revision,
    database_to_read,
    database_url,
    has_tables,
    open_database,
    shown_url,
    sweep,
    upgrade_within,
    write_transaction,
)
from goodstanding.registry.keys import Keyring, Keys, canonical, first_keyring
from goodstanding.registry.keys.keyring import FILE_NAME
from goodstanding.registry.log import (
    Frontier,
    LogLine,
    append,
    log_size,
    read_end,
    read_frontier,
)
from goodstanding.registry.log.origin import check_origin, origin_of
from goodstanding.registry.owed_sweep import note_swept, owes_sweep
from goodstanding.registry.relog import retell
from goodstanding.registry.transactions import Registry
from goodstanding.store import Workspace
from goodstanding.wording import tr


def keys_folder(workspace: Path) -> Path:
    """Where a workspace's keys are."""
    return workspace / "keys"


def create_registry(
    workspace: Path, url: str | None = None, clock: Clock = system_clock, name: str | None = None
) -> None:
    """Make the registry's database and keys, or bring the database up to this version; several at once make one.

    `name` is the log's name for those who keep its heads, for good; without one it is made of the first line.
    The log's first line is signed with the keys, which are from then on the only ones of this database. Raises Conflict
    where there is a log but no keys, since fresh keys could never read it, keys but no database, since what they seal
    is lost then, or a log of another name. BadInput if it was signed with other keys, Busy or NotReady if the tables
    cannot be made, Busy also if what an upgrade leaves cannot be swept for now, Unavailable where there is no room for
    them or the keys.
    """
    if name is not None:
        check_origin(name)
    Workspace(workspace)  # it is a folder, or nothing yet
    try:
        with in_words(str(workspace)):
            workspace.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        do = tr("Choose another with --workspace.")
        raise BadInput(
            where=str(workspace), found=str(error.strerror), expected=tr("a folder that can be written"), do=do
        ) from error
    database, folder = database_url(workspace, url), keys_folder(workspace)
    if _is_gone(database) and _has_keyring(folder):
        raise _no_database(database)
    engine = open_database(database)
    try:
        with _failing_in_words(engine):
            _make_tables(engine, folder)
            with write_transaction(engine) as connection:
                revision, now = upgrade_within(connection), clock()
                begun = _make_keys(connection, folder, now, name)
                if begun is not None and revision is not None and revision != current_revision():
                    ring, end = begun
                    retell(connection, ring, end, revision, now)
            _sweep_if_owed(Registry(engine, _keys(workspace), clock))
    finally:
        engine.dispose()


def _sweep_if_owed(registry: Registry) -> None:
    """Do what an upgrade leaves to be done, be it one of before that was stopped."""
    with registry.read() as transaction:
        owed = owes_sweep(transaction.connection, [])
    if owed:
        others = sweep(registry.engine)
        registry.do(lambda transaction: note_swept(transaction, others))


def _make_tables(engine: Engine, folder: Path) -> None:
    """Make the tables of a new registry before its keys: keys without tables are of one whose database is lost."""
    with write_transaction(engine) as connection:
        if not has_tables(connection):
            if _has_keyring(folder):
                raise _no_database(engine.url)
            upgrade_within(connection)


def _has_keyring(folder: Path) -> bool:
    return (folder / FILE_NAME).exists()


def _is_gone(url: URL) -> bool:
    """Whether the database is a file that is not there, or that holds nothing."""
    file = Path(url.database or "")
    return url.get_backend_name() == "sqlite" and not (file.exists() and file.stat().st_size)


def _no_database(url: URL) -> Conflict:
    found, expected = tr("no registry, but keys of one"), tr("the database of the registry that has these keys")
    return Conflict(
        where=shown_url(url),
        found=found,
        expected=expected,
        do=tr("Restore the database from a copy, or name it with --database."),
    )


def _no_keyring(folder: Path) -> Conflict:
    found, expected = tr("no keyring, but a registry in use"), tr("the keyring of this registry")
    return Conflict(where=str(folder), found=found, expected=expected, do=tr("Restore the keyring from a copy."))


def _check_there(workspace: Path, url: URL) -> None:
    """Tell a registry that was not made from one that has lost its database, before an empty one is made of it."""
    if _is_gone(url):
        if _has_keyring(keys_folder(workspace)):
            raise _no_database(url)
        found, expected = tr("no registry"), tr("a workspace with a registry")
        do = tr("Choose another with --workspace, or run `{verb}`.", verb="standing registry create")
        raise NotReady(where=str(workspace), found=found, expected=expected, do=do)


def _check_tables(workspace: Path, engine: Engine, *, tampered: bool = False) -> None:
    """See that the tables are this version's. Raises NotReady, Conflict where there are none but keys of a registry."""
    try:
        check_current(engine, tampered=tampered)
    except NotReady as error:
        if _has_keyring(keys_folder(workspace)):
            with engine.connect() as connection:
                begun = has_tables(connection)
            if not begun:
                # To make a registry is refused then: no way leads on from there but a copy.
                raise _no_database(engine.url) from error
        raise


def _make_keys(
    connection: Connection, folder: Path, now: datetime, name: str | None
) -> tuple[Keyring, Frontier] | None:
    """See to it that the log is begun, and signed with the keys that are in the folder; gives both if it was before."""
    begun = log_size(connection) > 0
    if begun and not _has_keyring(folder):
        raise _no_keyring(folder)
    with in_words(str(folder)):
        keyring = first_keyring(folder)
    if not begun:
        body: dict[str, object] = {"rows": []} if name is None else {"rows": [], "name": name}
        line = LogLine(now, "registry.created", "registry", canonical(body).decode())
        append(connection, keyring, Frontier(), [line], now)
        return None
    end = read_end(connection)
    ring = Keys(keyring).named(end.named)
    frontier = end.checked(ring)
    if name is not None and (found := origin_of(connection, frontier)) != name:
        expected = tr("the name that the log was begun with, which stays")
        raise Conflict(where="--name", found=name, expected=f"{expected}: {found}", do=tr("Leave the name out."))
    return ring, frontier


@contextmanager
def _failing_in_words(engine: Engine) -> Generator[None]:
    """What the database refuses, as an error that says what to do."""
    where = shown_url(engine.url)
    try:
        yield
    except DatabaseError as error:
        found, expected = str(error.orig).strip().splitlines()[0], tr("a database in which the tables can be made")
        raise NotReady(
            where=where, found=found, expected=expected, do=tr("Put that right, then run the same again.")
        ) from error


@contextmanager
def open_registry(workspace: Path, url: str | None = None, clock: Clock = system_clock) -> Generator[Registry]:
    """The registry of a workspace.

    Raises NotReady if it was not made, or by another version, Conflict if its keys or its database are gone, BadInput
    if its log was signed with other keys, and Busy in place of what the database raises if somebody else had it for too
    long.
    """
    database = database_url(workspace, url)
    _check_there(workspace, database)
    engine = open_database(database)
    try:
        _check_tables(workspace, engine)
        registry = Registry(engine, _keys(workspace), clock)
        with registry.read() as transaction:
            read_frontier(transaction.connection, transaction.keyring)
        yield registry
    finally:
        engine.dispose()


@contextmanager
def registry_to_verify(workspace: Path, url: str | None = None, clock: Clock = system_clock) -> Generator[Registry]:
    """The registry of a workspace or of a copy of it, to be read alone: no byte of it is changed, and no lock taken.

    What was tampered with is no reason not to open it. Raises NotReady if it was not made, or by another version,
    Conflict if its keys or its database are gone, Busy if somebody began to write while it was read as a file at rest.
    """
    database = database_url(workspace, url)
    _check_there(workspace, database)
    with database_to_read(database) as engine:
        _check_tables(workspace, engine, tampered=True)
        yield Registry(engine, _keys(workspace), clock)


def _keys(workspace: Path) -> Keys:
    """The keys of a workspace whose registry has its tables."""
    folder = keys_folder(workspace)
    if not _has_keyring(folder):
        raise _no_keyring(folder)
    return Keys.of_folder(folder)
