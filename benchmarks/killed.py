"""The service killed in the middle of its work: is anything lost that it had acknowledged, or done twice?

    python benchmarks/killed.py [--times 200] [--database sqlite|postgresql|both] [--seed 1]

A process serves the API on loopback. Clients give consents, take them back, dispute records and ask questions, and note
what they have read an answer to. Then SIGKILL: at some moment, or the moment some answer was read. Another process goes
on with the same database, and all that was acknowledged since has to be there, say what it said, and be the same when
it is asked for again; what had no answer is sent again, and has to be there once. Now and then, and at the end, the log
is verified. Ends with 1 if anything was lost or found.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from calling import KINDS, Client, Noted, clients
from nursery import Nursery, Room, fill, postgresql
from sqlalchemy import func, select

from goodstanding.registry import ReadTransaction, Registry, create_registry, open_registry
from goodstanding.registry.database.schema import cases, consents, log, uses
from goodstanding.registry.verification import verify_registry

PEOPLE, CLIENTS = 300, 6
LONGEST_SECONDS, MOST_ANSWERS = 0.6, 80
VERIFY_EVERY = 20


@dataclass(frozen=True)
class Kill:
    """When a server is killed: after so many seconds, or as soon as so many answers were read."""

    seconds: float
    answers: int | None


class Server:
    """A server that is going to be killed, at the latest as soon as so many answers were read."""

    def __init__(self, nursery: Nursery, room: Room, callers: Sequence[Client], answers: int | None = None) -> None:
        self.process, self.port = nursery.serve(room)
        self.callers, self.left = callers, answers or sys.maxsize
        self.killed, self.amid, self.as_read = threading.Event(), False, False

    def noted(self) -> None:
        """An answer was read."""
        self.left -= 1
        if self.left == 0:
            self.as_read = True
            self.kill()

    def kill(self) -> None:
        """Kill it, and see whether that was amid requests."""
        self.amid = any(client.unanswered for client in self.callers)
        os.kill(self.process, signal.SIGKILL)
        self.killed.set()


def rounds(
    nursery: Nursery, room: Room, callers: Sequence[Client], kills: Sequence[Kill], registry: Registry
) -> Counter[str]:
    """Kill one server after another; gives what happened."""
    happened: Counter[str] = Counter()
    with ThreadPoolExecutor(len(callers)) as threads:
        for place, kill in enumerate(kills, 1):
            server = Server(nursery, room, callers, kill.answers)
            list(threads.map(lambda client, port=server.port: client.settle(port), callers))
            working = [threads.submit(client.write_until_killed, server.port, server.noted) for client in callers]
            if not server.killed.wait(kill.seconds):
                server.kill()
            for one in working:
                one.result()
            assert nursery.buried() == signal.SIGKILL
            happened["amid requests"] += server.amid
            happened["as an answer was read"] += server.as_read
            if place % VERIFY_EVERY == 0:
                happened["findings"] += findings(registry)
        server = Server(nursery, room, callers)
        list(threads.map(lambda client: client.settle(server.port), callers))
    server.kill()
    nursery.buried()
    happened["findings"] += findings(registry)
    return happened


def findings(registry: Registry) -> int:
    """What the check of the whole registry finds."""
    found = verify_registry(registry).findings
    for one in found:
        print(f"  found: {one}", flush=True)
    return len(found)


def amiss(transaction: ReadTransaction, noted: Sequence[Noted]) -> list[str]:
    """What the database lacks of all that was ever acknowledged, or holds beside it, and answers that came too late."""
    read = transaction.connection.execute
    revoked = {str(row.object): row.log_index for row in read(select(log).where(log.c.kind == "consent.REVOKED"))}
    answers = {row.log_index: row for row in read(select(uses).where(uses.c.refusal.is_(None)))}
    given, opened = (set(map(str, transaction.connection.scalars(select(table.c.id)))) for table in (consents, cases))
    held = {"consent": given, "revocation": revoked.keys(), "dispute": opened, "answer": set(map(str, answers))}
    found = []
    for kind in KINDS:
        told = [one.told["id"] for one in noted if one.request.kind == kind]
        found += [f"{kind} {one} is missing at the end" for one in sorted(set(told) - held[kind])]
        found += [f"{kind} {one} is there, and was not told" for one in sorted(held[kind] - set(told))]
        found += [f"{kind}: {len(told) - len(set(told))} told as two"] if len(set(told)) < len(told) else []
    late = [row for row in answers.values() if row.log_index > revoked.get(str(row.consent_id), row.log_index)]
    return found + [f"answer {row.log_index} came after its revocation" for row in late]


def run(nursery: Nursery, database: str, times: int, seed: int) -> bool:
    """Kill servers on a database; gives whether all was well."""
    chance = random.Random(seed)  # noqa: S311 - so that a run can be repeated
    kills = [
        Kill(chance.uniform(0, LONGEST_SECONDS), None) if place % 2 else Kill(60, chance.randint(1, MOST_ANSWERS))
        for place in range(times)
    ]
    serving = postgresql() if database == "postgresql" else nullcontext()
    with tempfile.TemporaryDirectory() as folder, serving as url:
        room = Room(Path(folder), url)
        create_registry(room.folder, room.url)
        with open_registry(room.folder, room.url) as registry:
            callers = clients(fill(registry, PEOPLE), CLIENTS, seed)
            began = time.perf_counter()
            happened = rounds(nursery, room, callers, kills, registry)
            took = time.perf_counter() - began
            with registry.read() as transaction:
                wrong = amiss(transaction, [one for client in callers for one in client.noted])
                lines = transaction.connection.scalar(select(func.count()).select_from(log))
    counts = sum((client.counts for client in callers), Counter[str]())
    wrong += [one for client in callers for one in client.wrong]
    acknowledged = ", ".join(f"{counts[kind]:,} {kind}s" for kind in KINDS)
    print(f"{database}: killed {times} times in {took:.0f} s, {happened['amid requests']} of them amid requests,")
    print(f"  {happened['as an answer was read']} as an answer was read")
    print(f"  acknowledged: {acknowledged}; {lines:,} lines of the log")
    print(f"  sent again for want of an answer: {counts['unanswered']:,}; done already: {counts['done already']:,}")
    print(f"  asked for again: {counts['asked again']:,}; under what was taken back: {counts['after a revocation']:,}")
    print(
        f"  lost, done twice or answered too late: {len(wrong)}; found by the check: {happened['findings']}", flush=True
    )
    for one in wrong[:20]:
        print(f"    {one}", flush=True)
    return not wrong and not happened["findings"]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--times", type=int, default=200)
    asked.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    asked.add_argument("--seed", type=int, default=1)
    said = asked.parse_args()
    nursery = Nursery()
    databases = ["sqlite", "postgresql"] if said.database == "both" else [said.database]
    well = [run(nursery, database, said.times, said.seed) for database in databases]
    nursery.close()
    sys.exit(not all(well))


if __name__ == "__main__":
    main()
