"""Every chore stopped in the middle and run again: does it end as one that was not stopped?

    python benchmarks/stopped.py [--times 200] [--database sqlite|postgresql|both] [--verbs collect ...] [--seed 1]
    python benchmarks/stopped.py --between

A small workspace with a registry in which much is due is copied, a verb is run on the copy in a process of its own and
killed at a random moment, then run again to its end. Rows, messages, scores, lines of the log and files have to be
those of a run that nobody stopped, everything sealed has to open, and the check of the whole registry has to find
nothing. With --between each chore is stopped before each of its steps (transactions, changes of the workspace) instead.
Ends with 1 if anything differs.
"""

import argparse
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ParamSpec, TypeVar, cast
from unittest import mock

import psycopg
from due import Due, prepare
from effects import effects
from nursery import Room, postgresql
from sqlalchemy import make_url

from goodstanding.cli.app import app
from goodstanding.months import Month, today
from goodstanding.registry import Registry, open_registry
from goodstanding.registry.furnishing import collect, erase_leavers, publish_run, workspace_erasure
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import Manifest, latest_run
from goodstanding.store import Workspace

# Verbs by name: what is run before the one that is killed, so that this has something to do, and that one.
VERBS: Mapping[str, tuple[Sequence[str], str]] = {
    "ingest": ((), "ingest"),
    "statements": (("ingest",), "statements"),
    "score": (("ingest", "statements"), "score"),
    "publish": (("ingest", "statements", "score", "collect"), "publish"),
    "erase": ((), "erase"),
    "collect": (("erase",), "collect"),
    "rotate sealing": ((), "rotate sealing"),
    "rotate lookup": ((), "rotate lookup"),
}
OF_FILES = {"ingest", "statements", "score"}
LATEST = 1.1

T = TypeVar("T")
P = ParamSpec("P")


class Killed(BaseException):
    """As if the process had been killed: nothing after it is done, and nothing catches it."""


@dataclass(frozen=True)
class World:
    """What is copied for each try, and how a copy of its database is made."""

    due: Due
    folder: Path
    server: str | None

    @contextmanager
    def copied(self, name: str, of: Room | None = None) -> Iterator[Room]:
        """A copy, which goes again."""
        source = of or self.due.room
        room = Room(self.folder / name, None)
        shutil.copytree(source.folder, room.folder)
        if self.server is not None:
            room = replace(room, url=_copied_database(self.server, source.url or "", name))
        try:
            yield room
        finally:
            shutil.rmtree(room.folder)
            if self.server is not None:
                _on_server(self.server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _copied_database(server: str, url: str, name: str) -> str:
    _on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{make_url(url).database}"')
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _on_server(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def run_verb(verb: str, room: Room, due: Due) -> None:
    """Run a verb as the command line does, without what it prints. Raises SystemExit with its exit code."""
    if verb == "erase":
        with open_registry(room.folder, room.url) as registry:
            erase_leavers(registry, Workspace(room.folder))
        return
    words = {
        "ingest": ["ingest", "records", str(due.fresh)],
        "score": ["score", "sesame", "--as-of", due.month],
        "publish": ["registry", "publish", "sesame"],
        "collect": ["registry", "collect"],
        "rotate sealing": ["registry", "rotate", "sealing"],
        "rotate lookup": ["registry", "rotate", "lookup"],
    }.get(verb, [verb])
    database = [] if room.url is None or verb in OF_FILES else ["--database", room.url]
    with suppress_printing():
        app([*words, "--workspace", str(room.folder), *database])


@contextmanager
def suppress_printing() -> Iterator[None]:
    """Nothing is printed, by whatever way."""
    sys.stdout.flush()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        kept = os.dup(1)
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)


def in_a_process(work: Callable[[], object]) -> tuple[int, int]:
    """Begin work in a process of its own; gives the process, and where its pickled result can be read."""
    reads, writes = os.pipe()
    process = os.fork()
    if process:
        os.close(writes)
        return process, reads
    os.close(reads)
    code = 1
    try:
        with os.fdopen(writes, "wb") as stream:
            pickle.dump(work(), stream)
        code = 0
    except SystemExit as ended:
        code = 0 if ended.code in (None, 0) else 1
    except Exception:  # noqa: BLE001 - told here: the process ends without coming back
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def result_of(work: Callable[[], T]) -> T:
    """What work in a process of its own gives; so that this one never opens an engine, whose threads do not fork."""
    process, reads = in_a_process(work)
    with os.fdopen(reads, "rb") as stream:
        found = stream.read()
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    return pickle.loads(found) if found else cast("T", None)  # noqa: S301 - of our own process


def done(room: Room) -> tuple[Mapping[str, list[str]], list[str]]:
    """The effects, and what the check of the whole registry finds."""
    with open_registry(room.folder, room.url) as registry:
        workspace = Workspace(room.folder)
        return effects(registry, workspace), [str(one) for one in verify_registry(registry, None, workspace).findings]


def run_and_tell(verb: str, room: Room, due: Due) -> tuple[Mapping[str, list[str]], list[str]]:
    """Run a verb to its end, and tell the effects."""
    run_verb_well(verb, room, due)
    return done(room)


def kill_at_random(world: World, verb: str, times: int, chance: random.Random) -> Counter[str]:
    """Kill a verb many times; gives what happened."""
    happened: Counter[str] = Counter()
    before, own = VERBS[verb]
    with world.copied("before") as room:
        for one in before:
            result_of(lambda one=one: run_verb(one, room, world.due))
        with world.copied("whole", room) as whole:
            began = time.perf_counter()
            result_of(lambda: run_verb(own, whole, world.due))
            took = time.perf_counter() - began
            undisturbed, findings = result_of(lambda: done(whole))
            assert not findings, findings
        for place in range(times):
            with world.copied(f"try{place}", room) as tried:
                process, reads = in_a_process(lambda tried=tried: run_verb(own, tried, world.due))
                time.sleep(chance.uniform(0, took * LATEST))
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                happened["killed at work"] += os.WIFSIGNALED(os.waitpid(process, 0)[1])
                os.close(reads)
                found, findings = result_of(lambda tried=tried: run_and_tell(own, tried, world.due))
                happened["differ"] += _told(verb, place, undisturbed, found, findings)
    return happened


def _told(
    verb: str, place: int, expected: Mapping[str, list[str]], found: Mapping[str, list[str]], findings: Sequence[str]
) -> bool:
    """Whether a try ended otherwise; told if so."""
    other = [name for name in expected if expected[name] != found[name]]
    for name in other:
        odd = set(expected[name]) ^ set(found[name])
        print(f"  {verb}, try {place}: {name} differ: {sorted(odd)[:4]}", flush=True)
    for one in findings[:5]:
        print(f"  {verb}, try {place}: {one}", flush=True)
    return bool(other or findings)


def between(world: World) -> Counter[str]:
    """Stop each chore before each of its steps."""
    happened: Counter[str] = Counter()
    chores: dict[str, Callable[[Registry, Workspace], object]] = {
        "erase": erase_leavers,
        "collect": lambda registry, room: collect(registry, room, today()),
        "publish": lambda registry, room: publish_run(registry, room, _run(room, world.due.month), today()),
    }
    for verb, work in chores.items():
        with world.copied("before") as room:
            for one in VERBS[verb][0]:
                run_verb_well(one, room, world.due)
            with world.copied("whole", room) as whole, stopped_before(0) as steps:
                _do(work, whole)
                undisturbed, findings = done(whole)
            assert not findings, findings
            for step in range(1, steps.count + 1):
                with world.copied(f"step{step}", room) as tried:
                    with stopped_before(step), suppress(Killed):
                        _do(work, tried)
                    _do(work, tried)
                    happened["differ"] += _told(verb, step, undisturbed, *done(tried))
                happened[verb] += 1
    return happened


def run_verb_well(verb: str, room: Room, due: Due) -> None:
    """Run a verb in this process."""
    try:
        run_verb(verb, room, due)
    except SystemExit as ended:
        if ended.code not in (None, 0):
            raise


def _run(room: Workspace, month: str) -> Manifest:
    found = latest_run(room, "sesame", Month.parse(month))
    assert found is not None
    return found


def _do(work: Callable[[Registry, Workspace], object], room: Room) -> None:
    with open_registry(room.folder, room.url) as registry:
        work(registry, Workspace(room.folder))


@dataclass
class Steps:
    """Counts what is done step by step, and ends it before a step."""

    ends_before: int
    count: int = 0

    def next(self) -> None:
        self.count += 1
        if self.count == self.ends_before:
            raise Killed


@contextmanager
def stopped_before(step: int) -> Iterator[Steps]:
    """Every transaction, every change of the workspace and every sweep is a step; nothing is between two of them."""
    steps = Steps(step)

    def counted(method: Callable[P, T]) -> Callable[P, T]:
        def call(*args: P.args, **named: P.kwargs) -> T:
            steps.next()
            return method(*args, **named)

        return call

    with (
        mock.patch.object(Registry, "write", counted(Registry.write)),
        mock.patch.object(Workspace, "stage", counted(Workspace.stage)),
        mock.patch.object(workspace_erasure, "sweep", counted(workspace_erasure.sweep)),
    ):
        yield steps


def main() -> None:
    """Parse, stop, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--verbs", nargs="+", choices=list(VERBS), default=list(VERBS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--between", action="store_true")
    asked = parser.parse_args()
    wrong = 0
    for database in ("sqlite", "postgresql") if asked.database == "both" else (asked.database,):
        serving = postgresql() if database == "postgresql" else nullcontext()
        with tempfile.TemporaryDirectory() as folder, serving as server:
            if asked.between:
                happened = between(World(prepare(Path(folder), _empty(server)), Path(folder), server))
                print(f"{database}: stopped before each step: {dict(happened)}", flush=True)
                wrong += happened["differ"]
                continue
            due = result_of(lambda folder=folder, server=server: prepare(Path(folder), _empty(server)))
            world = World(due, Path(folder), server)
            # Verbs of files know of no database.
            for verb in (one for one in asked.verbs if server is None or one not in OF_FILES):
                began = time.perf_counter()
                happened = kill_at_random(world, verb, asked.times, random.Random(asked.seed))  # noqa: S311
                took = time.perf_counter() - began
                print(
                    f"{database}, {verb}: {asked.times} tries in {took:.0f} s, {happened['killed at work']} killed at "
                    f"work, {happened['differ']} ended otherwise",
                    flush=True,
                )
                wrong += happened["differ"]
    sys.exit(1 if wrong else 0)


def _empty(server: str | None) -> str | None:
    """An empty database of a server."""
    if server is None:
        return None
    empty = make_url(server).set(database="template0").render_as_string(hide_password=False)
    return _copied_database(server, empty, "world")


if __name__ == "__main__":
    main()
