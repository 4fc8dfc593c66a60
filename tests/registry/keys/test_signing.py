"""A signature holds for what was signed, as what it was signed, by our key, and for nothing else."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.registry.keys import Key, Keyring, canonical, fresh_keyring, public_keys, sign, verified

RING = fresh_keyring()
KIND = "test+jws"
VALUE = {"size": 7, "root": "ab" * 32, "of": ["王小明", None, True]}
SIGNED = sign(RING, KIND, VALUE)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts() -> tuple[dict[str, object], bytes, bytes]:
    """The header, the payload and the signature of what was signed."""
    header, payload, signature = SIGNED.split(".")
    return json.loads(decoded(header)), decoded(payload), decoded(signature)


def token(header: object, payload: bytes, signature: bytes) -> str:
    return f"{encoded(json.dumps(header).encode())}.{encoded(payload)}.{encoded(signature)}"


def signed_by(secret: bytes, header: Mapping[str, object], payload: bytes) -> str:
    """A token of any header, rightly signed with Ed25519 by any key."""
    message = f"{encoded(json.dumps(header).encode())}.{encoded(payload)}"
    return f"{message}.{encoded(Ed25519PrivateKey.from_private_bytes(secret).sign(message.encode()))}"


def is_refused(text: str, ring: Keyring = RING, kind: str = KIND) -> None:
    with pytest.raises(BadInput, match="a signature that does not hold"):
        verified(ring, kind, text)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_was_signed_is_read_as_it_was(value: dict[str, object]) -> None:
    assert verified(RING, KIND, sign(RING, KIND, value)) == value


def test_anybody_with_the_public_key_can_verify_it() -> None:
    (known,) = public_keys(RING)
    header, payload, signature = parts()
    assert header == {"alg": "Ed25519", "typ": KIND, "kid": known["kid"]}
    assert json.loads(payload) == VALUE
    key = Ed25519PublicKey.from_public_bytes(decoded(known["x"]))
    message = SIGNED.rpartition(".")[0].encode()
    key.verify(signature, message)
    with pytest.raises(InvalidSignature):
        key.verify(signature, message + b"x")


def test_public_keys_hold_nothing_secret_and_come_in_order_of_age() -> None:
    ring = RING.with_new("signing")
    found = public_keys(ring)
    assert [set(one) for one in found] == [{"kty", "crv", "x", "kid"}] * 2
    assert found[0] == public_keys(RING)[0]
    for key, one in zip(ring.keys["signing"], found, strict=True):
        public = Ed25519PrivateKey.from_private_bytes(key.secret).public_key()
        assert decoded(one["x"]) == public.public_bytes_raw()
        assert encoded(key.secret) not in json.dumps(found)


@given(st.data())
def test_every_changed_character_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SIGNED) - 1))
    other = data.draw(st.sampled_from(LETTERS + ".=+/ \n").filter(lambda found: found != SIGNED[at]))
    is_refused(SIGNED[:at] + other + SIGNED[at + 1 :])


@given(st.data())
def test_every_character_put_in_or_taken_out_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SIGNED)))
    is_refused(SIGNED[:at] + data.draw(st.sampled_from(LETTERS + ".=+/ \n!")) + SIGNED[at:])
    if at < len(SIGNED):
        is_refused(SIGNED[:at] + SIGNED[at + 1 :])


def test_another_payload_is_refused() -> None:
    header, payload, signature = parts()
    is_refused(token(header, payload.replace(b"7", b"8"), signature))
    is_refused(token(header, b"", signature))
    assert verified(RING, KIND, SIGNED) == VALUE


@pytest.mark.parametrize(
    "changed",
    [{"typ": "other+jws"}, {"typ": None}, {"more": 1}, {"alg": "EdDSA"}, {"kid": "x"}, {"b64": False}],
    ids=str,
)
def test_another_header_is_refused(changed: dict[str, object]) -> None:
    header, payload, signature = parts()
    is_refused(token(header | changed, payload, signature))


def test_a_kind_is_not_taken_for_another() -> None:
    is_refused(SIGNED, kind="other+jws")
    header, payload, _ = parts()
    is_refused(signed_by(RING.in_force("signing").secret, header | {"typ": "other+jws"}, payload))
    without = {name: value for name, value in header.items() if name != "typ"}
    is_refused(signed_by(RING.in_force("signing").secret, without, payload))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, "HS256", "EdDSA", "ES256", "Ed448", 1, []])
def test_no_other_algorithm_is_believed(algorithm: object) -> None:
    header, payload, signature = parts()
    said = header | {"alg": algorithm}
    is_refused(token(said, payload, b""))
    is_refused(token(said, payload, signature))
    is_refused(signed_by(RING.in_force("signing").secret, said, payload))


def test_a_header_that_asks_for_more_than_is_understood_is_refused() -> None:
    header, payload, _ = parts()
    asked = header | {"crit": ["understood"], "understood": True}
    is_refused(signed_by(RING.in_force("signing").secret, asked, payload))


def test_the_public_key_is_no_shared_secret() -> None:
    header, payload, _ = parts()
    (known,) = public_keys(RING)
    secrets = [decoded(known["x"]), known["x"].encode(), json.dumps(known).encode(), canonical(known)]
    for secret in secrets:
        message = f"{encoded(json.dumps(header | {'alg': 'HS256'}).encode())}.{encoded(payload)}"
        is_refused(f"{message}.{encoded(hmac.digest(secret, message.encode(), 'sha256'))}")


def test_a_key_that_is_brought_along_is_not_believed() -> None:
    header, payload, _ = parts()
    stranger = fresh_keyring()
    (brought,) = public_keys(stranger)
    secret = stranger.in_force("signing").secret
    is_refused(signed_by(secret, header, payload))
    is_refused(signed_by(secret, header | {"kid": brought["kid"]}, payload))
    is_refused(signed_by(secret, header | {"jwk": brought}, payload))
    is_refused(signed_by(secret, header | {"kid": brought["kid"], "jwk": brought}, payload))


def test_keys_of_other_purposes_sign_nothing() -> None:
    _, payload, _ = parts()
    for purpose in ("sealing", "lookup", "blinding"):
        key = RING.in_force(purpose)
        (known,) = public_keys(Keyring({"signing": [Key(1, key.secret)]}))
        is_refused(signed_by(key.secret, {"alg": "Ed25519", "typ": KIND, "kid": known["kid"]}, payload))


def test_older_keys_hold_until_they_are_let_go() -> None:
    rotated = RING.with_new("signing")
    assert verified(rotated, KIND, SIGNED) == VALUE
    assert verified(rotated, KIND, sign(rotated, KIND, VALUE)) == VALUE
    assert sign(rotated, KIND, VALUE) != SIGNED
    is_refused(sign(rotated, KIND, VALUE))
    is_refused(SIGNED, rotated.without_old("signing"))


@given(st.text(max_size=60) | st.lists(st.binary(max_size=40).map(encoded), max_size=4).map(".".join))
@example("\ud800.\ud800.\ud800")
def test_no_text_whatever_gets_past(text: str) -> None:
    is_refused(text)


@pytest.mark.parametrize("header", ["[]", "1", '"a"', "null", "{", "[" * 500, '{"kid":{}}', '{"alg":1}', "\udcff"])
def test_a_header_that_is_no_header_is_refused(header: str) -> None:
    raw = header.encode(errors="surrogateescape")
    is_refused(f"{encoded(raw)}.{SIGNED.partition('.')[2]}")


def shuffled(value: object, data: st.DataObject) -> object:
    """The same value with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = data.draw(st.permutations(list(value)))
        return {key: shuffled(value[key], data) for key in keys}
    if isinstance(value, list):
        return [shuffled(one, data) for one in value]
    return value


@given(VALUES, st.data())
def test_canonical_text_is_the_same_for_any_order_of_keys(value: object, data: st.DataObject) -> None:
    assert canonical(shuffled(value, data)) == canonical(value)


@given(VALUES)
def test_canonical_text_says_what_the_value_is(value: object) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


def test_canonical_text_is_sorted_and_without_spaces() -> None:
    value = {"b": [1, {"d": 1.5, "c": None}], "a": "王", "ä": True, "B": ()}
    assert canonical(value).decode() == '{"B":[],"a":"王","b":[1,{"c":null,"d":1.5}],"ä":true}'


def test_different_values_have_different_canonical_texts() -> None:
    values: list[object] = [1, 1.0, "1", True, None, "null", [], {}, [None], [[]], {"": None}, ["1"], [1]]
    assert len({canonical(value) for value in values}) == len(values)
