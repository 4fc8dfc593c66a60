"""How a route is declared: who may use it, what it may answer, all of it in the specification."""

from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import SecurityRequirement
from litestar.params import HeaderParameter, QueryParameter

from goodstanding.service.http.guard import ANYBODY, AllowedRoles
from goodstanding.service.http.problems import MEDIA_TYPE, OAuthError, Problem

Method = Literal["GET", "POST", "PUT", "DELETE"]

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        required=False,
        description="The same request under the same key within a day is done once, and gets the same response.",
    ),
]
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        max_length=100,
        required=False,
        description="The ETag of what was looked at: nothing is done if it has changed since.",
    ),
]
IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", max_length=1000, required=False, description="An ETag that is known."),
]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=100, description="How many at most.")]
Cursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor", min_length=1, max_length=100, required=False, description="Where the page before ended."
    ),
]
RequestUri = Annotated[str, QueryParameter(name="request_uri", min_length=1, max_length=200)]
DEFAULT_LIMIT = 50

_WHAT = {
    400: "The request does not read.",
    401: "It is not known who calls.",
    403: "The caller may not do this, or the answer is refused: `code` says why.",
    404: "There is none such, or it is another's.",
    408: "The body took too long.",
    409: "It does not fit the state that the thing is in.",
    412: "The thing was changed since it was looked at.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "A field is not as it should be, or the law forbids it.",
    429: "Too many requests.",
    503: "Not now; try again later.",
}


def described(shape: Any, description: str, media_type: str = "application/json") -> ResponseSpec:  # noqa: ANN401
    """A response as the specification describes it."""
    return ResponseSpec(shape, generate_examples=False, description=description, media_type=media_type)


def route(  # noqa: PLR0913 - what there is to say of a route
    method: Method,
    path: str,
    *,
    allowed: AllowedRoles,
    raises: Collection[int] = (),
    status: int = 200,
    body: Literal["json", "form"] | None = None,
    tagged: bool = False,
    checks_caller: bool = False,
    counted: bool = True,
    oauth: bool = False,
    media_type: str = "application/json",
    others: dict[int, ResponseSpec] | None = None,
) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Declare a route, its rule and all that it may answer.

    `tagged`: its answer has an ETag. `checks_caller`: the work itself looks whether the caller is still admitted.
    `counted`: calls of it count against the caller's limit.
    `oauth`: its errors are those of RFC 6749.
    """
    may = {400, 503, *raises}
    if counted:
        may.add(429)
    if allowed != ANYBODY:
        may |= {401, 403}
    if body is not None:
        may |= {408, 413, 415}
    responses = {code: described(Problem, _WHAT[code], MEDIA_TYPE) for code in sorted(may)}
    if tagged:
        responses[304] = described(None, "It is as the caller knows it.")
    if oauth:
        for code in (400, 401):
            responses[code] = described(OAuthError | Problem, "Refused.", "application/json")
    responses |= others or {}
    security: list[SecurityRequirement] | None = None if allowed == ANYBODY else [{"bearer": []}]

    def declare(work: Callable[..., Any]) -> HTTPRouteHandler:
        handler = HTTPRouteHandler(
            path,
            http_method=HttpMethod(method),
            status_code=status,
            responses=responses,
            security=security,
            media_type=media_type,
            opt={"allowed": allowed, "body": body, "checks_caller": checks_caller, "counted": counted},
            operation_id=work.__name__,
            summary=(work.__doc__ or "").strip().splitlines()[0],
            raises=[],
        )
        return handler(work)

    return declare
