"""Towns to measure with, kept on disk: what was known after 24 months, and what becomes known in the month after."""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from commands import standing

from goodstanding.engines import Duck, literal
from goodstanding.months import Month
from goodstanding.records import TABLES
from goodstanding.store import sha256_of
from goodstanding.store.catalogue import Catalogue, read_catalogue

MONTHS = 24
FIRST = Month(2023, 1)
LAST, NEXT = FIRST.plus(MONTHS - 1), FIRST.plus(MONTHS)


def town(folder: Path, people: int) -> Path:
    """A town of 25 months; what became known in the last of them is in files of its own."""
    room = folder / f"town-{people}"
    if not (room / "catalogue.json").exists():
        shutil.rmtree(room, ignore_errors=True)
        size = ("--people", str(people), "--months", str(MONTHS + 1))
        print(
            f"  drew {people:,} people x {MONTHS + 1}   {standing(room, 'town', *size, '--later', str(NEXT))}",
            flush=True,
        )
    return room


def room_of(town: Path, at: Path) -> Path:
    """A fresh workspace with what was known of the town at the end of month 24; no byte is copied."""
    whole = read_catalogue(town / "catalogue.json")
    with Duck() as duck:
        paths = [str(town / entry.path) for entry in whole.under("records")]
        listed = ", ".join(f"'{path}'" for path in paths)
        first = {
            row["file_name"]: row["least"]
            for row in duck.rows(
                "SELECT file_name, min(stats_min_value) AS least "
                f"FROM parquet_metadata([{listed}]) WHERE path_in_schema = 'known_on' GROUP BY file_name"
            )
        }
    known = {
        entry.path: entry for entry in whole.under("records") if first[str(town / entry.path)] < str(NEXT.first_day)
    }
    return _holding(town, at, Catalogue(known, whole.values))


def early_room_of(town: Path, at: Path, until: Month) -> Path:
    """A fresh workspace with the town's records of the months until one."""
    whole = read_catalogue(town / "catalogue.json")
    early = {e.path: e for e in whole.under("records") if Month.parse(e.path.split("/")[2][6:]) <= until}
    return _holding(town, at, Catalogue(early, whole.values))


def arrive(town: Path, at: Path) -> None:
    """Let what became known in month 25 arrive, as a load would leave it."""
    whole, held = read_catalogue(town / "catalogue.json"), read_catalogue(at / "catalogue.json")
    records = {entry.path: entry for entry in whole.under("records")}
    _link(town, at, {path: entry for path, entry in records.items() if path not in held.files})
    _write(at, replace(held, files=dict(held.files) | records))


def _holding(town: Path, at: Path, catalogue: Catalogue) -> Path:
    shutil.rmtree(at, ignore_errors=True)
    _link(town, at, catalogue.files)
    _write(at, catalogue)
    return at


def _link(town: Path, at: Path, paths: Iterable[str]) -> None:
    for path in paths:
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(town / path, at / path)


def _write(at: Path, catalogue: Catalogue) -> None:
    (at / "catalogue.json").write_text(catalogue.to_json(), encoding="utf-8")


def new_files(town: Path, at: Path) -> None:
    """What became known in month 25 as a furnisher would send it: a file a table, stamped as the town is."""
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir()
    with Duck() as duck:
        for table in TABLES:
            read = f"read_parquet('{town}/records/{table}/*/*.parquet', hive_partitioning = false)"
            duck.write_parquet(
                f"SELECT * FROM {read} WHERE known_on >= {literal(NEXT.first_day)} ORDER BY record_id",
                at / f"{table}.parquet",
            )
    digests = {path.name: sha256_of(path) for path in at.glob("*.parquet")}
    stamp = {"synthetic": True, "town": read_catalogue(town / "catalogue.json").values["synthetic"], "files": digests}
    (at / "manifest.json").write_text(json.dumps(stamp), encoding="utf-8")
