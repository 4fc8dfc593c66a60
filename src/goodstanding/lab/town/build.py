"""Building a town: as files, one Parquet file a table, stamped `synthetic`; or straight into a workspace."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from goodstanding import __version__
from goodstanding.engines import Duck, literal, name
from goodstanding.errors import BadInput
from goodstanding.lab.town.districts import START, check_town, districts_of, draw_districts
from goodstanding.lab.town.observation import Columns
from goodstanding.lab.town.record_sql import PERSON, RECORDS
from goodstanding.machine import in_words
from goodstanding.months import Month
from goodstanding.records import TABLES, write_records
from goodstanding.records.stamp_file import STAMP
from goodstanding.records.synthetic_stamp import check_stamp
from goodstanding.store import Staging, Workspace, sha256_of
from goodstanding.store.layout import RECORDS_FOLDER
from goodstanding.wording import tr

# Tables in which a later version of a record may follow the first.
_CORRECTED = frozenset({"dues", "public_records"})
_BEFORE = "PARTITION BY source, record_id ORDER BY known_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


@dataclass(frozen=True)
class Town:
    """A town's folder, and its first and last month."""

    folder: Path
    first: Month
    last: Month


def build_town(
    folder: Path,
    people: int = 2000,
    months: int = 36,
    seed: int = 6,
    advance: Callable[[str], None] = lambda _: None,
) -> Town:
    """Write a town's records to a folder: the same arguments give the same bytes.

    `truth.parquet` holds what no lender sees: each loan's true chance of going bad.
    Raises BadInput for a town that is too small.
    """
    check_town(people, months, seed)
    staged = folder.with_name(f".{folder.name}.new")
    with in_words(str(folder)):
        # Records that are not stamped would pass for real ones, so all of it is put in place together.
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        try:
            _build(staged, people, months, seed, advance)
            _put_in_place(staged, folder)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return Town(folder, START, START.plus(months - 1))


def _build(folder: Path, people: int, months: int, seed: int, advance: Callable[[str], None]) -> None:
    """Write a town's records and its stamp."""
    with Duck() as duck:
        for district in draw_districts(seed, people, months):
            for table, columns in district.tables.items():
                _gather(duck, table, RECORDS[table], columns)
            truth = {"person": district.borrowers, "chance": district.chances}
            _gather(duck, "truth", f"SELECT {PERSON} AS person_id, chance", truth)
        # What the lab draws: of other tables a town has nothing, as a source that furnishes none.
        for table in RECORDS:
            advance(table)
            selected = ", ".join(name(column) for column in TABLES[table].columns if column != "state")
            duck.write_parquet(f"SELECT {selected} FROM drawn_{table}", folder / f"{table}.parquet")
        duck.write_parquet("SELECT * FROM drawn_truth ORDER BY 1", folder / "truth.parquet")
    _stamp(folder, stamp_of(people, months, seed), list(RECORDS))


def _put_in_place(staged: Path, folder: Path) -> None:
    """Move a folder's files into place; over those of another town the stamp first: it refuses what does not fit."""
    if not folder.exists():
        staged.rename(folder)
        return
    for file in sorted(staged.iterdir(), key=lambda file: file.name != STAMP):
        file.replace(folder / file.name)


def populate(
    workspace: Workspace,
    people: int,
    months: int,
    seed: int = 6,
    later: Month | None = None,
    advance: Callable[[str, int], None] = lambda _, __: None,
) -> None:
    """Write a town's records straight into an empty workspace, as a load of its files would, without reading them.

    What became known from the month `later` on is kept in files of its own, as another load would. Raises BadInput
    for a town that is too small or a workspace that holds records.
    """
    check_town(people, months, seed)
    if any(workspace.catalogue.under(RECORDS_FOLDER)):
        found, expected = tr("records"), tr("a workspace without records")
        raise BadInput(where=str(workspace.root), found=found, expected=expected, do=tr("Use another --workspace."))
    with workspace.stage() as staging, Duck() as duck:
        check_stamp(workspace, staging, stamp_of(people, months, seed))
        staging.set("currency", "CNY")
        for number, district in enumerate(draw_districts(seed, people, months), start=1):
            advance(tr("district {n}", n=number), districts_of(people))
            for table, columns in district.tables.items():
                _gather(duck, table, RECORDS[table], columns)
                _keep(duck, staging, table, later)
                duck.run(f"DROP TABLE drawn_{table}")


def _keep(duck: Duck, staging: Staging, table: str, later: Month | None) -> None:
    """Keep what was drawn for a table, what became known from a month on in files of its own."""
    day = literal(later.first_day) if later else None
    versions = (
        f"FALSE AS alone, 0 AS sequence, max(known_on) OVER ({_BEFORE}) AS last_known"
        if table in _CORRECTED
        else "TRUE AS alone, 0 AS sequence, NULL::DATE AS last_known"
    )
    whole = f"SELECT *, 'valid' AS state, {versions} FROM drawn_{table}"
    for arrived in (f"known_on < {day}", f"known_on >= {day}") if day else ("TRUE",):
        write_records(duck, staging, TABLES[table], f"SELECT * FROM ({whole}) WHERE {arrived}")


def _gather(duck: Duck, table: str, select: str, columns: Columns) -> None:
    """Put records drawn as numbers into the table `drawn_...`, in the order in which they were drawn."""
    duck.table("columns", columns)
    duck.run(f"CREATE TABLE IF NOT EXISTS drawn_{table} AS {select} FROM columns LIMIT 0")
    duck.run(f"INSERT INTO drawn_{table} {select} FROM columns")
    duck.run("DROP TABLE columns")


def stamp_of(people: int, months: int, seed: int) -> str:
    """What a town's stamp says it is."""
    return f"town of {people} people, {months} months, seed {seed}"


def _stamp(folder: Path, town: str, tables: Sequence[str]) -> None:
    """Mark the folder as synthetic, naming each file by its digest."""
    files = {f"{table}.parquet": sha256_of(folder / f"{table}.parquet") for table in sorted([*tables, "truth"])}
    stamp = {"synthetic": True, "made_by": f"goodstanding {__version__}", "town": town, "files": files}
    (folder / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
