"""Record files with one odd value each: is any of them a crash, a message without a place, or somebody else's harm?

    python benchmarks/odd_values.py [--files 10000] [--seed 1] [--processes 2]

Each file has a sound row and one with an odd value in one field: a day, an amount, a text or a type from the lists
below, as CSV or Parquet, of every table and field. It is taken into a workspace among the files of others, in which
neighbours live whose records are all sound. What is not taken has to be told with its file, row and field. Then
everybody is rolled up, scored with `sesame` and shown, and the neighbours have to be what they are without the others,
to the byte. Ends with 1 where anything was found.
"""

import argparse
import csv
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goodstanding.engines import Duck, files
from goodstanding.errors import StandingError
from goodstanding.months import Month
from goodstanding.programmes import load_programme
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.scoring import score_month, standing_of
from goodstanding.statements import ROLL_UPS, build_statements
from goodstanding.store import Workspace

TODAY, AS_OF = date(2026, 6, 15), Month(2026, 5)
BATCH, NEIGHBOURS, MONTHS = 200, 3, 14
Row = dict[str, Any]

COMMON: Row = {"happened_on": "2026-01-31", "known_on": "2026-03-31", "source": "odd"}
OWN: dict[str, Row] = {
    "people": {"born_on": "1990-01-31", "sex": "other"},
    "details": {"kind": "phone", "value": "+86 1", "verified": "true", "valid_to": "2026-12-31"},
    "payments": {"category": "wages", "counterparty": "works", "amount_minor": "2500000", "currency": "CNY"},
    "transfers": {"other_person": "near-0", "direction": "out", "amount_minor": "100", "currency": "CNY"},
    "dues": {"kind": "rent", "counterparty": "home", "amount_minor": "900", "paid_on": "2026-01-30",
             "paid_minor": "900", "currency": "CNY"},
    "balances": {"kind": "savings", "amount_minor": "77", "currency": "CNY"},
    "orders": {"kind": "bicycle", "counterparty": "shop", "promised_on": "2026-02-01", "returned_on": "2026-02-01",
               "deposit_minor": "5000", "currency": "CNY"},
    "inquiries": {"counterparty": "a lender", "purpose": "loan"},
    "public_records": {"kind": "tax", "legal_basis": "case 1", "until": "2028-01-31", "settled_on": "2026-03-01",
                       "amount_minor": "100", "currency": "CNY"},
    "outcomes": {"kind": "loan", "bad": "false", "window_until": "2026-03-31"},
}  # fmt: skip

DAYS = [
    "9999-12-31", "2999-12-31", "2099-12-31", "1900-01-01", "1900-01-02", "1899-12-30", "1970-01-01", "0001-01-01",
    "0000-01-01", "-4712-01-01", "10000-01-01", "2026-02-29", "2024-02-29", "2026-13-01", "2026-00-10", "2026-06-15",
    "2026-06-16", "2026-1-5", "31.01.2026", "01/31/2026", "20260131", "2026-01-31 00:00:00", "2026-01-31T00:00:00Z",
    "2026-01-31T23:59:59+14:00", "46053", "today", "infinity", "-infinity", "epoch", "２０２６-01-31", "2026–01–31",
]  # fmt: skip
AMOUNTS = [
    "0", "-0", "00012", "1", "-1", "10000000000000", "-10000000000000", "10000000000001", "999999999999999",
    "1000000000000000", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "9" * 60, "12.50",
    "5900.0", "1,250", "1 250", "1\u00a0250", "1.250,00", "1e3", "1E+15", "0x10", "+5", "--5", "NaN", "inf", "-inf",
    "null", "None", "#REF!", "¥12", "12元", "１２３", "٣", "½", "true", "'5",
]  # fmt: skip
TEXTS = [
    "", " ", "x" * 200, "x" * 201, "x" * 5000, "NULL", "nan", "None", "#N/A", "mia\u200b", "\ufeffmia", "mi\x00a",
    "mia\u202egnp.exe", "\u3000mia", "Jose\u0301", "\t12", "=1+1", "@SUM(A1)", "'); DROP TABLE checked_dues; --",
    '"', '""', "a,b", "a;b", "line\nbreak", "line\r\nbreak", "<script>alert(1)</script>", "[red]x[/red]", "{names} %s",
    "../../etc/passwd", "1.23E+15", "4.40E+17", "00123", "123456789012345678901",
    "李 明", "👩‍👩‍👧", "\U000e0041", "ﷺ" * 30,
    "near-0", "a" + "\u0301" * 60, "TRUE", "valid", "\\", "\x1b[31m", "null\u0000",
]  # fmt: skip
FLAGS = ["TRUE", "True", "yes", "no", "Y", "0", "1", "2", "1.0", "on", "T", "-1", "wahr", "是"]
CHOICES = ["Loan", "LOAN", " loan ", "l\u200boan", "loans", "other", "withdrawn", "disputed", "deleted", "in", "0"]
CURRENCIES = ["cny", "CNY ", "RMB", "USD", "EUR", "XXX", "", "¥", "156", "IRR", "CNY\u200b"]
OF_KIND = {
    "date": DAYS, "integer": AMOUNTS, "text": TEXTS, "flag": FLAGS, "choice": CHOICES, "currency": CURRENCIES,
}  # fmt: skip
TYPED: list[tuple[Any, pa.DataType]] = [
    (datetime(2026, 1, 31), pa.timestamp("us")),  # noqa: DTZ001 - a time without a zone is one of the oddities
    (datetime(2026, 1, 31, 23), pa.timestamp("ns", "Asia/Shanghai")),  # noqa: DTZ001
    (date(2026, 1, 31), pa.date32()),
    (date(9999, 12, 31), pa.date32()),
    (date(1, 1, 1), pa.date32()),
    (timedelta(days=1), pa.duration("s")),
    (5900.0, pa.float64()),
    (5900.5, pa.float64()),
    (float("nan"), pa.float64()),
    (float("inf"), pa.float32()),
    (2.0**60, pa.float64()),
    (1e300, pa.float64()),
    (16777217.0, pa.float32()),
    (Decimal("5900.00"), pa.decimal128(12, 2)),
    (Decimal("5900.50"), pa.decimal128(12, 2)),
    (Decimal(10) ** 37, pa.decimal128(38, 0)),
    (2**63, pa.uint64()),
    (-(2**63), pa.int64()),
    (1, pa.int8()),
    (True, pa.bool_()),
    (b"caf\xc3\xa9", pa.binary()),
    (b"caf\xe9", pa.binary()),
    (b"\x00\x01", pa.large_binary()),
    ("loan", pa.dictionary(pa.int32(), pa.string())),
    ("x", pa.large_string()),
    (None, pa.null()),
    ([1], pa.list_(pa.int64())),
    ({"a": 1}, pa.struct([("a", pa.int64())])),
]
# What a refusal of a whole file has to name: a line of it, or a column.
PLACED = re.compile(r"(line \d+|column \w+|no column|the column)")


@dataclass(frozen=True)
class Odd:
    """A file with one odd value: whose it is, of which table and field, and what it holds."""

    number: int
    table: str
    field: str
    value: Any
    typed: pa.DataType | None

    @property
    def person(self) -> str:
        return f"odd-{self.number}"


@dataclass
class Found:
    """What came of the files of a batch, and what is wrong."""

    verdicts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def odd_files(count: int, seed: int) -> list[Odd]:
    """So many files: each table, field and value of the lists in turn, in a drawn order, over and over."""
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    every = [
        (table.name, one.name, value, typed)
        for table in TABLES.values()
        for one in table.fields
        for value, typed in [
            *((text, None) for text in OF_KIND[one.kind]),
            *((text, "csv") for text in OF_KIND[one.kind]),
            *TYPED,
        ]
    ]
    found: list[Odd] = []
    # A record that names a neighbour as its person is theirs.
    every = [one for one in every if one[1:3] != ("person_id", "near-0")]
    while len(found) < count:
        chance.shuffle(every)
        for table, name, value, typed in every[: count - len(found)]:
            kind = None if typed == "csv" else typed or pa.string()
            found.append(Odd(len(found), table, name, value, kind))
    return found


def write(folder: Path, odd: Odd) -> Path:
    """The file of an odd value: a sound row of the person's, and the odd one."""
    own = COMMON | {"person_id": odd.person} | OWN[odd.table] | {"state": "valid"}
    rows = [own | {"record_id": f"{odd.person}-sound"}, own | {"record_id": f"{odd.person}-odd", odd.field: odd.value}]
    folder.mkdir()
    path = folder / f"{odd.table}.{'csv' if odd.typed is None else 'parquet'}"
    if odd.typed is None:
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0] if name != odd.field}
    if pa.types.is_string(odd.typed):
        columns[odd.field] = pa.array([rows[0][odd.field], odd.value], odd.typed)
        pq.write_table(pa.table(columns), path)
    else:
        # A typed column holds nothing else: the odd row stands alone.
        columns = {name: column.slice(1) for name, column in columns.items()}
        pq.write_table(pa.table({**columns, odd.field: pa.array([odd.value], odd.typed)}), path)
    return path


def neighbours(folder: Path, odd: list[Odd]) -> None:
    """The people of a batch, and the neighbours' sound records over the months that count."""
    folder.mkdir(parents=True)
    near = [f"near-{n}" for n in range(NEIGHBOURS)]
    everybody = [*near, *(one.person for one in odd)]
    people = [{"person_id": who, "record_id": f"join {who}", "happened_on": "2025-01-01", "known_on": "2025-01-01",
               "source": "app"} for who in everybody]  # fmt: skip
    rows: dict[str, list[Row]] = {"people": people, "payments": [], "dues": []}
    for back in range(MONTHS):
        day = AS_OF.plus(-back).first_day + timedelta(9)
        for n, who in enumerate(near):
            dated = {
                "person_id": who,
                "record_id": f"{who} {day}",
                "happened_on": day,
                "known_on": day,
                "source": "bank",
            }
            rows["payments"].append(dated | OWN["payments"] | {"amount_minor": 100_000 * (n + 1) + back})
            paid = {"paid_on": day if (n + back) % 3 else None, "paid_minor": 900 if (n + back) % 3 else 0}
            rows["dues"].append(dated | {"known_on": day + timedelta(2)} | OWN["dues"] | paid)
    for table, found in rows.items():
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(found[0]))
            writer.writeheader()
            writer.writerows(found)


def take(room: Workspace, path: Path, found: Found, odd: Odd) -> None:
    """Take one file in; note its verdict, and what its message lacks."""
    what = f"{odd.table}.{odd.field} = {odd.value!r} ({odd.typed or 'csv'})"
    try:
        loaded = load(room, folder_feeds(path), TODAY)
    except StandingError as error:
        found.verdicts["refused"] += 1
        if path.name not in str(error) or not PLACED.search(str(error)):
            found.faults.append(f"{what}: no place in: {error}")
        return
    except Exception as error:  # noqa: BLE001 - whatever comes out here is what is looked for
        found.faults.append(f"{what}: {type(error).__name__}: {error}")
        return
    count = loaded.counts[odd.table]
    found.verdicts["quarantined" if count.quarantined else "taken"] += 1
    if count.read != count.accepted + count.unchanged + count.quarantined:
        found.faults.append(f"{what}: {count} does not add up")
    for problem in loaded.problems:
        if not (problem.file == path.name and problem.line > 0 and problem.field):
            found.faults.append(f"{what}: no place in: {problem}")


def run_batch(odd: list[Odd], alone: str) -> Found:
    """Take a batch in, roll up, score and show; `alone` is what the neighbours are without it."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="odd-") as folder:
        room = Workspace(Path(folder) / "standing")
        neighbours(Path(folder) / "near", odd)
        load(room, folder_feeds(Path(folder) / "near"), TODAY, strict=True)
        for one in odd:
            take(room, write(Path(folder) / str(one.number), one), found, one)
        try:
            near = score_all(room)
        except Exception as error:  # noqa: BLE001 - as above
            found.faults.append(f"files {odd[0].number} to {odd[-1].number}: {type(error).__name__}: {error}")
            return found
        if near != alone:
            found.faults.append(f"files {odd[0].number} to {odd[-1].number}: the neighbours are not what they were")
        show_all(room, odd, found)
    return found


def score_all(room: Workspace) -> str:
    """Roll up and score; gives all that is known of the neighbours."""
    build_statements(room)
    definition = load_programme("sesame")
    score_month(room, definition, AS_OF, TODAY)
    near = [f"near-{n}" for n in range(NEIGHBOURS)]
    known: list[Any] = []
    with Duck() as duck:
        for roll_up in ROLL_UPS:
            paths = [room.path(entry) for entry in room.catalogue.under(roll_up.folder)]
            rows = duck.rows(f"SELECT * FROM {files(paths)} ORDER BY ALL") if paths else []
            known += [row for row in rows if row["person_id"] in near]
    for who in near:
        shown = standing_of(room, definition, who, AS_OF).to_json()
        known.append({key: value for key, value in shown.items() if key not in {"run", "manifest"}})
    return json.dumps(known, default=str, ensure_ascii=False, sort_keys=True)


def show_all(room: Workspace, odd: list[Odd], found: Found) -> None:
    """Show each odd person's score."""
    definition = load_programme("sesame")
    for one in odd:
        try:
            json.dumps(standing_of(room, definition, one.person, AS_OF).to_json(), default=str)
            found.verdicts["shown"] += 1
        except Exception as error:  # noqa: BLE001 - as above
            found.faults.append(f"{one.table}.{one.field} = {one.value!r}: shown: {type(error).__name__}: {error}")


def neighbours_alone() -> str:
    """What the neighbours are where nobody else is."""
    with tempfile.TemporaryDirectory(prefix="odd-") as folder:
        neighbours(Path(folder) / "near", [])
        room = Workspace(Path(folder) / "standing")
        load(room, folder_feeds(Path(folder) / "near"), TODAY, strict=True)
        return score_all(room)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    os.environ |= {"STANDING_TODAY": TODAY.isoformat(), "LC_ALL": "C.UTF-8"}
    started, odd = time.perf_counter(), odd_files(asked.files, asked.seed)
    batches = [odd[place : place + BATCH] for place in range(0, len(odd), BATCH)]
    verdicts, faults = Counter[str](), list[str]()
    with ProcessPoolExecutor(asked.processes) as pool:
        for number, found in enumerate(pool.map(partial(run_batch, alone=neighbours_alone()), batches), start=1):
            verdicts += found.verdicts
            faults += found.faults
            seconds = time.perf_counter() - started
            print(f"{min(number * BATCH, len(odd)):,} files, {len(faults)} faults, {seconds:.0f} s", flush=True)
    print("\n".join(faults))
    print(", ".join(f"{n:,} {verdict}" for verdict, n in sorted(verdicts.items())), f"{len(faults)} faults", sep="; ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
