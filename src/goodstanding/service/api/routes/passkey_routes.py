"""A person's passkeys and printed codes."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Annotated, Any

from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct
from webauthn.helpers import base64url_to_bytes

from goodstanding.registry.authentication.passkeys import (
    Passkey,
    add_passkey,
    options_to_add,
    passkeys_of,
    prove_new,
    remove_passkey,
)
from goodstanding.registry.authentication.printed_codes import print_codes
from goodstanding.service.api.routes.sign_in_routes import PasskeyOptions
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.route import route

PasskeyId = Annotated[str, PathParameter(min_length=1, max_length=1400, pattern="^[A-Za-z0-9_-]+$")]


class NewPasskey(Struct, forbid_unknown_fields=True):
    """What the device answered to the options, and a name for it."""

    credential: dict[str, Any]
    label: Annotated[str, Meta(min_length=1, max_length=120)]


class PasskeyShape(Struct):
    """A passkey: its id in base64url, its name, when it was added and last used."""

    id: str
    label: str
    added_at: datetime
    used_at: datetime | None


class Passkeys(Struct):
    """A person's passkeys."""

    items: list[PasskeyShape]


class Codes(Struct):
    """A fresh sheet of one-time codes. They are told this once; those of an older sheet open no longer."""

    codes: list[str]


@route("GET", "/v1/me/passkeys", allowed={"person"})
async def list_passkeys(request: ApiRequest) -> Passkeys:
    """The passkeys that open this account."""
    found = await desk_of(request).read(
        lambda transaction: passkeys_of(transaction.connection, transaction.keyring, id_of(request))
    )
    return Passkeys([_shape(one) for one in found])


@route("POST", "/v1/me/passkeys/options", allowed={"person"})
async def new_passkey_options(request: ApiRequest) -> PasskeyOptions:
    """Begin to add a passkey."""
    desk = desk_of(request)
    return PasskeyOptions(await desk.read(lambda transaction: options_to_add(transaction, id_of(request), desk.site)))


@route("POST", "/v1/me/passkeys", allowed={"person"}, raises={409, 422}, status=201, body="json")
async def add_a_passkey(request: ApiRequest, data: JSONBody[NewPasskey]) -> PasskeyShape:
    """Add a passkey."""
    desk = desk_of(request)
    proven = await desk.read(lambda transaction: prove_new(transaction, id_of(request), data.credential, desk.site))
    return _shape(await desk.write(lambda transaction: add_passkey(transaction, proven, data.label)))


@route("DELETE", "/v1/me/passkeys/{passkey:str}", allowed={"person"}, raises={404}, status=204)
async def remove_a_passkey(request: ApiRequest, passkey: PasskeyId) -> None:
    """Remove a passkey: it opens nothing any more."""
    try:
        id_ = base64url_to_bytes(passkey)
    except ValueError:
        id_ = b""  # the id of none
    await desk_of(request).write(lambda transaction: remove_passkey(transaction, id_of(request), id_))


@route("POST", "/v1/me/codes", allowed={"person"}, raises={404}, status=201)
async def print_my_codes(request: ApiRequest) -> Codes:
    """Get a fresh sheet of one-time codes to print."""
    return Codes(list(await desk_of(request).write(lambda transaction: print_codes(transaction, id_of(request)))))


def _shape(one: Passkey) -> PasskeyShape:
    return PasskeyShape(urlsafe_b64encode(one.id).rstrip(b"=").decode(), one.label, one.added_at, one.used_at)


ROUTES = (list_passkeys, new_passkey_options, add_a_passkey, remove_a_passkey, print_my_codes)
