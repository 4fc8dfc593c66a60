"""The registry's database: its tables, and how it is opened and brought up to date."""

from goodstanding.registry.database.opening import WRITES, database_url, open_database, sweep
from goodstanding.registry.database.upgrading import check_current, downgrade, upgrade

__all__ = ["WRITES", "check_current", "database_url", "downgrade", "open_database", "sweep", "upgrade"]
