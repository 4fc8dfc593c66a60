"""Requests made to break something: bodies that read in two ways, texts that are code elsewhere, names that mislead."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
from sqlalchemy import func, inspect, select, text
from tests.service.api.caller import BACK, ISSUER, Api, Device
from tests.service.api.test_matrix import name_of
from tests.service.api.working import Parts, Working

from goodstanding.registry.authentication import Caller
from goodstanding.registry.database.schema import METADATA, parties, people
from goodstanding.registry.log import log_size
from goodstanding.service.application import ROUTES
from goodstanding.service.http.request_checks import LARGEST_BODY, LONGEST_ADDRESS, MOST_FIELDS

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
DEPTH = 100_000

UNREADABLE_JSON = {
    "a name twice": b'{"words": "a", "words": "b"}',
    "a name twice, once escaped": rb'{"words": "a", "\u0077ords": "b"}',
    "a name twice, deep inside": b'{"words": [{"a": [{"b": 1, "b": 2}]}]}',
    "a number past all numbers": b'{"words": ' + b"9" * 5000 + b"}",
    "a comma too many": b'{"words": "a",}',
    "two values": b'{"words": "a"} {"words": "b"}',
    "a byte order mark": b'\xef\xbb\xbf{"words": "a"}',
    "UTF-16": '{"words": "a"}'.encode("utf-16"),
    "no UTF-8": b'{"words": "\xff"}',
    "a surrogate in UTF-8": b'{"words": "\xed\xa0\x80"}',
    "a NUL": b'{"words": "a\x00b"}',
    "a NUL, escaped": rb'{"words": "a\u0000b"}',
    "half a pair": rb'{"words": "a\ud83d"}',
    "a pair the wrong way round": rb'{"words": "\ude00\ud83d"}',
    "half a pair in a name": rb'{"words": {"\ud83d": 1}}',
    "half a pair in a list": rb'{"words": [["\ud83d"]]}',
    "a depth past all use": b'{"words": ' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "objects past all use": b'{"words":' * DEPTH + b"1" + b"}" * DEPTH,
    "a form": b"words=a",
    "nothing": b" ",
}
UNREADABLE_FORMS = {
    "a field twice": b"grant_type=client_credentials&grant_type=client_credentials",
    "a field twice, once escaped": b"grant_type=client_credentials&grant%5Ftype=client_credentials",
    "no UTF-8": b"grant_type=%ff",
    "a surrogate": b"grant_type=%ed%a0%80",
    "a NUL": b"grant_type=a%00",
    "a NUL in a name": b"grant_type=a&a%00=b",
    "bytes beyond ASCII": "grant_type=\u00e9".encode(),
    "too many fields": urlencode({f"f{n}": "" for n in range(MOST_FIELDS + 1)}).encode(),
    "JSON": b'{"grant_type": "client_credentials"}',
}
HOSTILE = (
    "x'; DROP TABLE people; -- ' OR '1'='1\" UNION SELECT id FROM people -- %' ESCAPE '\\ $1 :name ? %s%n",
    "\r\nX-Injected: yes\r\n\r\n{{7*7}}${7*7}<script>alert(1)</script>../../etc/passwd\u202e\u2066\u0661\uff11",
    "\U0001f9a5" * 1200,
)


def sent(api: Api, method: str, path: str, headers: list[tuple[str, Any]], content: Any = None) -> httpx.Response:
    """Send what `call` would not: headers twice, bodies in pieces."""

    async def work() -> httpx.Response:
        transport = httpx.ASGITransport(api.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            return await client.request(method, path, content=content, headers=headers)

    return api.runner.run(work())


def words_of(api: Api, person: Caller) -> str | None:
    found: str | None = api.good("GET", "/v1/me", person)["words"]
    return found


def test_a_body_that_reads_in_more_than_one_way_or_in_none_is_not_taken(api: Api) -> None:
    person = api.person()
    token = ("Authorization", f"Bearer {api.token(person)}")
    assert sent(api, "PUT", "/v1/me/words", [token, ("Content-Type", JSON)], b'{"words": "first"}').status_code == 200

    def told(method: str, path: str, kind: str, body: bytes) -> tuple[int, str]:
        found = sent(api, method, path, [token, ("Content-Type", kind)], body)
        return found.status_code, found.json()["type"]

    problem = (400, "urn:goodstanding:problem:not-taken")
    wrong = {
        what: found
        for what, body in UNREADABLE_JSON.items()
        if (found := told("PUT", "/v1/me/words", JSON, body)) != problem
    }
    wrong |= {
        what: found
        for what, body in UNREADABLE_FORMS.items()
        if (found := told("POST", "/v1/oauth/token", FORM, body)) != problem
    }
    assert not wrong
    assert words_of(api, person) == "first"
    for number in (b"NaN", b"-Infinity", b"1e999"):
        assert told("PUT", "/v1/me/words", JSON, b'{"words": ' + number + b"}")[0] == 400
    whole = rb'{"words": "\ud83d\ude00 \u00e9"}'
    assert sent(api, "PUT", "/v1/me/words", [token, ("Content-Type", f"{JSON}; charset=utf-8")], whole).is_success
    assert words_of(api, person) == "\U0001f600 \u00e9"


def test_a_body_of_another_kind_than_its_route_reads_is_not_taken(api: Api) -> None:
    person, body, form = api.person(), b'{"words": "a="}', b"grant_type=client_credentials"
    token = ("Authorization", f"Bearer {api.token(person)}")

    def status(path: str, body: bytes, *kinds: str) -> int:
        method = "PUT" if path == "/v1/me/words" else "POST"
        return sent(api, method, path, [token, *(("Content-Type", kind) for kind in kinds)], body).status_code

    for kind in ("text/plain", "text/json", "multipart/form-data; boundary=x", "application/xml", "", "a" * 500):
        assert status("/v1/me/words", body, kind) == 415, kind
        assert status("/v1/oauth/token", form, kind) == 415, kind
    assert status("/v1/me/words", body) == 415
    assert status("/v1/me/words", body, FORM) == 415
    assert status("/v1/oauth/token", b'"grant_type=a"', JSON) == 415
    # Looked at as the one and read as the other, a name could come twice after all.
    twice = b'{"words": "a=", "words": "b"}'
    assert status("/v1/me/words", twice, JSON, FORM) == 400
    assert status("/v1/me/words", twice, FORM, JSON) == 400
    assert words_of(api, person) is None


def test_a_body_that_is_too_large_is_not_taken_whether_or_not_it_says_so(api: Api) -> None:
    person = api.person()
    headers = [("Authorization", f"Bearer {api.token(person)}"), ("Content-Type", JSON)]

    def words(size: int) -> bytes:
        return b'{"words": "' + b"x" * (size - len(b'{"words": ""}')) + b'"}'

    async def pieces(size: int) -> AsyncIterator[bytes]:
        body = words(size)
        for start in range(0, size, 1 << 16):
            yield body[start : start + (1 << 16)]

    for size, expected in ((LARGEST_BODY, 422), (LARGEST_BODY + 1, 413)):
        # What fits is read, and found to be too many words.
        status = 400 if expected == 422 else expected
        assert sent(api, "PUT", "/v1/me/words", headers, words(size)).status_code == status
        assert sent(api, "PUT", "/v1/me/words", headers, pieces(size)).status_code == status
    for said in ("9" * 30, str(LARGEST_BODY + 1)):
        assert sent(api, "PUT", "/v1/me/words", [*headers, ("Content-Length", said)], b"{}").status_code == 413


def test_an_address_that_cannot_be_kept_or_reads_in_two_ways_is_not_taken(api: Api) -> None:
    for handler in ROUTES:
        method, path = name_of(handler).split()
        for query in ("?x=%00", "?x=%ff", "?%ed%a0%80=x", "?x=1&x=2", "?x=1&%78=2", "?x=" + "x" * LONGEST_ADDRESS):
            found = api.call(method, path.replace("{", "").replace("}", "") + query)
            assert (found.status_code, found.json()["where"]) == (400, "address"), (path, query)
    person = api.person()
    for one in ("%00", "a%00", "%ff", "%ed%a0%80", "%c0%80"):
        assert api.call("DELETE", f"/v1/me/passkeys/{one}", person).status_code == 400
        assert api.call("GET", f"/v1/programmes/{one}/1.0.0").status_code == 400
    # A key is not text at all, a page ends nowhere, a name goes on after its end.
    assert api.call("DELETE", "/v1/me/passkeys/AAAAA", person).status_code == 404
    assert api.call("GET", "/v1/programmes/sesame%0A/1.0.0").status_code == 404


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the texts of a value are."""
    match value:
        case str():
            yield path
        case list():
            for place, one in enumerate(value):
                yield from leaves(one, (*path, place))
        case dict():
            for name, one in value.items():
                yield from leaves(one, (*path, name))
        case _:
            pass


def with_leaf(value: Any, path: tuple[Any, ...], put: str) -> Any:
    if not path:
        return put
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_leaf(value[path[0]], path[1:], put)
    return copy


def requests_with(parts: Parts, put: str) -> Iterator[Parts]:
    """A request with a text in each of its places for text, one after the other."""
    for name in parts.path:
        yield Parts({**parts.path, name: quote(put, safe="")}, parts.query, parts.body)
    for path in leaves(parts.body):
        yield Parts(parts.path, parts.query, with_leaf(parts.body, path, put))
    for name in parts.query or (() if parts.body else ("cursor", "state", "language", "programme")):
        yield Parts(parts.path, {**parts.query, name: put}, parts.body)


def test_no_text_in_any_place_is_more_than_a_text(api: Api) -> None:
    working = Working(api)
    api.firm("The last one", "furnisher", "91110108717743469K")
    with api.registry.engine.connect() as connection:
        before = connection.scalar(select(func.count()).select_from(people)), log_size(connection)
    fault = []
    for handler in ROUTES:
        method, path = name_of(handler).split()
        parts, roles = working.of(handler.operation_id), handler.opt["allowed"]
        caller = parts.caller or (None if isinstance(roles, str) else api.caller(min(roles)))
        for put in HOSTILE:
            for one in requests_with(parts, put):
                address = path.format(**one.path) + (f"?{urlencode(one.query)}" if one.query else "")
                if handler.opt["body"] == "form" and one.body.get("client_assertion") not in (None, put):
                    one.body["client_assertion"] = api.assertion(api.merchant)
                body = {"form" if handler.opt["body"] == "form" else "body": one.body}
                found = api.call(method, address, caller, **body)
                if found.status_code >= 500 or "x-injected" in found.headers:
                    fault.append((address[:200], str(one.body)[:300], found.text))
    assert not fault
    with api.registry.engine.connect() as connection:
        assert set(METADATA.tables) <= set(inspect(connection).get_table_names())
        assert (connection.scalar(select(func.count()).select_from(people)) or 0) >= (before[0] or 0)
        assert log_size(connection) > before[1]
        assert connection.scalar(select(parties.c.name).where(parties.c.name == "The last one")) is not None


NAMES = {
    "Cyrillic among Latin": "Bicycles of B\u0435ijing",
    "Greek among Latin": "Bicycles \u03bff Beijing",
    "in fullwidth letters": "\uff22icycles of Beijing",
    "in mathematical letters": "\U0001d401icycles of Beijing",
    "turned round": "Bicycles \u202eof Beijing",
    "isolated": "\u2066Bicycles\u2069 of Beijing",
    "with nothing between": "Bicycles\u200b of Beijing",
    "with a joiner": "Bi\u200dcycles of Beijing",
    "with a soft hyphen": "Bi\u00adcycles of Beijing",
    "with a filler": "Bicycles\u3164of Beijing",
    "with a tag": "Bicycles\U000e0041 of Beijing",
    "with a variant": "Bicycles\ufe0f of Beijing",
    "with a break": "Bicycles\nof Beijing",
    "with a wide space": "Bicycles\u3000of Beijing",
    "in no script": "Bicycles of Beijing \ue000",
    "blank": " \u00a0 ",
}


def test_no_name_passes_for_another(api: Api) -> None:
    working, admin, person = Working(api), api.operator("admin"), api.person()
    firm, operator = working.of("admit_party").body, working.of("admit_an_operator").body
    options = api.good("POST", "/v1/me/passkeys/options", person)["options"]
    passkey = {"credential": Device().add(options), "label": "Own"}
    for what, name in NAMES.items():
        for path, caller, body in (
            ("/v1/parties", admin, firm | {"name": name}),
            ("/v1/operators", admin, operator | {"name": name}),
            ("/v1/me/passkeys", person, passkey | {"label": name}),
        ):
            found = api.call("POST", path, caller, body)
            assert (found.status_code, found.json()["where"]) == (422, "name" if caller is admin else "label"), what
    # Composed and apart are one name.
    found = api.good("POST", "/v1/operators", admin, operator | {"name": " Rene\u0301  Li "})
    assert found["name"] == "Ren\u00e9 Li"
    again = working.of("admit_an_operator").body | {"name": "Ren\u00e9 Li"}
    assert api.call("POST", "/v1/operators", admin, again).status_code == 409


def test_nothing_that_a_caller_says_becomes_a_header_or_leads_elsewhere(api: Api) -> None:
    working, broken = Working(api), "a\r\nSet-Cookie: b=c\r\n\r\n<html>&iss=x"
    pushed = api.good("POST", "/v1/oauth/par", form=working.of("par").body | {"state": broken})["request_uri"]
    found = api.call("POST", "/v1/oauth/authorize", form={"request_uri": pushed, "choice": "reject"})
    leads = found.headers["location"]
    assert found.status_code == 303
    assert "set-cookie" not in found.headers
    assert leads.isprintable()
    assert parse_qs(urlsplit(leads).query) == {"error": ["access_denied"], "iss": [ISSUER], "state": [broken]}
    for elsewhere in (
        f"{BACK}/",
        f"{BACK}?x=1",
        f"{BACK}#x",
        "https://evil.example/back",
        f"{BACK}\r\nX: y",
        "",
        "//evil",
    ):
        form = working.of("par").body | {"redirect_uri": elsewhere}
        assert api.call("POST", "/v1/oauth/par", form=form).status_code == 400, elsewhere
    urls = (
        f"{BACK}\r\nX: y",
        f"{BACK}\nX",
        "https://a@b.example/",
        "http://evil.example/",
        "javascript:alert(1)",
        "file:///x",
    )
    for url in urls:
        assert api.call("PUT", "/v1/webhook", api.merchant, {"url": url}).status_code == 422, url
        body = working.of("admit_party").body | {"redirects": [url]}
        assert api.call("POST", "/v1/parties", api.operator("admin"), body).status_code == 422, url
    person, body = api.person(), {"item": {"table": "dues", "source": "s", "record_id": "r"}, "words": ""}
    for key in (b"a\r\nb: c", b"a b", b"\xe9", b"", b"x" * 256):
        headers: Any = {"Idempotency-Key": key}
        assert api.call("POST", "/v1/me/disputes", person, body, headers=headers).status_code == 400, key
    mine = api.call("GET", "/health", headers={"X-Request-Id": "mine", "X-Forwarded-Host": "evil.example"})
    assert mine.headers["x-request-id"] != "mine"
    metadata = api.good("GET", "/.well-known/oauth-authorization-server", headers={"Host": "evil.example"})
    assert metadata["issuer"] == ISSUER


def test_the_page_for_a_persons_browser_shows_what_was_said_and_runs_nothing_of_it(api: Api) -> None:
    text_ = "<script>alert(1)</script>"
    shop = api.firm(f'"{text_}', "merchant", "91110108717743469K")
    form = Working(api).of("par").body | {"client_assertion": api.assertion(shop), "state": text_}
    pushed = api.good("POST", "/v1/oauth/par", form=form)["request_uri"]
    page = api.call("GET", f"/v1/oauth/authorize?request_uri={pushed}&client_id={text_}")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert text_ not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert f"form-action 'self' {BACK.removesuffix('/back')};" in policy
    assert "unsafe" not in policy
    wrong = api.call("POST", "/v1/oauth/authorize", form={"request_uri": pushed, "choice": "approve", "code": text_})
    assert wrong.status_code == 401
    assert text_ not in wrong.text
    # What a page may run is good for that page alone.
    assert wrong.headers["content-security-policy"] != policy


def test_a_fault_says_nothing_of_the_inside(api: Api) -> None:
    with api.registry.engine.begin() as connection:
        connection.execute(text("ALTER TABLE deliveries RENAME TO elsewhere"))
        connection.execute(text("UPDATE parties SET contexts = '5'"))
    party = f"/v1/parties/{api.merchant.id}"
    for path, caller in (("/v1/deliveries", api.merchant), (party, api.operator("admin"))):
        found = api.call("GET", path, caller)
        assert found.status_code in (500, 503)
        assert found.json()["status"] == found.status_code
        for inside in ("deliveries", "SELECT", "sqlalchemy", "Traceback", "elsewhere", "'int'", "iterable"):
            assert inside not in found.text
