"""Serving: one process, a thread that writes, one that tells firms, and connections that cannot be held open idly."""

import asyncio
import signal
from types import FrameType
from typing import Any

import h11
import msgspec
import uvicorn
from prometheus_client import start_http_server
from uvicorn.protocols.http.h11_impl import H11Protocol

from goodstanding.errors import NotReady
from goodstanding.service.application import build_service
from goodstanding.service.http.context import Desk
from goodstanding.service.http.metrics import set_up_logs
from goodstanding.service.http.problems import MEDIA_TYPE, RETRY_AFTER, no_request, too_many_connections
from goodstanding.service.outbox.chores import Chores
from goodstanding.wording import ENGLISH, tr, use_language

_PROBLEM = [(b"content-type", MEDIA_TYPE.encode()), (b"connection", b"close")]
_RETRY = [(name.lower().encode(), value.encode()) for name, value in RETRY_AFTER.items()]
HEAD_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 30
MOST_CONNECTIONS = 512
LONGEST_HEAD = 16 * 1024
STOP_SECONDS = 10


class PatientNoLonger(H11Protocol):
    """HTTP/1.1 that closes a connection whose request's head does not come to an end in time.

    What it cannot take at all it says as a problem, in English: nobody has read yet which language the caller speaks.
    """

    _waiting: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - the server's own
        super().__init__(*args, **named)
        # The server's own way to say that it is busy is English of its own.
        self.most, self.limit_concurrency, self.whole = self.limit_concurrency, None, self.app
        self.app = self._unless_busy  # type: ignore[assignment]

    async def _unless_busy(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - of the protocol
        if self.most is None or max(len(self.connections), len(self.tasks) - 1) < self.most:
            await self.whole(scope, receive, send)
            return
        with use_language(ENGLISH):
            body = msgspec.json.encode(too_many_connections(self.most))
        headers = [*_PROBLEM, (b"content-length", str(len(body)).encode()), *_RETRY]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the server gives it
        """Say that a request is no HTTP; what the server found wrong with it is not repeated."""
        with use_language(ENGLISH):
            body = msgspec.json.encode(no_request())
        for event in (
            h11.Response(status_code=400, headers=_PROBLEM, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on while the head is not all there."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._no_longer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._no_longer()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.close()


def config_of(app: Any, host: str, port: int) -> uvicorn.Config:  # noqa: ANN401 - an application of the protocol
    """How the API is served."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PatientNoLonger,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )


def serve_service(desk: Desk, host: str, port: int, metrics_port: int | None = None, *, private_webhooks: bool) -> None:
    """Serve until interrupted; the desk's writer runs already. Raises NotReady if a port cannot be listened on."""
    app, metrics = build_service(desk)
    if metrics_port is not None:
        try:
            start_http_server(metrics_port, "127.0.0.1", metrics.registry)
        except (OSError, OverflowError) as error:
            place = f"127.0.0.1:{metrics_port}"
            raise NotReady(
                where=place, found=str(error), expected=tr("a free port"), do=tr("Choose another port.")
            ) from error
    set_up_logs()

    def exchange() -> None:
        desk.calls.exchange(desk.registry, desk.limits.of_kinds)

    with Chores(desk.registry, private_webhooks=private_webhooks, each_second=exchange):
        # When the server has ended well it passes the signal on; what is open is to be closed then.
        signal.signal(signal.SIGTERM, _end)
        uvicorn.Server(config_of(app, host, port)).run()


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
