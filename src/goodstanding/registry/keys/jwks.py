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
# What RFC 7518, section 6, has of private keys.
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
SHORTEST_RSA = 2048
LONGEST_RSA = 8192
LONGEST_KID = 128
MOST_KEYS = 5


def public_jwk(field: str, jwk: Mapping[str, Any]) -> dict[str, str]:
    """A JWK's public members, and as `kid` its own or its thumbprint.

    Raises BadInput for a private key, and for one that could never verify an assertion: of another kind, too short, or
    kept by its own `alg`, `use` or `key_ops` (RFC 7517, 4.2 to 4.4) for something else.
    """
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in _MEMBERS or jwk.get("crv") != _CURVES.get(kind):
        raise _bad(field, tr("another kind of key"))
    if not _PRIVATE.isdisjoint(jwk):
        raise _bad(field, tr("a private key"))
    members = {name: jwk.get(name) for name in ("kty", *_MEMBERS[kind])}
    if not all(isinstance(value, str) for value in members.values()):
        raise _bad(field, tr("a key that lacks a part"))
    key = _imported(members)
    if key is None:
        raise _bad(field, tr("a key that does not read"))
    if isinstance(key, RSAKey) and not SHORTEST_RSA <= key.public_key.key_size <= LONGEST_RSA:
        raise _bad(field, f"RSA {key.public_key.key_size}")
    _check_purpose(field, jwk, _TYPES[kind])
    kid = jwk.get("kid", key.thumbprint())
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID or not kid.isprintable():
        expected = tr("1 to {most} characters that can be printed", most=LONGEST_KID)
        raise BadInput(
            where=f"{field} kid", found=_shown(kid), expected=expected, do=tr("Correct it, or leave it out.")
        )
    return {**{str(name): str(value) for name, value in key.as_dict(private=False).items()}, "kid": kid}


def _check_purpose(field: str, jwk: Mapping[str, Any], kind: type[PublicKey]) -> None:
    """Raise BadInput if a key says of itself that it is for something else than verifying as we do."""
    algorithms = [name for name, one in ALGORITHMS.items() if one is kind]
    expected, do = " | ".join(algorithms), tr("Sign with that, and say so or leave it out.")
    if "alg" in jwk and jwk["alg"] not in algorithms:
        raise BadInput(where=f"{field} alg", found=_shown(jwk["alg"]), expected=expected, do=do)
    do = tr("Send a key that is for signing.")
    if "use" in jwk and jwk["use"] != "sig":
        raise BadInput(where=f"{field} use", found=_shown(jwk["use"]), expected="sig", do=do)
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise BadInput(where=f"{field} key_ops", found=_shown(jwk["key_ops"]), expected="verify", do=do)


def _shown(value: object) -> str:
    """What was sent, or as much as is needed to find it again."""
    return ascii(value)[:LONGEST_KID]


def public_jwks(field: str, jwks: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Several public keys, each once and each under names of its own.

    Raises BadInput for none, too many, or one that is no public key.
    """
    found = [public_jwk(f"{field} {place}", jwk) for place, jwk in enumerate(jwks)]
    thumbprints = [imported(one).thumbprint() for one in found]
    if not 0 < len(found) <= MOST_KEYS or len(set(thumbprints)) < len(found):
        expected = tr("1 to {most} keys, each once", most=MOST_KEYS)
        raise BadInput(where=field, found=str(len(found)), expected=expected, do=tr("Correct the field."))
    # A key is also found by its thumbprint, so that is nobody else's name.
    taken: set[str] = set()
    for place, (one, thumbprint) in enumerate(zip(found, thumbprints, strict=True)):
        names = {one["kid"], thumbprint}
        if not taken.isdisjoint(names) or one["kid"] in thumbprints[place + 1 :]:
            expected = tr("a kid that no other of these keys has")
            raise BadInput(
                where=f"{field} {place} kid",
                found=_shown(one["kid"]),
                expected=expected,
                do=tr("Name each key differently."),
            )
        taken |= names
    return found


def read_key_file(name: str, text: bytes) -> dict[str, str]:
    """A public key from a file: a JWK, or PEM as openssl writes it. Raises BadInput."""
    if text.lstrip().startswith(b"{"):
        try:
            return public_jwk(name, msgspec.json.decode(text, type=dict[str, Any]))
        except (msgspec.DecodeError, RecursionError) as error:
            raise _bad(name, tr("JSON that does not read")) from error
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
    return BadInput(
        where=field, found=found, expected=expected, do=tr("Send the public half, and keep the private one.")
    )
