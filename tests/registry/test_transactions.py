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
from tests.registry.office import HandClock

from goodstanding.errors import Busy, Conflict, StandingError
from goodstanding.registry import Job, Registry, Writer, WriteTransaction
from goodstanding.registry.database.schema import log, log_head
from goodstanding.registry.keys import Keyring, Keys, write_keyring
from goodstanding.registry.log import stored_frontier
from goodstanding.registry.transactions import MOST_AT_ONCE, BatchWork
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


def write(transaction: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
    """A row and a line for each name. A name that begins with ! is refused; one with ? fails in the database."""
    found: list[str | StandingError] = []
    for name in names:
        if name.startswith("!"):
            found.append(Conflict("name", name, "another", "Take another."))
            continue
        transaction.connection.execute(insert(settings).values(name=name.removeprefix("?"), value="1"))
        transaction.add("test.line", name, [])
        if name.startswith("?"):
            transaction.connection.execute(insert(settings).values(name=name.removeprefix("?"), value="again"))
        found.append(name)
    return found


def write_other(transaction: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
    """The same, as work of its own."""
    return write(transaction, names)


def fail(transaction: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
    """Rows and lines, and then an error."""
    write(transaction, names)
    raise RuntimeError(names[0])


def interrupt(transaction: WriteTransaction, names: Sequence[str]) -> None:
    """Rows and lines, and then the user presses Ctrl-C."""
    write(transaction, names)
    raise KeyboardInterrupt


def job(name: str, work: BatchWork[str, str] = write) -> Job:
    return Job(work, name, Future())


def names_in(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(settings.c.name)))


def lines_in(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        rows = connection.execute(select(log.c.log_index, log.c.object).order_by(log.c.log_index))
        return [(row.log_index, row.object) for row in rows]


def is_sound(registry: Registry) -> bool:
    """Whether the log is whole: no gap, and its head signed."""
    return [one for one in verify_registry(registry).findings if one.table.startswith("log")] == []


# --- One change ---


def test_a_change_is_there_with_its_lines_when_it_ends(registry: Registry) -> None:
    assert registry.do(lambda transaction: write(transaction, ["a", "b"])) == ["a", "b"]
    assert names_in(registry.engine) == {"a", "b"}
    assert lines_in(registry.engine) == [(0, "a"), (1, "b")]
    assert is_sound(registry)


def test_a_change_that_fails_leaves_no_row_no_line_and_no_head(registry: Registry) -> None:
    with pytest.raises(RuntimeError, match="a"):
        registry.do(lambda transaction: fail(transaction, ["a"]))
    assert names_in(registry.engine) == set()
    with registry.engine.connect() as connection:
        assert stored_frontier(connection).size == 0
        assert connection.scalar(select(func.count()).select_from(log)) == 0
    assert registry.do(lambda transaction: write(transaction, ["a"])) == ["a"]
    assert lines_in(registry.engine) == [(0, "a")]


def test_a_change_has_one_time_and_knows_its_next_index(registry: Registry, clock: HandClock) -> None:
    registry.do(lambda transaction: write(transaction, ["a"]))
    before = clock.now
    with registry.write() as transaction:
        assert (transaction.now, transaction.next_index) == (before, 1)
        clock.move(hours=1)
        assert [transaction.add("test.line", "b", []), transaction.next_index] == [1, 2]
        assert [transaction.add("test.line", "c", []), transaction.next_index] == [2, 3]
        assert transaction.now == before
    with registry.engine.connect() as connection:
        assert set(connection.scalars(select(log.c.at))) == {before}


def test_a_step_that_fails_leaves_no_gap_in_the_log(registry: Registry) -> None:
    with registry.write() as transaction:
        write(transaction, ["a"])
        with pytest.raises(RuntimeError), transaction.step():
            fail(transaction, ["b", "c"])
        assert transaction.next_index == 1
        with transaction.step():
            write(transaction, ["d"])
            with pytest.raises(IntegrityError), transaction.step():
                write(transaction, ["e", "?f"])
        with pytest.raises(KeyboardInterrupt), transaction.step():
            interrupt(transaction, ["g"])
        write(transaction, ["b"])
    assert names_in(registry.engine) == {"a", "d", "b"}
    assert lines_in(registry.engine) == [(0, "a"), (1, "d"), (2, "b")]
    assert is_sound(registry)


def test_a_step_inside_a_step_that_fails_is_taken_back_too(registry: Registry) -> None:
    def two_steps(transaction: WriteTransaction) -> None:
        with transaction.step():
            write(transaction, ["a"])
        fail(transaction, ["b"])

    with registry.write() as transaction:
        with pytest.raises(RuntimeError), transaction.step():
            two_steps(transaction)
        write(transaction, ["c"])
    assert names_in(registry.engine) == {"c"}
    assert lines_in(registry.engine) == [(0, "c")]
    assert is_sound(registry)


# --- A batch ---


def test_work_of_one_kind_is_done_together_and_in_order(registry: Registry) -> None:
    seen: list[list[str]] = []

    def remember(transaction: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
        seen.append(list(names))
        return write(transaction, names)

    jobs = [job("a", remember), job("b", remember), job("c"), job("d"), job("e", remember)]
    registry.run(jobs)
    assert seen == [["a", "b"], ["e"]]
    assert [one.done.result(0) for one in jobs] == ["a", "b", "c", "d", "e"]
    assert [name for _, name in lines_in(registry.engine)] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(("name", "work", "error"), [("b", fail, RuntimeError), ("?b", write_other, IntegrityError)])
def test_a_job_that_fails_takes_back_its_own_and_nothing_else(
    registry: Registry, name: str, work: BatchWork[str, str], error: type[Exception]
) -> None:
    jobs = [job("a"), job(name, work), job("c"), job("!d"), job("e")]
    registry.run(jobs)
    assert [jobs[at].done.result(0) for at in (0, 2, 4)] == ["a", "c", "e"]
    assert isinstance(jobs[1].done.exception(0), error)
    assert isinstance(jobs[3].done.exception(0), Conflict)
    assert names_in(registry.engine) == {"a", "c", "e"}
    assert lines_in(registry.engine) == [(0, "a"), (1, "c"), (2, "e")]
    assert is_sound(registry)


def test_jobs_done_together_fail_together(registry: Registry) -> None:
    jobs = [job("a"), job("b", fail), job("c", fail), job("d")]
    registry.run(jobs)
    assert [str(jobs[at].done.exception(0)) for at in (1, 2)] == ["b", "b"]
    assert names_in(registry.engine) == {"a", "d"}


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(["", "!", "?"]), st.sampled_from([write, write_other, fail])), max_size=12))
def test_any_batch_leaves_what_it_told_and_nothing_else(
    registry: Registry, asked: list[tuple[str, BatchWork[str, str]]]
) -> None:
    with registry.engine.begin() as connection:
        connection.execute(delete(settings))
    before = len(lines_in(registry.engine))
    jobs = [job(f"{mark}{at}", work) for at, (mark, work) in enumerate(asked)]
    registry.run(jobs)
    told = [one.done.result(0) for one in jobs if one.done.exception(0) is None]
    assert names_in(registry.engine) == set(told)
    assert lines_in(registry.engine)[before:] == list(enumerate(told, start=before))
    assert is_sound(registry)


def test_a_result_is_told_only_when_others_can_see_the_row(registry: Registry) -> None:
    seen: dict[str, set[str]] = {}
    jobs = [job("a"), job("b", fail), job("c")]
    for one in jobs:
        one.done.add_done_callback(lambda _, name=one.ask: seen.update({name: names_in(registry.engine)}))
    registry.run(jobs)
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
def test_nobody_is_told_success_when_the_commit_fails(registry: Registry) -> None:
    jobs = [job("a"), job("!b"), job("c", fail), job("d")]
    registry.run(jobs)
    assert all(isinstance(one.done.exception(0), DBAPIError) for one in jobs)
    assert names_in(registry.engine) == set()
    assert lines_in(registry.engine) == []


def test_nobody_is_told_success_when_the_log_cannot_be_written(registry: Registry) -> None:
    with registry.engine.begin() as connection:
        connection.execute(
            insert(log), {"log_index": 1, "at": registry.clock(), "kind": "", "object": "", "body": "", "leaf": b""}
        )
    jobs = [job("a"), job("b")]
    registry.run(jobs)
    assert all(isinstance(one.done.exception(0), IntegrityError) for one in jobs)
    assert names_in(registry.engine) == set()


def test_work_that_gives_too_few_results_is_no_success(registry: Registry) -> None:
    def forget(transaction: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
        return write(transaction, names)[:-1]

    jobs = [job("a", forget), job("b", forget)]
    registry.run(jobs)
    assert all(one.done.exception(0) is not None for one in jobs)
    assert names_in(registry.engine) == set()


# --- The lock ---


def test_a_change_waits_for_the_one_before_it(registry: Registry) -> None:
    entered = Event()
    seen: list[int] = []

    def second() -> None:
        with registry.write() as transaction:
            entered.set()
            seen.append(transaction.before.size)
            transaction.add("test.line", "second", [])

    thread = Thread(target=second)
    with registry.write() as transaction:
        transaction.add("test.line", "first", [])
        thread.start()
        assert not entered.wait(0.3)
    thread.join(SOON)
    assert seen == [1]
    assert lines_in(registry.engine) == [(0, "first"), (1, "second")]


def test_without_the_lock_two_changes_take_the_same_index(registry: Registry) -> None:
    free = replace(registry, guarded=False)
    both, errors, indices = Barrier(2, timeout=SOON), list[Exception](), list[int]()

    def change_it() -> None:
        try:
            with free.write() as transaction:
                indices.append(transaction.add("test.line", "x", []))
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
    registry: Registry, keyring: Keyring, clock: HandClock
) -> None:
    begin, told = Barrier(4, timeout=SOON), list[int]()

    def many(who: int) -> None:
        own = Registry(registry.engine, Keys(keyring), clock)
        begin.wait()
        for at in range(15):
            told.append(own.do(lambda transaction, name=f"{who} {at}": transaction.add("test.line", name, [])))

    threads = [Thread(target=many, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert sorted(told) == list(range(60))
    assert is_sound(registry)


PROCESS = """
import sys
from pathlib import Path
from goodstanding.registry import Registry
from goodstanding.registry.clock import system_clock
from goodstanding.registry.database import database_url, open_database
from goodstanding.registry.keys import Keys

folder, url, who = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
registry = Registry(open_database(database_url(folder, url)), Keys.of_folder(folder), system_clock)
print("ready", flush=True)
sys.stdin.readline()
for at in range(20):
    print(registry.do(lambda transaction: transaction.add("test.line", f"{who} {at}", [])))
"""


def test_processes_never_share_an_index(registry: Registry, keyring: Keyring, tmp_path: Path) -> None:
    write_keyring(tmp_path, keyring)
    url = registry.engine.url.render_as_string(hide_password=False)
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
    assert {name for _, name in lines_in(registry.engine)} == {
        f"{who} {at}" for who in ("ann", "bob") for at in range(20)
    }
    assert is_sound(registry)


# --- The writer ---


def test_what_waits_is_done_in_one_transaction_and_in_order(registry: Registry) -> None:
    held, go = Event(), Event()

    def hold(transaction: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
        held.set()
        assert go.wait(SOON)
        return write(transaction, names)

    with Writer(registry) as writer:
        first = writer.submit(hold, "first")
        assert held.wait(SOON)
        rest = [writer.submit(write, f"{at:03d}") for at in range(40)]
        assert not first.done()
        go.set()
        assert [one.result(SOON) for one in rest] == [f"{at:03d}" for at in range(40)]
    assert [name for _, name in lines_in(registry.engine)] == ["first", *(f"{at:03d}" for at in range(40))]
    assert heads_signed(registry) == 41


def test_a_batch_has_its_greatest_size(registry: Registry) -> None:
    held, go, sizes = Event(), Event(), list[int]()

    def count(_: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
        held.set()
        assert go.wait(SOON)
        sizes.append(len(names))
        return list(names)

    with Writer(registry) as writer:
        several = [writer.submit(count, "first")]
        assert held.wait(SOON)
        several += [writer.submit(count, str(at)) for at in range(MOST_AT_ONCE + 3)]
        go.set()
        wait_for(several, SOON)
    assert sizes == [1, MOST_AT_ONCE, 3]


def test_the_writer_does_what_was_asked_before_it_ends(registry: Registry) -> None:
    with Writer(registry) as writer:
        asked = [writer.submit(write, str(at)) for at in range(300)]
    assert all(one.done() for one in asked)
    assert [one.result(0) for one in asked] == [str(at) for at in range(300)]
    assert [int(name) for _, name in lines_in(registry.engine)] == list(range(300))
    assert not writer._thread.is_alive()  # noqa: SLF001 - that it ended is the point


def test_the_writer_ends_though_it_had_nothing_to_do(registry: Registry) -> None:
    with Writer(registry):
        pass
    assert lines_in(registry.engine) == []


def test_the_writer_ends_and_does_its_work_when_its_user_fails(registry: Registry) -> None:
    asked: list[Future[str]] = []

    def user() -> None:
        with Writer(registry) as writer:
            asked.append(writer.submit(write, "a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        user()
    assert asked[0].result(0) == "a"


def test_the_writer_goes_on_after_work_that_failed(registry: Registry) -> None:
    with Writer(registry) as writer:
        failed = writer.submit(fail, "a")
        assert isinstance(failed.exception(SOON), RuntimeError)
        refused = writer.submit(write, "!b")
        assert isinstance(refused.exception(SOON), Conflict)
        assert writer.submit(write, "c").result(SOON) == "c"
    assert lines_in(registry.engine) == [(0, "c")]


def test_the_writer_goes_on_after_a_database_that_failed(registry: Registry) -> None:
    stray = {"log_index": 0, "at": registry.clock(), "kind": "", "object": "", "body": "", "leaf": b""}
    with registry.engine.begin() as connection:
        connection.execute(insert(log), stray)
    with Writer(registry) as writer:
        assert isinstance(writer.submit(write, "a").exception(SOON), IntegrityError)
        with registry.engine.begin() as connection:
            connection.execute(delete(log))
        assert writer.submit(write, "a").result(SOON) == "a"
    assert is_sound(registry)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_writer_goes_on_after_a_caller_that_gave_up(registry: Registry) -> None:
    held, go = Event(), Event()

    def hold(transaction: WriteTransaction, names: Sequence[str]) -> list[str | StandingError]:
        held.set()
        assert go.wait(SOON)
        return write(transaction, names)

    with Writer(registry) as writer:
        first = writer.submit(hold, "first")
        assert held.wait(SOON)
        given_up, next_one = writer.submit(write, "given up"), writer.submit(write, "next")
        given_up.cancel()
        go.set()
        assert first.result(SOON) == "first"
        assert next_one.result(2) == "next"


def test_many_threads_may_ask_one_writer(registry: Registry) -> None:
    told: dict[str, str] = {}

    def ask(who: int) -> None:
        for at in range(25):
            name = f"{who} {at}"
            told[name] = writer.submit(write, name).result(SOON)

    with Writer(registry) as writer:
        threads = [Thread(target=ask, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
    assert told == {f"{who} {at}": f"{who} {at}" for who in range(4) for at in range(25)}
    lines = [name.split() for _, name in lines_in(registry.engine)]
    for who in range(4):
        assert [int(at) for found, at in lines if found == str(who)] == list(range(25))
    assert is_sound(registry)


def heads_signed(registry: Registry) -> int:
    with registry.engine.connect() as connection:
        return connection.scalar(select(log_head.c.size)) or 0
