"""Calling others: to addresses of the open net alone unless it is allowed, in a set time, and following nobody.

Whoever names an address to us must not have us reach what only we can reach.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from time import monotonic
from typing import Any

import httpcore
from httpcore import NetworkStream

from goodstanding.errors import NotReady
from goodstanding.wording import tr

# What a call raises that came to nothing, whatever the reason.
FAILED = (
    *(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol),
    *(OSError, ValueError),
)
_ASK, _SERVE = "standing witness ask --private", "standing serve --private-webhooks"
# The part of IPv6 that was given out so far, without what leads on to an address of IPv4.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")


def pool_of(seconds: float, *, private: bool) -> httpcore.ConnectionPool:
    """Connections that are done with in so many seconds; `private`: also to addresses of this machine or network."""
    backend = Anywhere(seconds) if private else OpenNet(seconds)
    return httpcore.ConnectionPool(network_backend=backend, http1=True)


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


class NotOpen(httpcore.ConnectError):
    """Nobody was called: the address is one of this machine or network."""

    def worded(self, where: str) -> NotReady:
        """The same in words."""
        found, expected = tr("an address of this machine or network"), tr("an address of the open net")
        do = tr("Nobody was called. Where it is meant, allow it: `{ask}`, `{serve}`.", ask=_ASK, serve=_SERVE)
        return NotReady(where=where, found=found, expected=expected, do=do)


class OpenNet(Anywhere):
    """Connects to addresses of the open net alone: what only we can reach is not reached."""

    def looked_at(self, host: str, port: int) -> str:
        """An address that was looked at, not a name that may lead elsewhere the next moment."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [str(one[4][0]) for one in found]
        if not addresses:
            raise httpcore.ConnectError("no address")
        if not all(map(is_open, addresses)):
            raise NotOpen("not an address of the open net")
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
