"""Reading records back: which files hold a table, and what counted on a day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from goodstanding.engines import files, literal
from goodstanding.records.keeping import Kind, kept_as
from goodstanding.store import Entry, Workspace

_KEY = ("source", "record_id")


@dataclass(frozen=True)
class Versions:
    """Records of one table as relations, by how their files are kept (keeping.py); None where there is no such file."""

    first: str | None = None
    again: str | None = None
    earlier: str | None = None

    @property
    def all(self) -> str:
        """SQL of every version."""
        parts = (self.first, self.again, self.earlier)
        return " UNION ALL ".join(f"SELECT * FROM {part} AS r" for part in parts if part)


def versions_of(
    entries: Iterable[Entry], path: Callable[[Entry], Path], relation: Callable[[Sequence[Path]], str] = files
) -> Versions:
    """Record files of one table as relations; `path` says where each is, `relation` what stands for several."""
    kinds: dict[Kind, list[Path]] = {}
    for entry in entries:
        kinds.setdefault(kept_as(entry.path), []).append(path(entry))
    return Versions(**{kind: relation(paths) for kind, paths in kinds.items()})


def record_versions(
    workspace: Workspace, table: str, relation: Callable[[Sequence[Path]], str] = files
) -> Versions | None:
    """A table's records, None if it has none."""
    entries = list(workspace.catalogue.under(f"records/{table}"))
    return versions_of(entries, workspace.path, relation) if entries else None


def record_files(workspace: Workspace, table: str) -> list[Path]:
    """The Parquet files of a table, every month."""
    return [workspace.path(entry) for entry in workspace.catalogue.under(f"records/{table}")]


def record_months(workspace: Workspace) -> list[str]:
    """Each month that has records, as YYYY-MM."""
    folders = (entry.path.split("/")[2] for entry in workspace.catalogue.under("records"))
    return sorted({folder.removeprefix("month=") for folder in folders})


def latest_records(versions: Versions, on: date, person: str | None = None) -> str:
    """SQL of the version of each record known on a day, withdrawn and disputed ones too; of one person if named."""
    chosen = f"known_on <= {literal(on)}" + ("" if person is None else f" AND person_id = {literal(person)}")
    if versions.earlier or not versions.first:
        # An older version came after a newer one: which holds is seen only from all of them.
        return newest(f"({versions.all})", _KEY, chosen)
    first = f"SELECT r.* FROM {versions.first} AS r"
    if not versions.again:
        return f"{first} WHERE {chosen}"
    return (
        f"{first} ANTI JOIN (SELECT source, record_id FROM {versions.again} AS k WHERE {chosen}) AS k "
        f"ON k.source = r.source AND k.record_id = r.record_id WHERE {chosen} "
        f"UNION ALL {newest(versions.again, _KEY, chosen)}"
    )


def joined_people(
    workspace: Workspace, on: date, relation: Callable[[Sequence[Path]], str] = files, person: str | None = None
) -> str:
    """SQL of the person_id of everybody who had joined by a day, as known then, or of one person if named."""
    people = latest_records(record_versions(workspace, "people", relation) or Versions(), on, person)
    return f"SELECT DISTINCT person_id FROM ({people}) AS p WHERE state = 'valid' AND happened_on <= {literal(on)}"


def newest(relation: str, key: Sequence[str], chosen: str = "TRUE") -> str:
    """SQL of the rows of a relation known last among those of the same key that are chosen."""
    keys = ", ".join(key)
    last = f"SELECT {keys}, max(known_on) AS known_on FROM {relation} AS r WHERE {chosen} GROUP BY {keys}"
    same = " AND ".join(f"n.{column} = r.{column}" for column in (*key, "known_on"))
    return f"SELECT r.* FROM {relation} AS r SEMI JOIN ({last}) AS n ON {same}"
