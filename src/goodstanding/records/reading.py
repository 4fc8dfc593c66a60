"""Reading records back: which files hold a table, and what counted on a day."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from goodstanding.engines import files, literal
from goodstanding.store import Workspace


def record_files(workspace: Workspace, table: str) -> list[Path]:
    """The Parquet files of a table, every month."""
    return [workspace.path(entry) for entry in workspace.catalogue.under(f"records/{table}")]


def record_months(workspace: Workspace) -> list[str]:
    """Each month that has records, as YYYY-MM."""
    folders = (entry.path.split("/")[2] for entry in workspace.catalogue.under("records"))
    return sorted({folder.removeprefix("month=") for folder in folders})


def latest_records(paths: Iterable[Path], on: date, person: str | None = None) -> str:
    """SQL of the version of each record known on a day, withdrawn and disputed ones too; of one person if named."""
    whose = "" if person is None else f"AND person_id = {literal(person)} "
    return (
        f"SELECT * FROM {files(paths)} WHERE known_on <= {literal(on)} {whose}"
        "QUALIFY row_number() OVER (PARTITION BY source, record_id ORDER BY known_on DESC) = 1"
    )
