"""The verbs for those who run the registry: `operator key`, `operator admit`, `operator list`."""

import json as json_
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from joserfc.jwk import OKPKey

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, By, Database, WorkspacePath
from goodstanding.cli.output import console, print_json, table_of
from goodstanding.errors import BadInput, StandingError
from goodstanding.machine import refusal_of
from goodstanding.registry import open_registry
from goodstanding.registry.authentication.operators import Operator, OperatorRole, admit_operator, all_operators
from goodstanding.registry.keys.jwks import read_key_file
from goodstanding.wording import tr

operator = App(name="operator", help=tr("Admit those who run the registry."))


@operator.command(help=tr("Make a key: the private half in a file, the public one beside it."))
def key(
    file: Annotated[Path, Parameter(help=tr("The file to write; FILE.pub gets the public half."))],
    *,
    json: AsJson = False,
) -> None:
    """Make an Ed25519 key as JWK, for its owner alone; the public half goes into a file of its own."""
    fresh = OKPKey.generate_key("Ed25519", private=True)
    fresh.ensure_kid()
    half = fresh.as_dict(private=False)
    public = file.with_name(f"{file.name}.pub")
    _write_new(file, fresh.as_dict(private=True), 0o600)
    try:
        _write_new(public, half, 0o644)
    except StandingError:
        file.unlink()
        raise
    if json:
        print_json(dict(half))
        return
    console.print(
        tr("Keep {private} to yourself; hand out {public}.", private=str(file), public=str(public)), soft_wrap=True
    )


@operator.command(name="admit", help=tr("Admit somebody with roles and their public key."))
def admit_one(
    name: Annotated[str, Parameter(help=tr("Who it is, as the log will say."))],
    *,
    role: Annotated[
        list[OperatorRole], Parameter(negative="", help=tr("What they may do; several times for several."))
    ],
    key: Annotated[list[Path], Parameter(negative="", help=tr("A file with their public key: JWK or PEM."))],
    by: By,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Admit an operator; the id that is printed is their client_id."""
    keys = [read_key_file(str(file), _read(file)) for file in key]
    with open_registry(workspace, database) as registry:
        found = registry.do(lambda transaction: admit_operator(transaction, name, role, keys, by=by))
    if json:
        print_json(_plain(found))
    else:
        console.print(tr("{name} is admitted. Client id: {id}", name=found.name, id=found.id), soft_wrap=True)


@operator.command(name="list", help=tr("Show everybody who was admitted."))
def print_operators(
    *, json: AsJson = False, database: Database = None, workspace: WorkspacePath = DEFAULT_WORKSPACE
) -> None:
    """Show everybody who was admitted, their roles and state."""
    with open_registry(workspace, database) as registry, registry.read() as transaction:
        found = all_operators(transaction)
    if json:
        print_json({"operators": [_plain(one) for one in found]})
        return
    table = table_of(tr("name"), tr("roles"), tr("state"), tr("client id"))
    for one in found:
        table.add_row(one.name, ", ".join(one.roles), one.state, str(one.id))
    console.print(table)


def _write_new(file: Path, jwk: Mapping[str, object], mode: int) -> None:
    """Write a key into a file that was not there."""
    made = False
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        made = True
        with os.fdopen(descriptor, "w") as stream:
            stream.write(json_.dumps(jwk) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        if made:
            file.unlink(missing_ok=True)
        if (refusal := refusal_of(error, str(file), "taken back" if made else None)) is not None:
            raise refusal from error
        found = error.strerror or str(error)
        raise BadInput(
            where=str(file), found=found, expected=tr("a new file"), do=tr("Choose another name.")
        ) from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        if (refusal := refusal_of(error, str(file))) is not None:
            raise refusal from error
        found = error.strerror or str(error)
        raise BadInput(
            where=str(file), found=found, expected=tr("a file that can be read"), do=tr("Check the name.")
        ) from error


def _plain(one: Operator) -> dict[str, object]:
    return {"id": str(one.id), "name": one.name, "roles": list(one.roles), "state": one.state}
