"""Reading records back: which files hold a table, and what counted on a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from goodstanding.engines import files, literal
from goodstanding.store import Entry, Workspace
from goodstanding.store.layout import RECORDS_FOLDER, RecordKind, record_kind, record_place, records_folder

_KEY = ("source", "record_id")


@dataclass(frozen=True)
class RecordVersions:
    """Records of one table as relations, by the kind of their files (record_files.py); None where there is none."""

    first: str | None = None
    again: str | None = None
    earlier: str | None = None
    sameday: str | None = None

    @property
    def all(self) -> str:
        """SQL of every version, with its `sequence` among those of one day."""
        return self._in_sequence(self.first, self.again, self.earlier)

    @property
    def later(self) -> str | None:
        """SQL of the versions that came after others of their records, as `all` gives them; None if there is none."""
        return self._in_sequence(self.again) or None

    def _in_sequence(self, *others: str | None) -> str:
        parts = [f"SELECT r.*, 0 AS sequence FROM {part} AS r" for part in others if part]
        return " UNION ALL ".join([*parts, *([f"SELECT * FROM {self.sameday} AS r"] if self.sameday else [])])


def versions_of(
    entries: Sequence[Entry],
    paths: Callable[[Sequence[Entry]], Sequence[Path]],
    relation: Callable[[Sequence[Path]], str] = files,
) -> RecordVersions:
    """Record files of one table as relations; `paths` says where they are, `relation` what stands for several."""
    return relations_of(paths(entries), [entry.path for entry in entries], relation)


def relations_of(
    paths: Sequence[Path], names: Sequence[str] | None = None, relation: Callable[[Sequence[Path]], str] = files
) -> RecordVersions:
    """Record files of one table as relations; `names` are those in the workspace, if they are not the paths."""
    kinds: dict[RecordKind, list[Path]] = {}
    for path, called in zip(paths, names or [str(path) for path in paths], strict=True):
        kinds.setdefault(record_kind(called), []).append(path)
    return RecordVersions(**{kind: relation(found) for kind, found in kinds.items()})


def record_versions(
    workspace: Workspace, table: str, relation: Callable[[Sequence[Path]], str] = files
) -> RecordVersions | None:
    """A table's records, None if it has none."""
    entries = list(workspace.catalogue.under(records_folder(table)))
    return versions_of(entries, workspace.paths, relation) if entries else None


def record_files(workspace: Workspace, table: str) -> list[Path]:
    """The Parquet files of a table, every month; last those that have a `sequence` beside the table's columns."""
    entries = workspace.catalogue.under(records_folder(table))
    return workspace.paths(sorted(entries, key=lambda entry: record_kind(entry.path) == "sameday"))


def record_months(workspace: Workspace) -> list[str]:
    """Each month that has records, as YYYY-MM."""
    return sorted({str(record_place(entry.path).month) for entry in workspace.catalogue.under(RECORDS_FOLDER)})


def latest_records(versions: RecordVersions, on: date, person: str | None = None) -> str:
    """SQL of the version of each record known on a day, withdrawn and disputed ones too; of one person if named."""
    chosen = f"known_on <= {literal(on)}" + ("" if person is None else f" AND person_id = {literal(person)}")
    if versions.earlier or not versions.first:
        # An older version came after a newer one: which holds is seen only from all of them.
        return _newest_version(versions.all, chosen)
    first = f"SELECT r.*, 0 AS sequence FROM {versions.first} AS r"
    if not (later := versions.later):
        return f"{first} WHERE {chosen}"
    return (
        f"{first} ANTI JOIN (SELECT source, record_id FROM ({later}) AS k WHERE {chosen}) AS k "
        f"ON k.source = r.source AND k.record_id = r.record_id WHERE {chosen} "
        f"UNION ALL {_newest_version(later, chosen)}"
    )


def _newest_version(versions: str, chosen: str) -> str:
    """SQL of the last version of each record, of those that are chosen: of its last day, the last of that day."""
    of_day = newest(f"({versions})", _KEY, chosen)
    return newest(f"({of_day})", _KEY, by="sequence")


def joined_people(
    workspace: Workspace, on: date, relation: Callable[[Sequence[Path]], str] = files, person: str | None = None
) -> str:
    """SQL of the person_id of everybody who had joined by a day, as known then, or of one person if named."""
    people = latest_records(record_versions(workspace, "people", relation) or RecordVersions(), on, person)
    return f"SELECT DISTINCT person_id FROM ({people}) AS p WHERE state = 'valid' AND happened_on <= {literal(on)}"


def newest(relation: str, key: Sequence[str], chosen: str = "TRUE", by: str = "known_on") -> str:
    """SQL of the rows of a relation known last among those of the same key that are chosen; `by` is their order."""
    keys = ", ".join(key)
    last = f"SELECT {keys}, max({by}) AS {by} FROM {relation} AS r WHERE {chosen} GROUP BY {keys}"
    same = " AND ".join(f"n.{column} = r.{column}" for column in (*key, by))
    return f"SELECT r.* FROM {relation} AS r SEMI JOIN ({last}) AS n ON {same}"
