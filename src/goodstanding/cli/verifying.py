"""The verb that finds what was changed: `verify`."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, Database, WorkspacePath
from goodstanding.cli.printing import console, print_json
from goodstanding.errors import BadInput
from goodstanding.registry.log import read_head
from goodstanding.registry.opening import registry_to_verify
from goodstanding.registry.verifying import Verified, verify_registry
from goodstanding.store import Workspace
from goodstanding.wording import tr

MOST_PRINTED = 100


def verify(
    *,
    head: Annotated[
        Path | None, Parameter(help=tr("A file with the head that an earlier check kept: the log must begin with it."))
    ] = None,
    keep: Annotated[Path | None, Parameter(help=tr("Write the log's signed head to this file."))] = None,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Hold the log against its signed head, every row against the log, and the runs against what was published.

    The exit code is 1 if anything was changed, removed or added.
    """
    with registry_to_verify(workspace, database) as changes:
        kept = None if head is None else read_head(changes.keyring, _read(head))
        found = verify_registry(changes, kept, Workspace(workspace))
    if json:
        findings = [{"table": f.table, "row": f.row, "what": f.what} for f in found.findings]
        print_json({"lines": found.lines, "head": found.head, "findings": findings})
    else:
        _print(found)
    if found.findings:
        sys.exit(1)
    if keep is not None and found.head is not None:
        try:
            keep.write_text(found.head + "\n", encoding="ascii")
        except OSError as error:
            expected = tr("a file that can be written")
            raise BadInput(
                str(keep), error.strerror or str(error), expected, tr("Choose another with --keep.")
            ) from error


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(str(file), str(error), tr("a signed head"), tr("Name the file that --keep wrote.")) from error


def _print(found: Verified) -> None:
    for finding in found.findings[:MOST_PRINTED]:
        console.print(escape(str(finding)), soft_wrap=True)
    if len(found.findings) > MOST_PRINTED:
        console.print(tr("And {n} more.", n=f"{len(found.findings) - MOST_PRINTED:,}"))
    n = f"{found.lines:,}"
    if found.findings:
        console.print(tr("Lines read: {n}. Findings: {found}.", n=n, found=f"{len(found.findings):,}"))
    else:
        console.print(tr("Lines read: {n}. Nothing was changed, removed or added.", n=n))
