"""The indexes against their tables: what is looked up goes by an index, and one that lies hides rows that are there."""

import re
from collections.abc import Generator

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from goodstanding.errors import Damaged
from goodstanding.registry.unreadable import apart
from goodstanding.registry.verification.findings import Finding
from goodstanding.registry.verification.surroundings import OURS

_OF_INDEX = re.compile(r"index (\w+)$")

# One of the same name that somebody else made could say anything.
_COMPARING = """
SELECT quote_ident(nspname) || '.bt_index_check'
FROM pg_proc p
JOIN pg_namespace n ON n.oid = pronamespace
JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE extname = 'amcheck' AND proname = 'bt_index_check' AND pronargs = 2
  AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
"""
_INDEXES = f"""
SELECT i.oid, i.relname FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_class c ON c.oid = indrelid
WHERE c.relnamespace = {OURS}
  AND c.relkind = 'r' AND i.relam = (SELECT oid FROM pg_am WHERE amname = 'btree') ORDER BY i.relname
"""


def indexes_can_be_compared(connection: Connection) -> bool:
    """Whether the database compares an index with its table: PostgreSQL does with its extension amcheck."""
    return connection.dialect.name == "sqlite" or _comparing(connection) is not None


def verify_indexes(connection: Connection) -> Generator[Finding]:
    """Every index that does not say what its table says, and what else the database finds wrong in itself."""
    if connection.dialect.name == "sqlite":
        for message in connection.scalars(text("PRAGMA integrity_check")).all():
            if message != "ok":
                index = _OF_INDEX.search(message)
                yield (
                    Finding("database", message, "changed") if index is None else Finding("index", index[1], "changed")
                )
    elif (comparing := _comparing(connection)) is not None:
        for oid, name in connection.execute(text(_INDEXES)).all():
            try:
                with apart(connection):
                    connection.execute(text(f"SELECT {comparing}(CAST(:oid AS oid)::regclass, true)"), {"oid": oid})
            except (SQLAlchemyError, Damaged):
                yield Finding("index", name, "changed")


def _comparing(connection: Connection) -> str | None:
    """The name of the function that compares, if there is one that may be called."""
    return connection.scalar(text(_COMPARING))
