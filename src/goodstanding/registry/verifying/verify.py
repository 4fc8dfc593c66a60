"""The whole check."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from goodstanding.registry.changing import Changes
from goodstanding.registry.log import Head, Line
from goodstanding.registry.log.proving import signed_head_now
from goodstanding.registry.verifying.files import verify_files
from goodstanding.registry.verifying.finding import UNREADABLE, Finding, reading
from goodstanding.registry.verifying.lines import verify_log
from goodstanding.registry.verifying.rows import verify_rows
from goodstanding.registry.verifying.structure import verify_structure
from goodstanding.registry.verifying.told import Told
from goodstanding.store import Workspace


@dataclass(frozen=True)
class Verified:
    """What was found, and the signed head of what was read: keep it elsewhere, and hold the next check against it."""

    findings: Sequence[Finding]
    lines: int
    head: str | None


def verify_registry(changes: Changes, kept: Head | None = None, workspace: Workspace | None = None) -> Verified:
    """Hold the database's structure against the migrations, the log against its head and every row against the log.

    All of it is of one moment. `kept` is a head from an earlier check: the log must begin with what it was then. With
    a workspace, its runs are held against what was published from them.
    """
    told, seen, now = Told(), 0, changes.clock()

    def sees(line: Line) -> None:
        nonlocal seen, now
        seen += 1
        # The clock of the machine that wrote counts as well.
        now = max(now, line.at)
        told.sees(line)

    # SQLite reads as of one moment by itself.
    options = {"isolation_level": "REPEATABLE READ"} if changes.engine.dialect.name == "postgresql" else {}
    with changes.engine.connect().execution_options(**options) as connection:
        findings = list(reading("database", verify_structure(connection)))
        findings += reading("log", verify_log(connection, changes.keyring, sees, kept))
        findings += verify_rows(connection, changes.keyring, told, now)
        if workspace is not None:
            findings += reading("file", verify_files(connection, changes.keyring, workspace))
        return Verified(findings, seen, _head(connection))


def _head(connection: Connection) -> str | None:
    try:
        return signed_head_now(connection)
    except UNREADABLE:
        return None
