"""What a caller is told when something does not work: RFC 9457 problem details, RFC 6749 errors where it asks so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

import structlog
from litestar import MediaType, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct
from msgspec.structs import replace as replace_field

from goodstanding.errors import (
    Busy,
    EngineFailed,
    StandingError,
    Unavailable,
)
from goodstanding.machine import refusal_of
from goodstanding.registry.answers import Refused
from goodstanding.service.http.context import ApiRequest
from goodstanding.wording import Mismatch, mark, mismatch_of, tr

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:goodstanding:problem:"


class Problem(Struct, omit_defaults=True):
    """A problem: its kind by `type`, and where it is, what was found, what was expected, what to do.

    `code` says which of the reasons an answer was refused for.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    where: str | None = None
    found: str | None = None
    expected: str | None = None
    do: str | None = None


class OAuthError(Struct):
    """An error in the form of RFC 6749, section 5.2."""

    error: str
    error_description: str


class NotAllowed(StandingError):
    """It is known who calls, and they may not do this."""

    kind = "not-allowed"
    status = 403

    def __init__(self, roles: str, allowed: str) -> None:
        super().__init__(tr("caller"), roles, allowed, tr("Ask somebody who may."))


class Changed(StandingError):
    """The thing was changed since the caller looked at it."""

    kind = "changed"
    status = 412

    def __init__(self) -> None:
        super().__init__(
            "If-Match", tr("another version"), tr("the version in force"), tr("Look at it again, then change it.")
        )


class NotTaken(StandingError):
    """A request that is not taken, whatever it asks: its status says why."""

    kind = "not-taken"

    def __init__(self, status: int, where: str, found: str, expected: str, do: str) -> None:
        self.status = status
        super().__init__(where, found, expected, do)


class TooMany(StandingError):
    """The caller has used up what a minute allows; `wait` is in seconds."""

    kind = "too-many-requests"
    status = 429

    def __init__(self, most: int, wait: int) -> None:
        self.wait = wait
        found, expected = tr("more requests than a minute allows"), tr("at most {most}", most=most)
        super().__init__(tr("caller"), found, expected, tr("Wait {n} seconds.", n=wait))


class OAuthRefused(Exception):
    """A request for a token that is refused, by its code of RFC 6749."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        self.code = code
        self.status = status
        super().__init__(description)


_TITLES: Mapping[int, str] = {
    400: mark("Bad Request"),
    401: mark("Unauthorized"),
    403: mark("Forbidden"),
    404: mark("Not Found"),
    405: mark("Method Not Allowed"),
    408: mark("Request Timeout"),
    409: mark("Conflict"),
    412: mark("Precondition Failed"),
    413: mark("Request Entity Too Large"),
    415: mark("Unsupported Media Type"),
    422: mark("Unprocessable Entity"),
    429: mark("Too Many Requests"),
    500: mark("Internal Server Error"),
    503: mark("Service Unavailable"),
}
LONGEST_METHOD = 30
RETRY_AFTER = {"Retry-After": "5"}


def title_of(status: int) -> str:
    """What a status is called (RFC 9110, section 15)."""
    return tr(_TITLES.get(status, _TITLES[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]))


def problem_of(error: StandingError, as_: type[StandingError] | None = None) -> Problem:
    """An error of ours as a problem, by default of its own kind."""
    of = error if as_ is None else as_
    code = error.code if isinstance(error, Refused) else None
    return Problem(
        type=f"{TYPES}{of.kind}",
        title=title_of(of.status),
        status=of.status,
        detail=str(error),
        code=code,
        where=error.where,
        found=error.found,
        expected=error.expected,
        do=error.do,
    )


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response[Problem]:
    """A problem as a response."""
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def _ours(_: ApiRequest, error: StandingError) -> Response[Problem]:
    if isinstance(error, EngineFailed):
        return _fault(_, error)
    if isinstance(error, Unavailable):
        return _unavailable(error)
    if isinstance(error, Busy):
        # It may name the database, and was said in nobody's language.
        error = Busy(
            where=tr("database"),
            found=tr("no answer in time"),
            expected=tr("a database that answers"),
            do=tr("Try again in a while."),
        )
    problem = problem_of(error)
    match problem.status:
        case HTTPStatus.UNAUTHORIZED:
            return problem_response(problem, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        case HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, TooMany):
            return problem_response(problem, {"Retry-After": str(error.wait)})
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return problem_response(problem, RETRY_AFTER)
        case _:
            return problem_response(problem)


def _frameworks(request: ApiRequest, error: HTTPException) -> Response[Problem]:
    """What the framework found, in our words: a shape that does not fit, a path or method that there is not."""
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return problem_response(no_such_route(), error.headers)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return problem_response(
                _no_such_method(request.method, dict(error.headers or {}).get("allow", "")), error.headers
            )
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _fault(request, error)
        case status:
            return problem_response(_mismatched(status, _mismatches(error)), error.headers)


def no_such_route() -> Problem:
    """There is nothing at an address."""
    expected = tr("an address that the specification names")
    return plain_problem(404, tr("address"), tr("nothing there"), expected, tr("Correct the address."))


def no_request() -> Problem:
    """What came is no request."""
    do = tr("Send it again as HTTP has it.")
    return plain_problem(400, tr("request"), tr("none that reads"), tr("a request of HTTP/1.1"), do)


def too_many_connections(most: int) -> Problem:
    """More are connected than can be served at once."""
    found, expected = tr("more connections than that"), tr("at most {most}", most=most)
    return plain_problem(503, tr("server"), found, expected, tr("Try again in a while."))


def _no_such_method(method: str, allowed: str) -> Problem:
    return plain_problem(405, tr("method"), ascii(method)[:LONGEST_METHOD], allowed, tr("Use one of these methods."))


def plain_problem(status: int, where: str, found: str, expected: str, do: str) -> Problem:
    """A problem that nothing is known of but its status."""
    detail = str(StandingError(where=where, found=found, expected=expected, do=do))
    return Problem(
        type=f"{TYPES}http-{status}",
        title=title_of(status),
        status=status,
        detail=detail,
        code=None,
        where=where,
        found=found,
        expected=expected,
        do=do,
    )


def _mismatches(error: HTTPException) -> Sequence[Mismatch]:
    """Each place at which a request does not fit."""
    extra = error.extra if isinstance(error, ValidationException) and isinstance(error.extra, list) else []
    mismatches = [cast("dict[str, str]", one) if isinstance(one, dict) else {"message": str(one)} for one in extra]
    found: list[Mismatch] = []
    for one in mismatches or [{"message": error.detail}]:
        mismatch = mismatch_of(one.get("message", ""))
        # The framework calls a body by the name that our code has for it.
        key = "" if one.get("key") == "data" else (one.get("key") or "").removeprefix("data.")
        found.append(replace(mismatch, where=".".join(filter(None, [key, mismatch.where])) or tr("body")))
    return found


def _mismatched(status: int, several: Sequence[Mismatch]) -> Problem:
    do = tr("Correct the field.")
    problems = [plain_problem(status, one.where, one.found, one.expected, do) for one in several]
    return replace_field(problems[0], detail=" ".join(one.detail for one in problems))


def _machines(request: ApiRequest, error: OSError | MemoryError) -> Response[Problem]:
    """The machine refuses: no room, no memory, too many open files."""
    refusal = refusal_of(error, tr("server"))
    return _fault(request, error) if refusal is None else _unavailable(refusal)


def _unavailable(error: Unavailable) -> Response[Problem]:
    """Not now. Said anew: where it is is nobody's business, and it was said in nobody's language."""
    structlog.get_logger("standing").error("unavailable", want=error.want, outcome=error.outcome)
    return problem_response(unavailable_problem(error), RETRY_AFTER)


def unavailable_problem(error: Unavailable) -> Problem:
    """The same as a problem: what a caller can do is to wait."""
    shown = error.reworded(tr("server"))
    again = tr("Try again in a while.")
    if error.outcome == "in doubt":
        again = tr("Whether it was done is not known: send it again under the same Idempotency-Key, or look first.")
    return problem_of(
        StandingError(where=shown.where, found=shown.found, expected=shown.expected, do=again), Unavailable
    )


def _fault(_: ApiRequest, error: Exception) -> Response[Problem]:
    structlog.get_logger().exception("fault", exc_info=error)
    detail = tr("This is a fault of the program; nothing was changed.")
    return problem_response(Problem(f"{TYPES}fault", title_of(500), 500, detail))


def _oauth(_: ApiRequest, error: OAuthRefused) -> Response[OAuthError]:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    refused = OAuthError(error.code, str(error))
    return Response(refused, status_code=error.status, media_type=MediaType.JSON, headers=headers)


HANDLERS: dict[int | type[Exception], Any] = {
    StandingError: _ours,
    HTTPException: _frameworks,
    OSError: _machines,
    MemoryError: _machines,
    OAuthRefused: _oauth,
    Exception: _fault,
}
