"""What the database refuses for want of room, a right, a connection or time, as an error that says what to do."""

import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine import ExceptionContext

from goodstanding.errors import Busy, Damaged, StandingError, Unavailable, Want
from goodstanding.wording import tr

_SQLITE: Mapping[int, Want] = {
    sqlite3.SQLITE_FULL: "room",
    sqlite3.SQLITE_READONLY: "writable",
    sqlite3.SQLITE_PERM: "right",
    sqlite3.SQLITE_CANTOPEN: "opened",
    sqlite3.SQLITE_IOERR: "disk",
    sqlite3.SQLITE_NOMEM: "memory",
    sqlite3.SQLITE_CORRUPT: "whole",
    sqlite3.SQLITE_NOTADB: "whole",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
INSUFFICIENT_PRIVILEGE = "42501"
_POSTGRESQL: Mapping[str, Want] = {
    "08": "connection",
    "25006": "writable",
    "25P03": "connection",
    INSUFFICIENT_PRIVILEGE: "right",
    "53100": "room",
    "53200": "memory",
    "53300": "place",
    "57P": "connection",
    "58030": "disk",
    "XX001": "whole",
    "XX002": "whole",
}
# A failed serialisation, a deadlock, a lock that is not had, a query that took too long: it may work the next time.
_BUSY_SQLITE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_BUSY_POSTGRESQL = {"40001", "40P01", "55P03", "57014"}
# Of a connection that was refused PostgreSQL's driver has no code, but the server's words.
_NO_PLACE = ("too many clients", "too many connections", "connection slots")
# The words of the driver's library, where it does not get what it asks of this machine.
_NO_MEMORY = "out of memory"
# With less, what SQLite calls an error of the disk, or a file that does not open, is want of room.
_HARDLY_ANY = 256 * 1024


def refusal(error: BaseException, url: URL, where: str, *, lost: bool = True) -> StandingError | None:
    """What the database refused, in words; None for an error that is a fault of the program.

    `lost`: whether there is no connection any more, or never was one. PostgreSQL's driver has no code for that, nor for
    what it does not send at all, such as too many parameters: that is no reason to wait for the database.
    """
    if url.get_backend_name() == "sqlite":
        return _of_sqlite(error, url, where)
    state: str | None = getattr(error, "sqlstate", "")
    if state is None:
        if not any(kind.__name__ == "OperationalError" for kind in type(error).__mro__):
            return None
        if _NO_MEMORY in str(error):
            return Unavailable("memory", where)
        if not lost:
            return None
        no_place = any(phrase in str(error) for phrase in _NO_PLACE)
        return Unavailable("place", where) if no_place else Unavailable("connection", where)
    if state in _BUSY_POSTGRESQL:
        return busy(where)
    found: Want | None = next((want for begins, want in _POSTGRESQL.items() if state.startswith(begins)), None)
    return None if found is None else _wanting(found, where)


def _of_sqlite(error: BaseException, url: URL, where: str) -> StandingError | None:
    if isinstance(error, UnicodeDecodeError):
        # The driver comes to no error of its own where SQLite's words repeat what does not read.
        return _wanting("whole", where)
    # Some errors of the driver's own, such as of a connection that is closed, have no code.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY_SQLITE:
        return busy(where)
    want = _SQLITE.get(code)
    return None if want is None else _wanting(_looked_at(want, Path(url.database or "")), where)


def _wanting(want: Want, where: str) -> Unavailable:
    return (Damaged if want == "whole" else Unavailable)(want, where)


def busy(where: str) -> Busy:
    """Another holds the database too long."""
    found, expected = tr("no answer in time"), tr("a database that answers")
    return Busy(where=where, found=found, expected=expected, do=tr("Try again in a while."))


def _looked_at(want: Want, file: Path) -> Want:
    """What SQLite has no words of its own for: where the files beside the database cannot be made, and why."""
    if want not in ("disk", "opened"):
        return want
    with suppress(OSError):
        if shutil.disk_usage(file.parent).free < _HARDLY_ANY:
            return "room"
        if os.statvfs(file.parent).f_flag & os.ST_RDONLY:
            return "writable"
    return want


def database_in_words(url: URL, where: str, context: ExceptionContext) -> StandingError | None:
    """The same where the library raises: what is given is raised instead of its own error."""
    # Of a connection that was kept and no longer lives the library makes a new one.
    if context.is_pre_ping:
        return None
    lost = context.connection is None or context.is_disconnect
    return refusal(context.original_exception, url, where, lost=lost)
