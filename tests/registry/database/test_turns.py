"""Who writes a database file takes turns with the other threads of the process, in the order of asking."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from goodstanding.errors import Busy
from goodstanding.registry.database import connection
from goodstanding.registry.database.connection import database_url, open_database, write_transaction
from goodstanding.registry.database.turns import Turns

SOON = 20.0


def test_turns_come_in_the_order_of_asking() -> None:
    turns, came = Turns(), list[int]()

    def ask(number: int) -> None:
        with turns.turn(SOON) as come:
            assert come
            came.append(number)

    with ThreadPoolExecutor(8) as threads:
        with turns.turn(0) as come:
            assert come
            asking = []
            for number in range(8):
                asking.append(threads.submit(ask, number))
                while len(turns._waiting) <= number:  # noqa: SLF001 - when it waits nothing else tells
                    time.sleep(0.001)
        for one in asking:
            one.result(SOON)
    assert came == list(range(8))


def test_who_waited_in_vain_holds_up_nobody() -> None:
    turns = Turns()
    with turns.turn(SOON), ThreadPoolExecutor(1) as threads:

        def ask() -> bool:
            with turns.turn(0.01) as come:
                return come

        assert not threads.submit(ask).result(SOON)
    with turns.turn(0) as come:
        assert come


def test_an_error_in_a_turn_passes_it_on() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn(SOON):
        raise ZeroDivisionError
    with turns.turn(0) as come:
        assert come


@pytest.mark.parametrize("opened_again", [False, True], ids=["one engine", "another engine"])
def test_beside_threads_that_write_all_the_time_one_waits_for_those_before_one_alone(
    tmp_path: Path, *, opened_again: bool
) -> None:
    engine, stop = open_database(database_url(tmp_path)), threading.Event()
    mine = open_database(database_url(tmp_path)) if opened_again else engine
    with write_transaction(engine) as transaction:
        transaction.exec_driver_sql("CREATE TABLE numbers (number INTEGER)")
    written: list[int] = []

    def write_on() -> None:
        while not stop.is_set():
            with write_transaction(engine) as transaction:
                transaction.exec_driver_sql("INSERT INTO numbers VALUES (1)")
                written.append(1)

    waited = list[int]()
    with ThreadPoolExecutor(3) as threads:
        others = [threads.submit(write_on) for _ in range(3)]
        try:
            for _ in range(20):
                asked = len(written)
                with write_transaction(mine):
                    waited.append(len(written) - asked)
                time.sleep(0.005)
        finally:
            stop.set()
        for one in others:
            one.result(SOON)
    # Three others; more get in only where this thread is stopped between counting and asking.
    assert sorted(waited)[-4] <= 6, waited
    for one in {engine, mine}:
        one.dispose()


def test_a_turn_that_does_not_come_is_busy_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_MILLISECONDS", 50)
    engine = open_database(database_url(tmp_path))
    with (
        write_transaction(engine),
        pytest.raises(Busy, match="found no answer in time; expected a database that answers"),
        write_transaction(engine),
    ):
        pass
    engine.dispose()
