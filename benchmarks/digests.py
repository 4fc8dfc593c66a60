"""What it costs that every file is proven before it is read: a score run and one person's standing, with and without.

    python benchmarks/digests.py FOLDER [--people N] [--rounds N]

FOLDER keeps the town, as scale.py does. Each command is a process of its own, so that nothing is proven yet; with and
without are run in turn. Files are in memory as far as they fit: what is measured is the hashing, not the disk.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from commands import Cost, median, run, standing
from towns import LAST, room_of, town

from goodstanding.cli import main as standing_main
from goodstanding.store import Entry, Workspace, digests, workspace

PEOPLE = 100_000
ROUNDS = 5
PERSON = "P000003"
WAYS = ("with", "without")
VERBS = {"score": ("score", "sesame", "--as-of", str(LAST)), "show": ("show", PERSON, "--as-of", str(LAST))}


def child(way: str, note: Path, verb: Sequence[str]) -> None:
    """Run a verb, proven or not, and note how long it waited for proofs."""
    spent, proven = 0.0, digests.proven
    if way == "without":
        digests._prove = lambda *_: None  # noqa: SLF001 - what is measured is what this costs

    def timed(root: Path, entries: Sequence[Entry]) -> list[Path]:
        nonlocal spent
        started = time.perf_counter()
        try:
            return proven(root, entries)
        finally:
            spent += time.perf_counter() - started

    workspace.proven = timed
    sys.argv = ["standing", *verb]
    try:
        standing_main()
    finally:
        note.write_text(str(spent), encoding="ascii")


def measured(folder: Path, way: str, room: Path, verb: Sequence[str]) -> tuple[Cost, float]:
    note = folder / "spent.txt"
    told = ("--child", way, "--note", str(note), *verb, "--workspace", str(room))
    cost = run(sys.executable, __file__, str(folder), *told)
    return cost, float(note.read_text(encoding="ascii"))


def copied(room: Path, at: Path) -> Path:
    """The same workspace again; what never changes is not copied."""
    shutil.rmtree(at, ignore_errors=True)

    def take(source: str, target: str) -> None:
        (os.link if source.endswith(".parquet") else shutil.copy2)(source, target)

    shutil.copytree(room, at, copy_function=take)
    return at


def show(folder: Path, people: int, rounds: int) -> None:
    room = room_of(town(folder, people), folder / "room")
    print(f"  statements  {standing(room, 'statements')}", flush=True)
    found: dict[tuple[str, str], list[tuple[Cost, float]]] = {(verb, way): [] for verb in VERBS for way in WAYS}
    for number in range(rounds):
        for way in WAYS if number % 2 else reversed(WAYS):
            again = copied(room, folder / "again")
            for verb, told in VERBS.items():
                found[verb, way].append(measured(folder, way, again, told))
                print(f"  {verb:<6} {way:<8} {found[verb, way][-1][0]}", flush=True)
    held = Workspace(folder / "again").catalogue.files.values()
    size = sum(entry.size for entry in held) / 1e6
    print(f"  {people:,} people: {len(held):,} files, {size:,.0f} MB; medians of {rounds}")
    for verb in VERBS:
        costs = {way: median([cost for cost, _ in found[verb, way]]) for way in WAYS}
        waited = {way: sorted(spent for _, spent in found[verb, way])[rounds // 2] for way in WAYS}
        for way in WAYS:
            print(f"  {verb:<6} {way:<8} {costs[way]}, of it {waited[way]:.2f} s in proofs")
        wall, cpu = (getattr(costs["with"], of) / getattr(costs["without"], of) for of in ("wall", "cpu"))
        share = waited["with"] / costs["with"].wall
        print(
            f"  {verb:<6} with / without: {wall:.3f} of the time, {cpu:.3f} of the CPU time; waited {share:.3f}",
            flush=True,
        )
    shutil.rmtree(folder / "again")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--people", type=int, default=PEOPLE)
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--child", choices=WAYS)
    asked.add_argument("--note", type=Path)
    said, verb = asked.parse_known_args()
    if said.child:
        child(said.child, said.note, verb)
        return
    said.folder.mkdir(parents=True, exist_ok=True)
    show(said.folder, said.people, said.rounds)


if __name__ == "__main__":
    main()
