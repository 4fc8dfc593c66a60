"""Whatever is wrong with a request, it is told in the caller's language and in our words, not in a library's."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.handlers import HTTPRouteHandler
from tests.service.api.caller import Api, with_limits
from tests.service.api.test_manners import Calls
from tests.service.api.test_matrix import name_of
from tests.service.api.working import Parts

from goodstanding.service.application import ROUTES
from goodstanding.service.http.context import RateLimits
from goodstanding.wording import mismatch_of, use_language

CHINESE = {"Accept-Language": "zh-Hans"}
# Words of English one after another: names of fields, headers and algorithms stand alone.
ENGLISH = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})+")
# The law is cited as it is called.
LAWS = re.compile(r"Regulation [A-Za-z ]+|Regulation \(EU\) [\d/]+")
HAN = re.compile("[\u4e00-\u9fff]")
OTHERS: tuple[Any, ...] = (None, True, -1, 1.5, 10**30, "", "x", "\n", [], ["x"], [1], {}, {"x": 1})
PROBLEM = "application/problem+json"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BODIES = (
    b"{",
    b"",
    b"[1,",
    b"{}x",
    b'"\xff"',
    b"\xff",
    b"nul",
    b'{"a":1,"a":2}',
    b'"\\ud800"',
    b"[" * 2000,
    b"[]",
    b"1",
)


def foreign(found: httpx.Response) -> str | None:
    """The words of a refusal that are not ours."""
    if found.status_code < 400 or "html" in found.headers["content-type"]:
        return None
    if found.headers["content-type"] == JSON:
        told = found.json()
        return ENGLISH.search(told["error_description"]) and told["error_description"]
    assert found.headers["content-type"] == PROBLEM, found.text
    told = found.json()
    said = [value for name, value in told.items() if name not in ("type", "status", "code")]
    if not HAN.search(told["title"]) or not HAN.search(told["detail"]) or "do" not in told:
        return found.text
    return next((value for value in said if ENGLISH.search(LAWS.sub("", value))), None)


def changed(body: Any) -> Iterator[Any]:
    """A body with each of its parts, and the whole, replaced by values of other kinds; lacking each; having more."""
    yield from OTHERS
    if isinstance(body, dict):
        yield {**body, "other": 1}
        for name, value in body.items():
            yield {one: kept for one, kept in body.items() if one != name}
            yield from ({**body, name: other} for other in changed(value))
    elif isinstance(body, list) and body:
        yield from ([other] for other in changed(body[0]))


def wrong_requests(handler: HTTPRouteHandler, parts: Parts) -> Iterator[dict[str, Any]]:
    """Requests of a route that do not read, or not as it wants: query, headers and body."""
    names = {"limit", "cursor", "as_of", "old", "new", "first", "last", "after", "language", "kind", *parts.query}
    for value in ("x", "", "-1", "9" * 30, "\ud7ff", "%ff", "%00", "%zz", "1.5"):
        yield {"query": "&".join(f"{name}={value}" for name in names)}
    yield from ({"query": query} for query in ("", "limit=1&limit=2", "a" * 5000))
    for name in ("Idempotency-Key", "If-Match", "If-None-Match"):
        yield from ({"headers": {name: value}} for value in ("a b", "x" * 3000, ""))
    kind = {"json": JSON, "form": FORM, None: JSON}[handler.opt["body"]]
    for other in (JSON, FORM, "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "", "a/b;;"):
        yield from (
            {"content": body, "headers": {"Content-Type": other}} for body in (b"--x\r\n\r\n", b"%zz=1&a", b"{")
        )
    yield from ({"content": body, "headers": {"Content-Type": kind}} for body in BODIES)
    if handler.opt["body"] == "json":
        yield from ({"content": msgspec.json.encode(one)} for one in changed(parts.body))
    if handler.opt["body"] == "form":
        yield from ({"form": {**parts.body, name: "x" * 9000}} for name in parts.body)
        yield from ({"form": {key: value for key, value in parts.body.items() if key != name}} for name in parts.body)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nothing_that_a_library_says_reaches_a_caller(api: Api) -> None:
    most = with_limits(api, RateLimits(10**9, 10**9, 10**9))
    calls = Calls(most)
    told: dict[str, str] = {}
    statuses: set[int] = set()
    for handler in ROUTES:
        if handler.operation_id in ("leave_registry", "sign_out"):
            continue
        caller, parts = calls.ready(handler)
        method, path = name_of(handler).split()
        address = path.format(**parts.path)
        for wrong in wrong_requests(handler, parts):
            sent = {"form": wrong["form"]} if "form" in wrong else {"content": wrong.get("content")}
            headers = CHINESE | wrong.get("headers", {})
            if "content" in wrong and "Content-Type" not in headers:
                headers["Content-Type"] = JSON
            where = address + (f"?{wrong['query']}" if wrong.get("query") else "")
            found = most.call(
                method, where, caller, headers=headers, **{k: v for k, v in sent.items() if v is not None}
            )
            statuses.add(found.status_code)
            assert found.status_code != 500, (name_of(handler), wrong, found.text)
            if (words := foreign(found)) is not None:
                told.setdefault(f"{name_of(handler)} {words}", repr(wrong)[:300])
        for value in ("x", "-1", "9" * 30, "%ff", "%00", "x%2Fy"):
            found = most.call(method, path.format(**dict.fromkeys(parts.path, value)), caller, headers=CHINESE)
            if (words := foreign(found)) is not None:
                told.setdefault(f"{name_of(handler)} {words}", value)
    assert not told, "\n".join(f"{k} <- {v}" for k, v in told.items())
    assert statuses >= {400, 404, 415, 422}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PUT", "DELETE", "X" * 100])
@pytest.mark.parametrize("path", ["/health", "/v1/me", "/v1/nothing", "/", "/v1", "/v1/openapi.yml", "/v1/swagger"])
def test_a_wrong_method_or_address_is_told_in_our_words(api: Api, method: str, path: str) -> None:
    found = api.call(method, path, headers=CHINESE)
    assert found.status_code in (401, 404, 405)
    assert foreign(found) is None, found.text
    if found.status_code == 405:
        assert found.json()["expected"] == ", ".join(
            one.strip() for one in found.headers["allow"].split(",") if one.strip() != "HEAD"
        )


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_head_answers_as_get_does_without_the_body(api: Api) -> None:
    person = api.person()
    paths = (
        "/health",
        "/ready",
        "/v1/programmes",
        "/v1/nothing",
        "/v1/me",
        "/v1/me/consents?limit=x",
        "/v1/openapi.json",
    )
    for path in paths:
        for caller in (None, person):
            get, head = (api.call(method, path, caller) for method in ("GET", "HEAD"))
            assert (head.status_code, head.content) == (get.status_code, b""), path
            kept = {name: value for name, value in get.headers.items() if name != "x-request-id"}
            assert {name: value for name, value in head.headers.items() if name != "x-request-id"} == kept, path
    assert "HEAD" in api.call("OPTIONS", "/health").headers["allow"]
    refused = api.call("HEAD", "/v1/answers")
    assert (refused.status_code, refused.content) == (405, b"")
    assert "HEAD" not in refused.headers["allow"]


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a body of every kind that the decoder has an opinion on."""

    number: int = 0
    share: float = 0.0
    name: str = ""
    yes: bool = True


kinds = st.sampled_from(
    [int, str, float, bool, bytes, list[int], dict[str, int], Inner, None, int | None, list[Inner], tuple[int, int]]
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["number", "name", "x"]), inner),
)


@given(kinds, values)
def test_whatever_the_decoder_says_is_said_in_our_words(kind: Any, value: Any) -> None:
    said = what_the_decoder_says(kind, value)
    with use_language("zh-Hans"):
        found = mismatch_of(said)
    assert not ENGLISH.search(f"{found.found}；{found.expected}"), said
    assert HAN.search(found.found)
    assert HAN.search(found.expected)


def what_the_decoder_says(kind: Any, value: Any) -> str:
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=kind)
    except msgspec.DecodeError as error:
        return str(error)
    return ""


MESSAGES: Mapping[str, tuple[str, str, str]] = {
    "Expected `int`, got `str` - at `$.items[0].n`": ("items[0].n", "text", "a whole number"),
    "Expected `int | null`, got `array`": ("", "a list", "a whole number | nothing"),
    "Expected `str` of length >= 1 - at `$.name`": ("name", "a value out of bounds", "text of length >= 1"),
    "Expected `int` <= 100": ("", "a value out of bounds", "a whole number <= 100"),
    "Object missing required field `keys`": ("keys", "nothing there", "a field that must be there"),
    "Object contains unknown field `x` - at `$.items[...]`": (
        "items[...].x",
        "a field that is not known",
        "the fields that the specification names",
    ),
    "Invalid enum value 'cat' - at `$.role`": ("role", "'cat'", "one of the values that the specification names"),
    "Invalid UUID": ("", "text that does not read", "a UUID"),
    "Missing required query parameter 'old' for path /v1/log": ("old", "nothing there", "a field that must be there"),
    "Something new in the next version": ("", "a value that does not fit", "a value as the specification says"),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_what_the_decoder_found_is_not_lost(message: str) -> None:
    found = mismatch_of(message)
    assert (found.where, found.found, found.expected) == MESSAGES[message]
