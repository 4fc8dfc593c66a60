"""Public keys of firms and operators, as JWKs: only kinds whose signatures cannot be made with what is public."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from goodstanding.errors import BadInput
from goodstanding.wording import tr

PublicKey: TypeAlias = OKPKey | ECKey | RSAKey
Algorithm: TypeAlias = Literal["Ed25519", "EdDSA", "ES256", "PS256"]

ALGORITHMS: Mapping[str, type[PublicKey]] = {"Ed25519": OKPKey, "EdDSA": OKPKey, "ES256": ECKey, "PS256": RSAKey}
_CURVES = {"OKP": "Ed25519", "EC": "P-256"}
_TYPES: Mapping[str, type[PublicKey]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}
_MEMBERS = {"OKP": ("crv", "x"), "EC": ("crv", "x", "y"), "RSA": ("n", "e")}
SHORTEST_RSA = 2048
LONGEST_RSA = 8192
MOST_KEYS = 5


def public_jwk(field: str, jwk: Mapping[str, Any]) -> dict[str, str]:
    """A JWK with its public members and its thumbprint as `kid`. Raises BadInput for any other or a private one."""
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in _MEMBERS or jwk.get("crv") != _CURVES.get(kind):
        raise _bad(field, tr("another kind of key"))
    if "d" in jwk:
        raise _bad(field, tr("a private key"))
    members = {name: jwk.get(name) for name in ("kty", *_MEMBERS[kind])}
    if not all(isinstance(value, str) for value in members.values()):
        raise _bad(field, tr("a key that lacks a part"))
    key = _imported(members)
    if key is None:
        raise _bad(field, tr("a key that does not read"))
    if isinstance(key, RSAKey) and not SHORTEST_RSA <= key.public_key.key_size <= LONGEST_RSA:
        raise _bad(field, f"RSA {key.public_key.key_size}")
    return {**{str(name): str(value) for name, value in key.as_dict(private=False).items()}, "kid": key.thumbprint()}


def public_jwks(field: str, jwks: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Several public keys, each once. Raises BadInput for none, too many, or one that is no public key."""
    found = [public_jwk(f"{field} {place}", jwk) for place, jwk in enumerate(jwks)]
    if not 0 < len(found) <= MOST_KEYS or len({one["kid"] for one in found}) < len(found):
        expected = tr("1 to {most} keys, each once", most=MOST_KEYS)
        raise BadInput(field, str(len(found)), expected, tr("Correct the field."))
    return found


def read_key_file(name: str, text: bytes) -> dict[str, str]:
    """A public key from a file: a JWK, or PEM as openssl writes it. Raises BadInput."""
    if text.lstrip().startswith(b"{"):
        try:
            return public_jwk(name, msgspec.json.decode(text, type=dict[str, Any]))
        except (msgspec.DecodeError, RecursionError) as error:
            raise _bad(name, str(error)) from error
    if b"PRIVATE" in text:
        raise _bad(name, tr("a private key"))
    for kind in _TYPES.values():
        try:
            key = kind.import_key(text)
            found = key.as_dict(private=False)
        except (JoseError, ValueError, TypeError, AttributeError, KeyError):  # KeyError: a curve without a name
            continue
        if key.is_private:
            raise _bad(name, tr("a private key"))
        return public_jwk(name, found)
    raise _bad(name, tr("a key that does not read"))


def imported(jwk: Mapping[str, str]) -> PublicKey:
    """A stored key, to verify with."""
    found = _imported({name: value for name, value in jwk.items() if name != "kid"})
    if found is None:
        raise _bad("keys", tr("a key that does not read"))
    return found


def _imported(members: Mapping[str, Any]) -> PublicKey | None:
    try:
        key = _TYPES[members["kty"]].import_key(dict(members))
        _ = key.public_key  # read only when it is asked for
    except (JoseError, ValueError, TypeError, AssertionError):
        return None
    return key


def _bad(field: str, found: str) -> BadInput:
    expected = tr("a public key: Ed25519, P-256, or RSA of 2048 bits and more")
    return BadInput(field, found, expected, tr("Send the public half, and keep the private one."))
