"""What a full build and a monthly refresh cost, beside SQL by hand, by number of people, under a cap, and on a cluster.

    python benchmarks/scale.py FOLDER [part ...] [--people N]

FOLDER keeps the towns, so that a second run need not draw them again (1,000,000 people: 3 GB, some ten minutes).
Parts: build (and the refresh after it), memory, growth, engines, spark; all if none is named. Each measurement is a
process of its own.
"""

import argparse
import shutil
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import by_hand
import cluster
import numpy as np
from commands import Cost, both, busy, median, run, standing
from towns import FIRST, LAST, MONTHS, NEXT, arrive, early_room_of, new_files, room_of, town

from goodstanding.cards import expert_card
from goodstanding.engines import Duck, files
from goodstanding.months import Month
from goodstanding.programmes import load_programme
from goodstanding.store.catalogue import read_catalogue

PEOPLE = 1_000_000
GROWTH = (10_000, 100_000, 1_000_000)
SPARK_PEOPLE = 100_000
CAP = "2GB"
RUNS = {10_000: 3, 100_000: 3}
ROUNDS = 3
FEW = 3


def renewal(month: Month) -> tuple[tuple[str, ...], ...]:
    """The verbs that bring a workspace up to a month."""
    return ("statements",), ("score", "sesame", "--as-of", str(month))


def renewed(room: Path, month: Month, *options: str) -> list[Cost]:
    """What the statements and the scores of a workspace cost."""
    return [standing(room, *verb, *options) for verb in renewal(month)]


def scores_of(room: Path, month: Month) -> str:
    run_of = read_catalogue(room / "catalogue.json").values[f"scores/sesame/{month}"]
    return files(sorted((room / f"scores/sesame/{month}/{run_of}").glob("*.parquet")))


def differing(one: str, other: str) -> int:
    """How many rows only one of two relations has."""
    with Duck("4GB") as duck:
        apart = " UNION ALL ".join(
            f"(SELECT * FROM {a} EXCEPT ALL SELECT * FROM {b})" for a, b in ((one, other), (other, one))
        )
        return int(duck.value(f"SELECT count(*) FROM ({apart})"))


def build(folder: Path, people: int) -> None:
    """From records to scores, beside SQL by hand and the bare scan; then the refresh of one month. In turn, thrice."""
    source, room = town(folder, people), folder / "room"
    named = [
        "full build",
        "by hand, at_once",
        "by hand, by_month",
        "bare scan",
        "refresh: statements",
        "refresh: score",
    ]
    found: dict[str, list[Cost]] = {name: [] for name in named}
    for _ in range(ROUNDS):
        room_of(source, room)
        costs = [both(*renewed(room, LAST))]
        for part in (("by_hand", "--way", "at_once"), ("by_hand", "--way", "by_month"), ("scan",)):
            costs.append(run(sys.executable, __file__, str(folder), part[0], "--people", str(people), *part[1:]))
            if part[0] == "by_hand":
                apart = differing(scores_of(room, LAST), files([folder / "by_hand.parquet"]))
                print(f"    rows of ours and {' '.join(part[2:])} that differ: {apart:,}", flush=True)
        arrive(source, room)
        costs += renewed(room, NEXT)
        for name, cost in zip(named, costs, strict=True):
            found[name].append(cost)
            print(f"  {name:<20} {cost}", flush=True)
    print(f"  medians of {ROUNDS}, {people:,} people x {MONTHS} months")
    for name, costs in found.items():
        print(f"  {name:<20} {median(costs)}", flush=True)
    ours, at_once, by_month, scan, *fresh = (median(found[name]) for name in named)
    for what, one, other in (
        ("full build / best by hand", ours, min(at_once, by_month, key=lambda cost: cost.wall)),
        ("full build / bare scan", ours, scan),
        ("refresh / full build", both(*fresh), ours),
    ):
        time_and_cpu = one.wall / other.wall, one.cpu / other.cpu
        print("  {}: {:.3f} of the time, {:.3f} of the CPU time".format(what, *time_and_cpu), flush=True)
    again = room_of(source, folder / "again")
    arrive(source, again)
    renewed(again, NEXT)
    apart = differing(scores_of(room, NEXT), scores_of(again, NEXT))
    print(f"  refreshed and built from scratch: {apart:,} rows differ", flush=True)
    shutil.rmtree(again)


def engines(folder: Path, people: int) -> None:
    """What the same few months of as many people cost on either engine of one machine."""
    source, room = town(folder, people), folder / "room"
    until = FIRST.plus(FEW - 1)
    for options in ((), ("--engine", "spark", "--master", "local[2]")):
        early_room_of(source, room, until)
        for verb in renewal(until):
            before = busy()
            cost = standing(room, *verb, *options)
            # Spark's Java is no child that is waited for, so its work is seen in the machine's only.
            cost = replace(cost, cpu=busy() - before)
            print(f"  {FEW} months, {verb[0]:<11} {options[1] if options else 'duckdb':<7} {cost}", flush=True)


STAGES = ("statements", "score", "ingest of a month", "its statements", "its score", "relations")


def stages(folder: Path, people: int) -> dict[str, Cost]:
    """What each stage costs: the full build, then month 25 taken in as files, rolled up and scored, and its graph."""
    source, room, files_of_month = town(folder, people), folder / "room", folder / "month"
    room_of(source, room)
    costs = renewed(room, LAST)
    new_files(source, files_of_month)
    costs.append(standing(room, "ingest", "records", str(files_of_month)))
    costs += renewed(room, NEXT)
    costs.append(standing(room, "relations", "--as-of", str(NEXT)))
    shutil.rmtree(files_of_month)
    return dict(zip(STAGES, costs, strict=True))


def growth(folder: Path, people: Sequence[int]) -> None:
    """What each stage costs by the number of people, the exponent of each, and what a person-month takes on disk."""
    found: dict[str, list[Cost]] = {stage: [] for stage in STAGES}
    for n in people:
        runs = [stages(folder, n) for _ in range(RUNS.get(n, 1))]
        print(f"  {n:,} people", flush=True)
        for stage in STAGES:
            found[stage].append(median([run[stage] for run in runs]))
            print(f"    {stage:<18} {found[stage][-1]}", flush=True)
        for kind in ("records", "statements", "dealings", "scores"):
            held = read_catalogue(folder / "room" / "catalogue.json").under(kind)
            months = 2 if kind == "scores" else MONTHS + 1
            print(
                f"    {kind:<18} {sum(entry.size for entry in held) / n / months:8.1f} bytes a person-month", flush=True
            )
    builds = [both(*pair) for pair in zip(found["statements"], found["score"], strict=True)]
    for fitted in (people, people[-2:]) if len(people) > 1 else ():
        print(f"  exponents from {fitted[0]:,} to {fitted[-1]:,} people, of time and of CPU time")
        for stage, costs in {"full build": builds, **found}.items():
            took = [[c.wall for c in costs[-len(fitted) :]], [c.cpu for c in costs[-len(fitted) :]]]
            time_and_cpu = [np.polyfit(np.log(fitted), np.log(each), 1)[0] for each in took]
            print("    {:<18} {:6.3f} {:6.3f}".format(stage, *time_and_cpu), flush=True)


def memory(folder: Path, people: int) -> None:
    """The peak under a cap."""
    room = room_of(town(folder, people), folder / "room")
    for verb in renewal(LAST):
        cost = standing(room, *verb, "--memory", CAP)
        print(f"  {verb[0]:<11} --memory {CAP}: {cost}, {cost.peak / 2000:.2f} of the cap", flush=True)


def spark(folder: Path, people: int) -> None:
    """A cluster of one master and two workers on loopback, beside DuckDB; then again with a worker killed."""
    source = town(folder, people)
    rooms = {way: room_of(source, folder / f"room-{way}") for way in ("duckdb", "cluster", "killed")}
    renewed(rooms["duckdb"], LAST)
    for way in ("cluster", "killed"):
        with cluster.started(workers=2) as nodes:
            options = ("--engine", "spark", "--master", nodes.master)
            killer = threading.Timer(30, nodes.kill_worker) if way == "killed" else None
            if killer:
                killer.start()
            cost = both(*renewed(rooms[way], LAST, *options))
            alive = nodes.workers_alive()
            print(f"  full build on Spark, {way:<8} {cost}, {alive} of 2 workers at the end", flush=True)
            _compare(rooms["duckdb"], rooms[way], LAST)
            if way == "cluster":
                arrive(source, rooms[way])
                arrive(source, rooms["duckdb"])
                renewed(rooms["duckdb"], NEXT)
                cost = both(*renewed(rooms[way], NEXT, *options))
                print(f"  monthly run on Spark          {cost}", flush=True)
                _compare(rooms["duckdb"], rooms[way], NEXT)
    for room in rooms.values():
        shutil.rmtree(room)


def _compare(one: Path, other: Path, month: Month) -> None:
    def statements(room: Path) -> str:
        found = read_catalogue(room / "catalogue.json").under("statements")
        return files([room / e.path for e in found if e.path.split("/")[2] <= f"known={month}"])

    print(f"    statements that differ: {differing(statements(one), statements(other)):,}")
    print(
        f"    scores that differ in any column: {differing(scores_of(one, month), scores_of(other, month)):,}",
        flush=True,
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("parts", nargs="*")
    asked.add_argument("--people", type=int, default=PEOPLE)
    asked.add_argument("--way", default="at_once")
    said = asked.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    definition = load_programme("sesame")
    for part in said.parts or ["build", "memory", "growth", "engines", "spark"]:
        if part in {"by_hand", "scan"}:
            records = said.folder / "room" / "records"
            months = [str(FIRST.plus(n)) for n in range(MONTHS)]
            if part == "scan":
                with Duck() as duck:
                    duck.rows(by_hand.bare_scan(records, LAST))
            else:
                given = (definition, expert_card(definition), LAST)
                by_hand.score_by_hand(
                    getattr(by_hand, said.way), records, given, months, said.folder / "by_hand.parquet"
                )
            continue
        print(f"\n== {part}", flush=True)
        match part:
            case "build":
                build(said.folder, said.people)
            case "growth":
                growth(said.folder, [n for n in GROWTH if n <= said.people])
            case "engines":
                engines(said.folder, said.people)
            case "memory":
                memory(said.folder, said.people)
            case "spark":
                spark(said.folder, min(SPARK_PEOPLE, said.people))
            case _:
                sys.exit(f"{part}: expected build, engines, growth, memory or spark")


if __name__ == "__main__":
    main()
