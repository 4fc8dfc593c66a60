"""Signing with Ed25519, as JWS (RFC 7515, RFC 8037), under a header that says what kind of thing is signed."""

from base64 import urlsafe_b64encode
from functools import cache
from typing import Any, cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from goodstanding.errors import BadInput
from goodstanding.registry.keys.keyring import Key, Keyring
from goodstanding.wording import tr

ALGORITHM = "Ed25519"


def canonical(value: object) -> bytes:
    """A value as JSON with sorted keys and no spaces: the same value always gives the same bytes."""
    return msgspec.json.encode(value, order="deterministic")


def sign(keyring: Keyring, kind: str, value: object) -> str:
    """A value as compact JWS; `kind` is the header's `typ`, so that one kind cannot be passed off as another."""
    key = _private(keyring.in_force("signing"))
    return jws.serialize_compact({"alg": ALGORITHM, "typ": kind, "kid": key.kid}, canonical(value), key, [ALGORITHM])


def verified(keyring: Keyring, kind: str, signed: str) -> dict[str, Any]:
    """What was signed. Raises BadInput if it was changed, is of another kind, or no key of ours signed it."""
    named = key = None
    try:
        header = jws.extract_compact(signed.encode()).headers()
        named = header.get("kid")
        key = next((key for key in map(_private, keyring.keys["signing"]) if key.kid == named), None)
        if key is not None and header.get("typ") == kind and header.get("alg") == ALGORITHM:
            found = jws.deserialize_compact(signed, key, [ALGORITHM])
            return cast("dict[str, Any]", msgspec.json.decode(found.payload))
    except (JoseError, ValueError, AttributeError, RecursionError):  # AttributeError: a header that is a list
        pass
    if named is not None and key is None:
        raise BadInput(
            where=kind,
            found=tr("a signature that does not hold: its key is not in keys/"),
            expected=tr("one of this registry's keys"),
            do=tr(
                "Check that --workspace and --database are of one registry; else restore keys/ from its newest copy."
            ),
        )
    raise BadInput(
        where=kind,
        found=tr("a signature that does not hold"),
        expected=tr("what was signed"),
        do=tr("It was changed; restore it from a copy."),
    )


def sign_bytes(keyring: Keyring, data: bytes) -> bytes:
    """The bare Ed25519 signature over bytes, for protocols that have an envelope of their own."""
    return Ed25519PrivateKey.from_private_bytes(keyring.in_force("signing").secret).sign(data)


def public_keys(keyring: Keyring) -> list[dict[str, Any]]:
    """The public halves of all signing keys as JWKs, the one in force last: what anybody needs to verify."""
    return [dict(_private(key).as_dict(private=False)) for key in keyring.keys["signing"]]


def bare_public_keys(keyring: Keyring) -> list[bytes]:
    """The same as their 32 bytes alone, for protocols that have an envelope of their own."""
    return [_public(key) for key in keyring.keys["signing"]]


def key_ids(keyring: Keyring) -> list[str]:
    """The ids of all signing keys, as the header of what they sign says them."""
    return [str(_private(key).kid) for key in keyring.keys["signing"]]


def _public(key: Key) -> bytes:
    public = Ed25519PrivateKey.from_private_bytes(key.secret).public_key()
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


@cache
def _private(key: Key) -> OKPKey:
    jwk = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _base64(_public(key)), "d": _base64(key.secret)})
    jwk.ensure_kid()
    return jwk


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
