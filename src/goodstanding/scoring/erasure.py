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
from goodstanding.statements import roll_ups_of
from goodstanding.statements.month import statements_folder
from goodstanding.store import Entry, Staging, Workspace

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
_DIGITS = len("0123456789abcdef")
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
        for room, kind in HOLDS.items():
            for entry in staging.under(room):
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
    kept = [line for line in lines if not any(quoted.line(cell) for cell in line)]
    if len(kept) < len(lines):
        staging.remove(entry)
        if kept:
            staged = staging.scratch()
            with staged.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows([head, *kept])
            staging.add(entry.path.rpartition("/")[0], staged, "{digest}.csv")
    return len(lines) - len(kept)


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
    told = ", ".join(_instead(column, others.get(column)) for column in columns)
    joins = " ".join(
        f"LEFT JOIN gone AS {name(f'of {column}')} ON {when} AND {name(f'of {column}')}.person_id = f.{name(column)}"
        for column, when in others.items()
    )
    order = ", ".join(column for column in _ORDER if column in columns)
    kept = f"SELECT {told} FROM {relation} AS f {joins} WHERE NOT {own}"
    duck.write_parquet(f"SELECT * FROM ({kept}) ORDER BY {order}", staged)
    staging.remove(entry)
    folder, _, file = entry.path.rpartition("/")
    kind = _kind_of(file)
    after = staging.add(folder, staged, f"{kind}-{{digest}}.parquet" if kind else "{digest}.parquet")
    renamed[entry.sha256[:16]] = after.sha256[:16]
    if folder.startswith("scores/"):
        _note_run(staging, folder, f"{kind}.parquet", after, rows)
    return rows


def _others(entry: Entry, columns: Collection[str]) -> dict[str, str]:
    """The columns of a file that may name another person, each with the SQL of the rows in which it may."""
    room, table, *_ = entry.path.split("/")
    if room != "records" or table not in TABLES:
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


def _kind_of(file: str) -> str:
    """A file's name without the digest in it: what says its kind; of a run's file, the name that the manifest has."""
    kind, dash, last = file.removesuffix(".parquet").rpartition("-")
    if len(last) < _DIGITS:
        return f"{kind}{dash}{last}"
    return kind


def _note_run(staging: Staging, folder: str, file: str, after: Entry, rows: int) -> None:
    """Say beside a run's manifest what its file is now."""
    noted: dict[str, ErasedFrom] = {}
    for entry in staging.under(folder):
        if is_erased(entry):
            noted = read_erased(staging.path(entry))
            staging.remove(entry)
    before = noted.get(file)
    noted[file] = ErasedFrom(after.sha256, rows + (0 if before is None else before.rows))
    staged = staging.scratch()
    staged.write_bytes(msgspec.json.format(msgspec.json.encode(noted), indent=1) + b"\n")
    staging.add(folder, staged, "erased-{digest}.json")


def is_erased(entry: Entry) -> bool:
    """Whether a file beside a manifest says what was erased; its name was once without a digest."""
    return Path(entry.path).name.startswith("erased")


def read_erased(path: Path) -> dict[str, ErasedFrom]:
    """What was erased from a run's files, by their names in its manifest."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, ErasedFrom])


def _still_made_of(staging: Staging, renamed: dict[str, str]) -> None:
    """Statements are made of the records as they are now: both lack the same people."""
    for roll_up in roll_ups_of(staging.before):
        months = {entry.path.split("/")[2].removeprefix("month=") for entry in staging.under("records")}
        for month in months:
            folder = statements_folder(roll_up, month)
            if (made_of := staging.value(folder)) is not None:
                digest, *parts = made_of.split()
                staging.set(folder, " ".join([digest, *sorted({renamed.get(part, part) for part in parts})]))
