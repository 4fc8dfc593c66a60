"""A workspace's registry, opened: its database, its keys, and its clock."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from goodstanding.errors import Conflict
from goodstanding.registry.changing import Changes
from goodstanding.registry.clock import Clock, system_clock
from goodstanding.registry.database import check_current, database_url, open_database, upgrade
from goodstanding.registry.keys import Keyring, fresh_keyring, read_keyring, write_keyring
from goodstanding.registry.keys.keyring import FILE_NAME
from goodstanding.registry.log import log_size, read_frontier, read_head, signed_head_now
from goodstanding.registry.log.heads import NUMBERED
from goodstanding.wording import tr


def keys_folder(workspace: Path) -> Path:
    """Where a workspace's keys are."""
    return workspace / "keys"


def create_registry(workspace: Path, url: str | None = None) -> None:
    """Make the registry's database and keys, or bring the database up to this version.

    Raises Conflict where there is a log but no keys: fresh keys could never read it.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    engine = open_database(database_url(workspace, url))
    try:
        upgrade(engine)
        folder = keys_folder(workspace)
        if not (folder / FILE_NAME).exists():
            with engine.connect() as connection:
                if log_size(connection):
                    raise Conflict(
                        str(folder),
                        tr("no keyring, but a registry in use"),
                        tr("the keyring of this registry"),
                        tr("Restore the keyring from a copy."),
                    )
            write_keyring(folder, fresh_keyring())
    finally:
        engine.dispose()


@contextmanager
def open_registry(workspace: Path, url: str | None = None, clock: Clock = system_clock) -> Generator[Changes]:
    """The registry of a workspace.

    Raises NotReady if it was not made, or by another version, BadInput if its log was signed with other keys.
    """
    keyring = read_keyring(keys_folder(workspace))
    engine = open_database(database_url(workspace, url))
    try:
        check_current(engine)
        with engine.connect() as connection:
            ring = _looking_up(keyring, signed_head_now(connection))
            read_frontier(connection, ring)
        yield Changes(engine, ring, clock)
    finally:
        engine.dispose()


def _looking_up(keyring: Keyring, head: str | None) -> Keyring:
    """The keyring with the lookup key in force that was when the log's head was signed.

    A rotation that was stopped has left a newer one in the keyring, of which no hash is yet.
    """
    if head is None:
        return keyring
    number = read_head(keyring, head).keys[NUMBERED.index("lookup")]
    return Keyring({**keyring.keys, "lookup": [keyring.numbered("lookup", number)]})
