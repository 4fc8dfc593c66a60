"""Public keys: three kinds and no other, never a private half, and never one that is too weak or too large to use."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from goodstanding.errors import BadInput
from goodstanding.registry.keys.jwks import (
    ALGORITHMS,
    LONGEST_RSA,
    MOST_KEYS,
    SHORTEST_RSA,
    imported,
    public_jwk,
    public_jwks,
    read_key_file,
)

ED25519 = OKPKey.generate_key("Ed25519", private=True)
P256 = ECKey.generate_key("P-256", private=True)
RSA = RSAKey.generate_key(SHORTEST_RSA, private=True)
KEYS = {"Ed25519": ED25519, "P-256": P256, "RSA": RSA}
ALGORITHM = {"Ed25519": "Ed25519", "P-256": "ES256", "RSA": "PS256"}
ENCODED = urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
each_kind = pytest.mark.parametrize("kind", KEYS)


def number(value: int) -> str:
    """A number as a JWK writes it."""
    return urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def refused(jwk: Any) -> str:
    with pytest.raises(BadInput) as refusal:
        public_jwk("keys", jwk)
    return str(refusal.value)


@each_kind
def test_a_key_is_kept_as_its_public_members_under_its_own_name_or_its_thumbprint(kind: str) -> None:
    public = KEYS[kind].as_dict(private=False)
    said = {"use": "sig", "key_ops": ["verify"], "alg": ALGORITHM[kind], "note": ["x"]}
    assert public_jwk("keys", {**public, **said, "kid": "bikes-2026"}) == {**public, "kid": "bikes-2026"}
    found = public_jwk("keys", {**public, **said})
    assert found == {**public, "kid": KEYS[kind].thumbprint()}
    assert public_jwk("keys", found) == found
    assert imported(found).thumbprint() == KEYS[kind].thumbprint()


UNUSABLE = {
    "alg": ["RS256", "RS384", "HS256", "none", "ES384", "PS512", "RSA-OAEP", "", None, 1, ["PS256"]],
    "use": ["enc", "", None, 1, ["sig"]],
    "key_ops": [["sign"], ["encrypt", "wrapKey"], [], "verify", None, {"verify": True}],
    "kid": ["", None, 1, ["a"], "x" * 129, "a\nb", "\x00", "\ud800"],
}


@each_kind
@pytest.mark.parametrize(("member", "value"), [(name, one) for name, several in UNUSABLE.items() for one in several])
def test_a_key_that_could_never_be_used_is_refused_with_the_member_at_fault(
    kind: str, member: str, value: object
) -> None:
    jwk = {**KEYS[kind].as_dict(private=False), member: value}
    assert refused(jwk).startswith(f"keys {member}: found ")
    # Half a character does not even read as JSON.
    with pytest.raises(BadInput, match=f"key.jwk( {member})?: found "):
        read_key_file("key.jwk", json.dumps(jwk).encode())


@given(st.sampled_from(sorted(KEYS)), st.sampled_from(["RS256", "Ed25519", "EdDSA", "ES256", "PS256"]))
def test_the_algorithm_that_a_key_names_is_taken_exactly_if_assertions_with_it_are(kind: str, algorithm: str) -> None:
    jwk = {**KEYS[kind].as_dict(private=False), "alg": algorithm}
    if isinstance(KEYS[kind], ALGORITHMS.get(algorithm, OctKey)):
        assert public_jwk("keys", jwk)
    else:
        assert "Sign with that" in refused(jwk)


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth"])
def test_any_part_of_a_private_key_is_refused(member: str) -> None:
    assert "found a private key" in refused({**RSA.as_dict(private=False), member: "AQAB"})


def test_two_keys_of_one_client_never_go_by_the_same_name() -> None:
    first, second = (OKPKey.generate_key("Ed25519", private=False) for _ in range(2))
    one, two = first.as_dict(), second.as_dict()
    mixed = {**P256.as_dict(private=False), "kid": "a"}
    for several in (
        [{**one, "kid": "a"}, {**two, "kid": "a"}],
        [{**one, "kid": "a"}, mixed],
        [one, {**two, "kid": first.thumbprint()}],
        [{**two, "kid": first.thumbprint()}, one],
    ):
        with pytest.raises(BadInput, match=r"keys [01] kid: found .*; expected a kid that no other of these keys has"):
            public_jwks("keys", several)
    found = public_jwks("keys", [{**one, "kid": "a"}, {**two, "kid": "b"}])
    assert [jwk["kid"] for jwk in found] == ["a", "b"]
    assert public_jwks("keys", found) == found


@each_kind
def test_a_key_reads_the_same_from_json_and_from_pem_and_der(kind: str) -> None:
    public = KEYS[kind].as_dict(private=False)
    found = public_jwk("keys", public)
    files = [json.dumps(public, indent=2).encode(), b"\n " + json.dumps(public).encode()]
    files += [
        KEYS[kind].public_key.public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
        for form in (Encoding.PEM, Encoding.DER)
    ]
    assert [read_key_file("key", file) for file in files] == [found] * len(files)


@each_kind
def test_a_private_key_is_refused_however_it_is_written_and_not_repeated(kind: str) -> None:
    private = KEYS[kind].as_dict(private=True)
    assert "found a private key" in refused(private)
    native = KEYS[kind].private_key
    files = [json.dumps(private).encode()]
    files += [native.private_bytes(form, PrivateFormat.PKCS8, NoEncryption()) for form in (Encoding.PEM, Encoding.DER)]
    for file in files:
        with pytest.raises(BadInput, match="found a private key") as refusal:
            read_key_file("key", file)
        assert str(private["d"])[:12] not in str(refusal.value)


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_an_rsa_key_is_neither_too_short_nor_too_long_nor_of_an_exponent_that_proves_nothing() -> None:
    public = RSA.as_dict(private=False)

    def sized(bits: int) -> dict[str, object]:
        return {**public, "n": number((1 << (bits - 1)) | 1)}

    for bits in (SHORTEST_RSA, LONGEST_RSA):
        assert public_jwk("keys", sized(bits))["kty"] == "RSA"
    for bits in (SHORTEST_RSA // 2, SHORTEST_RSA - 1, LONGEST_RSA + 1):
        assert f"found RSA {bits}" in refused(sized(bits))
    for exponent in (1, 2, 4):
        assert "does not read" in refused({**public, "e": number(exponent)})


def test_keys_of_other_kinds_and_curves_are_refused() -> None:
    others = [OKPKey.generate_key(curve, private=False) for curve in ("Ed448", "X25519", "X448")]
    others += [ECKey.generate_key(curve, private=False) for curve in ("P-384", "P-521", "secp256k1")]
    for key in (*others, OctKey.generate_key(256)):
        assert "found another kind of key" in refused(key.as_dict())
    # The curve of one kind under the name of another.
    ed, p = ED25519.as_dict(private=False), P256.as_dict(private=False)
    for jwk in ({**ed, "kty": "EC"}, {**p, "kty": "OKP"}, {**ed, "crv": "P-256"}, {**ed, "crv": "X25519"}):
        assert "found another kind of key" in refused(jwk)
    curves = [ec.SECP384R1(), ec.SECP256K1(), ec.BrainpoolP256R1()]
    natives = [ec.generate_private_key(curve) for curve in curves]
    for native in (*natives, ed448.Ed448PrivateKey.generate(), x25519.X25519PrivateKey.generate()):
        file = native.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(BadInput, match="expected a public key: Ed25519, P-256, or RSA"):
            read_key_file("key", file)


def test_a_key_that_lacks_a_part_or_does_not_read_is_refused() -> None:
    for key in KEYS.values():
        public = key.as_dict(private=False)
        for name in public:
            assert refused({one: value for one, value in public.items() if one != name})
            for value in (None, 1, [], {}, "", "!", "é", "\ud800", "A", ENCODED[:-2], f"{ENCODED}AA"):
                # An exponent may be any odd number.
                assert name == "e" or refused({**public, name: value})
    off_the_curve = {**P256.as_dict(private=False), "y": ENCODED}
    assert "does not read" in refused(off_the_curve)


def test_a_client_has_some_keys_but_few_each_once() -> None:
    keys = [OKPKey.generate_key("Ed25519", private=False).as_dict() for _ in range(MOST_KEYS + 1)]
    assert len(public_jwks("keys", keys[:MOST_KEYS])) == MOST_KEYS
    for several in ([], keys, [keys[0], keys[1], {**keys[0], "kid": "other"}]):
        with pytest.raises(BadInput, match=f"keys: found {len(several)}; expected 1 to {MOST_KEYS} keys, each once"):
            public_jwks("keys", several)
    with pytest.raises(BadInput, match="keys 1: found another kind"):
        public_jwks("keys", [keys[0], {}])


def test_a_file_that_holds_no_key_is_refused_in_words() -> None:
    deep = b'{"kty":' + b"[" * 5000 + b"]" * 5000 + b"}"
    pem = b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    for file in (b"", b"\xff\xfe", b"{", b"{}", b"[]", b"key", pem, deep, b"{" * 5000):
        with pytest.raises(BadInput, match="key: found"):
            read_key_file("key", file)


@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda tail: b"{" + tail))
def test_no_file_breaks_the_reading(file: bytes) -> None:
    with pytest.raises(BadInput):
        read_key_file("key", file)


def test_a_private_key_under_a_password_is_refused_too() -> None:
    file = P256.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    with pytest.raises(BadInput, match="found a private key"):
        read_key_file("key", file)


values = st.recursive(st.none() | st.integers() | st.text(max_size=50), lambda inner: st.lists(inner, max_size=2))


@pytest.mark.filterwarnings("ignore:Key size should be")
@given(
    st.sampled_from(["OKP", "EC", "RSA"]),
    st.dictionaries(st.sampled_from(["crv", "x", "y", "n", "e", "d"]), st.sampled_from([ENCODED, "AQAB"]) | values),
)
def test_whatever_is_sent_as_a_key_is_a_key_or_refused(kind: str, members: dict[str, object]) -> None:
    curve = {"OKP": "Ed25519", "EC": "P-256"}.get(kind)
    try:
        found = public_jwk("keys", ({} if curve is None else {"crv": curve}) | members | {"kty": kind})
    except BadInput:
        return
    assert "d" not in found
    assert imported(found).thumbprint() == found["kid"]


def test_a_key_that_was_taken_verifies_what_its_holder_signs() -> None:
    from joserfc import jws  # noqa: PLC0415 - used here alone

    for kind, key in KEYS.items():
        algorithm = ALGORITHM[kind]
        signed = jws.serialize_compact({"alg": algorithm}, b"said", key, [algorithm])
        taken = imported(public_jwk("keys", key.as_dict(private=False)))
        assert jws.deserialize_compact(signed, taken, [algorithm]).payload == b"said"
    assert isinstance(RSA.private_key, rsa.RSAPrivateKey)
