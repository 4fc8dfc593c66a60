"""Webhooks: deliveries pushed to firms in the form of Standard Webhooks, signed (Ed25519), tried for three days."""

import ipaddress
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import httpcore
import msgspec
from httpcore import NetworkStream
from sqlalchemy import Row, select

from goodstanding.registry.changing import Change, Changes
from goodstanding.registry.clock import written
from goodstanding.registry.database.schema import deliveries, parties
from goodstanding.registry.keys import Keyring, sign_bytes
from goodstanding.registry.rights.notifying import WAITS
from goodstanding.registry.rows import RowTold

SECONDS = 10.0
AT_ONCE = 20
_GOOD = range(200, 300)
# The part of IPv6 that was given out so far, without what leads on to an address of IPv4.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")


@dataclass(frozen=True)
class Push:
    """A delivery on its way: its number, whom to, where to, what, and how often it was tried before."""

    number: int
    party: UUID
    url: str
    body: bytes
    tries: int


class Hasty(NetworkStream):
    """A connection that has to be done with by a moment, however little of the time each step takes."""

    def __init__(self, stream: NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the moment counts
        """Read what is there."""
        return self._stream.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write all of it."""
        self._stream.write(buffer, self._left())

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> NetworkStream:
        """Speak TLS from now on."""
        return Hasty(self._stream.start_tls(ssl_context, server_hostname, self._left()), self._until)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the library declares it
        """What is known of it."""
        return self._stream.get_extra_info(info)

    def _left(self) -> float:
        left = self._until - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class Anywhere(httpcore.SyncBackend):
    """Connects to any address, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the moment counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect; all that follows has to be done in time."""
        until = monotonic() + self.seconds
        found = self.looked_at(host, port)
        return Hasty(super().connect_tcp(found, port, self.seconds, local_address, socket_options), until)

    def looked_at(self, host: str, port: int) -> str:  # noqa: ARG002
        """Where to connect to instead. Raises ConnectError for where we do not."""
        return host


class Outside(Anywhere):
    """Connects to addresses of the open net alone: a webhook must not reach what only we can reach."""

    def looked_at(self, host: str, port: int) -> str:
        """An address that was looked at, not a name that may lead elsewhere the next moment."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [str(one[4][0]) for one in found]
        if not addresses or not all(map(is_open, addresses)):
            raise httpcore.ConnectError("not an address of the open net")
        return addresses[0]


def is_open(address: str) -> bool:
    """Whether an address is of the open net, and not one that others lead to or that leads on to others."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_open(str(found.ipv4_mapped))
        if found not in _GIVEN_OUT or found.sixtofour is not None:
            return False
    return found.is_global and not found.is_multicast


class Sender:
    """Sends deliveries that are due. `private`: also to addresses of this machine or network."""

    def __init__(self, changes: Changes, *, private: bool = False, seconds: float = SECONDS) -> None:
        self.changes = changes
        backend = Anywhere(seconds) if private else Outside(seconds)
        self._pool = httpcore.ConnectionPool(network_backend=backend, http1=True)

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def send_due(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Try every delivery that is due once; gives how many were taken.

        A firm that does not answer at all is left alone until the next time, so that others do not wait for it.
        """
        done, silent = 0, set[UUID]()
        while (found := self._due(silent)) and not stopped():
            tried: list[tuple[Push, bool]] = []
            try:
                for push in found:
                    if stopped():
                        break
                    if push.party in silent:
                        continue
                    status = self._send(push)
                    tried.append((push, status in _GOOD))
                    if status is None:
                        silent.add(push.party)
            finally:
                # All of a turn in one line, and also of one that was broken off: what was taken is not sent again.
                if tried:
                    self.changes.do(lambda change, tried=tried: _note(change, tried))
            done += sum(taken for _, taken in tried)
        return done

    def _due(self, silent: Collection[UUID]) -> list[Push]:
        with self.changes.look() as look:
            query = (
                select(deliveries, parties.c.webhook)
                .join(parties, parties.c.id == deliveries.c.party_id)
                .where(deliveries.c.next_at <= look.now, deliveries.c.done_at.is_(None))
                .where(parties.c.webhook.is_not(None), parties.c.state == "active")
                .where(parties.c.id.not_in(silent))
                .order_by(deliveries.c.next_at, deliveries.c.log_index)
                .limit(AT_ONCE)
            )
            return [
                Push(row.log_index, row.party_id, row.webhook, body_of(row), row.tries)
                for row in look.connection.execute(query)
            ]

    def _send(self, push: Push) -> int | None:
        """Send a delivery; gives the status that was answered, None if there was no answer."""
        headers: Mapping[str | bytes, str | bytes] = signed_headers(self.changes.keyring, push, self.changes.clock())
        try:
            with self._pool.stream("POST", push.url, headers=headers, content=push.body) as response:
                # What it says is of no interest; nor is where it would lead us to.
                return response.status
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError):
            return None


def body_of(row: Row[Any]) -> bytes:
    """What a firm is sent: the delivery's number, its kind, when it was made, and what it says."""
    return msgspec.json.encode(
        {"id": str(row.log_index), "type": row.kind, "timestamp": written(row.at), "data": row.body}
    )


def signed_headers(keyring: Keyring, push: Push, now: datetime) -> dict[str | bytes, str | bytes]:
    """The headers of Standard Webhooks: the number, the time, and the signature over both and the body."""
    at = str(int(now.timestamp()))
    signature = sign_bytes(keyring, f"{push.number}.{at}.".encode() + push.body)
    return {
        "content-type": "application/json",
        "user-agent": "goodstanding",
        "webhook-id": str(push.number),
        "webhook-timestamp": at,
        "webhook-signature": f"v1a,{b64encode(signature).decode()}",
    }


def _note(change: Change, tried: Sequence[tuple[Push, bool]]) -> None:
    """Note how the tries of a turn went, but for deliveries that were asked for again meanwhile."""
    rows: list[RowTold] = []
    for push, taken in tried:
        tries = push.tries + 1
        later = None if taken or push.tries >= len(WAITS) else change.now + WAITS[push.tries]
        own = (deliveries.c.log_index == push.number) & (deliveries.c.tries == push.tries)
        done_at = change.now if taken else None
        found = change.update(deliveries, own, tries=tries, next_at=later, done_at=done_at)
        # Of one that failed the log would be told nothing new.
        rows += found if taken else []
    if rows:
        change.add("deliveries.taken", "webhooks", rows)
