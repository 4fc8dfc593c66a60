"""Every pair of an operator's verbs at once: does each end well or say in one sentence why not, and is nothing lost?

    python benchmarks/pairs.py [--database sqlite|postgresql|both] [--times 1] [--only VERB ...] [--town]
    python benchmarks/pairs.py --rotations 200      # two rotations at once, again and again
    python benchmarks/pairs.py --kills 200          # rotations killed, alone or beside another, then run again

For each pair two processes begin at the same moment, on a copy of one workspace. Both end with 0, or one says in one
sentence what stands against it and is run again. Then `verify` is silent, everything sealed opens, everybody is found,
one key of each purpose is in force, and the state is that of one verb after the other. Ends with 1 if anything is not.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from pathlib import Path

from at_once import Said, alone, apart, at_once
from nursery import Room, postgresql
from operators_verbs import READERS, VERBS, build, command_of, state_of, wrong_in
from sqlalchemy import create_engine, make_url, text

PURPOSES = ("sealing", "lookup")
LONGEST_SECONDS = 0.4
BASE = "base"


@dataclass(frozen=True)
class Bench:
    """A folder to work in, with the place that all others are copies of."""

    folder: Path
    url: str | None
    base: Room

    @contextmanager
    def copy(self) -> Iterator[Room]:
        """A copy of the base, for one try."""
        with copied(self, self.base) as place:
            yield place


@contextmanager
def copied(bench: Bench, place: Room) -> Iterator[Room]:
    """A copy of a place, with its database."""
    name = f"copy_{random.getrandbits(64):016x}"
    folder = bench.folder / name
    shutil.copytree(place.folder, folder)
    url = None
    if place.url is not None:
        apart(_on_server, place.url, f"CREATE DATABASE {name} TEMPLATE {make_url(place.url).database}")
        url = make_url(place.url).set(database=name).render_as_string(hide_password=False)
    try:
        yield Room(folder, url)
    finally:
        if url is not None and place.url is not None:
            apart(_on_server, place.url, f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(folder)


def _on_server(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg", database="postgres"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def bench_of(database: str, *, town: bool) -> Iterator[Bench]:
    """A bench on a database, with or without a scored town in the workspace."""
    with tempfile.TemporaryDirectory(prefix="pairs") as name:
        folder = Path(name)
        if database == "sqlite":
            base = Room(folder / BASE, None)
            build(base, town=town)
            yield Bench(folder, None, base)
            return
        with postgresql() as url:
            # Processes are killed here, not machines: nothing is tried that the disk would have to remember.
            for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {BASE}"):
                apart(_on_server, url, statement)
            own = make_url(url).set(database=BASE).render_as_string(hide_password=False)
            base = Room(folder / BASE, own)
            build(base, town=town)
            yield Bench(folder, own, base)


def rotations(bench: Bench, times: int) -> Counter[str]:
    """Two rotations at once; gives how often what happened."""
    found: Counter[str] = Counter()
    for place in range(times):
        purposes = (PURPOSES[0], PURPOSES[0]) if place % 2 == 0 else (PURPOSES[place // 2 % 2], PURPOSES[1])
        with bench.copy() as room:
            ended = at_once([command_of(f"registry rotate {one}", room) for one in purposes], room.url)
            found["both ended with 0" if all(one.well for one in ended) else "one was told to wait"] += 1
            found["said in other words"] += sum(not one.well and not one.in_one_sentence for one in ended)
            wrong = wrong_in(room)
            found["lost"] += bool(wrong)
            _print(wrong, limit=found["lost"] <= 3)
    return found


def kills(bench: Bench, times: int, seed: int) -> Counter[str]:
    """Rotations killed at some moment, alone or beside another, then run again; gives how often what happened."""
    found: Counter[str] = Counter()
    chance = random.Random(seed)  # noqa: S311 - so that a run can be repeated
    for place in range(times):
        with bench.copy() as room:
            commands = [command_of(f"registry rotate {chance.choice(PURPOSES)}", room) for _ in range(1 + place % 2)]
            ended = at_once(commands, room.url, [chance.uniform(0.001, LONGEST_SECONDS) for _ in commands])
            found["killed"] += sum(one.code < 0 for one in ended)
            found["stopped amid its work"] += apart(_amid, room)
            again = [alone(command_of(f"registry rotate {one}", room), room.url) for one in PURPOSES]
            found["did not end when run again"] += sum(not one.well for one in again)
            wrong = wrong_in(room)
            found["lost"] += bool(wrong)
            _print([*wrong, *(one.err for one in again)], limit=found["lost"] <= 3 or not all(x.well for x in again))
    return found


def _amid(place: Room) -> bool:
    """Whether a rotation has begun and not ended: there is an old key beside the new one."""
    from goodstanding.registry.keys import read_keyring  # noqa: PLC0415 - in the fork alone

    return any(len(keys) > 1 for keys in read_keyring(place.folder / "keys").keys.values())


def _print(wrong: Sequence[str], *, limit: bool) -> None:
    for one in wrong if limit else ():
        if one:
            print(f"    {one}", flush=True)


def pairs_of(only: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs: every verb that changes something with each of them, itself too, and with each that reads."""
    verbs = [verb for verb in VERBS if not only or verb in only]
    readers = [verb for verb in READERS if not only or not READERS[verb].needs_town]
    return [*combinations_with_replacement(verbs, 2), *product(readers, verbs)]


def pair(bench: Bench, first: str, second: str, states: Sequence[object]) -> list[str]:
    """Run two verbs at once; gives what was wrong."""
    with bench.copy() as room:
        commands = [command_of(first, room, 0), command_of(second, room, 1)]
        ended = at_once(commands, room.url)
        wrong = [f"{name}: {_short(one)}" for name, one in zip((first, second), ended, strict=True) if _odd(one)]
        for command, one in zip(commands, ended, strict=True):
            if not one.well:
                again = alone(command, room.url)
                if _odd(again):
                    wrong.append(f"again: {_short(again)}")
        wrong += wrong_in(room)
        state = apart(state_of, room)
        if state not in states:
            wrong += [f"a state of neither order: {_difference(state, other)}" for other in states]
        return wrong


def _odd(said: Said) -> bool:
    return not said.well and not said.in_one_sentence


def _short(said: Said) -> str:
    return f"exit {said.code}: {said.out[-300:]} {said.err[-600:]}".strip()


def _difference(state: dict[str, object], other: dict[str, object]) -> str:
    return "; ".join(
        f"{key}: {state.get(key)} / {other.get(key)}" for key in state | other if state.get(key) != other.get(key)
    )


def serial(bench: Bench, verbs: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[object]]:
    """The states after one verb and then the other, for each pair."""
    found: dict[tuple[str, str], list[object]] = {one: [] for one in pairs}
    for first in verbs:
        with bench.copy() as before:
            for turn in (0, 1):
                todo = [one for one in pairs if one[turn] == first]
                if not todo:
                    continue
                with copied(bench, before) as began:
                    alone(command_of(first, began, turn), began.url)
                    for one in todo:
                        with copied(bench, began) as room:
                            alone(command_of(one[1 - turn], room, 1 - turn), room.url)
                            found[one].append(apart(state_of, room))
    return found


def all_pairs(bench: Bench, only: Sequence[str], times: int) -> Counter[str]:
    """Every pair, so many times; gives how often what happened."""
    found: Counter[str] = Counter()
    pairs = pairs_of(only)
    states = serial(bench, [*VERBS, *READERS], pairs)
    for _, (first, second) in product(range(times), pairs):
        wrong = pair(bench, first, second, states[first, second])
        found["pairs"] += 1
        found["wrong"] += bool(wrong)
        if wrong:
            print(f"  {first} + {second}", flush=True)
            _print(wrong, limit=True)
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    asked.add_argument("--times", type=int, default=1)
    asked.add_argument("--only", nargs="+", default=[], choices=VERBS, metavar="VERB")
    asked.add_argument("--rotations", type=int, default=0)
    asked.add_argument("--kills", type=int, default=0)
    asked.add_argument("--seed", type=int, default=1)
    said = asked.parse_args()
    well = True
    for database in ["sqlite", "postgresql"] if said.database == "both" else [said.database]:
        by_themselves = said.rotations or said.kills
        town = not by_themselves and (not said.only or any(VERBS[verb].needs_town for verb in said.only))
        with bench_of(database, town=town) as bench:
            began = time.perf_counter()
            found: Counter[str] = Counter()
            if said.rotations:
                found += rotations(bench, said.rotations)
            if said.kills:
                found += kills(bench, said.kills, said.seed)
            if not by_themselves:
                found += all_pairs(bench, said.only, said.times)
            told = ", ".join(f"{what}: {n}" for what, n in found.items())
            print(f"{database}: {told} ({time.perf_counter() - began:.0f} s)", flush=True)
            bad = ("lost", "wrong", "did not end when run again", "said in other words")
            well = well and not any(found[what] for what in bad)
    sys.exit(not well)


if __name__ == "__main__":
    main()
