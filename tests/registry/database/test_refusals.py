"""What a database refuses is one sentence, and what was being written is taken back whole."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from tests.registry.office import HandClock, Office, open_office

from goodstanding.errors import Damaged, StandingError, Unavailable
from goodstanding.registry import Job, Registry, Writer, WriteTransaction, each_alone
from goodstanding.registry.database import database_url, open_database
from goodstanding.registry.database.schema import log, people
from goodstanding.registry.keys import Keyring, Keys
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.verification import verify_registry
from goodstanding.wording import use_language

TAKEN_BACK = "What was being written was taken back."


@pytest.fixture
def sqlite(migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated, tmp_path / "registry.db")
    opened = open_database(database_url(tmp_path))
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_office(sqlite: Engine, keyring: Keyring, clock: HandClock) -> Office:
    return open_office(Registry(sqlite, Keys(keyring), clock), clock)


def counts(registry: Registry) -> tuple[int, int]:
    """How many people there are, and lines."""
    with registry.engine.connect() as connection:
        found = [connection.scalar(select(func.count()).select_from(table)) for table in (people, log)]
    return found[0] or 0, found[1] or 0


def joining(number: int, words: str = "") -> Callable[[WriteTransaction], Any]:
    known_by = [identifier("record_id", f"person {number}{words}")]
    return lambda transaction: join(
        transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
    )


def job(ask: Any, work: Any = each_alone) -> Job:
    return Job(work, ask, Future())


def fill_up(connection: Connection, pages: int = 0) -> None:
    """Let an SQLite file grow by so many pages and no more, as a full disk does."""
    there = connection.exec_driver_sql("PRAGMA page_count").scalar()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {(there or 0) + pages}")


def hog(transaction: WriteTransaction) -> None:
    """Write until there is no room."""
    fill_up(transaction.connection)
    transaction.connection.execute(text("CREATE TABLE hog (x)"))
    for _ in range(1000):
        transaction.connection.execute(text("INSERT INTO hog VALUES (zeroblob(100000))"))


def together(transaction: WriteTransaction, works: Sequence[Callable[[WriteTransaction], Any]]) -> list[Any]:
    return [work(transaction) for work in works]


@pytest.mark.parametrize("work", [each_alone, together])
def test_a_disk_that_fills_in_one_piece_of_work_takes_the_whole_batch_back(sqlite_office: Office, work: Any) -> None:
    registry = sqlite_office.registry
    before = counts(registry)
    jobs = [job(joining(1)), job(hog, work), job(joining(2)), job(joining(3), work)]
    registry.run(jobs)
    errors = [one.done.exception(0) for one in jobs]
    assert all(isinstance(error, Unavailable) for error in errors), errors
    assert all("no room left on the disk" in str(error) and TAKEN_BACK in str(error) for error in errors)
    # Without a guard what follows stood by itself: the people of the third and fourth, and no line.
    assert counts(registry) == before
    assert not verify_registry(registry).findings
    registry.engine.dispose()
    again = [job(joining(1)), job(joining(2))]
    registry.run(again)
    assert counts(registry)[0] == before[0] + 2
    assert all(one.done.exception(0) is None for one in again)


def test_a_transaction_that_the_database_ended_by_itself_is_not_gone_on_with(sqlite_office: Office) -> None:
    def ended(transaction: WriteTransaction) -> None:
        transaction.connection.connection.rollback()
        raise ValueError

    before = counts(sqlite_office.registry)
    jobs = [job(joining(1)), job(ended), job(joining(2))]
    sqlite_office.registry.run(jobs)
    assert all(one.done.exception(0) is not None for one in jobs)
    assert counts(sqlite_office.registry) == before


def test_a_database_that_can_only_be_read_says_so_and_is_read_on(sqlite_office: Office) -> None:
    registry = sqlite_office.registry
    event.listen(registry.engine, "connect", lambda driver, _: driver.execute("PRAGMA query_only = ON"))
    registry.engine.dispose()
    before = counts(registry)
    with pytest.raises(Unavailable, match=r"registry\.db: found something that can only be read; ") as refusal:
        registry.do(joining(1))
    assert (refusal.value.want, refusal.value.outcome) == ("writable", "taken back")
    with registry.read() as transaction:
        assert transaction.connection.scalar(select(func.count()).select_from(log)) == before[1]


def test_a_fault_stays_a_fault(registry: Registry) -> None:
    with pytest.raises(DBAPIError, match="nowhere"):
        registry.do(lambda transaction: transaction.connection.execute(text("SELECT * FROM nowhere")))


# --- PostgreSQL ---


@pytest.fixture
def away(office: Office) -> Office:
    """An office in PostgreSQL."""
    if office.registry.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    return office


def end_others(engine: Engine) -> None:
    """End every connection to a database, as its administrator would."""
    other = open_database(engine.url)
    with other.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.dispose()


def test_a_connection_that_is_ended_amid_a_change_takes_it_back(away: Office) -> None:
    registry, before = away.registry, counts(away.registry)

    def cut(transaction: WriteTransaction) -> None:
        end_others(registry.engine)
        transaction.connection.execute(text("SELECT 1"))

    jobs = [job(joining(1)), job(cut), job(joining(2))]
    registry.run(jobs)
    for one in jobs:
        error = one.done.exception(0)
        assert isinstance(error, Unavailable), error
        assert (error.want, error.outcome) == ("connection", "taken back")
    # The next ones have connections that live.
    assert counts(registry) == before
    registry.do(joining(1))
    assert counts(registry)[0] == before[0] + 1


def test_a_connection_that_is_lost_in_the_commit_leaves_it_in_doubt(away: Office) -> None:
    registry = away.registry

    def cut(_: Connection) -> None:
        end_others(registry.engine)

    event.listen(registry.engine, "commit", cut, once=True)
    with pytest.raises(Unavailable, match="Whether it was done is not known") as refusal:
        registry.do(joining(1))
    assert (refusal.value.want, refusal.value.outcome) == ("connection", "in doubt")
    assert TAKEN_BACK not in str(refusal.value)


def test_an_idle_connection_that_was_ended_is_not_noticed(away: Office) -> None:
    registry, before = away.registry, counts(away.registry)
    end_others(registry.engine)
    registry.do(joining(1))
    assert counts(registry)[0] == before[0] + 1


def test_a_server_that_takes_no_writes_says_so(away: Office) -> None:
    registry = away.registry
    with registry.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(f"ALTER DATABASE {registry.engine.url.database} SET default_transaction_read_only = on")
        )
    registry.engine.dispose()
    with pytest.raises(Unavailable, match="something that can only be read") as refusal:
        registry.do(joining(1))
    assert refusal.value.want == "writable"
    assert counts(registry)[1] > 0


@pytest.mark.parametrize("state", ["XX001", "XX002"])
def test_a_server_that_finds_its_files_damaged_says_so(away: Office, state: str) -> None:
    broken = text(f"DO $$ BEGIN RAISE EXCEPTION 'invalid page in block 7' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(Damaged, match=r"found a damaged database; .*Restore it from a copy") as refusal:
        away.registry.do(lambda transaction: transaction.connection.execute(broken))
    assert (refusal.value.want, refusal.value.outcome) == ("whole", "taken back")
    away.registry.do(joining(1))


# --- The thread that writes ---


def test_the_writer_outlives_a_full_disk(sqlite_office: Office) -> None:
    with Writer(sqlite_office.registry) as writer:
        assert isinstance(writer.submit(each_alone, hog).exception(5), Unavailable)
        sqlite_office.registry.engine.dispose()
        assert writer.submit(each_alone, joining(1)).result(5)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_has_ended_lets_nobody_wait(sqlite_office: Office) -> None:
    def die(_: WriteTransaction, __: Sequence[Any]) -> Sequence[Any]:
        raise SystemExit

    writer = Writer(sqlite_office.registry)
    with writer:
        with pytest.raises(Unavailable, match="no thread that writes"):
            writer.submit(die, None).result(5)
        writer.submit(each_alone, joining(1)).exception(5)
        with pytest.raises(Unavailable, match="no thread that writes"):
            writer.submit(each_alone, joining(2)).result(5)


def test_what_is_refused_can_be_told_in_another_language(sqlite_office: Office) -> None:
    with pytest.raises(StandingError) as refusal:
        sqlite_office.registry.do(hog)
    with use_language("zh-Hans"):
        told = refusal.value.reworded("x") if isinstance(refusal.value, Unavailable) else None
    assert "磁盘空间已满" in str(told)
