"""What is looked at before a request gets to its route: how long it takes, how much it is, and that it reads one way.

JSON with a name twice means one thing to one reader and another to the next, so it is not taken.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from litestar.types import ASGIApp, HTTPRequestEvent, Message, Receive, Scope, Send

from goodstanding.service.http.problems import MEDIA_TYPE, NotTaken, problem_of
from goodstanding.wording import ENGLISH, spoken, tr, use_language

LARGEST_BODY = 1 << 20
LONGEST_SECONDS = 10.0
LONGEST_ADDRESS = 4096
MOST_FIELDS = 200
JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"

_HEADERS: Sequence[tuple[bytes, bytes]] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class RequestChecks:
    """An application that is reached only by requests that can be taken; its answers carry the protecting headers."""

    def __init__(self, app: ASGIApp, longest: float = LONGEST_SECONDS) -> None:
        self.app = app
        self.longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a request, or tell its sender why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        # What is answered to HEAD is what would be to GET, without its body (RFC 9110, 9.3.2).
        bodiless = scope["method"] == "HEAD"

        async def protected(message: Message) -> None:
            if bodiless and message["type"] == "http.response.body":
                message["body"] = b""
            if message["type"] == "http.response.start":
                own = {name for name, _ in message.get("headers", ())}
                added = [(name, value) for name, value in _HEADERS if name not in own]
                message["headers"] = [*map(_with_head, message.get("headers", ())), *added]
            await send(message)

        with use_language(_language(headers.get(b"accept-language", b""))):
            try:
                _check_address(scope)
                _check_headers(scope)
                body = await self._body(headers, receive)
                if body:
                    _check_body(headers.get(b"content-type", b""), body)
            except NotTaken as error:
                await _tell(error, protected)
                return
            if bodiless:
                scope["method"] = "GET"
            try:
                await self.app(scope, _replayed(body, receive), protected)
            finally:
                if bodiless:
                    scope["method"] = "HEAD"

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """All of the body. Raises NotTaken if it is too large or takes too long to come."""
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise NotTaken(400, "Content-Length", ascii(length.decode("latin-1")), "0-9", tr("Correct the header."))
        if len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY:
            raise _too_large()
        if not int(length) and b"transfer-encoding" not in headers:
            return b""
        try:
            async with asyncio.timeout(self.longest):
                return await _read(receive)
        except TimeoutError:
            found, expected = tr("a body that does not end"), tr("at most {n} seconds", n=round(self.longest))
            raise NotTaken(408, tr("body"), found, expected, tr("Send it again.")) from None


async def _read(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise _too_large()
    return bytes(body)


def _with_head(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """The methods that an address has: where there is GET there is HEAD."""
    name, value = header
    methods = [one.strip() for one in value.split(b",")]
    if name.lower() == b"allow" and b"GET" in methods and b"HEAD" not in methods:
        return name, b", ".join([*methods, b"HEAD"])
    return header


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Any:  # noqa: ANN401 - an event of the protocol
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return cast("HTTPRequestEvent", {"type": "http.request", "body": body, "more_body": False})

    return replay


def _check_address(scope: Any) -> None:  # noqa: ANN401 - a scope of the protocol
    address = scope.get("raw_path", b"") + scope["query_string"]
    plain = unquote_to_bytes(address)
    if b"\0" in plain or not _reads(plain):
        found, expected = tr("characters that cannot be kept"), tr("text in UTF-8")
        raise NotTaken(400, tr("address"), found, expected, tr("Correct the address."))
    if len(address) > LONGEST_ADDRESS:
        expected = tr("at most {n} characters", n=LONGEST_ADDRESS)
        raise NotTaken(400, tr("address"), str(len(address)), expected, tr("Correct the address."))
    names = [name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)]
    if len(set(names)) < len(names):
        raise NotTaken(400, tr("address"), tr("a field twice"), tr("each field once"), tr("Correct the address."))


def _check_headers(scope: Any) -> None:  # noqa: ANN401 - a scope of the protocol
    """A body of two kinds would be looked at as one and read as the other."""
    if [name for name, _ in scope["headers"]].count(b"content-type") > 1:
        raise NotTaken(
            400, "Content-Type", tr("a field twice"), f"{JSON.decode()} | {FORM.decode()}", tr("Correct the header.")
        )


def _check_body(content_type: bytes, body: bytes) -> None:
    """Raise NotTaken for a body that reads in more than one way, or in none."""
    kind = content_type.split(b";")[0].strip().lower()
    if kind == FORM:
        _check_form(body)
    elif kind == JSON:
        _check_json(body)
    else:
        expected = "application/json | application/x-www-form-urlencoded"
        raise NotTaken(415, "Content-Type", ascii(kind.decode("latin-1")), expected, tr("Correct the header."))


def _check_form(body: bytes) -> None:
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise _unreadable(tr("a form that does not read")) from None
    names = [name for name, _ in fields]
    if len(set(names)) < len(names):
        raise _unreadable(tr("a field twice"))
    if any("\0" in part for field in fields for part in field):
        raise _unreadable(tr("characters that cannot be kept"))


def _check_json(body: bytes) -> None:
    try:
        json.loads(body.decode(), object_pairs_hook=_object)
        if b"\\u" in body:
            _check_texts(msgspec.json.decode(body))
    except NotTaken:
        raise
    except (ValueError, RecursionError, msgspec.DecodeError):
        raise _unreadable(tr("JSON that does not read")) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _unreadable(tr("a name twice in one object"))
    return found


def _check_texts(value: object) -> None:
    """Escapes let texts through that no database takes."""
    match value:
        case str():
            if "\0" in value or not _reads(value.encode(errors="surrogatepass")):
                raise _unreadable(tr("characters that cannot be kept"))
        case list():
            for one in cast("list[object]", value):
                _check_texts(one)
        case dict():
            for name, one in cast("dict[str, object]", value).items():
                _check_texts(name)
                _check_texts(one)
        case _:
            pass


def _reads(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _language(accepted: bytes) -> str:
    """The first of a caller's languages that we speak."""
    for one in accepted.decode("latin-1").split(","):
        if (found := spoken(one.split(";")[0])) is not None:
            return found
    return ENGLISH


def _too_large() -> NotTaken:
    expected = tr("at most {n} bytes", n=LARGEST_BODY)
    return NotTaken(413, tr("body"), tr("more than that"), expected, tr("Send less at once."))


def _unreadable(found: str) -> NotTaken:
    return NotTaken(400, tr("body"), found, tr("a body that reads in one way"), tr("Correct the body."))


async def _tell(error: NotTaken, send: Any) -> None:  # noqa: ANN401 - of the protocol
    body = msgspec.json.encode(problem_of(error))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    # What was not read of the body is not to be taken for the next request.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
