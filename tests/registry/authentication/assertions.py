"""Firms with keys of their own, and what a client signs with them."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from tests.registry.office import Office

from goodstanding.registry.parties import admit, set_party_keys

Key: TypeAlias = OKPKey | ECKey | RSAKey

ISSUER = "https://standing.example"
OTHER_FIRM = "91350100M000100Y1R"
KEYS: Mapping[str, Key] = {
    "Ed25519": OKPKey.generate_key("Ed25519", private=True),
    "ES256": ECKey.generate_key("P-256", private=True),
    "PS256": RSAKey.generate_key(2048, private=True),
}


def base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: object, payload: object, signature: Callable[[bytes], bytes]) -> str:
    """A compact JWS of anything: what a library would not let itself be used for."""
    texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in (header, payload)]
    signed = ".".join(base64(one) for one in texts)
    return f"{signed}.{base64(signature(signed.encode()))}"


def with_secret(secret: bytes) -> Callable[[bytes], bytes]:
    """A signature by HS256."""
    return lambda signed: hmac.digest(secret, signed, "sha256")


@dataclass
class Clients:
    """Firms that are clients, by the algorithm that they sign with, and what they sign."""

    office: Office
    ids: dict[str, UUID] = field(default_factory=dict)

    def claims(self, id_: UUID, **other: Any) -> dict[str, Any]:
        now = self.office.clock.now.timestamp()
        own = {"iss": str(id_), "sub": str(id_), "aud": ISSUER, "iat": now, "exp": now + 60, "jti": uuid4().hex}
        return {name: value for name, value in (own | other).items() if value is not None}

    def assertion(self, algorithm: str = "Ed25519", key: Key | None = None, header: Any = None, **other: Any) -> str:
        """A client's assertion, with other claims (without those that are None), under another key or header."""
        own = key or KEYS[algorithm]
        found = {"alg": algorithm, "kid": own.thumbprint()} | (header or {})
        payload = json.dumps(self.claims(self.ids[algorithm], **other)).encode()
        return jws.serialize_compact(found, payload, own, [found["alg"]])


@pytest.fixture
def clients(office: Office) -> Clients:
    """A firm for each algorithm; the office's own is the one of Ed25519."""
    found = Clients(office, {"Ed25519": office.merchant})
    with office.registry.write() as transaction:
        for algorithm, code_kind, code in (
            ("ES256", "cn_social_credit_code", OTHER_FIRM),
            ("PS256", "lei", "213800KUD8LAJWSQ9D15"),
        ):
            firm = admit(transaction, algorithm, "merchant", code_kind=code_kind, code=code, contexts=[], by="ann")
            found.ids[algorithm] = firm.id
        for algorithm, id_ in found.ids.items():
            set_party_keys(transaction, id_, [KEYS[algorithm].as_dict(private=False)], by="ann")
    return found
