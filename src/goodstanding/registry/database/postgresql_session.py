"""What a connection to PostgreSQL is told before anything else, whatever the server, its database or its role prefers.

Until it is told, names are looked up where those prefer: so names are whole in what tells it, and there are no
operators.
"""

from typing import Any

from goodstanding.errors import NotReady
from goodstanding.registry.database.refusals import INSUFFICIENT_PRIVILEGE
from goodstanding.wording import tr

REPLICATION = "session_replication_role"
KEEPS_FOREIGN_KEYS = "origin"
# What a query means, how values are written, and what a commit promises. Of rows that a policy hides the server makes
# an error, where it would leave them out in silence.
_SETTINGS = {
    "row_security": "off",
    "transform_null_equals": "off",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "default_table_access_method": "heap",
    "client_encoding": "UTF8",
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
}
SETTINGS = frozenset(_SETTINGS)
"""The names of the settings that mean nothing to a connection of ours: it has its own."""
_TELL = "SELECT " + ", ".join(f"pg_catalog.set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())
_PREFERRED = "SELECT pg_catalog.current_schemas(false), pg_catalog.current_setting('synchronous_commit')"
_COMMIT = "SELECT pg_catalog.set_config('synchronous_commit', 'on', false)"
# PostgreSQL looks in its own catalogue first if no path names it, and into temporary tables before even that.
_LOOK = "SELECT pg_catalog.set_config('search_path', pg_catalog.concat(pg_catalog.quote_ident(%s), ', pg_temp'), false)"
_LOOK_NOWHERE = "SELECT pg_catalog.set_config('search_path', '', false)"
_REPLICATION = f"SELECT pg_catalog.current_setting('{REPLICATION}')"
_KEEP_FOREIGN_KEYS = f"SELECT pg_catalog.set_config('{REPLICATION}', '{KEEPS_FOREIGN_KEYS}', false)"


def prepare_session(connection: Any, _: object = None) -> None:  # noqa: ANN401 - the driver may be missing
    """Look up names in PostgreSQL's catalogue and in the schema that comes first by what is preferred, nowhere else.

    Also tells it that foreign keys are kept; a role that may not say so goes on without.
    """
    # What is told within a transaction is forgotten if that is taken back.
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(_TELL)
        schemas, commit = cursor.execute(_PREFERRED).fetchone()
        # On disk here and on those that are to have it; an operator who asks for more than that is given it.
        if commit != "remote_apply":
            cursor.execute(_COMMIT)
        ours = next((name for name in schemas if not name.startswith("pg_")), None)
        # Without any there is nothing to make tables in, and they would be made as temporary ones.
        cursor.execute(*((_LOOK_NOWHERE,) if ours is None else (_LOOK, (ours,))))
        if _replication(cursor) != KEEPS_FOREIGN_KEYS:
            try:
                cursor.execute(_KEEP_FOREIGN_KEYS)
            except Exception as error:
                if getattr(error, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
                    raise
    connection.autocommit = False


def check_keeps_foreign_keys(where: str, connection: Any, _: object = None) -> None:  # noqa: ANN401 - the driver may be missing
    """Raise NotReady for a connection that writes without them, and is not allowed to do otherwise."""
    with connection.cursor() as cursor:
        found = _replication(cursor)
    connection.rollback()
    if found != KEEPS_FOREIGN_KEYS:
        connection.close()
        do = tr("Take the setting off this role and this database.")
        raise NotReady(where=where, found=f"{REPLICATION} = {found}", expected=KEEPS_FOREIGN_KEYS, do=do)


def _replication(cursor: Any) -> str:  # noqa: ANN401 - the driver may be missing
    (found,) = cursor.execute(_REPLICATION).fetchone()
    return str(found)
