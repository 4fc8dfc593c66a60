"""What is sealed opens only as it was sealed, and is found again only by what it was."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.registry.keys import Key, Keyring, fresh_keyring, keyed_hash, seal, sealed_by, unseal

RING = fresh_keyring()
OTHER = fresh_keyring()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
PARTS = st.lists(TEXTS, max_size=4)


@given(plain=TEXTS, context=TEXTS)
def test_a_sealed_text_opens_in_its_context(plain: str, context: str) -> None:
    assert unseal(RING, seal(RING, plain, context), context) == plain


@given(plain=st.text("0123456789", min_size=6))
def test_a_sealed_text_shows_nothing_and_is_never_the_same_twice(plain: str) -> None:
    sealed = [seal(RING, plain, "phone") for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert not [one for one in sealed if plain.encode() in one]


@given(plain=TEXTS, context=TEXTS, other=TEXTS)
def test_a_sealed_text_moved_to_another_context_does_not_open(plain: str, context: str, other: str) -> None:
    sealed = seal(RING, plain, context)
    if other != context:
        with pytest.raises(BadInput):
            unseal(RING, sealed, other)


@given(plain=TEXTS, data=st.data())
def test_every_changed_bit_of_a_sealed_text_is_found(plain: str, data: st.DataObject) -> None:
    sealed = bytearray(seal(RING, plain, "phone"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadInput):
        unseal(RING, bytes(sealed), "phone")


@given(plain=TEXTS, added=st.binary(min_size=1, max_size=20))
def test_a_lengthened_sealed_text_does_not_open(plain: str, added: bytes) -> None:
    sealed = seal(RING, plain, "phone")
    for longer in (sealed + added, added + sealed):
        with pytest.raises(BadInput):
            unseal(RING, longer, "phone")


@pytest.mark.parametrize("kept", [0, 1, 10, 13, 14, 15, 29, 30, 34])
def test_a_shortened_sealed_text_does_not_open(kept: int) -> None:
    sealed = seal(RING, "+8613800", "phone")
    assert kept < len(sealed)
    with pytest.raises(BadInput):
        unseal(RING, sealed[:kept], "phone")


@pytest.mark.parametrize("kept", range(2, 10))
def test_a_sealed_text_without_a_whole_nonce_does_not_open(kept: int) -> None:
    with pytest.raises(BadInput):
        unseal(RING, seal(RING, "+8613800", "phone")[:kept], "phone")


def test_another_key_of_the_same_number_does_not_open_it() -> None:
    with pytest.raises(BadInput) as refusal:
        unseal(OTHER, seal(RING, "+8613800", "phone"), "phone")
    assert "+8613800" not in str(refusal.value)


def test_old_keys_open_what_they_sealed_until_they_are_let_go() -> None:
    sealed = seal(RING, "+8613800", "phone")
    rotated = RING.with_new("sealing")
    anew = seal(rotated, "+8613800", "phone")
    assert [sealed_by(sealed), sealed_by(anew)] == [1, 2]
    assert unseal(rotated, sealed, "phone") == unseal(rotated, anew, "phone") == "+8613800"
    alone = rotated.without_old("sealing")
    assert unseal(alone, anew, "phone") == "+8613800"
    with pytest.raises(BadInput, match="no sealing key 1"):
        unseal(alone, sealed, "phone")


def test_a_sealed_text_said_to_be_of_another_key_does_not_open() -> None:
    rotated = RING.with_new("sealing")
    sealed = seal(RING, "+8613800", "phone")
    with pytest.raises(BadInput):
        unseal(rotated, b"\x00\x02" + sealed[2:], "phone")


def test_every_seal_has_a_nonce_of_its_own() -> None:
    nonces = sorted(seal(RING, "x", "phone")[2:14] for _ in range(1000))
    assert all(one != other for one, other in pairwise(nonces))


@given(one=PARTS, other=PARTS)
@example(one=["ab", "c"], other=["a", "bc"])
@example(one=["ab"], other=["a", "b"])
@example(one=["a", ""], other=["a"])
@example(one=["", "a"], other=["a", ""])
@example(one=[], other=[""])
@example(one=["\x00\x00\x00\x01a"], other=["", "\x00\x01a"])
@example(one=["é"], other=["e\u0301"])
def test_different_parts_never_have_the_same_hash(one: list[str], other: list[str]) -> None:
    same = keyed_hash(RING, "lookup", *one) == keyed_hash(RING, "lookup", *other)
    assert same is (one == other)


def test_a_hash_is_of_its_purpose_and_of_the_key_in_force() -> None:
    found = {keyed_hash(RING, "lookup", "phone", "1"), keyed_hash(RING, "blinding", "phone", "1")}
    found |= {keyed_hash(OTHER, "lookup", "phone", "1"), keyed_hash(RING.with_new("lookup"), "lookup", "phone", "1")}
    assert len(found) == 4
    assert {len(one) for one in found} == {32}


def test_a_hash_is_the_known_one() -> None:
    # RFC 4231's construction over length 5, "phone", length 3, "+86", computed with openssl dgst -mac HMAC.
    ring = Keyring({**RING.keys, "lookup": [Key(1, bytes(range(32)))]})
    known = "41dd9a5ed8f3d193e854834c34d9eb192d7515e7960fc0ab37cc88c0987774d6"
    assert keyed_hash(ring, "lookup", "phone", "+86").hex() == known
