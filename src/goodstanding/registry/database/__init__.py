"""The registry's database: its tables, and how it is opened and brought up to date."""

from goodstanding.registry.database.opening import (
    check_stands,
    database_url,
    open_database,
    shown_url,
    sweep,
    write_transaction,
)
from goodstanding.registry.database.upgrading import check_current, downgrade, upgrade, upgrade_within

__all__ = [
    "check_current",
    "check_stands",
    "database_url",
    "downgrade",
    "open_database",
    "shown_url",
    "sweep",
    "upgrade",
    "upgrade_within",
    "write_transaction",
]
