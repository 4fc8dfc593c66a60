"""Bringing a database to this version's tables and back, by Alembic's migrations."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from goodstanding.errors import Damaged, NotReady
from goodstanding.registry.database.connection import shown_url, write_transaction
from goodstanding.wording import tr

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, by default this version's. All of it happens or nothing.

    Raises NotReady for a database that a later version of the program made.
    """
    with write_transaction(engine) as connection:
        upgrade_within(connection, revision)


def upgrade_within(connection: Connection, revision: str = "head") -> str | None:
    """Bring the database to a revision in a transaction that holds its lock: who waited for it looks at what is there.

    Gives the revision that it was of; None if there was nothing.
    Raises NotReady for a database that a later version of the program made.
    """
    found = _revision(connection)
    if found is not None and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise _other_version(connection.engine, found, tr("Use the version of the program that made it."))
    _revise(connection, lambda config: command.upgrade(config, revision))
    return found


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to an earlier revision ("base" is before the first)."""
    with write_transaction(engine) as connection:
        _revise(connection, lambda config: command.downgrade(config, revision))


def check_current(engine: Engine, *, tampered: bool = False) -> None:
    """Raise NotReady unless the database has exactly this version's tables.

    `tampered` lets one pass whose revision is not to be read, or is none, though it has tables: that is for a check.
    """
    try:
        with engine.connect() as connection:
            found = _revision(connection)
            begun = found is not None or inspect(connection).has_table("log")
    except (SQLAlchemyError, CommandError, Damaged):
        if tampered:
            return
        raise
    if found != current_revision() and not (tampered and found is None and begun):
        raise _other_version(engine, found, tr("Run `{verb}` first.", verb="standing registry create"))


def has_tables(connection: Connection) -> bool:
    """Whether a registry was begun in the database, of whatever version."""
    return _revision(connection) is not None


def current_revision() -> str | None:
    """The revision of this version's tables."""
    return _scripts().get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _scripts() -> ScriptDirectory:
    """The migrations, which are this version's as long as it runs: they are compiled when they are read."""
    return ScriptDirectory.from_config(_config())


def _other_version(engine: Engine, found: str | None, do: str) -> NotReady:
    return NotReady(
        where=shown_url(engine.url),
        found=tr("tables of version {version}", version=found or tr("none")),
        expected=tr("tables of version {version}", version=current_revision() or ""),
        do=do,
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _revise(connection: Connection, revise: Callable[[Config], None]) -> None:
    config = _config()
    config.attributes["connection"] = connection
    revise(config)
