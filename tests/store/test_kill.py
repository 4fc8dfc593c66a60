"""A process killed at any moment leaves the workspace as before or as after, and the next run puts it right."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from goodstanding.engines import Duck
from goodstanding.months import Month, today
from goodstanding.records import folder_feeds, load
from goodstanding.relations.measured_graph import measure_relations
from goodstanding.statements import build_statements
from goodstanding.store import Workspace
from goodstanding.store.layout import FOLDERS

PEOPLE, PAYMENTS, MONTHS = 200, 3000, 12
TRIES = 8
HEADER = "person_id,record_id,happened_on,known_on,source"

# Starting Python costs more than the whole load. One process imports the program once; each command is a process
# of its own, forked from it.
STARTER = """
import json, os, sys
import goodstanding.cli.ingest, goodstanding.cli.relations_verb
from goodstanding.cli import main
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = ["standing", *json.loads(line)]
        try:
            main()
        except SystemExit as end:
            os._exit(int(end.code or 0))
        os._exit(0)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""

Come = Callable[[], bool]
Run = Callable[[list[str], Come], int]
Check = Callable[[Workspace], None]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Start `standing` and kill it when the moment has come; gives how it ended (9: killed, 0: too late)."""
    command = [sys.executable, "-c", STARTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdin
        assert starter.stdout
        stdin, stdout = starter.stdin, starter.stdout

        def start(arguments: list[str], come: Come) -> int:
            stdin.write(json.dumps(arguments) + "\n")
            stdin.flush()
            pid = int(stdout.readline())
            try:
                while not come():
                    time.sleep(0.0005)
                    os.kill(pid, 0)
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended before
            return int(stdout.readline())

        yield start
        stdin.close()


class Job(NamedTuple):
    """A command, the workspace it starts from, the one it makes undisturbed, and how long that takes."""

    arguments: list[str]
    before: Path
    after: Path
    again: Callable[[Workspace], object]
    seconds: float


def graph(room: Workspace) -> None:
    with Duck() as duck:
        measure_relations(room, Month(2023, 12), today(), duck)


def files_of(folder: Path, months: range) -> Path:
    """A folder with people and their payments and transfers of these months."""
    folder.mkdir(parents=True)
    people = [f"p{n},person-{n},2023-01-01,2023-01-01,bank" for n in range(PEOPLE)]
    (folder / "people.csv").write_text("\n".join([HEADER, *people, ""]))
    days = [f"2023-{months[n % len(months)]:02d}-{1 + n % 28:02d}" for n in range(PAYMENTS)]
    payments = [f"p{n % PEOPLE},{months[0]}-{n},{day},{day},bank,wages,{100 + n},CZK" for n, day in enumerate(days)]
    (folder / "payments.csv").write_text("\n".join([HEADER + ",category,amount_minor,currency", *payments, ""]))
    other = "other_person,direction,amount_minor,currency"
    day = f"2023-{months[0]:02d}-01"
    sent = [f"p{n},{months[0]}-{n},{day},{day},bank,p{n // 2},out,100,CZK" for n in range(1, PEOPLE)]
    (folder / "transfers.csv").write_text("\n".join([f"{HEADER},{other}", *sent, ""]))
    return folder


@pytest.fixture(scope="module", params=["ingest", "statements", "relations"])
def job(request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A load of more records, their statements or their graph, in a workspace that holds some already."""
    folder = tmp_path_factory.mktemp(request.param)
    before, after = folder / "before", folder / "after"
    load(Workspace(before), folder_feeds(files_of(folder / "early", range(1, 7))), today())
    build_statements(Workspace(before))
    more = files_of(folder / "more", range(4, MONTHS + 1))
    arguments, again = ["ingest", "records", str(more)], lambda room: load(room, folder_feeds(more), today())
    if request.param != "ingest":
        again(Workspace(before))
        arguments, again = ["statements"], build_statements
    if request.param == "relations":
        again(Workspace(before))
        arguments, again = ["relations", "--as-of", "2023-12"], graph
    shutil.copytree(before, after)
    started = time.monotonic()
    assert run([*arguments, "--workspace", str(after)], lambda: False) == 0
    return Job(arguments, before, after, again, time.monotonic() - started)


def at(share: float) -> Callable[[Path, float], Come]:
    """A random moment from this share of an undisturbed run on."""

    def begin(_: Path, seconds: float) -> Come:
        due = time.monotonic() + (share + random.uniform(0, 0.2)) * seconds  # noqa: S311 - no secret
        return lambda: time.monotonic() >= due

    return begin


def placed(new: int) -> Callable[[Path, float], Come]:
    """The moment at which so many new files are in place: in the middle of a commit."""

    def begin(root: Path, _: float) -> Come:
        def count() -> int:
            return sum(1 for folder in FOLDERS for _ in (root / folder).rglob("*.parquet"))

        least = count() + new
        return lambda: count() >= least

    return begin


def renamed(root: Path, _: float) -> Come:
    """The moment at which the catalogue is another: just after the commit, before old files are deleted."""
    catalogue = root / "catalogue.json"
    before = catalogue.stat().st_ino
    return lambda: catalogue.stat().st_ino != before


MOMENTS = {
    "at the start": at(0.0),
    "early": at(0.2),
    "midway": at(0.4),
    "late": at(0.6),
    "near the end": at(0.8),
    "with the first file in place": placed(1),
    "with some files in place": placed(4),
    "after the commit": renamed,
}


@pytest.fixture
def killed(job: Job, run: Run, tmp_path: Path, request: pytest.FixtureRequest) -> Workspace:
    """What a run killed at a moment left of a copy of the workspace."""
    room = Workspace(Path(shutil.copytree(job.before, tmp_path / "standing")))
    run([*job.arguments, "--workspace", str(room.root)], MOMENTS[request.param](room.root, job.seconds))
    return room


@pytest.mark.parametrize("killed", MOMENTS, indirect=True)
def test_a_killed_run_leaves_before_or_after_and_running_again_completes_it(
    job: Job, killed: Workspace, check_whole: Check, check_tidy: Check
) -> None:
    before, after = Workspace(job.before).catalogue, Workspace(job.after).catalogue
    assert before != after
    assert killed.catalogue in (before, after)
    check_whole(killed)
    job.again(killed)
    assert (killed.root / "catalogue.json").read_bytes() == (job.after / "catalogue.json").read_bytes()
    # Where nothing was left to do, nothing needs sweeping up to be right.
    with killed.stage():
        pass
    check_tidy(killed)


def test_a_run_killed_in_the_middle_of_its_commit_is_as_before(job: Job, run: Run, tmp_path: Path) -> None:
    for attempt in range(TRIES):
        room = Workspace(Path(shutil.copytree(job.before, tmp_path / str(attempt))))
        run([*job.arguments, "--workspace", str(room.root)], placed(1)(room.root, job.seconds))
        in_place = {str(path.relative_to(room.root)) for path in room.root.rglob("*.parquet")}
        # Files without a catalogue that names them: the kill came in the middle, not too late.
        if (in_place - set(room.catalogue.files)) and room.catalogue == Workspace(job.before).catalogue:
            return
    pytest.fail(f"none of {TRIES} runs killed after their first file was in place was as before")
