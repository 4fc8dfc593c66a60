"""The page on which a person answers what a merchant asks, and its form.

Its twin for programs is `/v1/me/authorisations`.
"""

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from litestar import MediaType, Response
from litestar.params import QueryParameter, URLEncodedBody
from msgspec import Meta, Struct

from goodstanding.errors import NotFound
from goodstanding.law import load_contexts
from goodstanding.registry import ReadTransaction, WriteTransaction
from goodstanding.registry.authentication import NotAuthenticated
from goodstanding.registry.authentication.consent_requests import (
    ConsentRequest,
    Detail,
    answer_authorisation,
    asked_by,
    refuse_authorisation,
)
from goodstanding.registry.authentication.printed_codes import use_code
from goodstanding.registry.consent import Scope
from goodstanding.registry.programme_versions import no_law_of
from goodstanding.service.http.context import ApiRequest, desk_of
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.route import RequestUri, described, route
from goodstanding.service.pages.environment import day_in_words, render
from goodstanding.wording import mark, tr

HTML = "text/html"

_SCOPES = {
    "admittance": mark("whether your score is at least a number"),
    "band": mark("the band of your score"),
    "score": mark("your score"),
    "dimensions": mark("the points of each dimension"),
    "report": mark("your score with all that goes with it"),
}
_UNITS = {"HOUR": mark("hours"), "DAY": mark("days"), "MONTH": mark("months"), "YEAR": mark("years")}
_PER = {"HOUR": mark("an hour"), "DAY": mark("a day"), "MONTH": mark("a month"), "YEAR": mark("a year")}


class ChoiceForm(Struct):
    """The page's form: to approve it needs a code from the printed sheet."""

    request_uri: Annotated[str, Meta(max_length=200)] = ""
    choice: Annotated[str, Meta(max_length=20)] = ""
    code: Annotated[str, Meta(max_length=64)] = ""


@route(
    "GET",
    "/v1/oauth/authorize",
    allowed=ANYBODY,
    media_type=HTML,
    others={404: described(str, "There is nothing to answer.", HTML)},
)
async def authorize(
    request: ApiRequest,
    request_uri: RequestUri,
    client_id: Annotated[str | None, QueryParameter(name="client_id", max_length=200, required=False)] = None,  # noqa: ARG001 - RFC 9126 has it sent; the request_uri says more
) -> Response[str]:
    """The page on which a person answers what a merchant asks (RFC 9126)."""
    return await _page(request, request_uri)


@route(
    "POST",
    "/v1/oauth/authorize",
    allowed=ANYBODY,
    raises={409, 422},
    status=303,
    body="form",
    media_type=HTML,
    others={
        401: described(str, "The code does not open.", HTML),
        404: described(str, "There is nothing to answer.", HTML),
    },
)
async def authorize_by_form(request: ApiRequest, data: URLEncodedBody[ChoiceForm]) -> Response[str]:
    """Agree with a printed code, or refuse, by the page's form; leads back to the merchant."""
    desk = desk_of(request)

    def work(transaction: WriteTransaction) -> str:
        if data.choice != "approve":
            return refuse_authorisation(transaction, data.request_uri, desk.issuer)
        asked_by(transaction, data.request_uri)  # a code is not used up for nothing
        person = use_code(transaction, data.code)
        return answer_authorisation(transaction, data.request_uri, person, "approve", desk.issuer)

    try:
        leads_to = await desk.write(work)
    except NotAuthenticated:
        return await _page(request, data.request_uri, wrong=True)
    except NotFound:
        return _nothing()
    return Response("", status_code=303, headers={"Location": leads_to}, media_type=MediaType.HTML)


async def _page(request: ApiRequest, request_uri: str, *, wrong: bool = False) -> Response[str]:
    try:
        asked, no_law = await desk_of(request).read(lambda transaction: _asked(transaction, request_uri))
    except NotFound:
        return _nothing()
    nonce = secrets.token_urlsafe(16)
    back = urlsplit(asked.redirect_uri)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        # The form's answer leads back to the merchant, and nowhere else.
        f"form-action 'self' {back.scheme}://{back.netloc}; frame-ancestors 'none'; base-uri 'none'"
    )
    html = render(
        "consent_request.html",
        nonce=nonce,
        asked=asked,
        request_uri=request_uri,
        wrong=wrong,
        rows=_rows(asked),
        no_law=no_law,
    )
    headers = {"Content-Security-Policy": policy}
    return Response(html, status_code=401 if wrong else 200, headers=headers, media_type=MediaType.HTML)


def _asked(transaction: ReadTransaction, request_uri: str) -> tuple[ConsentRequest, str | None]:
    """What is asked, and that no law was checked of its programme, where that is so."""
    asked = asked_by(transaction, request_uri)
    return asked, no_law_of(transaction, asked.detail.programme)


def _rows(asked: ConsentRequest) -> list[tuple[str, str]]:
    """What is asked, line by line, in the person's language."""
    detail = asked.detail
    context = load_contexts()[detail.context]
    scopes = ", ".join(_scope_text(scope, detail.threshold) for scope in detail.scopes)
    life = detail.data_life
    often = tr("once") if detail.fetch == "ONETIME" else _often(detail)
    return [
        (tr("What they are told"), scopes),
        (tr("What for"), tr(context.purposes[detail.purpose])),
        (tr("How often"), often),
        (tr("Until"), day_in_words(detail.expires_at)),
        (tr("How long they may keep it"), f"{life.value} {tr(_UNITS[life.unit])}"),
    ]


def _scope_text(scope: Scope, threshold: int | None) -> str:
    if scope == "admittance" and threshold is not None:
        return tr("whether your score is at least {n}", n=threshold)
    return tr(_SCOPES[scope])


def _often(detail: Detail) -> str:
    return tr("at most {n} times {per}", n=detail.frequency.value, per=tr(_PER[detail.frequency.unit]))


def _nothing() -> Response[str]:
    html = render("nothing_asked.html")
    return Response(html, status_code=404, media_type=MediaType.HTML)


ROUTES = (authorize, authorize_by_form)
