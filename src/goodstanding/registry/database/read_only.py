"""Opening a database to read it alone, also a copy in a folder that cannot be written: no byte of it is changed."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, event

from goodstanding.engines import spill_folder
from goodstanding.errors import Busy
from goodstanding.registry.database.connection import BUSY_MILLISECONDS, engine_of, shown_url, try_to_connect
from goodstanding.wording import tr

# What SQLite keeps beside a file: what was committed last, an index over that for those who have it open, and what a
# transaction that was cut off has to be undone by.
_WAL, _SHARED, _JOURNAL = "-wal", "-shm", "-journal"


@contextmanager
def database_to_read(url: URL) -> Generator[Engine]:
    """Connections that can only read. Raises NotReady if it cannot be reached, Busy if it did not stay as it was."""
    if url.get_backend_name() == "sqlite":
        with _file_to_read(url) as engine:
            yield engine
        return
    engine = engine_of(url)
    event.listen(engine, "connect", _reads_on_server)
    with _connected(engine):
        yield engine


@contextmanager
def _connected(engine: Engine) -> Generator[None]:
    try:
        try_to_connect(engine)
        yield
    finally:
        engine.dispose()


@contextmanager
def _file_to_read(url: URL) -> Generator[Engine]:
    file = Path(url.database or "")
    if _size(file, _SHARED) is not None:
        # Somebody has it open, or had when it was copied: what lies beside the file is read, and not written to.
        with _opened(url, file, "mode=ro&readonly_shm=1") as engine:
            yield engine
        return
    before = _state(file)
    try:
        with _at_rest(url, file) as engine:
            yield engine
    except Exception as error:
        if _state(file) != before:
            raise _written_meanwhile(url) from error
        raise
    if _state(file) != before:
        raise _written_meanwhile(url)


@contextmanager
def _at_rest(url: URL, file: Path) -> Generator[Engine]:
    """A file that nobody has open: what it holds does not change, or the check is of a moment that is long gone."""
    if _size(file, _WAL) or _size(file, _JOURNAL):
        # SQLite would have to write to make sense of what lies beside the file; it may, to a copy.
        with spill_folder() as folder:
            copy = folder / file.name
            for end in ("", _WAL, _JOURNAL):
                if _size(file, end) is not None:
                    shutil.copyfile(f"{file}{end}", f"{copy}{end}")
            with _opened(url, copy, "mode=rw") as engine:
                yield engine
    else:
        with _opened(url, file, "mode=ro&immutable=1") as engine:
            yield engine


def _written_meanwhile(url: URL) -> Busy:
    """Nothing holds off who begins to write: what was read may be of two moments then, and may not read at all."""
    found, expected = tr("another command writing to it"), tr("one at a time")
    return Busy(where=shown_url(url), found=found, expected=expected, do=tr("Wait for it to end and try again."))


@contextmanager
def _opened(url: URL, file: Path, how: str) -> Generator[Engine]:
    def connect() -> sqlite3.Connection:
        found = sqlite3.connect(
            f"file:{quote(os.fsencode(file.absolute()))}?{how}", uri=True, isolation_level=None, check_same_thread=False
        )
        found.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        found.execute("PRAGMA query_only = ON")
        return found

    engine = engine_of(url, creator=connect)
    event.listen(engine, "begin", _begin)
    with _connected(engine):
        yield engine


def _size(file: Path, end: str) -> int | None:
    try:
        return Path(f"{file}{end}").stat().st_size
    except OSError:
        return None


def _state(file: Path) -> tuple[object, ...]:
    try:
        stat = file.stat()
    except OSError:
        return ()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, _size(file, _WAL), _size(file, _JOURNAL)


def _begin(connection: Any) -> None:  # noqa: ANN401 - as the library declares it
    connection.exec_driver_sql("BEGIN")


def _reads_on_server(connection: Any, _: object) -> None:  # noqa: ANN401
    connection.read_only = True
