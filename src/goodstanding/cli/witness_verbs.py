"""The verbs for those who keep the log's heads: `witness add`, `witness list`, `witness remove`, `witness ask`."""

import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, By, Database, WorkspacePath
from goodstanding.cli.output import console, print_json, table_of
from goodstanding.cli.registry_verbs import left_where_they_are
from goodstanding.errors import NotReady
from goodstanding.registry import open_registry
from goodstanding.registry.clock import instant_text
from goodstanding.registry.log import read_frontier
from goodstanding.registry.log.origin import log_keys, origin_of
from goodstanding.registry.unopened import Unopened
from goodstanding.registry.witnesses import (
    Cosigned,
    Witness,
    add_witness,
    all_witnesses,
    newest_cosigned,
    remove_witness,
)
from goodstanding.service.outbox.witness_requests import WitnessReply, WitnessRequests
from goodstanding.wording import tr

witness = App(name="witness", help=tr("Have others keep the log's heads, and ask them to cosign."))


@witness.command(help=tr("Have a witness asked from now on."))
def add(
    vkey: Annotated[str, Parameter(help=tr("Its key, as it is published: NAME+ID+KEY."))],
    *,
    url: Annotated[str, Parameter(help=tr("The address before /add-checkpoint."))],
    by: By,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Have a witness asked from now on, every few minutes while the service runs."""
    with open_registry(workspace, database) as registry:
        found = registry.do(lambda transaction: add_witness(transaction, vkey, url, by=by))
    if json:
        print_json({"name": found.name, "vkey": str(found.key), "url": found.url})
    else:
        console.print(tr("{name} is asked from now on.", name=escape(found.name)), soft_wrap=True)


@witness.command(help=tr("Have a witness asked no more."))
def remove(
    name: Annotated[str, Parameter(help=tr("The name in its key."))],
    *,
    by: By,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Have a witness asked no more, and forget what it cosigned."""
    with open_registry(workspace, database) as registry:
        registry.do(lambda transaction: remove_witness(transaction, name, by=by))
    if json:
        print_json({"name": name})
    else:
        console.print(tr("{name} is asked no more.", name=escape(name)), soft_wrap=True)


@witness.command(name="list", help=tr("Show the log's name and keys, every witness, and what each cosigned last."))
def print_witnesses(
    *, json: AsJson = False, database: Database = None, workspace: WorkspacePath = DEFAULT_WORKSPACE
) -> None:
    """Show what a witness has to be told of this log, and every witness with the newest head that it cosigned."""
    left: list[Unopened] = []
    with open_registry(workspace, database) as registry, registry.read() as transaction:
        origin = origin_of(transaction.connection, read_frontier(transaction.connection, transaction.keyring))
        keys = [str(key) for key in log_keys(transaction.keyring, origin)]
        several = all_witnesses(transaction.connection, left)
        found = [(one, newest_cosigned(transaction.connection, one.key, left)) for one in several]
    if json:
        witnesses = [
            {
                "name": one.name,
                "vkey": str(one.key),
                "url": one.url,
                "size": None if newest is None else newest.size,
                "at": None if newest is None else instant_text(newest.at),
            }
            for one, newest in found
        ]
        print_json({"origin": origin, "keys": keys, "witnesses": witnesses})
    else:
        _print_list(origin, keys, found)
    if left:
        raise left_where_they_are(left)


def _print_list(origin: str, keys: Sequence[str], found: Sequence[tuple[Witness, Cosigned | None]]) -> None:
    console.print(tr("This log: {origin}", origin=origin), soft_wrap=True)
    for key in keys:
        console.print(tr("Its key: {key}", key=key), soft_wrap=True)
    table = table_of(tr("name"), tr("address"), tr("lines"), tr("cosigned at"))
    for one, newest in found:
        size, at = ("–", "–") if newest is None else (f"{newest.size:,}", instant_text(newest.at))
        table.add_row(escape(one.name), escape(one.url), size, at)
    console.print(table)


@witness.command(help=tr("Ask every witness now."))
def ask(
    *,
    private: Annotated[
        bool, Parameter(negative="", help=tr("Call witnesses also at addresses of this machine or network."))
    ] = False,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Ask every witness now to cosign the log's newest head. The exit code is 1 if one did not, or does not read."""
    left: list[Unopened] = []
    with open_registry(workspace, database) as registry:
        asker = WitnessRequests(registry, private=private)
        try:
            found = asker.ask_all(left)
        finally:
            asker.close()
    if json:
        print_json({"witnesses": [_plain(one) for one in found]})
    else:
        for one in found:
            console.print(escape(_reply_line(one)), soft_wrap=True)
    if left:
        raise left_where_they_are(left)
    if not found:
        do = tr("Add one with `{verb}`.", verb="standing witness add")
        raise NotReady(where=tr("witnesses"), found=tr("none"), expected=tr("a witness to ask"), do=do)
    if any(one.problem is not None for one in found):
        sys.exit(1)


def _plain(one: WitnessReply) -> dict[str, object]:
    problem = None if one.problem is None else str(one.problem)
    return {"name": one.witness, "size": one.size, "at": one.at and instant_text(one.at), "problem": problem}


def _reply_line(one: WitnessReply) -> str:
    if one.problem is not None:
        return str(one.problem)
    return tr("{name} cosigned {n} lines.", name=one.witness, n=f"{one.size or 0:,}")
