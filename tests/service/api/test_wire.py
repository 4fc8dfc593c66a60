"""What only a real socket shows: senders who are slow, endless, or say one thing and send another."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from uuid import uuid4

import pytest
import uvicorn
from tests.service.api.caller import Api

from goodstanding.service import server
from goodstanding.service.application import build_service
from goodstanding.service.http.request_checks import LARGEST_BODY

SHORT = 0.5
PATIENCE = 10.0
STEP = 0.05
HEALTH = b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n"

# What is tested here does not reach the database.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


class Wire:
    """A service that listens, with short waits, and connections to it."""

    def __init__(self, port: int) -> None:
        self.port = port

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as found:
            yield found

    def said(self, *pieces: bytes) -> bytes:
        """All that is answered to bytes until the other side closes, which it does once it has nothing more to say."""
        with self.connection() as found:
            for piece in pieces:
                found.sendall(piece)
            return rest_of(found)


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    try:
        while more := connection.recv(1 << 16):
            found += more
    except ConnectionResetError:
        pass
    return found


def answer_of(connection: socket.socket) -> int:
    """The status of the next answer, which is read to its end."""
    found = b""
    while b"\r\n\r\n" not in found:
        more = connection.recv(1 << 16)
        assert more
        found += more
    begun, _, body = found.partition(b"\r\n\r\n")
    (length,) = re.findall(rb"content-length: (\d+)", begun.lower())
    while len(body) < int(length):
        body += connection.recv(1 << 16)
    assert len(body) == int(length)
    return statuses(begun)[0]


def statuses(answers: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


def send_until_closed(connection: socket.socket, piece: Callable[[], bytes]) -> float:
    """Send a little again and again until the other side closes; gives the seconds it took."""
    began = time.monotonic()
    connection.settimeout(STEP)
    while time.monotonic() < began + PATIENCE:
        try:
            connection.sendall(piece())
            if not connection.recv(1 << 16):
                break
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            break
    return time.monotonic() - began


@pytest.fixture
def wire(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    monkeypatch.setattr(server, "HEAD_SECONDS", SHORT)
    monkeypatch.setattr(server, "KEEP_ALIVE_SECONDS", SHORT)
    running = uvicorn.Server(server.config_of(build_service(api.desk, longest=SHORT)[0], "127.0.0.1", 0))
    thread = Thread(target=running.run)
    thread.start()
    until = time.monotonic() + PATIENCE
    while not running.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    yield Wire(running.servers[0].sockets[0].getsockname()[1])
    running.should_exit = True
    thread.join()


def test_who_does_not_end_a_head_is_not_waited_for(wire: Wire) -> None:
    with wire.connection() as silent, wire.connection() as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n")
        # Each byte comes in time: it is the whole head that has to.
        assert SHORT / 2 < send_until_closed(slow, lambda: b"a") < PATIENCE / 2
        assert rest_of(silent) == b""
    with wire.connection() as again:
        # Nor after a request that was whole.
        again.sendall(HEALTH)
        assert answer_of(again) == 200
        again.sendall(b"GET /health HTTP/1.1\r\n")
        assert send_until_closed(again, lambda: b"a") < PATIENCE / 2
    assert statuses(wire.said(HEALTH)) == [200]


def test_a_head_without_end_is_refused(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    # However long it would be waited for.
    monkeypatch.setattr(server, "HEAD_SECONDS", 10 * PATIENCE)
    for head in (b"X: " + b"x" * 4096, b"\r\n".join(b"X%d: x" % n for n in range(400))):
        with wire.connection() as found:
            found.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n")
            sent = 0

            def piece(head: bytes = head) -> bytes:
                nonlocal sent
                sent += len(head)
                return head

            send_until_closed(found, piece)
            assert sent < 4 * server.LONGEST_HEAD
    line = b"GET /" + b"x" * (server.LONGEST_HEAD * 2) + b" HTTP/1.1\r\nHost: here\r\n\r\n"
    assert statuses(wire.said(line)) in ([400], [])
    assert statuses(wire.said(HEALTH)) == [200]


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\r\n\r\n", b"GET /health HTTP/1.1\r\n\r\n", b"\r\nx y z\r\n\r\n"])
def test_what_is_no_request_is_told_as_a_problem_in_our_words(wire: Wire, sent: bytes) -> None:
    begun, _, body = wire.said(sent).partition(b"\r\n\r\n")
    assert statuses(begun) == [400]
    assert b"content-type: application/problem+json" in begun.lower()
    told = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    assert told["detail"] == (
        "request: found none that reads; expected a request of HTTP/1.1. Send it again as HTTP has it."
    )


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> int:
    """A service that has room for few."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)
    return 3


@pytest.mark.usefixtures("narrow")
def test_who_finds_no_room_is_told_as_a_problem_in_our_words(wire: Wire) -> None:
    with wire.connection() as first, wire.connection() as second:
        for one in (first, second):
            one.sendall(HEALTH)
            assert answer_of(one) == 200
        begun, _, body = wire.said(HEALTH).partition(b"\r\n\r\n")
        assert statuses(begun) == [503]
        assert b"retry-after: 5" in begun.lower()
        told = json.loads(body)
        assert (told["where"], told["expected"]) == ("server", "at most 3")
        assert told["do"] in told["detail"]


def test_head_over_a_socket_has_the_length_and_no_body(wire: Wire) -> None:
    answers = wire.said(HEALTH.replace(b"GET", b"HEAD"), HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    first, second, body = answers.split(b"\r\n\r\n")
    (length,) = re.findall(rb"content-length: (\d+)", first.lower())
    assert statuses(first) == statuses(second) == [200]
    assert len(body) == int(length)


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: here", *lines, "", ""]).encode()


KIND = "Content-Type: application/json"


def test_who_does_not_end_a_body_is_told_so_and_not_waited_for(wire: Wire) -> None:
    for lines, body in ((("Content-Length: 100",), b"{"), (("Transfer-Encoding: chunked",), b"1\r\n{\r\n")):
        with wire.connection() as found:
            found.sendall(head("/v1/sign-in/code", KIND, *lines) + body)
            began = time.monotonic()
            answer = rest_of(found)
            assert SHORT / 2 < time.monotonic() - began < PATIENCE / 2
        assert statuses(answer) == [408]
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"] == "urn:goodstanding:problem:not-taken"
        assert b"connection: close" in answer.lower()
        with wire.connection() as found:
            found.sendall(head("/v1/sign-in/code", KIND, *lines))
            drop = b"{" if "Length" in lines[0] else b"1\r\n{\r\n"
            assert send_until_closed(found, lambda drop=drop: drop) < PATIENCE / 2


def test_a_body_that_is_too_large_is_refused_before_it_is_there(wire: Wire) -> None:
    asked = head("/v1/sign-in/code", KIND, f"Content-Length: {LARGEST_BODY + 1}")
    with wire.connection() as found:
        found.sendall(asked)
        answer = rest_of(found)
    assert statuses(answer) == [413]
    # What was said to be its body is not taken for a request.
    assert statuses(wire.said(asked + HEALTH)) == [413]
    chunk = b"10000\r\n" + b" " * (1 << 16) + b"\r\n"
    with wire.connection() as found:
        found.sendall(head("/v1/sign-in/code", KIND, "Transfer-Encoding: chunked"))
        sent = 0

        def piece() -> bytes:
            nonlocal sent
            sent += 1
            return chunk

        send_until_closed(found, piece)
        assert sent < 20 * LARGEST_BODY // (1 << 16)
    assert statuses(wire.said(HEALTH)) == [200]


def test_nobody_hides_a_request_in_anothers(wire: Wire) -> None:
    hidden = {
        "two lengths": (("Content-Length: 2", f"Content-Length: {2 + len(HEALTH)}"), b"{}" + HEALTH),
        "a length that is none": (("Content-Length: +2",), b"{}" + HEALTH),
        "a coding that is none": (("Transfer-Encoding: xchunked",), b"0\r\n\r\n" + HEALTH),
        "two codings": (("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), b"0\r\n\r\n" + HEALTH),
        "a space before the colon": (("Content-Length : 2",), b"{}" + HEALTH),
        "a line folded over nothing": ((" Content-Length: 2",), b"{}" + HEALTH),
        "a carriage return alone": (("X: a\rContent-Length: 2",), b"{}" + HEALTH),
        "a NUL in a header": (("X: a\0b",), HEALTH),
        "a size of a chunk that is none": (("Transfer-Encoding: chunked",), b"-1\r\n\r\n" + HEALTH),
    }
    found = {
        what: statuses(wire.said(head("/v1/nothing", KIND, *lines) + body)) for what, (lines, body) in hidden.items()
    }
    assert {what: told for what, told in found.items() if min(told, default=400) < 400} == {}
    # Both said: the chunks hold, and what follows them is a request of its own, not half of one.
    both = head("/v1/nothing", KIND, "Content-Length: 4", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"
    assert [one for one in statuses(wire.said(both + HEALTH)) if one < 400] in ([], [200])


def test_a_connection_goes_on_and_who_is_in_time_is_served(wire: Wire, api: Api) -> None:
    with wire.connection() as found:
        for _ in range(3):
            found.sendall(HEALTH)
            assert answer_of(found) == 200
            time.sleep(SHORT / 2)
        # A body that takes as long as a head may does not count against the head.
        found.sendall(head("/v1/sign-in/code", KIND, "Content-Length: 14"))
        time.sleep(SHORT / 2)
        found.sendall(b'{"code": "x"} ')
        assert answer_of(found) == 401
    assert statuses(wire.said(HEALTH * 5)) == [200] * 5
    asked = (
        f"GET /v1/me HTTP/1.1\r\nHost: here\r\nX-Request-Id: mine\r\nAuthorization: Bearer {api.token(api.person())}"
    )
    answer = wire.said(asked.encode() + b"\r\n\r\n")
    assert statuses(answer) == [200]
    assert b"\r\nserver:" not in answer.lower()
    assert b"mine" not in answer
    for value in (b"Bearer \xc3\xa9", b"Bearer \xff", b"\xff", b"Bearer " + uuid4().hex.encode() * 300):
        line = b"GET /v1/me HTTP/1.1\r\nHost: here\r\nAuthorization: " + value + b"\r\n\r\n"
        assert statuses(wire.said(line)) == [401], value
