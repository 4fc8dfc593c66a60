"""Erasing people who left from all that a workspace holds: records, statements, ties and scores."""

from collections.abc import Collection
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np

from goodstanding.engines import Duck, files, name
from goodstanding.statements import ROLL_UPS, roll_ups_of
from goodstanding.statements.making import folder_of
from goodstanding.store import Change, Entry, Workspace

_ROOMS = ("records", "feeds", *(roll_up.folder for roll_up in ROLL_UPS), "measures", "scores")
_DIGITS = len("0123456789abcdef")
# What files are in the order of, as far as they have it.
_ORDER = ("person_id", "source", "record_id", "known_on", "sequence", "other_person", "kind")


class ErasedFrom(msgspec.Struct):
    """What was erased from a file of a finished run: its SHA-256 since, and how many rows in all."""

    sha256: str
    rows: int


def erase_people(workspace: Workspace, persons: Collection[str]) -> int:
    """Take people's rows out of every file; gives how many. Where others' rows name them there is a made-up name.

    All of it happens or nothing. Nobody else's statement changes, so none has to be made anew. A run's manifest stays
    as it was written; `erased-DIGEST.json` beside it says what its files are since. Raises Busy, or BadInput if a file
    was changed.
    """
    with workspace.change() as change, Duck() as duck:
        gone = {"person_id": sorted(persons), "instead": [f"gone-{uuid4().hex}" for _ in persons]}
        duck.table("gone", {column: np.array(values, dtype=object) for column, values in gone.items()})
        erased, renamed = 0, dict[str, str]()
        for room in _ROOMS:
            for entry in change.under(room):
                if entry.path.endswith(".parquet"):
                    erased += _erase(duck, change, entry, renamed)
        _still_made_of(change, renamed)
        # Of these everybody's place hangs on everybody's: they are measured again when they are next asked for.
        for entry in change.under("relations"):
            change.remove(entry)
    return erased


def _erase(duck: Duck, change: Change, entry: Entry, renamed: dict[str, str]) -> int:
    """Write a file without them, if it has them; `renamed` learns the start of its digest before and after."""
    relation = files([change.path(entry)])
    columns = duck.names(f"SELECT * FROM {relation}")
    named = [column for column in ("person_id", "other_person") if column in columns]
    hits = " OR ".join(f"{column} IN (SELECT person_id FROM gone)" for column in named)
    if not named or not duck.value(f"SELECT count(*) FROM {relation} WHERE {hits}"):
        return 0
    own = "person_id IN (SELECT person_id FROM gone)"
    rows = int(duck.value(f"SELECT count(*) FROM {relation} WHERE {own}"))
    staged = change.scratch()
    told = ", ".join(_instead(column) if column == "other_person" else f"f.{name(column)}" for column in columns)
    join = "LEFT JOIN gone AS g ON g.person_id = f.other_person" if "other_person" in named else ""
    order = ", ".join(column for column in _ORDER if column in columns)
    kept = f"SELECT {told} FROM {relation} AS f {join} WHERE NOT f.{own}"
    duck.write_parquet(f"SELECT * FROM ({kept}) ORDER BY {order}", staged)
    change.remove(entry)
    folder, _, file = entry.path.rpartition("/")
    kind = _kind_of(file)
    after = change.add(folder, staged, f"{kind}-{{digest}}.parquet" if kind else "{digest}.parquet")
    renamed[entry.sha256[:16]] = after.sha256[:16]
    if folder.startswith("scores/"):
        _note_run(change, folder, f"{kind}.parquet", after, rows)
    return rows


def _instead(column: str) -> str:
    return f"coalesce(g.instead, f.{name(column)}) AS {name(column)}"


def _kind_of(file: str) -> str:
    """A file's name without the digest in it: what says its kind; of a run's file, the name that the manifest has."""
    kind, dash, last = file.removesuffix(".parquet").rpartition("-")
    if len(last) < _DIGITS:
        return f"{kind}{dash}{last}"
    return kind


def _note_run(change: Change, folder: str, file: str, after: Entry, rows: int) -> None:
    """Say beside a run's manifest what its file is now."""
    noted: dict[str, ErasedFrom] = {}
    for entry in change.under(folder):
        if is_erased(entry):
            noted = read_erased(change.path(entry))
            change.remove(entry)
    before = noted.get(file)
    noted[file] = ErasedFrom(after.sha256, rows + (0 if before is None else before.rows))
    staged = change.scratch()
    staged.write_bytes(msgspec.json.format(msgspec.json.encode(noted), indent=1) + b"\n")
    change.add(folder, staged, "erased-{digest}.json")


def is_erased(entry: Entry) -> bool:
    """Whether a file beside a manifest says what was erased; its name was once without a digest."""
    return Path(entry.path).name.startswith("erased")


def read_erased(path: Path) -> dict[str, ErasedFrom]:
    """What was erased from a run's files, by their names in its manifest."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, ErasedFrom])


def _still_made_of(change: Change, renamed: dict[str, str]) -> None:
    """Statements are made of the records as they are now: both lack the same people."""
    for roll_up in roll_ups_of(change.before):
        months = {entry.path.split("/")[2].removeprefix("month=") for entry in change.under("records")}
        for month in months:
            folder = folder_of(roll_up, month)
            if (made_of := change.value(folder)) is not None:
                digest, *parts = made_of.split()
                change.set(folder, " ".join([digest, *sorted({renamed.get(part, part) for part in parts})]))
