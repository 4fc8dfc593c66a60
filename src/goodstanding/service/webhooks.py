"""Webhooks: deliveries pushed to firms in the form of Standard Webhooks, signed (Ed25519), tried for three days."""

import ipaddress
import socket
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpcore
import msgspec
from httpcore import NetworkStream
from sqlalchemy import Row, select, update

from goodstanding.registry.changing import Change, Changes
from goodstanding.registry.clock import written
from goodstanding.registry.database.schema import deliveries, parties
from goodstanding.registry.keys import Keyring, sign_bytes

SECONDS = 10.0
AT_ONCE = 20
# After the n-th try that failed; after the last the firm has to ask for it again.
WAITS = [timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400)]
_GOOD = range(200, 300)


@dataclass(frozen=True)
class Push:
    """A delivery on its way: its number, where to, what, and how often it was tried before."""

    number: int
    url: str
    body: bytes
    tries: int


class Outside(httpcore.SyncBackend):
    """Connects to addresses of the open net alone: a webhook must not reach what only we can reach."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect to an address that was looked at, not to a name that may lead elsewhere the next moment."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [str(one[4][0]) for one in found]
        if not addresses or not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise httpcore.ConnectError("not an address of the open net")
        return super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)


class Sender:
    """Sends deliveries that are due. `private`: also to addresses of this machine or network."""

    def __init__(self, changes: Changes, *, private: bool = False) -> None:
        self.changes = changes
        backend = httpcore.SyncBackend() if private else Outside()
        self._pool = httpcore.ConnectionPool(network_backend=backend, http1=True)

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def send_due(self) -> int:
        """Try every delivery that is due once; gives how many were taken."""
        done = 0
        while found := self._due():
            for push in found:
                taken = self._send(push)
                done += taken
                self.changes.do(lambda change, p=push, t=taken: _note(change, p, taken=t))
        return done

    def _due(self) -> list[Push]:
        with self.changes.look() as look:
            query = (
                select(deliveries, parties.c.webhook)
                .join(parties, parties.c.id == deliveries.c.party_id)
                .where(deliveries.c.next_at <= look.now, deliveries.c.done_at.is_(None))
                .where(parties.c.webhook.is_not(None), parties.c.state == "active")
                .order_by(deliveries.c.next_at, deliveries.c.log_index)
                .limit(AT_ONCE)
            )
            return [Push(row.log_index, row.webhook, body_of(row), row.tries) for row in look.connection.execute(query)]

    def _send(self, push: Push) -> bool:
        headers: Mapping[str | bytes, str | bytes] = signed_headers(self.changes.keyring, push, self.changes.clock())
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
        try:
            with self._pool.stream(
                "POST", push.url, headers=headers, content=push.body, extensions={"timeout": timeout}
            ) as response:
                # What it says is of no interest; nor is where it would lead us to.
                return response.status in _GOOD
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError):
            return False


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


def _note(change: Change, push: Push, *, taken: bool) -> None:
    """Note how a try went, unless the delivery was asked for again meanwhile."""
    tries = push.tries + 1
    later = None if taken or push.tries >= len(WAITS) else change.now + WAITS[push.tries]
    values = {"tries": tries, "next_at": later, "done_at": change.now if taken else None}
    own = (deliveries.c.log_index == push.number) & (deliveries.c.tries == push.tries)
    change.connection.execute(update(deliveries).where(own).values(**values))
