"""What holds for every route: limits, versions, requests sent again, pages, problems, headers and languages."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from inspect import signature
from typing import Any, get_args
from urllib.parse import urlencode

import httpx
from litestar.handlers import HTTPRouteHandler
from tests.service.api.caller import Api, with_limits
from tests.service.api.test_matrix import TABLE, name_of
from tests.service.api.working import Parts, Working

from goodstanding.registry.authentication import Caller
from goodstanding.registry.log import log_size
from goodstanding.service.api.routes.person_routes import Language
from goodstanding.service.application import ROUTES
from goodstanding.service.http.context import RateLimits
from goodstanding.service.http.cursors import LARGEST, cursor_of
from goodstanding.wording import LANGUAGES

MOST = 4
MEMBERS = {"type", "title", "status", "detail", "where", "found", "expected", "do", "code"}
PROTECTING = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def taking(parameter: str) -> list[HTTPRouteHandler]:
    """The routes that take something."""
    return [one for one in ROUTES if parameter in signature(one.fn).parameters]


class Calls:
    """Calls of routes that work, and the same with something changed."""

    def __init__(self, api: Api) -> None:
        self.api, self.working = api, Working(api)

    def ready(self, handler: HTTPRouteHandler) -> tuple[Caller, Parts]:
        parts, roles = self.working.of(handler.operation_id), TABLE[name_of(handler)].split()
        caller = parts.caller or (self.api.caller(roles[-1]) if roles else None)
        return caller, parts  # type: ignore[return-value] - nobody where anybody may

    def call(
        self, handler: HTTPRouteHandler, caller: Caller, parts: Parts, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        method, path = name_of(handler).split()
        query = f"?{urlencode(parts.query)}" if parts.query else ""
        return self.api.call(method, path.format(**parts.path) + query, caller, parts.body, headers=headers)

    def lines(self) -> int:
        with self.api.registry.engine.connect() as connection:
            return log_size(connection)


def until_refused(api: Api, path: str, caller: Caller | None = None, **other: Any) -> tuple[int, httpx.Response]:
    """How often a call is taken before it is too often, and how that is told."""
    for n in range(MOST * 3):
        found = api.call("GET", path, caller, **other)
        if found.status_code == 429:
            return n, found
    raise AssertionError(path)


def test_who_calls_too_often_is_told_when_to_come_back_and_others_are_served(api: Api) -> None:
    limited = with_limits(api, RateLimits(MOST, MOST, MOST))
    first, second = api.person(), api.person()
    bad = {"headers": {"Authorization": "Bearer x.y.z"}}
    calls: list[tuple[str, Caller | None]] = [
        ("/v1/consents", api.merchant),
        ("/v1/cases", api.furnisher),
        ("/v1/me", first),
        ("/v1/operators", api.operator("admin")),
        ("/health", None),
    ]
    for path, caller in calls:
        taken, found = until_refused(limited, path, caller)
        assert MOST <= taken < MOST * 2, path
        assert found.json()["type"] == "urn:goodstanding:problem:too-many-requests"
        assert 1 <= int(found.headers["retry-after"]) <= 60
    # Also what is refused counts, for nobody is to try tokens without end.
    assert limited.call("GET", "/v1/me", **bad).status_code == 429
    assert until_refused(with_limits(api, RateLimits(MOST, MOST, MOST)), "/v1/me", **bad)[0] >= MOST
    for again, other in ((first, second), (api.operator("admin"), api.operator("auditor"))):
        path = "/v1/me" if again is first else "/v1/operators"
        assert limited.call("GET", path, again).status_code == 429
        assert limited.call("GET", path, other).status_code == 200


def test_who_asks_all_the_time_whether_it_is_ready_is_told(api: Api) -> None:
    limited = with_limits(api, RateLimits(MOST, MOST, MOST))
    until_refused(limited, "/health")
    assert {limited.call("GET", "/ready").status_code for _ in range(3 * MOST)} == {200}


def test_what_has_not_changed_is_not_sent_again(api: Api) -> None:
    calls = Calls(api)
    tagged = taking("if_none_match")
    assert len(tagged) >= 5
    for handler in tagged:
        caller, parts = calls.ready(handler)
        first = calls.call(handler, caller, parts)
        assert first.status_code == 200, (name_of(handler), first.text)
        etag = first.headers["etag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            found = calls.call(handler, caller, parts, {"If-None-Match": known})
            assert (found.status_code, found.content, found.headers["etag"]) == (304, b"", etag), name_of(handler)
        for other in ('"other"', etag.strip('"'), ""):
            found = calls.call(handler, caller, parts, {"If-None-Match": other})
            assert (found.status_code, found.content) == (200, first.content), name_of(handler)


def test_what_somebody_else_has_changed_meanwhile_is_left_alone(api: Api) -> None:
    calls = Calls(api)
    changing = taking("if_match")
    assert len(changing) >= 4
    for handler in changing:
        caller, parts = calls.ready(handler)
        before = calls.lines()
        for stale in ('"stale"', '"a", "b"', ""):
            found = calls.call(handler, caller, parts, {"If-Match": stale})
            assert (found.status_code, found.json()["type"]) == (412, "urn:goodstanding:problem:changed")
        assert calls.lines() == before, name_of(handler)
        assert calls.call(handler, caller, parts, {"If-Match": "*"}).is_success
    person = api.person()
    etag = api.call("GET", "/v1/me", person).headers["etag"]
    assert api.call("PUT", "/v1/me/words", person, {"words": "a"}, headers={"If-Match": etag}).status_code == 200
    assert api.call("PUT", "/v1/me/words", person, {"words": "b"}, headers={"If-Match": etag}).status_code == 412
    assert api.good("GET", "/v1/me", person)["words"] == "a"


def test_what_is_sent_again_under_its_key_is_done_once(api: Api) -> None:
    calls, keyed = Calls(api), {"Idempotency-Key": "one"}
    creating = taking("key")
    assert len(creating) >= 6
    for handler in creating:
        caller, parts = calls.ready(handler)
        other = Parts(body=calls.ready(handler)[1].body | ({"scopes": ["band"]} if "scopes" in parts.body else {}))
        first = calls.call(handler, caller, parts, keyed)
        assert first.status_code == 201, first.text
        done = calls.lines()
        again = calls.call(handler, caller, parts, keyed)
        assert (again.status_code, again.content) == (first.status_code, first.content), name_of(handler)
        another = calls.call(handler, caller, other, keyed)
        assert another.status_code == 409, (name_of(handler), another.text)
        assert (another.status_code, another.json()["where"]) == (409, "Idempotency-Key"), name_of(handler)
        assert calls.lines() == done
        keyed = {"Idempotency-Key": f"one-{handler.operation_id}"}


def test_a_key_is_its_callers_own_and_forgotten_after_a_day(api: Api) -> None:
    first, second, keyed = api.person(), api.person(), {"Idempotency-Key": "one"}
    body = {"item": {"table": "dues", "source": "s", "record_id": "r"}, "words": ""}

    def disputed(person: Caller) -> httpx.Response:
        return api.call("POST", "/v1/me/disputes", person, body, headers=keyed)

    ids = [disputed(one).json()["id"] for one in (first, second, first, second)]
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]
    # What was refused is not kept: it may be tried again.
    assert api.call(
        "POST", "/v1/me/blocks", first, {"items": [], "words": ""}, headers={"Idempotency-Key": "b"}
    ).is_error
    api.office.clock.move(hours=24, seconds=-1)
    assert disputed(api.person(first.id)).json()["id"] == ids[0]
    api.office.clock.move(seconds=1)
    later = api.person(first.id)
    assert disputed(later).status_code == 409
    assert disputed(later).json()["type"] == "urn:goodstanding:problem:conflict"


def test_pages_of_one_give_everything_once(api: Api) -> None:
    calls = Calls(api)
    holder, lender = calls.working.holder, api.furnisher
    for _ in range(2):
        api.good("POST", "/v1/answers", api.merchant, api.question(consent=api.give(holder)))
        for person in (api.person(), holder):
            case = api.good("POST", "/v1/me/disputes", person, calls.working.of("dispute_record").body)["id"]
        api.good("POST", f"/v1/cases/{case}/end", lender, {"outcome": "confirmed", "words": ""})
    paged = taking("cursor")
    assert len(paged) >= 8
    for handler in paged:
        caller, _ = calls.ready(handler)
        if caller.kind == "person":
            caller = holder
        whole = calls.call(handler, caller, Parts(query={"limit": 100})).json()
        assert whole["next"] is None
        found, query = [], {"limit": 1}
        while True:
            page = calls.call(handler, caller, Parts(query=query)).json()
            found += page["items"]
            if page["next"] is None:
                break
            assert len(page["items"]) == 1
            query = {"limit": 1, "cursor": page["next"]}
        assert found == whole["items"], name_of(handler)
        assert len(found) > 1, name_of(handler)
        forged = ["!", "A", "AAAA", "-", "x" * 101, "", *map(cursor_of, (-1, LARGEST + 1, 10**30))]
        forged += [
            urlsafe_b64encode(text.encode()).decode().strip("=") for text in ("1 OR 1=1", "\u0661", "1.5", "None")
        ]
        for cursor in forged:
            told = calls.call(handler, caller, Parts(query={"cursor": cursor}))
            assert told.status_code == 400, (name_of(handler), cursor, told.text)
        for limit in ("0", "101", "-1", "x", "1.5", "9" * 30):
            assert calls.call(handler, caller, Parts(query={"limit": limit})).status_code == 400, (handler, limit)


def test_every_answer_protects_and_every_problem_says_where_and_what_to_do(api: Api) -> None:
    person = api.person()
    limited = with_limits(api, RateLimits(10**6, 10**6, 0))
    unread: dict[str, Any] = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    plain: dict[str, Any] = {"content": b"{}", "headers": {"Content-Type": "text/plain"}}
    large: dict[str, Any] = {"content": b" " * (1 << 21), "headers": {"Content-Type": "application/json"}}
    item = {"table": "dues", "source": "s", "record_id": "r"}
    api.good("POST", "/v1/me/disputes", person, {"item": item, "words": ""})
    etag = api.call("GET", "/v1/me", person).headers["etag"]
    answers = {
        200: api.call("GET", "/v1/me", person),
        201: api.call("POST", "/v1/me/codes", person),
        204: api.call("OPTIONS", "/v1/me"),
        304: api.call("GET", "/v1/me", person, headers={"If-None-Match": etag}),
        400: api.call("PUT", "/v1/me/words", person, **unread),
        401: api.call("GET", "/v1/me"),
        403: api.call("GET", "/v1/operators", person),
        404: api.call("GET", f"/v1/me/cases/{person.id}", person),
        405: api.call("PATCH", "/v1/me", person),
        409: api.call("POST", "/v1/me/disputes", person, {"item": item, "words": ""}),
        412: api.call("PUT", "/v1/me/words", person, {"words": ""}, headers={"If-Match": '"x"'}),
        413: api.call("PUT", "/v1/me/words", person, **large),
        415: api.call("PUT", "/v1/me/words", person, **plain),
        422: api.call("PUT", "/v1/me/words", person, {"words": "a " * 1999}),
        429: limited.call("GET", "/health"),
    }
    for status, found in answers.items():
        assert found.status_code == status, found.text
        for name, value in PROTECTING.items():
            assert found.headers.get_list(name) == [value], (status, name)
        assert len(found.headers.get_list("x-request-id")) == 1
        assert "set-cookie" not in found.headers
        if status < 400:
            continue
        problem = found.json()
        assert found.headers["content-type"] == "application/problem+json"
        assert problem["status"] == status
        assert problem["type"].startswith("urn:goodstanding:problem:")
        assert set(problem) <= MEMBERS
        if status != 405:
            assert set(problem) >= MEMBERS - {"code"}, status
            assert all(str(problem[part]) in problem["detail"] for part in ("where", "found", "expected", "do"))
    assert answers[401].headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_problem_is_told_in_the_callers_language(api: Api) -> None:
    person = api.person()
    chinese = ("zh", "zh-Hans-CN", "zh-TW;q=0.8", "fr, zh;q=0.5, en;q=0.1")
    for accepted in (*chinese, "en, zh", "fr", "*", "", "\u00e9"):
        headers: Any = {"Accept-Language": accepted.encode("latin-1")}
        for found in (
            api.call("GET", f"/v1/me/consents/{person.id}", person, headers=headers),
            api.call("POST", f"/v1/me/consents/{person.id}/revoke", person, headers=headers),
            api.call("GET", "/v1/me?x=%00", person, headers=headers),
        ):
            told = found.json()["do"]
            assert any("\u4e00" <= sign <= "\u9fff" for sign in told) is (accepted in chinese), (accepted, told)


def test_where_nothing_is_a_problem_says_so(api: Api) -> None:
    for path in ("/v1/nothing", "/v1/me/nothing", "/nothing"):
        found = api.call("GET", path)
        assert (found.status_code, found.headers["content-type"]) == (404, "application/problem+json")
        assert found.json()["type"] == "urn:goodstanding:problem:http-404"


def test_every_number_of_an_answer_that_a_review_takes_fits_its_column() -> None:
    assert len(str(LARGEST)) > 18


def test_the_specification_names_every_language() -> None:
    assert set(LANGUAGES) == set(get_args(Language))
