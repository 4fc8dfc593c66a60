"""The registry's database: its tables, and how it is opened and brought up to date."""

from goodstanding.registry.database.connection import (
    as_json,
    check_stands,
    database_url,
    open_database,
    shown_url,
    write_transaction,
)
from goodstanding.registry.database.free_space import sweep
from goodstanding.registry.database.portions import portions, rows_among
from goodstanding.registry.database.read_only import database_to_read
from goodstanding.registry.database.row_writes import delete_rows, insert_rows, update_rows
from goodstanding.registry.database.upgrades import (
    check_current,
    current_revision,
    downgrade,
    has_tables,
    upgrade,
    upgrade_within,
)

__all__ = [
    "as_json",
    "check_current",
    "check_stands",
    "current_revision",
    "database_to_read",
    "database_url",
    "delete_rows",
    "downgrade",
    "has_tables",
    "insert_rows",
    "open_database",
    "portions",
    "rows_among",
    "shown_url",
    "sweep",
    "update_rows",
    "upgrade",
    "upgrade_within",
    "write_transaction",
]
