"""How often who called in a minute, told between the processes that share a database. No line of the log is written."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from goodstanding.registry.database import write_transaction
from goodstanding.registry.database.schema import calls
from goodstanding.registry.transactions import Registry

# Whose row says no more than that its process is there.
NOBODY = b""
# Rows are kept so many minutes to either side: clocks of several machines differ, if not by much.
LASTING_MINUTES = 2

Counts = Mapping[bytes, int]


def counts_elsewhere(registry: Registry, process: str, minute: int) -> tuple[Mapping[int, Counts], bool]:
    """What the other processes counted, and whether there are any. Raises Unavailable, Busy."""
    with registry.engine.connect() as connection:
        return calls_elsewhere(connection, process, minute)


def tell_counts(registry: Registry, process: str, counts: Mapping[int, Counts], *, sweep_at: int | None) -> None:
    """Tell the others a process's counts; `sweep_at` also deletes what is of no minute about that one."""
    with write_transaction(registry.engine, locked=False) as connection:
        tell_calls(connection, process, counts)
        if sweep_at is not None:
            sweep_calls(connection, sweep_at)


def tell_calls(connection: Connection, process: str, counts: Mapping[int, Counts]) -> None:
    """Write a process's counts by minute and caller in place of what it told of them before."""
    rows = [
        {"minute": minute, "process": process, "caller": caller, "count": count}
        for minute, of_minute in counts.items()
        for caller, count in of_minute.items()
    ]
    if not rows:
        return
    fresh = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(calls)
    again = fresh.on_conflict_do_update(index_elements=calls.primary_key, set_={"count": fresh.excluded["count"]})
    connection.execute(again, rows)


def calls_elsewhere(connection: Connection, process: str, minute: int) -> tuple[Mapping[int, Counts], bool]:
    """What other processes told of a minute and the one before, and whether there are others at all.

    What a clock that is ahead took for the next minute counts for this one.
    """
    found: dict[int, dict[bytes, int]] = {minute - 1: defaultdict(int), minute: defaultdict(int)}
    query = select(calls.c.minute, calls.c.caller, calls.c["count"].label("counted")).where(
        calls.c.minute.between(minute - 1, minute + 1), calls.c.process != process
    )
    there = False
    for row in connection.execute(query):
        there = True
        if row.caller != NOBODY:
            found[min(row.minute, minute)][row.caller] += row.counted
    return found, there


def sweep_calls(connection: Connection, minute: int) -> None:
    """Delete what is of no minute about now."""
    old = calls.c.minute < minute - LASTING_MINUTES
    connection.execute(delete(calls).where(old | (calls.c.minute > minute + LASTING_MINUTES)))
