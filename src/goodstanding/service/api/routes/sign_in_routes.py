"""How a person signs in: with a passkey, or with a one-time code from their printed sheet."""

from typing import Annotated, Any, Literal

from litestar.params import JSONBody
from msgspec import Meta, Struct

from goodstanding.registry.authentication import Caller, sign_token
from goodstanding.registry.authentication.passkeys import options_to_enter, prove_entry, use_passkey
from goodstanding.registry.authentication.printed_codes import use_code
from goodstanding.registry.authentication.sessions import SESSION_LASTS, begin_session, end_sessions
from goodstanding.service.http.context import ApiRequest, Desk, caller_of, desk_of
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.route import route


class PasskeyOptions(Struct):
    """What the browser's `navigator.credentials` is to be given."""

    options: dict[str, Any]


class PasskeyEntry(Struct, forbid_unknown_fields=True):
    """What the device answered, as `PublicKeyCredential.toJSON()` gives it."""

    credential: dict[str, Any]


class CodeEntry(Struct, forbid_unknown_fields=True):
    """A code from the printed sheet, with or without its hyphens."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class Session(Struct):
    """A token for the person's own pages and programs, good for `expires_in` seconds or until they sign out."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    person: str


@route("POST", "/v1/sign-in/passkey/options", allowed=ANYBODY)
async def passkey_options(request: ApiRequest) -> PasskeyOptions:
    """Begin to sign in with a passkey."""
    desk = desk_of(request)
    return PasskeyOptions(await desk.read(lambda transaction: options_to_enter(transaction, desk.site)))


@route("POST", "/v1/sign-in/passkey", allowed=ANYBODY, raises={401}, status=201, body="json")
async def sign_in_by_passkey(request: ApiRequest, data: JSONBody[PasskeyEntry]) -> Session:
    """Sign in with a passkey."""
    desk = desk_of(request)
    proven = await desk.read(lambda transaction: prove_entry(transaction, data.credential, desk.site))
    return session(
        desk, await desk.write(lambda transaction: begin_session(transaction, use_passkey(transaction, proven)))
    )


@route("POST", "/v1/sign-in/code", allowed=ANYBODY, raises={401}, status=201, body="json")
async def sign_in_by_code(request: ApiRequest, data: JSONBody[CodeEntry]) -> Session:
    """Sign in with a printed code; it opens no second time."""
    desk = desk_of(request)
    return session(
        desk, await desk.write(lambda transaction: begin_session(transaction, use_code(transaction, data.code)))
    )


@route("DELETE", "/v1/me/session", allowed={"person"}, status=204)
async def sign_out(request: ApiRequest) -> None:
    """Sign out."""
    caller = caller_of(request)
    await desk_of(request).write(lambda transaction: end_sessions(transaction, caller.id, caller.session))


def session(desk: Desk, caller: Caller) -> Session:
    """A person's session as they are told it."""
    now = desk.registry.clock()
    signed = sign_token(desk.registry.keyring, desk.issuer, caller, now, SESSION_LASTS)
    return Session(signed, "Bearer", int(SESSION_LASTS.total_seconds()), str(caller.id))


ROUTES = (passkey_options, sign_in_by_passkey, sign_in_by_code, sign_out)
