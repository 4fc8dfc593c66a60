"""The verb that finds what was changed: `verify`."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, Database, WorkspacePath
from goodstanding.cli.output import console, print_json
from goodstanding.errors import BadInput
from goodstanding.machine import written_whole
from goodstanding.registry import registry_to_verify
from goodstanding.registry.keys import Keyring
from goodstanding.registry.log import Head, read_head
from goodstanding.registry.log.checkpoints import Checkpoint, read_checkpoint
from goodstanding.registry.log.origin import log_keys
from goodstanding.registry.log.signed_notes import Note, read_note, read_vkey, signed_by
from goodstanding.registry.verification import KEYRING, Verified, Wanted, verify_registry
from goodstanding.store import Workspace
from goodstanding.wording import tr

MOST_PRINTED = 100
LONGEST_DAYS = 3650


def verify(
    *,
    head: Annotated[
        Path | None,
        Parameter(help=tr("A file with a head or a checkpoint that was kept: the log must begin with it.")),
    ] = None,
    keep: Annotated[Path | None, Parameter(help=tr("Write the log's signed head to this file."))] = None,
    witness: Annotated[
        list[str] | None,
        Parameter(negative="", help=tr("The key of a witness that must have cosigned; several times for several.")),
    ] = None,
    cosigned: Annotated[
        Path | None,
        Parameter(help=tr("A file with a checkpoint that the named witnesses cosigned: the log must begin with it.")),
    ] = None,
    cosigned_within: Annotated[
        float | None, Parameter(help=tr("How many days old a cosignature may be; 2 for those in the database."))
    ] = None,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Hold the database, the log and the workspace's files against each other, and name whatever was changed.

    The log is held against its signed head and what witnesses cosigned, every row against the log; the database's
    structure against what this version makes, its indexes against their tables; the workspace's files against its
    catalogue and history, and its runs against what was published. It only reads, and works on a copy too. The exit
    code is 1 if anything was changed, removed or added, or if a cosignature is missing or too old.
    """
    wanted = _wanted(witness or [], cosigned, cosigned_within)
    with registry_to_verify(workspace, database) as registry:
        stored = None if head is None else _stored_head(registry.keyring, head)
        found = verify_registry(registry, stored, Workspace(workspace), wanted)
    if json:
        findings = [{"table": f.table, "row": f.row, "what": f.what} for f in found.findings]
        summary = {"lines": found.lines, "head": found.head, "indexes_compared": found.indexes, "findings": findings}
        print_json(summary | {"pages_not_checked": found.pages})
    else:
        _print(found)
    if found.findings:
        sys.exit(1)
    if keep is not None and found.head is not None:
        try:
            with written_whole(keep) as staged:
                staged.write_text(found.head + "\n", encoding="ascii")
        except OSError as error:
            expected = tr("a file that can be written")
            raise BadInput(
                where=str(keep),
                found=error.strerror or str(error),
                expected=expected,
                do=tr("Choose another with --keep."),
            ) from error


def _wanted(witnesses: Sequence[str], cosigned: Path | None, days: float | None) -> Wanted:
    """Which cosignatures are asked for. Raises BadInput for keys, files and days that are none."""
    if cosigned is not None and not witnesses:
        expected, do = tr("the witness whose cosignature counts"), tr("Name its key with --witness.")
        raise BadInput(where="--cosigned", found=tr("no witness"), expected=expected, do=do)
    if days is not None and not 0 < days <= LONGEST_DAYS:
        expected = tr("a number of days up to {most}", most=LONGEST_DAYS)
        raise BadInput(where="--cosigned-within", found=str(days), expected=expected, do=tr("Correct the number."))
    note = None if cosigned is None else _cosigned(cosigned)
    return Wanted([read_vkey(one) for one in witnesses], note, None if days is None else timedelta(days=days))


def _cosigned(file: Path) -> Note:
    """The checkpoint in a file. Raises BadInput, which names the file."""
    written = _read(file, tr("a checkpoint"), tr("Fetch it from a witness."))
    with _naming(file, tr("Fetch it from a witness again.")):
        note = read_note(written)
        read_checkpoint(note)
    return note


def _stored_head(keyring: Keyring, file: Path) -> Head | Checkpoint:
    """A head as --keep writes it, or a checkpoint of this log's, signed by one of its keys. Raises BadInput."""
    written = _read(file, tr("a signed head"), tr("Name the file that --keep wrote."))
    with _naming(
        file, tr("It may be of another registry, or was changed: name the file that --keep wrote for this one.")
    ):
        if b"\n\n" not in written:
            return read_head(keyring, written.decode("latin-1").strip())
        note = read_note(written)
        checkpoint = read_checkpoint(note)
        if not signed_by(note, log_keys(keyring, checkpoint.origin)):
            raise BadInput(
                where="", found=tr("no signature of its own"), expected=tr("a checkpoint that this log signed"), do=""
            )
    return checkpoint


@contextmanager
def _naming(file: Path, do: str) -> Generator[None]:
    """Have what is wrong with what a file says name the file, and say what to do about it."""
    try:
        yield
    except BadInput as error:
        raise BadInput(where=str(file), found=error.found, expected=error.expected, do=do) from error


def _read(file: Path, expected: str, do: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(where=str(file), found=error.strerror or str(error), expected=expected, do=do) from error


def _print(found: Verified) -> None:
    lacking = [finding for finding in found.findings if finding.table == KEYRING]
    for place, finding in enumerate(found.findings[:MOST_PRINTED], 1):
        console.print(escape(str(finding)), soft_wrap=True)
        # They come first, and hundreds of rows that follow from them after.
        if place == len(lacking):
            line = tr("What a missing key sealed or found reads as changed: first restore a copy of keys/ that has it.")
            console.print(line, soft_wrap=True)
    if len(found.findings) > MOST_PRINTED:
        console.print(tr("And {n} more.", n=f"{len(found.findings) - MOST_PRINTED:,}"))
    n = f"{found.lines:,}"
    if found.findings:
        console.print(tr("Lines read: {n}. Findings: {found}.", n=n, found=f"{len(found.findings):,}"))
    else:
        console.print(tr("Lines read: {n}. Nothing was changed, removed or added.", n=n))
    if not found.indexes:
        console.print(
            tr("Indexes were not compared with their tables: this needs PostgreSQL's extension amcheck."),
            soft_wrap=True,
        )
    if found.pages:
        console.print(
            tr(
                "Pages in reports/ are not checked, {n}: anybody may change one. Rely on one that you write anew.",
                n=f"{found.pages:,}",
            ),
            soft_wrap=True,
        )
