"""One change at a time: every write to the registry goes through here, in batches, each one transaction.

Whoever changes the registry holds its one lock until the commit, so that no decision rests on what another is about to
change: an answer and a revocation never overlap, and the log's lines stand in the order in which they happened. What
that would cost in waiting for the disk is won back by committing many changes together.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Self, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Table, select

from goodstanding.errors import Unavailable
from goodstanding.registry.clock import Clock
from goodstanding.registry.database import check_stands, delete_rows, insert_rows, update_rows, write_transaction
from goodstanding.registry.keys import Keyring, Keys, canonical
from goodstanding.registry.log import Frontier, LogLine, append, keys_named, read_end, signed_head_now
from goodstanding.registry.log.line_kinds import LineKind
from goodstanding.registry.row_digests import (
    LoggedRow,
    Row,
    logged_changed,
    logged_gone,
    logged_gone_unread,
    logged_new,
)
from goodstanding.registry.unreadable import Unread, mapping_of, read_rows
from goodstanding.wording import tr

MOST_AT_ONCE = 256
# Each time the keys would have to have been rotated anew since the time before.
_LOOKS = 3

T = TypeVar("T")
A = TypeVar("A")


@dataclass
class ReadTransaction:
    """A transaction that only reads: its connection, the keys in force as its own head names them, and its one time."""

    connection: Connection
    keyring: Keyring
    now: datetime


@dataclass
class WriteTransaction(ReadTransaction):
    """A transaction under the registry's lock, and the lines it adds to the log."""

    before: Frontier
    lines: list[LogLine] = field(default_factory=list[LogLine])

    def add(self, kind: LineKind, object_: object, rows: Sequence[LoggedRow], **facts: object) -> int:
        """Add a line to the log, with what it tells of rows and what anybody may read; gives its index."""
        body = canonical({"rows": rows, **facts}).decode()
        self.lines.append(LogLine(self.now, kind, str(object_), body))
        return self.before.size + len(self.lines) - 1

    def insert(self, table: Table, row: Row) -> LoggedRow:
        """Write a new row; gives what the log is to be told of it."""
        insert_rows(self.connection, table, [row])
        return logged_new(self.keyring, table, row)

    def update(self, table: Table, which: ColumnElement[bool], **values: object) -> list[LoggedRow]:
        """Change rows; gives what the log is to be told of them."""
        rows = self.connection.execute(select(table).where(which)).mappings().all()
        update_rows(self.connection, table, which, values, len(rows))
        return [logged_changed(self.keyring, table, row, values) for row in rows]

    def erase(self, table: Table, which: ColumnElement[bool]) -> list[LoggedRow]:
        """Delete rows; gives what the log is to be told of them."""
        # That a row does not read keeps nobody from being erased.
        rows = list(read_rows(self.connection, table, select(table).where(which)))
        delete_rows(self.connection, table, which, len(rows))
        return [
            logged_gone_unread(table, row.key)
            if isinstance(row, Unread)
            else logged_gone(self.keyring, table, mapping_of(table, row))
            for row in rows
        ]

    @property
    def next_index(self) -> int:
        """The index that the next line will have."""
        return self.before.size + len(self.lines)

    @contextmanager
    def step(self) -> Generator[None]:
        """All of a step or nothing: if it raises, its rows and its lines are taken back."""
        before = len(self.lines)
        try:
            with self.connection.begin_nested():
                yield
        except BaseException as error:
            del self.lines[before:]
            # A disk that is full has SQLite end the whole transaction, and no step can be taken back any more.
            refused: BaseException | None = error
            while refused is not None and not isinstance(refused, Unavailable):
                refused = refused.__context__
            if refused is not None:
                raise refused  # noqa: B904 - it is the reason for the error
            check_stands(self.connection)
            raise


BatchWork: TypeAlias = Callable[[WriteTransaction, Sequence[A]], Sequence[T | Exception]]
"""Work on several asks at once: gives for each its result, or the error that is its answer."""


@dataclass(frozen=True)
class Job:
    """Work to be done in a batch, what it is asked, and where its result goes."""

    work: BatchWork[Any, Any]
    ask: Any
    done: Future[Any]


@dataclass(frozen=True)
class Registry:
    """What changes the registry: its database, its keys and its clock."""

    engine: Engine
    keys: Keys
    clock: Clock
    guarded: bool = True
    """False takes the lock away: only the test that shows what it prevents does that."""

    @property
    def keyring(self) -> Keyring:
        """The keys to sign with and to read what was signed; what is sealed or looked up goes by a change's own."""
        return self.keys.keyring

    @contextmanager
    def write(self) -> Generator[WriteTransaction]:
        """Change the registry: committed, log and all, when the block ends well; as before if it does not."""
        with write_transaction(self.engine, locked=self.guarded) as connection:
            end = read_end(connection)
            keyring = self.keys.named(end.named)
            transaction = WriteTransaction(connection, keyring, self.clock(), end.checked(keyring))
            yield transaction
            if transaction.lines:
                append(connection, transaction.keyring, transaction.before, transaction.lines, transaction.now)

    @contextmanager
    def read(self) -> Generator[ReadTransaction]:
        """Read the registry as of one moment, beside whoever changes it."""
        with self.moment() as connection:
            yield ReadTransaction(connection, self.keyring_at(connection), self.clock())

    @contextmanager
    def moment(self) -> Generator[Connection]:
        """A connection that reads as of one moment, which its first query sets."""
        # SQLite reads as of one moment by itself.
        options = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def keyring_at(self, connection: Connection) -> Keyring:
        """The keys in force at the moment that a connection reads; its first query sets that moment.

        Keys that were read after it might lack one that was in force then: the moment is let go for a later one.
        """
        for _ in range(_LOOKS):
            found = self.keys.known(keys_named(signed_head_now(connection)))
            if found is not None:
                return found
            connection.rollback()
            self.keys.read_again()
        return self.keys.named(keys_named(signed_head_now(connection)))

    def run(self, jobs: Sequence[Job]) -> None:
        """Do jobs in their order in one transaction; each is told its result only when it is committed."""
        results: list[tuple[Job, Any]] = []
        groups = [list(several) for _, several in groupby(jobs, key=lambda job: job.work)]
        try:
            with self.write() as transaction:
                for group in groups:
                    # What is alone in its transaction is taken back with it, and needs no step of its own.
                    results += _done(transaction, group) if len(groups) == 1 else _done_alone(transaction, group)
        except Exception as error:  # noqa: BLE001 - nothing was committed: nobody's job is done
            results = [(job, error) for job in jobs]
        for job, result in results:
            # Whoever asked may have given up meanwhile; what was done is done.
            if not job.done.set_running_or_notify_cancel():
                continue
            if isinstance(result, Exception):
                job.done.set_exception(result)
            else:
                job.done.set_result(result)

    def do(self, work: Callable[[WriteTransaction], T]) -> T:
        """Do one piece of work as a change of its own. Raises what it raises."""
        with self.write() as transaction:
            return work(transaction)


def _done(transaction: WriteTransaction, group: Sequence[Job]) -> list[tuple[Job, Any]]:
    """Do jobs of one work together."""
    return list(zip(group, group[0].work(transaction, [job.ask for job in group]), strict=True))


def _done_alone(transaction: WriteTransaction, group: Sequence[Job]) -> list[tuple[Job, Any]]:
    """Do jobs of one work; if it goes wrong nothing else of the transaction does."""
    try:
        with transaction.step():
            return _done(transaction, group)
    except Unavailable:
        raise  # nothing of the transaction can be done
    except Exception as error:  # noqa: BLE001 - it is the result of these jobs, not of the others
        return [(job, error) for job in group]


def each_alone(
    transaction: WriteTransaction, works: Sequence[Callable[[WriteTransaction], T]]
) -> Sequence[T | Exception]:
    """Do pieces of work that have nothing to do with each other; what goes wrong in one takes back that one alone."""
    results: list[T | Exception] = []
    for work in works:
        try:
            with transaction.step():
                results.append(work(transaction))
        except Unavailable:
            raise  # nothing of the transaction can be done
        except Exception as error:  # noqa: BLE001 - it is the result of this work, not of the others
            results.append(error)
    return results


class Writer:
    """A thread that does changes in batches: whatever waits when it is free is one transaction."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._door, self._ended = Lock(), False
        self._thread = Thread(target=self._work, name="registry-writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.put(None)
        self._thread.join()

    def submit(self, work: BatchWork[A, T], ask: A) -> "Future[T]":
        """Have work done in a coming batch, together with what others ask of the same work."""
        job = Job(work, ask, Future())
        with self._door:
            if self._ended:
                job.done.set_exception(Unavailable("writer", tr("the registry")))
            else:
                self._jobs.put(job)
        return job.done

    def waiting(self) -> int:
        """How many jobs wait."""
        return self._jobs.qsize()

    def _work(self) -> None:
        batch: list[Job] = []
        try:
            while (job := self._jobs.get()) is not None:
                batch = [job]
                while len(batch) < MOST_AT_ONCE and not self._jobs.empty():
                    waiting = self._jobs.get()
                    if waiting is None:
                        self._jobs.put(None)
                        break
                    batch.append(waiting)
                self.registry.run(batch)
        finally:
            with self._door:
                self._ended = True
            # Nobody is to wait for what will never be done.
            while not self._jobs.empty():
                batch += filter(None, [self._jobs.get()])
            for left in batch:
                if not left.done.done() and left.done.set_running_or_notify_cancel():
                    left.done.set_exception(Unavailable("writer", tr("the registry")))
