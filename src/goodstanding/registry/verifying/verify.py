"""The whole check."""

from collections.abc import Sequence
from dataclasses import dataclass

from goodstanding.registry.changing import Changes
from goodstanding.registry.log import Head, Line
from goodstanding.registry.log.checkpoints import Checkpoint
from goodstanding.registry.log.proving import signed_head_now
from goodstanding.registry.verifying.files import verify_files
from goodstanding.registry.verifying.finding import Finding, reading
from goodstanding.registry.verifying.lines import verify_log
from goodstanding.registry.verifying.rows import verify_rows
from goodstanding.registry.verifying.told import Told
from goodstanding.registry.verifying.witnessed import NOTHING_MORE, Wanted, cosigned_heads
from goodstanding.store import Workspace


@dataclass(frozen=True)
class Verified:
    """What was found, and the signed head of what was read: keep it elsewhere, and hold the next check against it."""

    findings: Sequence[Finding]
    lines: int
    head: str | None


def verify_registry(
    changes: Changes,
    kept: Head | Checkpoint | None = None,
    workspace: Workspace | None = None,
    wanted: Wanted = NOTHING_MORE,
) -> Verified:
    """Hold the log against its head and every row against the log, as of one moment.

    `kept` is a head from an earlier check: the log must begin with what it was then, and with what witnesses cosigned.
    With a workspace, its runs are held against what was published from them.
    """
    told, seen = Told(), 0
    heads = set[tuple[int, bytes]]() if kept is None else {(kept.size, kept.root)}

    def sees(line: Line) -> None:
        nonlocal seen
        seen += 1
        told.sees(line)

    with changes.look() as look:
        witnessed = list(reading("cosignatures", cosigned_heads(look.connection, wanted, changes.clock(), heads)))
        findings = list(reading("log", verify_log(look.connection, look.keyring, sees, heads)))
        findings += verify_rows(look.connection, look.keyring, told)
        if workspace is not None:
            findings += verify_files(look.connection, look.keyring, workspace)
        return Verified(findings + witnessed, seen, signed_head_now(look.connection))
