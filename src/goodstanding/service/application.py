"""The service put together: the faces' routes, guard, problems, and the specification that says all of it."""

from http import HTTPStatus
from typing import Any

from litestar import Litestar, Response, Router
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.types import ASGIApp

from goodstanding import __version__
from goodstanding.service.api import routes
from goodstanding.service.api.openapi import ExactJson, exact
from goodstanding.service.http.context import Desk
from goodstanding.service.http.guard import ANYBODY, Guard, roles_of
from goodstanding.service.http.metrics import Metrics, MetricsMiddleware
from goodstanding.service.http.problems import HANDLERS, no_such_route, problem_response
from goodstanding.service.http.request_checks import LONGEST_SECONDS, RequestChecks
from goodstanding.service.pages import consent_request

DESCRIPTION = """An open, opt-in credit score that a person can read, carry, contest and take back.

Firms and operators get a token at `/v1/oauth/token` with an assertion signed by their own key (private_key_jwt); people
sign in with a passkey or a printed one-time code. Problems are RFC 9457 details. Lists come in pages with a cursor.
"""


ROUTES = [*routes.ROUTES, *consent_request.ROUTES]


def build_service(desk: Desk, longest: float = LONGEST_SECONDS) -> tuple[ASGIApp, Metrics]:
    """All faces over a desk, and their numbers. Raises KeyError for a route without a rule of who may use it."""
    for handler in ROUTES:
        roles_of(handler)
    observed = Metrics(desk.writer.waiting)
    return MetricsMiddleware(RequestChecks(guarded_routes(desk), longest), observed), observed


def guarded_routes(desk: Desk) -> Litestar:
    """The routes with their guard, without what is looked at before."""
    return Litestar(
        list(ROUTES),
        guards=[Guard(desk)],
        exception_handlers=HANDLERS,
        state=State({"desk": desk}),
        openapi_config=_openapi(),
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )


def specification(desk: Desk) -> dict[str, Any]:
    """The OpenAPI 3.1 specification as plain values."""
    return exact(guarded_routes(desk).openapi_schema.to_schema(), ROUTES)


def _as_problem(response: Response[Any]) -> Response[Any]:
    """Beside the specification the framework has a page of its own for what is not there."""
    return problem_response(no_such_route()) if response.status_code == HTTPStatus.NOT_FOUND else response


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Good Standing",
        version=__version__,
        description=DESCRIPTION,
        license=License("Apache 2.0", "Apache-2.0"),
        # Who wants to call it has to read it first.
        openapi_router=Router(
            "/v1",
            route_handlers=[],
            opt={"allowed": ANYBODY},
            include_in_schema=False,
            after_request=_as_problem,
        ),
        render_plugins=[ExactJson("/openapi.json", ROUTES)],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearer_format="JWT",
                    description="An access token of /v1/oauth/token or of a person's sign-in.",
                )
            }
        ),
    )
