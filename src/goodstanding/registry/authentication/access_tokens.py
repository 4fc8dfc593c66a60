"""Access tokens: JWTs in the profile of RFC 9068, signed by the registry, good for minutes and for one issuer."""

from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

from goodstanding.errors import BadInput
from goodstanding.registry.authentication.callers import Caller, CallerKind, NotAuthenticated, Role
from goodstanding.registry.keys import Keyring, sign, verified

KIND = "at+jwt"
TOKEN_LASTS = timedelta(minutes=10)


def sign_token(keyring: Keyring, issuer: str, caller: Caller, now: datetime, lasts: timedelta = TOKEN_LASTS) -> str:
    """A token for a caller, to be shown to the issuer alone."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": issuer,
        "sub": str(caller.id),
        "client_id": str(caller.id),
        "kind": caller.kind,
        "roles": sorted(caller.roles),
        "name": caller.name,
        "iat": int(now.timestamp()),
        "exp": int((now + lasts).timestamp()),
        "jti": uuid4().hex,
    }
    if caller.session is not None:
        claims["sid"] = str(caller.session)
    return sign(keyring, KIND, claims)


def read_token(keyring: Keyring, issuer: str, token: str, now: datetime) -> tuple[Caller, datetime]:
    """Whose token it is, and until when it holds. Raises NotAuthenticated for any that we did not sign for us, now."""
    try:
        claims = verified(keyring, KIND, token)
        if claims["iss"] != issuer or claims["aud"] != issuer or not claims["iat"] - 60 <= now.timestamp():
            raise NotAuthenticated
        until = datetime.fromtimestamp(claims["exp"], now.tzinfo)
        if until <= now or claims["kind"] not in get_args(CallerKind):
            raise NotAuthenticated
        session = UUID(claims["sid"]) if "sid" in claims else None
        roles = frozenset[Role](claims["roles"])
        return Caller(claims["kind"], UUID(claims["sub"]), roles, claims["name"], session), until
    except (BadInput, KeyError, TypeError, ValueError, AttributeError):  # AttributeError: a header that is a list
        raise NotAuthenticated from None
