"""Building a town: truth, then records, then one Parquet file a table, stamped `synthetic`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from goodstanding import __version__
from goodstanding.engines import Duck, name
from goodstanding.errors import BadInput
from goodstanding.lab.town import money, particulars, promises
from goodstanding.lab.town.chance import Stream, draws
from goodstanding.lab.town.observing import Columns, Observed
from goodstanding.lab.town.recording import PERSON, RECORDS
from goodstanding.lab.town.truth import live, make_people
from goodstanding.months import Month
from goodstanding.records import TABLES
from goodstanding.records.stamping import STAMP
from goodstanding.store import sha256_of
from goodstanding.wording import tr

START = Month(2023, 1)
LEAST_MONTHS = 18


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
    if people < 1 or months < LEAST_MONTHS or seed < 0:
        raise BadInput(
            tr("town"),
            tr("{people} people, {months} months, seed {seed}", people=people, months=months, seed=seed),
            tr("at least 1 person and {n} months, and a seed of at least 0", n=LEAST_MONTHS),
            tr("Ask for another town."),
        )
    folder.mkdir(parents=True, exist_ok=True)
    truth = make_people(seed, people, months)
    life = live(seed, truth, months)
    seen = Observed(truth, START, months, draws(seed, Stream.RECORDED))
    loans, chances = promises.outcomes(seed, truth, life, seen)
    tables: dict[str, Columns] = {
        "people": particulars.particulars(truth, seen),
        "details": particulars.details(seed, truth, seen),
        "payments": money.payments(seed, truth, life, seen),
        "transfers": particulars.transfers(seed, truth, seen),
        "dues": promises.dues(seed, truth, life, seen),
        "balances": money.balances(truth, life, seen),
        "orders": promises.orders(seed, truth, life, seen),
        "inquiries": particulars.inquiries(seed, life, seen),
        "public_records": particulars.public_records(seed, truth, seen),
        "outcomes": loans,
    }
    with Duck() as duck:
        for table, columns in tables.items():
            advance(table)
            _write(duck, folder / f"{table}.parquet", table, columns)
        duck.table("columns", {"person": loans["person"], "chance": chances})
        duck.write_parquet(f"SELECT {PERSON} AS person_id, chance FROM columns ORDER BY 1", folder / "truth.parquet")
    _stamp(folder, stamp_of(people, months, seed), list(tables))
    return Town(folder, START, START.plus(months - 1))


def _write(duck: Duck, path: Path, table: str, columns: Columns) -> None:
    """Write a table's records in the order in which they were drawn."""
    duck.table("columns", columns)
    selected = ", ".join(name(column) for column in TABLES[table].columns if column != "state")
    numbered = f"SELECT row_number() OVER () AS n, * FROM ({RECORDS[table]} FROM columns)"
    duck.write_parquet(f"SELECT {selected} FROM ({numbered}) ORDER BY n", path)


def stamp_of(people: int, months: int, seed: int) -> str:
    """What a town's stamp says it is."""
    return f"town of {people} people, {months} months, seed {seed}"


def _stamp(folder: Path, town: str, tables: Sequence[str]) -> None:
    """Mark the folder as synthetic, naming each file by its digest."""
    files = {f"{table}.parquet": sha256_of(folder / f"{table}.parquet") for table in sorted([*tables, "truth"])}
    stamp = {"synthetic": True, "made_by": f"goodstanding {__version__}", "town": town, "files": files}
    (folder / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
