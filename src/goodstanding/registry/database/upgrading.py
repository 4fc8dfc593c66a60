"""Bringing a database to this version's tables and back, by Alembic's migrations."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from goodstanding.errors import NotReady
from goodstanding.registry.database.opening import WRITES, shown_url
from goodstanding.wording import tr

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, by default this version's. All of it happens or nothing.

    Raises NotReady for a database that a later version of the program made.
    """
    found = _revision(engine)
    if found is not None and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise _other_version(engine, found, tr("Use the version of the program that made it."))
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to an earlier revision ("base" is before the first)."""
    _run(engine, lambda config: command.downgrade(config, revision))


def check_current(engine: Engine) -> None:
    """Raise NotReady unless the database has exactly this version's tables."""
    found = _revision(engine)
    if found != _scripts().get_current_head():
        raise _other_version(engine, found, tr("Run `{verb}` first.", verb="standing registry create"))


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _other_version(engine: Engine, found: str | None, do: str) -> NotReady:
    return NotReady(
        shown_url(engine.url),
        tr("tables of version {version}", version=found or tr("none")),
        tr("tables of version {version}", version=_scripts().get_current_head() or ""),
        do,
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _run(engine: Engine, revise: Callable[[Config], None]) -> None:
    config = _config()
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        config.attributes["connection"] = connection
        revise(config)
