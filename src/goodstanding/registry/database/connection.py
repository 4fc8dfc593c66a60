"""Opening the registry's database: SQLite in a file by default, PostgreSQL by URL."""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from goodstanding.errors import BadInput, Damaged, NotReady, Unavailable
from goodstanding.registry.database.postgresql_session import check_keeps_foreign_keys, prepare_session
from goodstanding.registry.database.refusals import busy, database_in_words
from goodstanding.registry.database.turns import turns_of
from goodstanding.wording import tr

WRITES = "goodstanding_writes"
BUSY_MILLISECONDS = 10_000
_AGAIN_SECONDS = 0.02
# A connection is looked at before it is used: the server may have been started anew since.
_POOLED = {"pool_size": 8, "isolation_level": "READ COMMITTED", "pool_pre_ping": True}
# Any number that other programs in the same PostgreSQL are unlikely to use.
LOCK = 0x676F6F6473746E64 >> 1


def database_url(workspace: Path, url: str | None = None) -> URL:
    """The URL named, or registry.db in the workspace. Raises BadInput for what is neither SQLite nor PostgreSQL."""
    if url is None:
        return URL.create("sqlite", database=str(workspace / "registry.db"))
    # The text may hold a password, so of what is not understood nothing is repeated.
    expected = tr("sqlite:///FILE or postgresql://USER@HOST/NAME")
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise BadInput(where=tr("database"), found=tr("no URL"), expected=expected, do=tr("Correct the URL.")) from None
    if found.get_backend_name() == "postgresql":
        return found.set(drivername="postgresql+psycopg")
    if "\0" in (found.database or "") or not _writable(found.database or ""):
        raise BadInput(
            where=tr("database"),
            found=tr("a path that cannot be written"),
            expected=expected,
            do=tr("Correct the URL."),
        )
    in_a_file = found.database and found.database != ":memory:" and not found.database.startswith("file:")
    if found.drivername not in ("sqlite", "sqlite+pysqlite") or not in_a_file:
        raise BadInput(where=tr("database"), found=found.drivername, expected=expected, do=tr("Correct the URL."))
    return found


def _writable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown_url(url: URL) -> str:
    """A URL without its password, wherever that is."""
    return url.set(query={}).render_as_string()


def open_database(url: URL) -> Engine:
    """Connections to the database; what it refuses them is raised as Unavailable or Busy.

    Raises NotReady if it cannot be reached or keeps no foreign keys, Unavailable if it is there and refuses.
    """
    engine = engine_of(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", partial(check_keeps_foreign_keys, shown_url(url)))
    try_to_connect(engine)
    return engine


def engine_of(url: URL, **options: Any) -> Engine:  # noqa: ANN401 - as the library declares them
    """The library's engine for a database, not connected yet. Raises NotReady if there is no driver for it."""
    if url.get_backend_name() != "sqlite":
        options = {**_POOLED, **options}
    try:
        engine = create_engine(
            url,
            # What was to be written is nobody's business in an error.
            hide_parameters=True,
            json_serializer=as_json,
            json_deserializer=msgspec.json.decode,
            # Else the library forgets how many rows were written.
            execution_options={"preserve_rowcount": True},
            **options,
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise NotReady(
            where=shown_url(url),
            found=tr("no driver for it"),
            expected="psycopg",
            do=tr("Run `{verb}` first.", verb="pip install 'goodstanding[postgresql]'"),
        ) from error
    event.listen(engine, "handle_error", partial(database_in_words, url, shown_url(url)), named=False)
    if engine.dialect.name == "postgresql":
        # Before the library asks anything by itself.
        event.listen(engine, "connect", prepare_session, insert=True)
    return engine


def try_to_connect(engine: Engine) -> None:
    """Raise NotReady if the database cannot be reached, Unavailable if it is there and refuses."""
    url = engine.url
    try:
        engine.connect().close()
    except Damaged as error:
        if getattr(error.__cause__, "sqlite_errorcode", 0) != sqlite3.SQLITE_NOTADB:
            raise
        # It may be another file as well as a damaged one.
        do = tr("Restore it from a copy, or correct the URL.")
        raise NotReady(
            where=shown_url(url), found=str(error.__cause__), expected=tr("a database as it was written"), do=do
        ) from error
    except Unavailable as error:
        gone = error.want == "opened" and not Path(url.database or "").is_file()
        if gone or error.want == "connection":
            raise _out_of_reach(url, error.__cause__) from error
        raise
    except DatabaseError as error:
        raise _out_of_reach(url, error.orig) from error


def _out_of_reach(url: URL, reason: BaseException | None) -> NotReady:
    return NotReady(
        where=shown_url(url),
        found=str(reason).strip().splitlines()[0],
        expected=tr("a database that can be reached"),
        do=tr("Check its folder and the rights to it, or correct the URL.")
        if url.get_backend_name() == "sqlite"
        else tr("Start it, or correct the URL."),
    )


@contextmanager
def write_transaction(engine: Engine, *, locked: bool = True) -> Generator[Connection]:
    """A transaction under the database's one lock, which whoever makes its tables or changes its rows holds.

    Raises Unavailable for what the database refuses: taken back, or in doubt where it may have been committed.
    """
    with _in_turn(engine, locked=locked), engine.connect().execution_options(**{WRITES: locked}) as connection:
        try:
            transaction = connection.begin()
            try:
                if locked and connection.dialect.name == "postgresql":
                    # Each statement after this one sees all that was committed before the lock was had.
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                yield connection
                check_stands(connection)
            except BaseException:
                transaction.rollback()
                raise
        except Unavailable as error:
            raise error.reworded(outcome="taken back") from error
        try:
            transaction.commit()
        except Exception as error:
            transaction.rollback()
            if isinstance(error, Unavailable):
                raise error.reworded(outcome="in doubt" if _may_stand(error) else "taken back") from error
            raise


@contextmanager
def _in_turn(engine: Engine, *, locked: bool) -> Generator[None]:
    """Have SQLite's lock asked for by one thread of the process at a time; a server has turns of its own."""
    if not locked or engine.dialect.name != "sqlite":
        yield
        return
    with turns_of(str(Path(engine.url.database or "").absolute())).turn(BUSY_MILLISECONDS / 1000) as come:
        if not come:
            raise busy(shown_url(engine.url))
        yield


def check_stands(connection: Connection) -> None:
    """Raise Unavailable if SQLite has ended the transaction: what is written after that would stand by itself."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.dbapi_connection
        if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
            raise Unavailable("disk", shown_url(connection.engine.url))


def _may_stand(refused: Unavailable) -> bool:
    """May it have been committed all the same? Its connection was lost, or it was written and not settled."""
    code = getattr(refused.__cause__, "sqlite_errorcode", 0)
    return refused.want == "connection" or code == sqlite3.SQLITE_IOERR_FSYNC


def as_json(value: object) -> str:
    """A value as the text that a column of JSON keeps of it."""
    return msgspec.json.encode(value).decode()


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """One file, many readers beside a writer; a commit is on disk when it returns."""
    connection.isolation_level = None  # the library begins transactions, not the driver
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    try:
        _keep_beside(connection)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
    except UnicodeDecodeError as error:
        # What the driver makes of words of SQLite's that do not read is none of its own errors, which alone are told.
        unread = sqlite3.DatabaseError(str(error))
        unread.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise unread from error


def _keep_beside(connection: sqlite3.Connection) -> None:
    """Have what is written kept beside the file first. SQLite does not wait by itself for who does the same to it."""
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes the lock at once: taking it later fails where another wrote between."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
