"""Erasing people who left from all that a workspace holds: records, statements, ties and scores."""

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from goodstanding.engines import Duck, files, literal, name
from goodstanding.records import TABLES
from goodstanding.scoring.written_pages import Quoting, erase_pages, quoting
from goodstanding.statements import Lineage, roll_ups_of
from goodstanding.store import Entry, Staging, Workspace
from goodstanding.store.layout import (
    ERASED_FILE,
    QUARANTINE_FILE,
    RECORDS_FOLDER,
    folder_of,
    is_erased_file,
    is_record_file,
    is_score_file,
    record_place,
    short_digest,
    statements_folder,
    with_digest,
    without_digest,
)

Kind: TypeAlias = Literal["rows", "lines", "whole", "nobody"]
# Every folder of a workspace, and how people are in its files: as rows, in lines that quote what was found, so that
# the file says nothing without them, or not at all.
HOLDS: Mapping[str, Kind] = {
    "records": "rows",
    "feeds": "rows",
    "statements": "rows",
    "dealings": "rows",
    "measures": "rows",
    "scores": "rows",
    "quarantine": "lines",
    # Of these everybody's place hangs on everybody's: they are measured again when they are next asked for.
    "relations": "whole",
    "cards": "nobody",
}
# What files are in the order of, as far as they have it.
_ORDER = ("person_id", "source", "record_id", "known_on", "sequence", "other_person", "kind")


class ErasedFrom(msgspec.Struct):
    """What was erased from a file of a finished run: its SHA-256 since, and how many rows in all."""

    sha256: str
    rows: int


def erase_people(workspace: Workspace, instead: Mapping[str, str]) -> int:
    """Take people's rows out of every file; gives how many. Where others' rows name them stands what is given instead.

    All of it happens or nothing, but for pages about them: these go last. Nobody else's statement changes, so none has
    to be made anew. A run's manifest stays as it was written; `erased-DIGEST.json` beside it says what its files are
    since. Raises Busy, BadInput if a file was changed, Unavailable for a page that cannot be deleted.
    """
    with workspace.stage() as staging, Duck() as duck:
        gone = {"person_id": list(instead), "instead": list(instead.values())}
        duck.table("gone", {column: np.array(values, dtype=object) for column, values in gone.items()})
        erased, renamed, quoted = 0, dict[str, str](), quoting(instead)
        for folder, kind in HOLDS.items():
            for entry in staging.under(folder):
                if kind == "whole":
                    staging.remove(entry)
                elif kind == "rows" and entry.path.endswith(".parquet"):
                    erased += _erase(duck, staging, entry, renamed)
                elif kind == "lines":
                    erased += _erase_lines(staging, entry, quoted)
        _still_made_of(staging, renamed)
    return erased + erase_pages(workspace, instead)


def _erase_lines(staging: Staging, entry: Entry, quoted: Quoting) -> int:
    """Write a file of quarantine without the lines that quote them, if it has any."""
    with staging.path(entry).open(encoding="utf-8", newline="") as stream:
        head, *lines = csv.reader(stream)
    others = [line for line in lines if not any(quoted.line(cell) for cell in line)]
    if len(others) < len(lines):
        staging.remove(entry)
        if others:
            staged = staging.scratch()
            with staged.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows([head, *others])
            staging.add(folder_of(entry.path), staged, QUARANTINE_FILE)
    return len(lines) - len(others)


def _erase(duck: Duck, staging: Staging, entry: Entry, renamed: dict[str, str]) -> int:
    """Write a file without them, if it has them; `renamed` learns the start of its digest before and after."""
    relation = files([staging.path(entry)])
    columns = duck.names(f"SELECT * FROM {relation}")
    others = _others(entry, columns)
    own = "f.person_id IN (SELECT person_id FROM gone)"
    hits = [own] if "person_id" in columns else []
    hits += [f"({when} AND f.{name(column)} IN (SELECT person_id FROM gone))" for column, when in others.items()]
    if not hits or not duck.value(f"SELECT count(*) FROM {relation} AS f WHERE {' OR '.join(hits)}"):
        return 0
    rows = int(duck.value(f"SELECT count(*) FROM {relation} AS f WHERE {own}"))
    staged = staging.scratch()
    replaced = ", ".join(_instead(column, others.get(column)) for column in columns)
    joins = " ".join(
        f"LEFT JOIN gone AS {name(f'of {column}')} ON {when} AND {name(f'of {column}')}.person_id = f.{name(column)}"
        for column, when in others.items()
    )
    order = ", ".join(column for column in _ORDER if column in columns)
    others_rows = f"SELECT {replaced} FROM {relation} AS f {joins} WHERE NOT {own}"
    duck.write_parquet(f"SELECT * FROM ({others_rows}) ORDER BY {order}", staged)
    staging.remove(entry)
    after = staging.add(folder_of(entry.path), staged, with_digest(entry.path))
    renamed[short_digest(entry.sha256)] = short_digest(after.sha256)
    if is_score_file(entry.path):
        _note_run(staging, folder_of(entry.path), without_digest(entry.path), after, rows)
    return rows


def _others(entry: Entry, columns: Collection[str]) -> dict[str, str]:
    """The columns of a file that may name another person, each with the SQL of the rows in which it may."""
    table = record_place(entry.path).table if is_record_file(entry.path) else ""
    if table not in TABLES:
        return {column: "TRUE" for column in columns if column == "other_person"}
    return {
        field.name: f"f.kind IN ({', '.join(map(literal, field.another))})" if field.another else "TRUE"
        for field in TABLES[table].naming_others
        if field.name in columns
    }


def _instead(column: str, when: str | None) -> str:
    if when is None:
        return f"f.{name(column)}"
    return f"coalesce({name(f'of {column}')}.instead, f.{name(column)}) AS {name(column)}"


def _note_run(staging: Staging, folder: str, file: str, after: Entry, rows: int) -> None:
    """Say beside a run's manifest what its file is now."""
    noted: dict[str, ErasedFrom] = {}
    for entry in staging.under(folder):
        if is_erased_file(entry.path):
            noted = read_erased(staging.path(entry))
            staging.remove(entry)
    before = noted.get(file)
    noted[file] = ErasedFrom(after.sha256, rows + (0 if before is None else before.rows))
    staged = staging.scratch()
    staged.write_bytes(msgspec.json.format(msgspec.json.encode(noted), indent=1) + b"\n")
    staging.add(folder, staged, ERASED_FILE)


def read_erased(path: Path) -> dict[str, ErasedFrom]:
    """What was erased from a run's files, by their names in its manifest."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, ErasedFrom])


def _still_made_of(staging: Staging, renamed: dict[str, str]) -> None:
    """Statements are made of the records as they are now: both lack the same people."""
    for roll_up in roll_ups_of(staging.before):
        for month in {record_place(entry.path).month for entry in staging.under(RECORDS_FOLDER)}:
            folder = statements_folder(roll_up.folder, month)
            if (made_of := staging.value(folder)) is not None:
                staging.set(folder, str(Lineage.parse(made_of).renamed(renamed)))
