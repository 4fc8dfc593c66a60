"""A witness on loopback, as c2sp.org/tlog-witness has it: it keeps one head of each log, and cosigns what goes on."""

import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.registry.cosigning import WITNESS, cosignature, vkey_of

from goodstanding.registry.log.checkpoints import Checkpoint, read_checkpoint
from goodstanding.registry.log.merkle_tree import consistent
from goodstanding.registry.log.signed_notes import Vkey, read_note, signed_by

SIZE = "text/x.tlog.size"
Answer = tuple[int, str, str]


@dataclass
class Witness:
    """Its name, the logs that it knows by their keys, the heads that it keeps, and what it was sent."""

    port: int
    clock: Callable[[], datetime]
    name: str = WITNESS
    logs: dict[str, list[Vkey]] = field(default_factory=dict)
    heads: dict[str, Checkpoint] = field(default_factory=dict)
    got: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    # What is answered in place of what is right: each once, in order.
    instead: list[Answer | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/w"

    @property
    def vkey(self) -> str:
        return str(vkey_of(self.name).cosigning)

    def knows(self, *keys: Vkey) -> None:
        self.logs.setdefault(keys[0].name, []).extend(keys)

    def add_checkpoint(self, body: bytes) -> Answer:
        """The steps of the protocol, one after the other."""
        asked, _, signed = body.partition(b"\n\n")
        first, *proof = asked.decode().split("\n")
        word, _, old_written = first.partition(" ")
        assert word == "old"
        assert old_written == str(int(old_written))
        old, path = int(old_written), [b64decode(line, validate=True) for line in proof]
        assert len(path) <= 63
        note = read_note(signed)
        new = read_checkpoint(note)
        if new.origin not in self.logs:
            return 404, "text/plain", "unknown log\n"
        if not signed_by(note, self.logs[new.origin]):
            return 403, "text/plain", "unknown key\n"
        if old > new.size:
            return 400, "text/plain", "old size beyond the new\n"
        kept = self.heads.get(new.origin)
        if old != (kept.size if kept else 0):
            return 409, SIZE, f"{kept.size if kept else 0}\n"
        if kept and old == new.size and kept.root != new.root:
            return 409, "text/plain", "another root\n"
        if not kept or not old:
            assert not path
        elif not consistent(old, kept.root, new.size, new.root, path):
            return 422, "text/plain", "no such proof\n"
        self.heads[new.origin] = new
        return 200, "text/plain", f"{cosignature(note.text, self.name, int(self.clock().timestamp()))}\n"


@contextmanager
def witness_server(clock: Callable[[], datetime], name: str = WITNESS) -> Iterator[Witness]:
    """A witness that answers on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            here.got.append(body)
            here.paths.append(self.path)
            answer = here.instead.pop(0) if here.instead else here.add_checkpoint(body)
            if callable(answer):
                answer(self)
                return
            status, kind, said = answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """The other side did not wait."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        here = Witness(server.server_port, clock, name)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
