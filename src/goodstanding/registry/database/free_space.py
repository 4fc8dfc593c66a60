"""Having what was erased gone from the database's files, where free space keeps copies of it."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine.interfaces import DBAPICursor

from goodstanding.errors import Damaged, Unavailable
from goodstanding.registry.database.connection import BUSY_MILLISECONDS, shown_url
from goodstanding.registry.database.refusals import busy, refusal
from goodstanding.registry.database.schema import METADATA, uses

# The tables from which leaving takes something: of the uses that are kept the answers go.
_LEFT_TABLES = [
    str(table.name) for table in METADATA.sorted_tables if table.info.get("leaving", "kept") != "kept" or table is uses
]
_AGAIN_SECONDS = 0.05
# Who may yet read what was erased, or was writing before it was: their rows would be written anew along with the rest.
_READING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' "
    "AND (age(backend_xmin) >= age(CAST(:after AS xid)) OR age(backend_xid) >= age(CAST(:after AS xid)))"
)
_OURS = text("SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = CAST(:name AS regclass)")


def sweep(engine: Engine) -> Sequence[str]:
    """Write anew what holds copies of what was erased: SQLite's file, or on PostgreSQL each table about people.

    Gives the tables that were left as they are, since they are another role's. Raises Busy if somebody reads for too
    long what was erased, or has one of the tables: then nothing is promised, and it is to be done over.
    """
    if engine.dialect.name == "sqlite":
        _write_file_anew(engine)
        return []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Whoever waits behind this for a table waits no longer than for a writer.
        connection.execute(text(f"SET lock_timeout = {BUSY_MILLISECONDS}"))
        try:
            return _write_tables_anew(connection)
        finally:
            connection.execute(text("RESET lock_timeout"))


def _write_file_anew(engine: Engine) -> None:
    """Moving rows about leaves copies in a page's free space, whatever is zeroed."""
    # Past the library, which would begin a transaction: there is no VACUUM in one.
    with closing(engine.raw_connection()) as connection:
        cursor, where = connection.cursor(), shown_url(engine.url)
        try:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            refused = refusal(error, engine.url, where)
            # Of some rows that cannot be it says that they find no room.
            if isinstance(refused, Unavailable) and refused.want == "room" and not _reads(cursor):
                refused = Damaged("whole", where)
            raise refused or error from error


def _reads(cursor: DBAPICursor) -> bool:
    """Whether SQLite finds nothing wrong with its file."""
    try:
        cursor.execute("PRAGMA quick_check(1)")
        return cursor.fetchone() == ("ok",)
    except (sqlite3.Error, UnicodeDecodeError):
        return False


def _write_tables_anew(connection: Connection) -> list[str]:
    """Plain VACUUM lets a row's place be used again, and its bytes stay until that; FULL leaves them behind."""
    ours = [name for name in _LEFT_TABLES if connection.scalar(_OURS, {"name": f'"{name}"'})]
    _wait_for_readers(connection)
    for name in ours:
        # What the planner knows of a column's values is of the old rows, too.
        connection.execute(text(f'VACUUM (FULL, ANALYZE) "{name}"'))
    return [name for name in _LEFT_TABLES if name not in ours]


def _wait_for_readers(connection: Connection) -> None:
    """Wait until nobody reads as of a moment at which what was erased was there. Raises Busy."""
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    after = connection.scalar(text("SELECT CAST(pg_current_xact_id() AS text)"))
    after = str(int(after or 0) % 2**32)
    while connection.scalar(_READING, {"after": after}):
        if time.monotonic() > until:
            raise busy(shown_url(connection.engine.url))
        time.sleep(_AGAIN_SECONDS)
