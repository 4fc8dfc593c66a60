"""Does advice keep its word? For everybody of a town: carry it out in records, and score at the month promised.

    python benchmarks/advice.py [--people N] [--months N] [--card expert|fitted]

As of the town's last month each person has up to four things to do, some with the points that they bring at the least.
For each kind of advice the town's records are carried on to the month promised as they went: a month to come repeats
the one twelve before it (of a table furnished for less, the months furnished over again). All who were told so do as
they were told:
what is open is paid on the last day of the next month, what comes is paid on its day, and so on. It prints how many
promises were made and held, and the least that a score rose by over what was promised.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from goodstanding.cards import Card, expert_card, read_card
from goodstanding.cards.training import learn_card
from goodstanding.engines import Duck, files, literal
from goodstanding.lab import build_town
from goodstanding.months import Month
from goodstanding.programmes import Definition, load_programme
from goodstanding.records import TABLES, RecordVersions, folder_feeds, latest_records, load, record_versions
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.scoring import score_month
from goodstanding.scoring.manifest import scores_files
from goodstanding.scoring.projection import GOES_ON, YEAR, Recourse, recourse_of_all
from goodstanding.scoring.standing import known_points, recorded_values
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

INSTALMENTS = "kind IN ('loan', 'card')"
EVERY, NONE = "TRUE", "FALSE"
# What is done: which open dues are paid, which dues to come are paid in time, and what is done in other tables.
DONE: Mapping[str, Mapping[str, str]] = {
    "dues_kept_12m": {"open": EVERY, "coming": EVERY},
    "months_since_late": {"open": EVERY, "coming": EVERY},
    "unpaid_dues_24m": {"open": EVERY},
    "instalment_days_open_60m": {"open": INSTALMENTS},
    "instalments_kept_24m": {"open": INSTALMENTS, "coming": INSTALMENTS},
    "bills_kept_12m": {"open": f"NOT {INSTALMENTS}", "coming": f"NOT {INSTALMENTS}"},
    "cash_share_12m": {"cash": EVERY},
    "judgments_60m": {"settle": EVERY},
    "orders_kept_24m": {"orders": EVERY},
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--card", choices=("expert", "fitted"), default="expert")
    asked = parser.parse_args()
    started = time.perf_counter()
    definition = load_programme("sesame")
    with tempfile.TemporaryDirectory() as folder:
        town = build_town(Path(folder) / "town", asked.people, asked.months)
        room = Workspace(Path(folder) / "room")
        as_of = town.last
        load(room, folder_feeds(town.folder), as_of.plus(2).first_day, stamp=read_stamp(town.folder))
        build_statements(room)
        card = learn_card(room, definition).card if asked.card == "fitted" else expert_card(definition)
        now = scored(room, definition, as_of)
        told = recourse_of_all(room, definition.programme, card, as_of, now)
        people = {person: standing for person, standing in now.items() if told[person]}
        numbers = sum(step.gain is not None for steps in told.values() for step in steps)
        print(
            f"{asked.card} card, as of {as_of}: {len(now):,} scored, {len(people):,} with advice, {numbers:,} promises"
        )
        kept = carried_out(Path(folder), room, definition, as_of, told, {p: s for p, (s, _, _) in now.items()})
    broken = {person for person, over in kept if over < 0}
    asked_of = {person for person, _ in kept}
    share = 100 * (1 - len(broken) / max(len(asked_of), 1))
    least = min((over for _, over in kept), default=0)
    print(f"every advice held: {share:.2f} % of {len(asked_of):,} people; {len(kept):,} promises")
    print(f"least gain over what was promised: {least}; {time.perf_counter() - started:.0f} s")
    return len(broken)


def scored(room: Workspace, definition: Definition, as_of: Month) -> dict[str, tuple[int, dict, dict]]:
    """Everybody's score, values and points as of a month."""
    manifest = score_month(room, definition, as_of, as_of.plus(2).first_day)
    card: Card = read_card(room, definition.programme.name, manifest.basis.card)
    with Duck() as duck:
        rows = duck.rows(f"SELECT * FROM {files(scores_files(room, definition.programme.name, as_of, manifest.run))}")
    return {
        row["person_id"]: (row["score"], recorded_values(card, row), known_points(card, row))
        for row in rows
        if row["score"] is not None
    }


def carried_out(
    folder: Path,
    room: Workspace,
    definition: Definition,
    as_of: Month,
    told: Mapping[str, list[Recourse]],
    now: Mapping[str, int],
) -> list[tuple[str, int]]:
    """By how much each promise was exceeded, with whose it was."""
    found: list[tuple[str, int]] = []
    for name in sorted({step.characteristic for steps in told.values() for step in steps if step.gain is not None}):
        steps = {
            p: s for p, all_steps in told.items() for s in all_steps if s.characteristic == name and s.gain is not None
        }
        months = next(iter(steps.values())).months
        later = Workspace(folder / f"done-{name}")
        shutil.copytree(room.root, later.root)
        records = folder / f"records-{name}"
        carry_on(room, records, as_of, months, list(steps), DONE[name])
        load(later, folder_feeds(records), as_of.plus(months + 2).first_day, stamp=room.catalogue.values["synthetic"])
        build_statements(later)
        then = scored(later, definition, as_of.plus(months))
        over = [(person, then[person][0] - now[person] - step.gain) for person, step in steps.items()]
        worst = sorted(over, key=lambda pair: pair[1])[:3]
        print(
            f"  {name}: {len(over):,} promises, {sum(o < 0 for _, o in over)} broken, least over {worst[0][1]}",
            worst,
            flush=True,
        )
        found += over
        shutil.rmtree(later.root)
        shutil.rmtree(records)
    return found


def carry_on(
    room: Workspace, records: Path, as_of: Month, months: int, people: list[str], done: Mapping[str, str]
) -> None:
    """Write the records of the months to come, and of what is done, of some people."""
    records.mkdir()
    ends = literal(as_of.plus(months).last_day)
    with Duck() as duck:
        duck.table("told", {"person_id": np.array(people, dtype=object)})
        month_of = "(year({0}) * 12 + month({0}))"
        now = as_of.year * 12 + as_of.month
        for table in [*GOES_ON, "people", "details", "inquiries", "public_records"]:
            versions = record_versions(room, table) or RecordVersions()
            latest = latest_records(versions, as_of.last_day)
            own = ", ".join(f"r.{column}" for column in TABLES[table].columns)
            chosen = f"SELECT {own} FROM ({latest}) AS r SEMI JOIN told USING (person_id) WHERE state = 'valid'"
            duck.keep(f"known_{table}", f"{chosen} AND happened_on <= {literal(as_of.last_day)}")
            every = f"({versions.all or latest}) AS r SEMI JOIN known_{table} USING (source, record_id)"
            duck.keep(f"sent_{table}", f"SELECT {own} FROM {every} WHERE known_on <= {literal(as_of.last_day)}")
        duck.keep("coming", f"SELECT unnest(range(1, {months + 1})) AS month")
        paid = literal(as_of.plus(1).last_day)
        for table in GOES_ON:
            furnished = f"{now} - {month_of.format('min(happened_on)')} + 1"
            months_of = f"SELECT person_id, least({furnished}, {YEAR}) AS months FROM known_{table} GROUP BY person_id"
            duck.keep("period", months_of)
            back = "CAST(((c.month - 1) // p.months + 1) * p.months AS INTEGER)"
            month = month_of.format("r.happened_on")
            moved = (
                f"SELECT r.*, c.month AS to_come, {back} AS back FROM sent_{table} AS r JOIN period AS p "
                f"USING (person_id) JOIN coming AS c ON {month} = {now} + c.month - {back}"
            )
            duck.keep("moved", moved)
            repeated = f"SELECT * EXCLUDE (to_come, back) REPLACE ({replaced(table, ends, done)}) FROM moved"
            parts = [f"SELECT * FROM ({repeated}) WHERE known_on <= {ends}"]
            if table == "dues" and "open" in done:
                parts.append(
                    f"SELECT * REPLACE ({paid} AS known_on, {paid} AS paid_on, amount_minor AS paid_minor) "
                    f"FROM known_dues WHERE paid_on IS NULL AND {done['open']}"
                )
            duck.write_parquet(" UNION ALL ".join(parts), records / f"{table}.parquet")
        if "settle" in done:
            dated = f"{paid} AS known_on, {paid} AS settled_on"
            settled = f"SELECT * REPLACE ({dated}) FROM known_public_records WHERE settled_on IS NULL"
            duck.write_parquet(settled, records / "public_records.parquet")


def replaced(table: str, ends: str, done: Mapping[str, str]) -> str:
    """What a month's records become when the month is repeated: all comes as many days after it happened as before."""
    happened = "CAST(happened_on + to_months(back) AS DATE)"
    happened = f"last_day({happened})" if table == "balances" else happened
    day = f"({happened} + CAST({{0}} - happened_on AS INTEGER))".format
    known = f"greatest({happened}, {day('known_on')})"
    changes = {"record_id": "record_id || '/' || to_come", "happened_on": happened, "known_on": known}
    if table == "dues":
        kept = f"({done.get('coming', NONE)} AND coalesce(paid_on > happened_on, TRUE))"
        changes["paid_on"] = f"CASE WHEN {kept} THEN {happened} ELSE {day('paid_on')} END"
        changes["paid_minor"] = f"CASE WHEN {kept} THEN amount_minor ELSE paid_minor END"
        changes["known_on"] = f"CASE WHEN {kept} THEN {happened} ELSE greatest({known}, {day('paid_on')}) END"
    if table == "orders":
        kept = f"({done.get('orders', NONE)} AND coalesce(returned_on > promised_on, TRUE))"
        in_time = f"{kept} AND {day('promised_on')} <= {ends}"
        changes["promised_on"] = day("promised_on")
        changes["returned_on"] = (
            f"CASE WHEN {in_time} THEN {day('promised_on')} WHEN NOT {kept} THEN {day('returned_on')} END"
        )
        changes["known_on"] = f"greatest({known}, coalesce({changes['returned_on']}, {happened}))"
    if table == "payments" and "cash" in done:
        changes["category"] = "CASE WHEN category = 'cash_out' THEN 'shopping' ELSE category END"
    return ", ".join(f"{sql} AS {column}" for column, sql in changes.items())


if __name__ == "__main__":
    sys.exit(main() > 0)
