"""Credentials that are not what they say: replayed, stale, meant for others, signed by others or with other means."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from statistics import median
from time import perf_counter
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import OKPKey, RSAKey
from tests.service.api.caller import ASSERTION, ISSUER, Api, Device, read_base64
from webauthn.helpers import bytes_to_base64url

from goodstanding.registry import ReadTransaction, WriteTransaction
from goodstanding.registry.authentication import NotAuthenticated, client_of, sign_token
from goodstanding.registry.authentication.access_tokens import KIND, TOKEN_LASTS
from goodstanding.registry.authentication.clients import LEEWAY, LONGEST
from goodstanding.registry.authentication.passkeys import prove_entry
from goodstanding.registry.authentication.printed_codes import print_codes, use_code
from goodstanding.registry.keys import fresh_keyring, public_keys, sign
from goodstanding.registry.parties import set_party_keys

PAIRS = 200
EVEN = (0.67, 1.5)


def packed(value: Any) -> str:
    return bytes_to_base64url(json.dumps(value).encode())


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, claims, _ = token.split(".")
    return json.loads(read_base64(head)), json.loads(read_base64(claims))


def public_forms(jwk: Mapping[str, Any]) -> list[bytes]:
    """A public key in all forms that a reader might take for a shared secret."""
    raw = read_base64(jwk["x"])
    key = Ed25519PublicKey.from_public_bytes(raw)
    forms = [(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)]
    return [raw, jwk["x"].encode(), json.dumps(jwk).encode(), *(key.public_bytes(*form) for form in forms)]


def confused(token: str, jwk: Mapping[str, Any]) -> dict[str, str]:
    """A token under every algorithm that asks nothing of whom it is from."""
    head, claims = parts_of(token)
    body = packed(claims)
    found = {}
    for name in ("none", "None", "NONE", ""):
        for end in ("", token.rpartition(".")[2]):
            found[f"alg {name!r}, signature {bool(end)}"] = f"{packed(head | {'alg': name})}.{body}.{end}"
    for place, secret in enumerate(public_forms(jwk)):
        for name, kind in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            signed = f"{packed(head | {'alg': name})}.{body}"
            end = bytes_to_base64url(hmac.new(secret, signed.encode(), kind).digest())
            found[f"{name}, form {place}"] = f"{signed}.{end}"
    pair = rsa.generate_private_key(65537, 2048)
    own = RSAKey.import_key(pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for name, extra in (("RS256", {}), ("RS256", {"jwk": own.as_dict(private=False)}), ("RS256", {"jku": ISSUER})):
        signed = f"{packed(head | {'alg': name} | extra)}.{body}"
        end = bytes_to_base64url(pair.sign(signed.encode(), PKCS1v15(), SHA256()))
        found[f"{name} {list(extra)}"] = f"{signed}.{end}"
    stranger = OKPKey.generate_key("Ed25519", private=True)
    for extra in ({}, {"kid": stranger.thumbprint()}, {"jwk": stranger.as_dict(private=False)}, {"kid": ["a"]}):
        signed = f"{packed(head | extra)}.{body}"
        end = bytes_to_base64url(stranger.private_key.sign(signed.encode()))  # type: ignore[union-attr]
        found[f"a stranger's key, {list(extra)}"] = f"{signed}.{end}"
    return found


def test_no_access_token_opens_that_we_did_not_sign_as_one_for_us_and_for_now(api: Api) -> None:
    caller, clock, keyring = api.person(), api.office.clock, api.registry.keyring

    def status(token: str, scheme: str = "Bearer") -> int:
        return api.call("GET", "/v1/me", headers={"Authorization": f"{scheme} {token}"}).status_code

    good = api.token(caller)
    head, claims = parts_of(good)
    assert (status(good), status(good, "bearer")) == (200, 200)
    refused = confused(good, public_keys(keyring)[-1])
    refused |= {
        "another issuer": sign_token(keyring, "https://elsewhere.example", caller, clock.now),
        "another registry's keys": sign_token(fresh_keyring(), ISSUER, caller, clock.now),
        "from the future": sign_token(keyring, ISSUER, caller, clock.now + LONGEST),
        "for another audience": sign(keyring, KIND, claims | {"aud": "https://elsewhere.example"}),
        "for several audiences": sign(keyring, KIND, claims | {"aud": [ISSUER, "https://elsewhere.example"]}),
        "of another kind of thing": sign(keyring, "standing-consent+jws", claims),
        "of no known kind of caller": sign(keyring, KIND, claims | {"kind": "machine"}),
        "without an end": sign(keyring, KIND, {name: value for name, value in claims.items() if name != "exp"}),
        "of another session": sign(keyring, KIND, claims | {"sid": str(uuid4())}),
        "of another person's session": sign(keyring, KIND, claims | {"sub": str(api.person().id)}),
        "its claims changed": ".".join([packed(head), packed(claims | {"sub": str(uuid4())}), good.split(".")[2]]),
        "cut": good[:-2],
        "nothing": "",
        "two": f"{good} {good}",
        "with a bracket": f"{{{good}}}",
    }
    told = {what: status(token) for what, token in refused.items()}
    assert {what: found for what, found in told.items() if found != 401} == {}
    assert [status(good, scheme) for scheme in ("Basic", "DPoP", "Token", "")] == [401] * 4
    assert api.call("GET", f"/v1/me?access_token={good}").status_code == 401
    clock.now += TOKEN_LASTS
    # Its signature has been looked at: that does not make it last.
    assert status(good) == 401


def entered(api: Api, assertion: str, **other: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    return api.call("POST", "/v1/oauth/token", form=form | other)


def test_no_client_enters_with_an_assertion_that_is_not_its_own_fresh_and_for_us(api: Api) -> None:
    firm, other, now = api.merchant, api.furnisher, int(api.office.clock.now.timestamp())
    good = api.assertion(firm)
    head, claims = parts_of(good)
    key = api.keys[firm.id]
    assert entered(api, good).status_code == 200

    def signed(head: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        return jws.serialize_compact(dict(head), json.dumps(claims), key, ["Ed25519"])

    late, long = int(LEEWAY.total_seconds()), int(LONGEST.total_seconds())
    fresh = {**claims, "jti": uuid4().hex}
    refused = confused(signed(head, fresh), key.as_dict(private=False))
    refused |= {
        "replayed": good,
        "expired": signed(head, fresh | {"exp": now - late}),
        "good for too long": signed(head, fresh | {"exp": now + long + late + 1}),
        "made in the future": signed(head, fresh | {"iat": now + late + 1}),
        "not good yet": signed(head, fresh | {"nbf": now + late + 1}),
        "without an end": signed(head, {name: value for name, value in fresh.items() if name != "exp"}),
        "without an id": signed(head, {name: value for name, value in fresh.items() if name != "jti"}),
        "an empty id": signed(head, fresh | {"jti": ""}),
        "another audience": signed(head, fresh | {"aud": "https://elsewhere.example"}),
        "several audiences": signed(head, fresh | {"aud": [ISSUER, "https://elsewhere.example"]}),
        "no audience": signed(head, fresh | {"aud": []}),
        "in another's name": signed(head, fresh | {"iss": str(other.id), "sub": str(other.id)}),
        "about another": signed(head, fresh | {"sub": str(other.id)}),
        "nobody's": signed(head, fresh | {"iss": str(uuid4())}),
        "an end beyond time": signed(head, fresh | {"exp": 1e300}),
        "our own access token": api.token(firm),
        "no assertion": "x",
        "too long": signed(head, fresh | {"more": "x" * 4096}),
    }
    answers = {what: entered(api, assertion) for what, assertion in refused.items()}
    assert {what: one.text for what, one in answers.items() if one.status_code != 401} == {}
    assert {one.text for one in answers.values()} == {answers["replayed"].text}
    again = api.assertion(firm)
    assert entered(api, again, client_id=str(other.id)).status_code == 401
    assert entered(api, api.assertion(firm, exp=now + long)).status_code == 200


def test_an_assertion_signed_with_a_key_that_was_replaced_opens_nothing(api: Api) -> None:
    held = api.assertion(api.merchant)
    fresh = OKPKey.generate_key("Ed25519", private=True).as_dict(private=False)
    api.registry.do(lambda transaction: set_party_keys(transaction, api.merchant.id, [fresh], by="test"))
    assert entered(api, held).status_code == 401


def test_a_passkey_opens_only_with_our_own_challenge_once_in_time_on_our_site_by_whose_it_is(api: Api) -> None:
    person, device = api.person(), Device()
    options = api.good("POST", "/v1/me/passkeys/options", person)["options"]
    added = {"credential": device.add(options), "label": "Own"}
    # A challenge to enter does not add, nor does one that was made for another.
    for challenge in (
        api.good("POST", "/v1/sign-in/passkey/options")["options"],
        api.good("POST", "/v1/me/passkeys/options", api.person())["options"],
        {"challenge": bytes_to_base64url(bytes(56))},
    ):
        body = {"credential": Device().add(challenge), "label": "Own"}
        assert api.call("POST", "/v1/me/passkeys", person, body).status_code == 422
    assert api.call("POST", "/v1/me/passkeys", person, added).status_code == 201
    assert api.call("POST", "/v1/me/passkeys", person, added).status_code == 401

    def begin() -> dict[str, Any]:
        return dict(api.good("POST", "/v1/sign-in/passkey/options")["options"])

    def status(credential: Any) -> int:
        return api.call("POST", "/v1/sign-in/passkey", None, {"credential": credential}).status_code

    once = device.enter(begin())
    other = deepcopy(device)
    other.origin = "https://elsewhere.example"
    domain = deepcopy(device)
    domain.domain = "elsewhere.example"
    unseen = deepcopy(device)
    unseen.flags = 0x01
    forged = Device(keys={id_: next(iter(Device().keys.values()), None) for id_ in ()})
    forged.add(begin())
    assert [status(once), status(once)] == [201, 401]
    assert status(device.enter({"challenge": bytes_to_base64url(bytes(56))})) == 401
    assert [status(one.enter(begin())) for one in (other, domain, unseen, forged)] == [401] * 4
    stale = begin()
    api.office.clock.move(minutes=5)
    assert status(device.enter(stale)) == 401
    for malformed in ({}, {"id": "x"}, {"id": [], "response": {}}, {"response": {"clientDataJSON": "e30"}}):
        assert status(malformed) == 401
    # A copy of the device that lags behind shows that there are two.
    assert status(device.enter(begin())) == 201
    device.count -= 1
    assert status(device.enter(begin())) == 401


def side_by_side(
    api: Api, known: Callable[[ReadTransaction], object], unknown: Callable[[ReadTransaction], object]
) -> float:
    """How much longer one refusal takes than another: the median of many pairs, taken in turn and one by one.

    What else the machine does then disturbs both alike.
    """
    ratios = []
    with api.registry.read() as transaction:
        for place in range(PAIRS):
            taken = {}
            for work in (known, unknown) if place % 2 else (unknown, known):
                began = perf_counter()
                with pytest.raises(NotAuthenticated):
                    work(transaction)
                taken[work] = perf_counter() - began
            ratios.append(taken[unknown] / taken[known])
    return median(ratios)


def refused_clients(api: Api) -> dict[str, Callable[[ReadTransaction], object]]:
    known, unknown = api.merchant.id, uuid4()
    api.keys[unknown] = api.key_for(known)

    def refused(id_: UUID) -> Callable[[ReadTransaction], object]:
        signed, _, end = api.assertion(id_).rpartition(".")
        wrong = f"{signed}.{bytes_to_base64url(bytes(len(read_base64(end))))}"
        return lambda transaction: client_of(transaction, wrong, [ISSUER])

    return {"known": refused(known), "unknown": refused(unknown)}


def refused_codes(api: Api) -> dict[str, Callable[[ReadTransaction], object]]:
    person = api.office.person()
    used, *_ = api.registry.do(lambda transaction: print_codes(transaction, person))
    api.registry.do(lambda transaction: use_code(transaction, used))
    # Neither gets as far as to change anything.
    return {
        "known": lambda transaction: use_code(cast("WriteTransaction", transaction), used),
        "unknown": lambda transaction: use_code(cast("WriteTransaction", transaction), "0000-0000-0000-0000"),
    }


def refused_passkeys(api: Api) -> dict[str, Callable[[ReadTransaction], object]]:
    person, device, stranger = api.person(), Device(), Device()
    options = api.good("POST", "/v1/me/passkeys/options", person)["options"]
    api.good("POST", "/v1/me/passkeys", person, {"credential": device.add(options), "label": "Own"})
    begin = api.good("POST", "/v1/sign-in/passkey/options")["options"]
    stranger.add(begin)
    (held,), ((_, key),) = device.keys, stranger.keys.items()
    known, unknown = Device(keys={held: key}).enter(begin), stranger.enter(begin)
    return {
        "known": lambda transaction: prove_entry(transaction, known, api.desk.site),
        "unknown": lambda transaction: prove_entry(transaction, unknown, api.desk.site),
    }


@pytest.mark.parametrize("refused", [refused_clients, refused_codes, refused_passkeys])
def test_it_takes_as_long_to_refuse_who_is_unknown_as_who_is_known_but_wrong(api: Api, refused: Any) -> None:
    works = refused(api)
    assert EVEN[0] < side_by_side(api, works["known"], works["unknown"]) < EVEN[1]
