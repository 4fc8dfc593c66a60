"""Two servers on one database: is anything answered once a no has returned?

    python benchmarks/after_no.py [--asks 10000] [--database sqlite|postgresql|both] [--seed 1]

Firms ask one of two servers, chosen by chance, as fast as they are answered. Meanwhile people take consents back,
freeze, thaw, leave, and firms are suspended, at the other server or past both. When such a step has returned its time
is noted: a question that was sent after it and got an answer is one too many. Ends with 1 if there was one.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

from calling import TIMEOUT, consent_to, question
from nursery import HOST, Nursery, Room, Token, fill, postgresql

from goodstanding.registry import Registry, create_registry, open_registry
from goodstanding.registry.parties import set_party_state
from goodstanding.registry.verification import verify_registry

PEOPLE, ASKERS = 240, 6
PAUSE_SECONDS = 0.02
# So many of the last noes, and how often one of these is asked about.
LATELY, AFTER_A_NO = 8, 0.6
STEPS = ("revoke", "freeze", "leave", "suspend")
SHARES = (10, 6, 1, 1)
REFUSED = {403, 404}


@dataclass
class File:
    """A person, the consent they gave, and since when nothing may be answered under it; None while it may."""

    person: Token
    consent: str
    no_since: float | None = None


@dataclass
class Hall:
    """Where all of it happens."""

    merchant: Token
    ports: tuple[int, int]
    files: list[File]
    noes: list[File] = field(default_factory=list[File])
    """Those to whose question the last noes were the answer."""
    suspended_since: float | None = None
    asked: int = 0
    counts: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    lock: threading.Lock = field(default_factory=threading.Lock)


def send(port: int, method: str, path: str, token: Token, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Send one request on a connection of its own."""
    connection = HTTPConnection(HOST, port, timeout=TIMEOUT)
    headers = {"Authorization": f"Bearer {token.text}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text else None


def ask(hall: Hall, asks: int, chance: random.Random) -> None:
    """Ask until enough was asked."""
    while hall.asked < asks:
        lately = hall.noes[-LATELY:]
        file = chance.choice(lately if lately and chance.random() < AFTER_A_NO else hall.files)
        consent, port = file.consent, chance.choice(hall.ports)
        began = time.perf_counter()
        no_since, suspended = file.no_since, hall.suspended_since
        status, told = send(port, "POST", "/v1/answers", hall.merchant, question(consent, uuid4().hex))
        # A no that was lifted while the question was on its way is none.
        stands = ((no_since, file.no_since), (suspended, hall.suspended_since))
        after_no = any(since is not None and since < began and since == now for since, now in stands)
        with hall.lock:
            hall.asked += 1
            hall.counts["asked after a no"] += after_no
            hall.counts["answered" if status in (200, 201) else "refused"] += 1
            if status in (200, 201) and after_no:
                hall.wrong.append(f"answered after a no: {told}")
            elif status not in (200, 201) and status not in REFUSED | {401, 429}:
                hall.wrong.append(f"{status}: {told}")


def decide(hall: Hall, registry: Registry, asks: int, chance: random.Random) -> None:
    """Say no in one way after another."""
    while hall.asked < asks:
        (step,) = chance.choices(STEPS, SHARES)
        port, file = chance.choice(hall.ports), chance.choice(hall.files)
        hall.counts[step] += 1
        if step == "suspend":
            registry.do(lambda transaction: set_party_state(transaction, hall.merchant.id, "suspended", by="ann"))
            hall.suspended_since = time.perf_counter()
            time.sleep(PAUSE_SECONDS)
            hall.suspended_since = None
            registry.do(lambda transaction: set_party_state(transaction, hall.merchant.id, "active", by="ann"))
            continue
        path = {"revoke": f"/v1/me/consents/{file.consent}/revoke", "freeze": "/v1/me/freeze", "leave": "/v1/me"}[step]
        status, told = send(port, "DELETE" if step == "leave" else "POST", path, file.person)
        assert status in (200, 201), (step, status, told)
        file.no_since = time.perf_counter()
        hall.noes.append(file)
        time.sleep(PAUSE_SECONDS)
        if step == "freeze":
            file.no_since = None
            send(port, "POST", "/v1/me/thaw", file.person)
        elif step == "revoke":
            _, given = send(port, "POST", "/v1/me/consents", file.person, consent_to(hall.merchant))
            place = hall.files.index(file)
            hall.files[place] = File(file.person, given["id"])
        else:
            hall.files.remove(file)


def run(nurseries: tuple[Nursery, Nursery], database: str, asks: int, seed: int) -> bool:
    """Ask and say no on a database; gives whether all was well."""
    serving = postgresql() if database == "postgresql" else nullcontext()
    with tempfile.TemporaryDirectory() as folder, serving as url:
        room = Room(Path(folder), url)
        create_registry(room.folder, room.url)
        with open_registry(room.folder, room.url) as registry:
            callers = fill(registry, PEOPLE)
            servers = [nursery.serve(room) for nursery in nurseries]
            ports = servers[0][1], servers[1][1]
            given = [
                File(person, send(ports[0], "POST", "/v1/me/consents", person, consent_to(callers.merchant))[1]["id"])
                for person in callers.people
            ]
            hall = Hall(callers.merchant, ports, given)
            chances = [random.Random(f"{seed} {place}") for place in range(ASKERS + 2)]  # noqa: S311
            threads = [threading.Thread(target=ask, args=(hall, asks, chance)) for chance in chances[1:]]
            threads.append(threading.Thread(target=decide, args=(hall, registry, asks, chances[0])))
            began = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            took = time.perf_counter() - began
            for nursery, (process, _) in zip(nurseries, servers, strict=True):
                nursery.kill(process)
            findings = verify_registry(registry).findings
    print(f"{database}: {hall.asked:,} asks of two servers in {took:.0f} s: {dict(hall.counts)}")
    print(f"  answered after a no had returned: {sum(one.startswith('answered') for one in hall.wrong)}")
    for one in [*hall.wrong, *map(str, findings)][:10]:
        print(f"  wrong: {one}")
    return not hall.wrong and not findings


def main() -> None:
    """Parse, ask, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--asks", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    nurseries = Nursery(), Nursery()
    databases = ("sqlite", "postgresql") if asked.database == "both" else (asked.database,)
    well = [run(nurseries, database, asked.asks, asked.seed) for database in databases]
    # The second holds a copy of what the first waits at.
    for nursery in reversed(nurseries):
        nursery.close()
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
