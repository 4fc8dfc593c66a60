"""OAuth 2: tokens for firms and operators, and consents asked for and fetched by merchants."""

import re
from typing import Annotated, Any, Literal

import msgspec
from litestar.params import URLEncodedBody
from msgspec import Meta, Struct

from goodstanding.errors import BadInput, StandingError
from goodstanding.registry import WriteTransaction
from goodstanding.registry.authentication import Caller, NotAuthenticated, client_of, enter_client, sign_token
from goodstanding.registry.authentication.access_tokens import TOKEN_LASTS
from goodstanding.registry.authentication.clients import Client
from goodstanding.registry.authentication.consent_requests import (
    DETAIL_TYPE,
    REQUEST_LASTS,
    Detail,
    fetch_consent,
    push,
)
from goodstanding.registry.consent import Consent
from goodstanding.registry.keys import public_keys
from goodstanding.registry.keys.jwks import ALGORITHMS
from goodstanding.service.http.context import ApiRequest, Desk, desk_of
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.problems import OAuthRefused
from goodstanding.service.http.route import route
from goodstanding.wording import mismatch_of, tr

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")
VERIFIER = re.compile("[A-Za-z0-9._~-]{43,128}")

Text = Annotated[str, Meta(max_length=8192)]


class TokenForm(Struct):
    """A request for a token (RFC 6749, RFC 7523): `client_credentials`, or `authorization_code` with PKCE."""

    grant_type: Text = ""
    client_assertion_type: Text = ""
    client_assertion: Text = ""
    client_id: Text | None = None
    code: Text | None = None
    redirect_uri: Text | None = None
    code_verifier: Text | None = None


class Token(Struct, omit_defaults=True):
    """An access token, good for `expires_in` seconds; of a code, with the consent that was given."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
    authorization_details: list[dict[str, Any]] | None = None


class PushForm(Struct):
    """A request for a consent, pushed (RFC 9126): `authorization_details` is a JSON array of one consent (RFC 9396)."""

    client_assertion_type: Text = ""
    client_assertion: Text = ""
    response_type: Text = ""
    redirect_uri: Text = ""
    code_challenge: Text = ""
    code_challenge_method: Text = ""
    authorization_details: Text = ""
    state: Annotated[str, Meta(max_length=500)] | None = None
    client_id: Text | None = None


class Pushed(Struct):
    """What the person's browser is to be sent to the authorisation endpoint with, within `expires_in` seconds."""

    request_uri: str
    expires_in: int


@route("GET", "/.well-known/oauth-authorization-server", allowed=ANYBODY)
async def metadata(request: ApiRequest) -> dict[str, Any]:
    """What this authorisation server does (RFC 8414)."""
    issuer = desk_of(request).issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/v1/oauth/token",
        "pushed_authorization_request_endpoint": f"{issuer}/v1/oauth/par",
        "authorization_endpoint": f"{issuer}/v1/oauth/authorize",
        "jwks_uri": f"{issuer}/v1/oauth/keys",
        "require_pushed_authorization_requests": True,
        "response_types_supported": ["code"],
        "grant_types_supported": ["client_credentials", "authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "authorization_details_types_supported": [DETAIL_TYPE],
        "authorization_response_iss_parameter_supported": True,
    }


@route("GET", "/v1/oauth/keys", allowed=ANYBODY)
async def keys(request: ApiRequest) -> dict[str, list[dict[str, Any]]]:
    """The public keys that tokens, consents, receipts, heads and webhooks are signed with (RFC 7517)."""
    return {"keys": public_keys(desk_of(request).registry.keyring)}


@route("POST", "/v1/oauth/token", allowed=ANYBODY, raises={401}, body="form", oauth=True)
async def token(request: ApiRequest, data: URLEncodedBody[TokenForm]) -> Token:
    """Get a token, with an assertion signed by the caller's own key."""
    desk = desk_of(request)
    if data.grant_type not in ("client_credentials", "authorization_code"):
        raise OAuthRefused("unsupported_grant_type", "client_credentials | authorization_code")
    client = await _client(desk, data.client_assertion_type, data.client_assertion, data.client_id)
    caller = client.caller
    if data.grant_type == "client_credentials":
        await _entered(desk, client)
        return _token(desk, caller)
    code, redirect_uri, verifier = data.code, data.redirect_uri, data.code_verifier
    if (
        code is None
        or redirect_uri is None
        or verifier is None
        or not code.isascii()
        or not VERIFIER.fullmatch(verifier)
    ):
        raise OAuthRefused("invalid_request", "code, redirect_uri, code_verifier")

    def work(transaction: WriteTransaction) -> Consent | None:
        enter_client(transaction, client)
        return fetch_consent(transaction, caller.id, code, redirect_uri=redirect_uri, verifier=verifier)

    consent = await _refused_as_client(desk, work)
    if consent is None:
        raise OAuthRefused("invalid_grant", "code")
    terms = msgspec.to_builtins(consent.terms)
    given = {name: value for name, value in terms.items() if name not in ("person", "party")}
    return _token(desk, caller, [{"type": DETAIL_TYPE, "consent": str(consent.id), **given}])


@route("POST", "/v1/oauth/par", allowed=ANYBODY, raises={401, 409, 422}, status=201, body="form", oauth=True)
async def par(request: ApiRequest, data: URLEncodedBody[PushForm]) -> Pushed:
    """Ask a person for a consent: get what their browser is to be sent on with."""
    desk = desk_of(request)
    client = await _client(desk, data.client_assertion_type, data.client_assertion, data.client_id)
    if "merchant" not in client.caller.roles:
        raise OAuthRefused("unauthorized_client", "merchant")
    if data.response_type != "code":
        raise OAuthRefused("unsupported_response_type", "code")
    if data.code_challenge_method != "S256" or not CHALLENGE.fullmatch(data.code_challenge):
        raise OAuthRefused("invalid_request", "code_challenge, code_challenge_method: S256")
    try:
        (detail,) = msgspec.json.decode(data.authorization_details, type=list[Detail])
    except (msgspec.DecodeError, ValueError) as error:
        raise OAuthRefused("invalid_authorization_details", _what_does_not_fit(error)) from None

    def work(transaction: WriteTransaction) -> str:
        enter_client(transaction, client)
        return push(
            transaction,
            client.caller.id,
            detail,
            redirect_uri=data.redirect_uri,
            state=data.state,
            code_challenge=data.code_challenge,
        )

    request_uri = await _refused_as_client(desk, work)
    return Pushed(request_uri, int(REQUEST_LASTS.total_seconds()))


def _what_does_not_fit(error: Exception) -> str:
    found = mismatch_of(str(error))
    where = ".".join(filter(None, ["authorization_details", found.where]))
    return str(BadInput(where=where, found=found.found, expected=found.expected, do=tr("Correct the field.")))


async def _client(desk: Desk, kind: str, assertion: str, client_id: str | None) -> Client:
    if kind != ASSERTION or not assertion:
        raise OAuthRefused("invalid_client", "client_assertion_type, client_assertion", 401)
    audience = [desk.issuer, f"{desk.issuer}/v1/oauth/token", f"{desk.issuer}/v1/oauth/par"]
    try:
        client = await desk.read(lambda transaction: client_of(transaction, assertion, audience))
    except NotAuthenticated:
        raise OAuthRefused("invalid_client", "client_assertion", 401) from None
    if client_id is not None and client_id != str(client.caller.id):
        raise OAuthRefused("invalid_client", "client_id", 401)
    return client


async def _entered(desk: Desk, client: Client) -> None:
    def work(transaction: WriteTransaction) -> Caller:
        return enter_client(transaction, client)

    await _refused_as_client(desk, work)


async def _refused_as_client(desk: Desk, work: Any) -> Any:  # noqa: ANN401 - the work's own result
    try:
        return await desk.write(work)
    except NotAuthenticated:
        raise OAuthRefused("invalid_client", "client_assertion", 401) from None
    except StandingError as error:
        if error.where == "redirect_uri":
            raise OAuthRefused("invalid_request", str(error)) from None
        raise


def _token(desk: Desk, caller: Caller, details: list[dict[str, Any]] | None = None) -> Token:
    signed = sign_token(desk.registry.keyring, desk.issuer, caller, desk.registry.clock())
    return Token(signed, "Bearer", int(TOKEN_LASTS.total_seconds()), " ".join(sorted(caller.roles)), details)


ROUTES = (metadata, keys, token, par)
