"""The API over a registry of each kind, called as a program calls it; and callers of every role, with keys."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import cbor2
import httpx
import pytest
import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import OKPKey
from litestar.types import ASGIApp
from tests.registry.office import Office
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from goodstanding.registry import Registry, Writer
from goodstanding.registry.authentication import Caller, sign_token
from goodstanding.registry.authentication.operators import ROLES, admit_operator
from goodstanding.registry.authentication.sessions import begin_session
from goodstanding.registry.parties import admit, set_party_keys, set_redirects
from goodstanding.service.application import build_service
from goodstanding.service.http.context import Desk, RateLimits
from goodstanding.store import Workspace

ISSUER = "http://localhost:8350"
LENDER = "91330100799655058B"
BACK = "https://bikes.example/back"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """Logs are looked at where they are tested."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))


@dataclass
class Api:
    """The API, and callers to call it as: each role's, made when it is first asked for."""

    desk: Desk
    office: Office
    runner: asyncio.Runner
    app: ASGIApp
    keys: dict[UUID, OKPKey] = field(default_factory=dict)
    operators: dict[str, Caller] = field(default_factory=dict)
    furnishers: list[Caller] = field(default_factory=list)

    @property
    def registry(self) -> Registry:
        return self.desk.registry

    @property
    def merchant(self) -> Caller:
        """The office's merchant."""
        return Caller("party", self.office.merchant, frozenset({"merchant"}), "Bicycles of Beijing")

    @property
    def furnisher(self) -> Caller:
        """A firm that sends records."""
        if not self.furnishers:
            self.furnishers.append(self.firm("Lender of Xiamen", "furnisher", LENDER))
        return self.furnishers[0]

    def firm(self, name: str, role: Any, code: str) -> Caller:
        """Admit a firm with a key and an address to lead back to."""
        found = self.registry.do(
            lambda transaction: admit(
                transaction,
                name,
                role,
                code_kind="cn_social_credit_code",
                code=code,
                contexts=["deposit_waiver"] if role == "merchant" else [],
                by="test",
            )
        )
        self.key_for(found.id)
        return Caller("party", found.id, frozenset({role}), name)

    def key_for(self, party: UUID) -> OKPKey:
        """A firm's key, registered."""
        if party not in self.keys:
            key = OKPKey.generate_key("Ed25519", private=True)
            self.registry.do(
                lambda transaction: set_party_keys(transaction, party, [key.as_dict(private=False)], by="test")
            )
            self.registry.do(lambda transaction: set_redirects(transaction, party, [BACK], by="test"))
            self.keys[party] = key
        return self.keys[party]

    def operator(self, *roles: Any) -> Caller:
        """An operator with these roles."""
        name = " and ".join(roles)
        if name not in self.operators:
            key = OKPKey.generate_key("Ed25519", private=True)
            found = self.registry.do(
                lambda transaction: admit_operator(transaction, name, roles, [key.as_dict(private=False)], by="test")
            )
            self.keys[found.id] = key
            self.operators[name] = Caller("operator", found.id, frozenset(roles), name)
        return self.operators[name]

    def person(self, id_: UUID | None = None) -> Caller:
        """Somebody who has joined, signed in."""
        person = id_ or self.office.person()
        return self.registry.do(lambda transaction: begin_session(transaction, person))

    def caller(self, role: str) -> Caller:
        """Somebody of a role."""
        if role in ROLES:
            return self.operator(role)
        return {"person": self.person, "merchant": lambda: self.merchant, "furnisher": lambda: self.furnisher}[role]()

    def token(self, caller: Caller) -> str:
        """An access token of a caller's."""
        return sign_token(self.registry.keyring, self.desk.issuer, caller, self.office.clock.now)

    def assertion(self, caller: Caller | UUID, **other: Any) -> str:
        """A client assertion of a caller's, with other claims."""
        id_ = caller if isinstance(caller, UUID) else caller.id
        now = int(self.office.clock.now.timestamp())
        claims = {"iss": str(id_), "sub": str(id_), "aud": ISSUER, "iat": now, "exp": now + 60, "jti": uuid4().hex}
        key = self.keys.get(id_) or self.key_for(id_)
        return jwt.encode({"alg": "Ed25519", "kid": key.thumbprint()}, claims | other, key, ["Ed25519"])

    def call(  # noqa: PLR0913
        self,
        method: str,
        path: str,
        caller: Caller | None = None,
        body: Any = None,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Call the API."""
        sent = dict(headers or {})
        if caller is not None:
            sent["Authorization"] = f"Bearer {self.token(caller)}"
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        if form is not None:
            content, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"

        async def work() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
                return await client.request(method, path, content=content, headers=sent)

        return self.runner.run(work())

    def good(self, method: str, path: str, caller: Caller | None = None, body: Any = None, **other: Any) -> Any:
        """Call the API, and give what it tells; it has to work."""
        found = self.call(method, path, caller, body, **other)
        assert found.is_success, (found.status_code, found.text)
        return found.json() if found.content else None

    def detail(self, **other: Any) -> dict[str, Any]:
        """A consent as `authorization_details` asks for it, of a month."""
        until = self.office.clock.now.replace(month=self.office.clock.now.month + 1)
        return {
            "type": "goodstanding_consent",
            "programme": "sesame",
            "scopes": ["admittance", "band", "score"],
            "context": "deposit_waiver",
            "purpose": "rent_item",
            "expires_at": until.isoformat(),
            "frequency": {"unit": "DAY", "value": 100},
            "data_life": {"unit": "DAY", "value": 7},
        } | other

    def question(self, **other: Any) -> dict[str, Any]:
        """ "Is it at least 650?", under a fresh transaction id."""
        return {
            "transaction_id": uuid4().hex,
            "programme": "sesame",
            "scope": "admittance",
            "context": "deposit_waiver",
            "purpose": "rent_item",
            "threshold": 650,
        } | other

    def give(self, person: Caller, **other: Any) -> str:
        """Have a person give the merchant a consent; gives its id."""
        body = self.detail(party=str(self.office.merchant), **other)
        return str(self.good("POST", "/v1/me/consents", person, body)["id"])


@pytest.fixture
def api(office: Office, tmp_path: Any) -> Iterator[Api]:
    """The API over an office."""
    with Writer(office.registry) as writer, asyncio.Runner() as runner:
        desk = Desk(office.registry, writer, Workspace(tmp_path / "standing"), ISSUER, RateLimits(10**6, 10**6, 10**6))
        yield Api(desk, office, runner, build_service(desk)[0])
        desk.readers.shutdown()


@dataclass
class Device:
    """A device with passkeys, as a browser shows it to a site (WebAuthn, packed into its JSON)."""

    origin: str = ISSUER
    domain: str = "localhost"
    count: int = 0
    keys: dict[bytes, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    flags: int = 0x05  # present and verified

    def add(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Make a passkey for a site, and answer its options."""
        key, id_ = ec.generate_private_key(ec.SECP256R1()), uuid4().bytes
        self.keys[id_] = key
        numbers = key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(id_).to_bytes(2, "big") + id_ + cose
        said = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(0x40) + attested})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(id_, {"clientDataJSON": client, "attestationObject": said})

    def enter(self, options: Mapping[str, Any], id_: bytes | None = None) -> dict[str, Any]:
        """Answer a site's options with a passkey."""
        found = id_ or next(iter(self.keys))
        self.count += 1
        client, data = self._client("webauthn.get", options["challenge"]), self._data(0)
        signature = self.keys[found].sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(found, {"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def _data(self, more: int) -> bytes:
        return sha256(self.domain.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, id_: bytes, response: Mapping[str, bytes]) -> dict[str, Any]:
        name = bytes_to_base64url(id_)
        packed = {key: bytes_to_base64url(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": packed, "clientExtensionResults": {}}


def with_limits(api: Api, limits: RateLimits) -> Api:
    """The same API under other limits."""
    desk = replace(api.desk, limits=limits)
    return replace(api, desk=desk, app=build_service(desk)[0])


def read_base64(text: str) -> bytes:
    return base64url_to_bytes(text)


def wait_for(work: Any, seconds: float = 5.0) -> Any:
    """What a piece of work gives once it gives something true."""
    until = time.monotonic() + seconds
    while not (found := work()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found
