"""One change at a time, each whole or not at all, and nobody is told a result before it is on disk."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, MetaData, String, Table, Text, delete, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.registry.conftest import HandClock

from goodstanding.errors import Busy, Conflict, StandingError
from goodstanding.registry.database.schema import log, log_head
from goodstanding.registry.keys import Keyring, Keys, write_keyring
from goodstanding.registry.log import stored_frontier
from goodstanding.registry.transactions import MOST_AT_ONCE, Change, Changes, Job, Together, Writer
from goodstanding.registry.verification import verify_registry

# A table of the test's own, in which a row is a name and a text.
settings = Table("settings", MetaData(), Column("name", String(32), primary_key=True), Column("value", Text))


@pytest.fixture(autouse=True)
def _settings(request: pytest.FixtureRequest) -> None:
    """The table, in whatever database the test asks for."""
    for name in ("engine", "sqlite"):
        if name in request.fixturenames:
            settings.create(request.getfixturevalue(name), checkfirst=True)


SOON = 30  # seconds after which a test that hangs is given up


def write(change: Change, names: Sequence[str]) -> list[str | StandingError]:
    """A row and a line for each name. A name that begins with ! is refused; one with ? fails in the database."""
    found: list[str | StandingError] = []
    for name in names:
        if name.startswith("!"):
            found.append(Conflict("name", name, "another", "Take another."))
            continue
        change.connection.execute(insert(settings).values(name=name.removeprefix("?"), value="1"))
        change.add("test.line", name, [])
        if name.startswith("?"):
            change.connection.execute(insert(settings).values(name=name.removeprefix("?"), value="again"))
        found.append(name)
    return found


def write_other(change: Change, names: Sequence[str]) -> list[str | StandingError]:
    """The same, as work of its own."""
    return write(change, names)


def fail(change: Change, names: Sequence[str]) -> list[str | StandingError]:
    """Rows and lines, and then an error."""
    write(change, names)
    raise RuntimeError(names[0])


def interrupt(change: Change, names: Sequence[str]) -> None:
    """Rows and lines, and then the user presses Ctrl-C."""
    write(change, names)
    raise KeyboardInterrupt


def job(name: str, work: Together[str, str] = write) -> Job:
    return Job(work, name, Future())


def names_in(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(settings.c.name)))


def lines_in(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        rows = connection.execute(select(log.c.log_index, log.c.object).order_by(log.c.log_index))
        return [(row.log_index, row.object) for row in rows]


def is_sound(changes: Changes) -> bool:
    """Whether the log is whole: no gap, and its head signed."""
    return [one for one in verify_registry(changes).findings if one.table.startswith("log")] == []


# --- One change ---


def test_a_change_is_there_with_its_lines_when_it_ends(changes: Changes) -> None:
    assert changes.do(lambda change: write(change, ["a", "b"])) == ["a", "b"]
    assert names_in(changes.engine) == {"a", "b"}
    assert lines_in(changes.engine) == [(0, "a"), (1, "b")]
    assert is_sound(changes)


def test_a_change_that_fails_leaves_no_row_no_line_and_no_head(changes: Changes) -> None:
    with pytest.raises(RuntimeError, match="a"):
        changes.do(lambda change: fail(change, ["a"]))
    assert names_in(changes.engine) == set()
    with changes.engine.connect() as connection:
        assert stored_frontier(connection).size == 0
        assert connection.scalar(select(func.count()).select_from(log)) == 0
    assert changes.do(lambda change: write(change, ["a"])) == ["a"]
    assert lines_in(changes.engine) == [(0, "a")]


def test_a_change_has_one_time_and_knows_its_next_index(changes: Changes, clock: HandClock) -> None:
    changes.do(lambda change: write(change, ["a"]))
    before = clock.now
    with changes.change() as change:
        assert (change.now, change.next_index) == (before, 1)
        clock.move(hours=1)
        assert [change.add("test.line", "b", []), change.next_index] == [1, 2]
        assert [change.add("test.line", "c", []), change.next_index] == [2, 3]
        assert change.now == before
    with changes.engine.connect() as connection:
        assert set(connection.scalars(select(log.c.at))) == {before}


def test_a_step_that_fails_leaves_no_gap_in_the_log(changes: Changes) -> None:
    with changes.change() as change:
        write(change, ["a"])
        with pytest.raises(RuntimeError), change.step():
            fail(change, ["b", "c"])
        assert change.next_index == 1
        with change.step():
            write(change, ["d"])
            with pytest.raises(IntegrityError), change.step():
                write(change, ["e", "?f"])
        with pytest.raises(KeyboardInterrupt), change.step():
            interrupt(change, ["g"])
        write(change, ["b"])
    assert names_in(changes.engine) == {"a", "d", "b"}
    assert lines_in(changes.engine) == [(0, "a"), (1, "d"), (2, "b")]
    assert is_sound(changes)


def test_a_step_inside_a_step_that_fails_is_taken_back_too(changes: Changes) -> None:
    def two_steps(change: Change) -> None:
        with change.step():
            write(change, ["a"])
        fail(change, ["b"])

    with changes.change() as change:
        with pytest.raises(RuntimeError), change.step():
            two_steps(change)
        write(change, ["c"])
    assert names_in(changes.engine) == {"c"}
    assert lines_in(changes.engine) == [(0, "c")]
    assert is_sound(changes)


# --- A batch ---


def test_work_of_one_kind_is_done_together_and_in_order(changes: Changes) -> None:
    seen: list[list[str]] = []

    def remember(change: Change, names: Sequence[str]) -> list[str | StandingError]:
        seen.append(list(names))
        return write(change, names)

    jobs = [job("a", remember), job("b", remember), job("c"), job("d"), job("e", remember)]
    changes.run(jobs)
    assert seen == [["a", "b"], ["e"]]
    assert [one.done.result(0) for one in jobs] == ["a", "b", "c", "d", "e"]
    assert [name for _, name in lines_in(changes.engine)] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(("name", "work", "error"), [("b", fail, RuntimeError), ("?b", write_other, IntegrityError)])
def test_a_job_that_fails_takes_back_its_own_and_nothing_else(
    changes: Changes, name: str, work: Together[str, str], error: type[Exception]
) -> None:
    jobs = [job("a"), job(name, work), job("c"), job("!d"), job("e")]
    changes.run(jobs)
    assert [jobs[at].done.result(0) for at in (0, 2, 4)] == ["a", "c", "e"]
    assert isinstance(jobs[1].done.exception(0), error)
    assert isinstance(jobs[3].done.exception(0), Conflict)
    assert names_in(changes.engine) == {"a", "c", "e"}
    assert lines_in(changes.engine) == [(0, "a"), (1, "c"), (2, "e")]
    assert is_sound(changes)


def test_jobs_done_together_fail_together(changes: Changes) -> None:
    jobs = [job("a"), job("b", fail), job("c", fail), job("d")]
    changes.run(jobs)
    assert [str(jobs[at].done.exception(0)) for at in (1, 2)] == ["b", "b"]
    assert names_in(changes.engine) == {"a", "d"}


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(["", "!", "?"]), st.sampled_from([write, write_other, fail])), max_size=12))
def test_any_batch_leaves_what_it_told_and_nothing_else(
    changes: Changes, asked: list[tuple[str, Together[str, str]]]
) -> None:
    with changes.engine.begin() as connection:
        connection.execute(delete(settings))
    before = len(lines_in(changes.engine))
    jobs = [job(f"{mark}{at}", work) for at, (mark, work) in enumerate(asked)]
    changes.run(jobs)
    told = [one.done.result(0) for one in jobs if one.done.exception(0) is None]
    assert names_in(changes.engine) == set(told)
    assert lines_in(changes.engine)[before:] == list(enumerate(told, start=before))
    assert is_sound(changes)


def test_a_result_is_told_only_when_others_can_see_the_row(changes: Changes) -> None:
    seen: dict[str, set[str]] = {}
    jobs = [job("a"), job("b", fail), job("c")]
    for one in jobs:
        one.done.add_done_callback(lambda _, name=one.ask: seen.update({name: names_in(changes.engine)}))
    changes.run(jobs)
    assert seen == {"a": {"a", "c"}, "b": {"a", "c"}, "c": {"a", "c"}}


# SQLite checks a deferred foreign key at the commit: 'nobody' is no person.
FAIL_AT_COMMIT = {
    "sqlite": [
        "CREATE TABLE late (person CHAR(32) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER fails AFTER INSERT ON settings BEGIN INSERT INTO late VALUES ('nobody'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room on the disk'; END $$",
        """CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION fail()""",
    ],
}


@pytest.fixture
def _no_commit(engine: Engine) -> None:
    """A database in which whatever touches `settings` fails at the commit, and only there."""
    with engine.begin() as connection:
        for statement in FAIL_AT_COMMIT[engine.dialect.name]:
            connection.exec_driver_sql(statement)


@pytest.mark.usefixtures("_no_commit")
def test_nobody_is_told_success_when_the_commit_fails(changes: Changes) -> None:
    jobs = [job("a"), job("!b"), job("c", fail), job("d")]
    changes.run(jobs)
    assert all(isinstance(one.done.exception(0), DBAPIError) for one in jobs)
    assert names_in(changes.engine) == set()
    assert lines_in(changes.engine) == []


def test_nobody_is_told_success_when_the_log_cannot_be_written(changes: Changes) -> None:
    with changes.engine.begin() as connection:
        connection.execute(
            insert(log), {"log_index": 1, "at": changes.clock(), "kind": "", "object": "", "body": "", "leaf": b""}
        )
    jobs = [job("a"), job("b")]
    changes.run(jobs)
    assert all(isinstance(one.done.exception(0), IntegrityError) for one in jobs)
    assert names_in(changes.engine) == set()


def test_work_that_gives_too_few_results_is_no_success(changes: Changes) -> None:
    def forget(change: Change, names: Sequence[str]) -> list[str | StandingError]:
        return write(change, names)[:-1]

    jobs = [job("a", forget), job("b", forget)]
    changes.run(jobs)
    assert all(one.done.exception(0) is not None for one in jobs)
    assert names_in(changes.engine) == set()


# --- The lock ---


def test_a_change_waits_for_the_one_before_it(changes: Changes) -> None:
    entered = Event()
    seen: list[int] = []

    def second() -> None:
        with changes.change() as change:
            entered.set()
            seen.append(change.before.size)
            change.add("test.line", "second", [])

    thread = Thread(target=second)
    with changes.change() as change:
        change.add("test.line", "first", [])
        thread.start()
        assert not entered.wait(0.3)
    thread.join(SOON)
    assert seen == [1]
    assert lines_in(changes.engine) == [(0, "first"), (1, "second")]


def test_without_the_lock_two_changes_take_the_same_index(changes: Changes) -> None:
    free = replace(changes, guarded=False)
    both, errors, indices = Barrier(2, timeout=SOON), list[Exception](), list[int]()

    def change_it() -> None:
        try:
            with free.change() as change:
                indices.append(change.add("test.line", "x", []))
                both.wait()
        except (DBAPIError, Busy) as error:
            errors.append(error)

    threads = [Thread(target=change_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert (indices, len(errors)) == ([0, 0], 1)


def test_threads_with_registries_of_their_own_never_share_an_index(
    changes: Changes, keyring: Keyring, clock: HandClock
) -> None:
    begin, told = Barrier(4, timeout=SOON), list[int]()

    def many(who: int) -> None:
        own = Changes(changes.engine, Keys(keyring), clock)
        begin.wait()
        for at in range(15):
            told.append(own.do(lambda change, name=f"{who} {at}": change.add("test.line", name, [])))

    threads = [Thread(target=many, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert sorted(told) == list(range(60))
    assert is_sound(changes)


PROCESS = """
import sys
from pathlib import Path
from goodstanding.registry.transactions import Changes
from goodstanding.registry.clock import system_clock
from goodstanding.registry.database import database_url, open_database
from goodstanding.registry.keys import Keys

folder, url, who = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
changes = Changes(open_database(database_url(folder, url)), Keys.of_folder(folder), system_clock)
print("ready", flush=True)
sys.stdin.readline()
for at in range(20):
    print(changes.do(lambda change: change.add("test.line", f"{who} {at}", [])))
"""


def test_processes_never_share_an_index(changes: Changes, keyring: Keyring, tmp_path: Path) -> None:
    write_keyring(tmp_path, keyring)
    url = changes.engine.url.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, tmp_path, url, who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in ("ann", "bob")
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [int(line) for process in processes for line in process.communicate(timeout=SOON)[0].split()]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(told) == list(range(40))
    assert {name for _, name in lines_in(changes.engine)} == {
        f"{who} {at}" for who in ("ann", "bob") for at in range(20)
    }
    assert is_sound(changes)


# --- The writer ---


def test_what_waits_is_done_in_one_transaction_and_in_order(changes: Changes) -> None:
    held, go = Event(), Event()

    def hold(change: Change, names: Sequence[str]) -> list[str | StandingError]:
        held.set()
        assert go.wait(SOON)
        return write(change, names)

    with Writer(changes) as writer:
        first = writer.submit(hold, "first")
        assert held.wait(SOON)
        rest = [writer.submit(write, f"{at:03d}") for at in range(40)]
        assert not first.done()
        go.set()
        assert [one.result(SOON) for one in rest] == [f"{at:03d}" for at in range(40)]
    assert [name for _, name in lines_in(changes.engine)] == ["first", *(f"{at:03d}" for at in range(40))]
    assert heads_signed(changes) == 41


def test_a_batch_has_its_greatest_size(changes: Changes) -> None:
    held, go, sizes = Event(), Event(), list[int]()

    def count(_: Change, names: Sequence[str]) -> list[str | StandingError]:
        held.set()
        assert go.wait(SOON)
        sizes.append(len(names))
        return list(names)

    with Writer(changes) as writer:
        several = [writer.submit(count, "first")]
        assert held.wait(SOON)
        several += [writer.submit(count, str(at)) for at in range(MOST_AT_ONCE + 3)]
        go.set()
        wait_for(several, SOON)
    assert sizes == [1, MOST_AT_ONCE, 3]


def test_the_writer_does_what_was_asked_before_it_ends(changes: Changes) -> None:
    with Writer(changes) as writer:
        asked = [writer.submit(write, str(at)) for at in range(300)]
    assert all(one.done() for one in asked)
    assert [one.result(0) for one in asked] == [str(at) for at in range(300)]
    assert [int(name) for _, name in lines_in(changes.engine)] == list(range(300))
    assert not writer._thread.is_alive()  # noqa: SLF001 - that it ended is the point


def test_the_writer_ends_though_it_had_nothing_to_do(changes: Changes) -> None:
    with Writer(changes):
        pass
    assert lines_in(changes.engine) == []


def test_the_writer_ends_and_does_its_work_when_its_user_fails(changes: Changes) -> None:
    asked: list[Future[str]] = []

    def user() -> None:
        with Writer(changes) as writer:
            asked.append(writer.submit(write, "a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        user()
    assert asked[0].result(0) == "a"


def test_the_writer_goes_on_after_work_that_failed(changes: Changes) -> None:
    with Writer(changes) as writer:
        failed = writer.submit(fail, "a")
        assert isinstance(failed.exception(SOON), RuntimeError)
        refused = writer.submit(write, "!b")
        assert isinstance(refused.exception(SOON), Conflict)
        assert writer.submit(write, "c").result(SOON) == "c"
    assert lines_in(changes.engine) == [(0, "c")]


def test_the_writer_goes_on_after_a_database_that_failed(changes: Changes) -> None:
    stray = {"log_index": 0, "at": changes.clock(), "kind": "", "object": "", "body": "", "leaf": b""}
    with changes.engine.begin() as connection:
        connection.execute(insert(log), stray)
    with Writer(changes) as writer:
        assert isinstance(writer.submit(write, "a").exception(SOON), IntegrityError)
        with changes.engine.begin() as connection:
            connection.execute(delete(log))
        assert writer.submit(write, "a").result(SOON) == "a"
    assert is_sound(changes)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_writer_goes_on_after_a_caller_that_gave_up(changes: Changes) -> None:
    held, go = Event(), Event()

    def hold(change: Change, names: Sequence[str]) -> list[str | StandingError]:
        held.set()
        assert go.wait(SOON)
        return write(change, names)

    with Writer(changes) as writer:
        first = writer.submit(hold, "first")
        assert held.wait(SOON)
        given_up, next_one = writer.submit(write, "given up"), writer.submit(write, "next")
        given_up.cancel()
        go.set()
        assert first.result(SOON) == "first"
        assert next_one.result(2) == "next"


def test_many_threads_may_ask_one_writer(changes: Changes) -> None:
    told: dict[str, str] = {}

    def ask(who: int) -> None:
        for at in range(25):
            name = f"{who} {at}"
            told[name] = writer.submit(write, name).result(SOON)

    with Writer(changes) as writer:
        threads = [Thread(target=ask, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
    assert told == {f"{who} {at}": f"{who} {at}" for who in range(4) for at in range(25)}
    lines = [name.split() for _, name in lines_in(changes.engine)]
    for who in range(4):
        assert [int(at) for found, at in lines if found == str(who)] == list(range(25))
    assert is_sound(changes)


def heads_signed(changes: Changes) -> int:
    with changes.engine.connect() as connection:
        return connection.scalar(select(log_head.c.size)) or 0
