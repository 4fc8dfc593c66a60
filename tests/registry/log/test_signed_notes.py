"""Signed notes and checkpoints against published examples, against real ones, and against whoever alters a byte."""

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.cosigning import cosignature, key_of, vkey_of

from goodstanding.errors import BadInput
from goodstanding.registry.log.checkpoints import Checkpoint, read_checkpoint
from goodstanding.registry.log.signed_notes import (
    COSIGNATURE,
    ED25519,
    Note,
    Signature,
    Vkey,
    cosigned_message,
    lines_of,
    read_note,
    read_signature,
    read_vkey,
    signature_over,
    signed_by,
)

# The example of c2sp.org/signed-note, section "Verifier keys".
SPECIFIED_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPECIFIED = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# The example of golang.org/x/mod/sumdb/note: its documentation and its tests.
PETER_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
# A checkpoint of a log of Certificate Transparency in use, with the cosignatures of witnesses in use; its first
# signature is of a kind that is not known here (RFC 6962).
ARCHE = "arche2025h1.staging.ct.transparency.dev"
IN_USE = f"""{ARCHE}
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— {ARCHE} zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— {ARCHE} ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
"""  # noqa: E501 - as it was published
ARCHE_KEY = f"{ARCHE}+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
REMORA_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
# The example of c2sp.org/tlog-checkpoint.
SOFA = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
BY_SOFA = (
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
ROOT = sha256(b"root").digest()


def test_the_published_examples_verify() -> None:
    for written, vkey in ((SPECIFIED, SPECIFIED_KEY), (f"{TEXT}\n{BY_PETER}", PETER), (f"{TEXT}\n{BY_ENOCH}", ENOCH)):
        key, note = read_vkey(vkey), read_note(written.encode())
        assert str(key) == vkey
        assert str(note) == written
        (found,) = signed_by(note, [key])
        assert (found.key, found.at) == (key, None)


def test_signing_gives_the_published_signature() -> None:
    seed = b64decode(PETER_SEED)[1:]
    key = read_vkey(PETER)
    made = signature_over(TEXT, key, Ed25519PrivateKey.from_private_bytes(seed).sign)
    assert lines_of([made]) == BY_PETER


def test_a_checkpoint_in_use_verifies_by_its_log_and_by_its_witness_with_the_time_that_it_says() -> None:
    note = read_note(IN_USE.encode())
    assert str(note) == IN_USE
    arche, remora = read_vkey(ARCHE_KEY), read_vkey(REMORA_KEY)
    found = signed_by(note, [arche, remora])
    assert [(one.key, one.at) for one in found] == [(arche, None), (remora, 1779573024)]
    checkpoint = read_checkpoint(note)
    assert (checkpoint.origin, checkpoint.size) == (ARCHE, 1432088532)
    assert checkpoint.text == note.text


def test_a_checkpoint_in_use_with_another_size_is_its_logs_and_its_witnesses_no_more() -> None:
    other = read_note(IN_USE.replace("1432088532", "1432088533").encode())
    for vkey in (ARCHE_KEY, REMORA_KEY):
        with pytest.raises(BadInput, match="a signature that does not hold"):
            signed_by(other, [read_vkey(vkey)])


def test_the_specified_checkpoint_reads() -> None:
    note = read_note(f"{SOFA}\n{BY_SOFA}".encode())
    found = read_checkpoint(note)
    assert (found.origin, found.size, found.extensions) == ("example.com/behind-the-sofa", 20852163, ())
    assert found.text == SOFA


def test_a_key_for_texts_is_the_same_key_for_cosignatures_under_another_id() -> None:
    # Of the tests of transparency-dev/formats.
    key = read_vkey("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6")
    assert (key.kind, key.cosigning.kind, key.cosigning.cosigning) == (ED25519, COSIGNATURE, key.cosigning)
    assert key.id != key.cosigning.id
    assert read_vkey(REMORA_KEY).cosigning == read_vkey(REMORA_KEY)


def test_no_part_of_a_key_and_no_changed_one_is_a_key() -> None:
    for vkey in (PETER, REMORA_KEY):
        parts = {vkey[i:j] for i in range(len(vkey)) for j in range(i + 1, len(vkey) + 1)} - {vkey}
        changed = {vkey[:i] + chr(ord(vkey[i]) + by) + vkey[i + 1 :] for i in range(len(vkey)) for by in (1, -1)}
        for other in (*parts, *changed, "", vkey + "\n", vkey.replace("+", " ", 1), vkey + "=", vkey.upper()):
            with pytest.raises(BadInput, match=r"key: found .*; expected a key as NAME"):
                read_vkey(other)


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # of a kind that is not known
        "bananas.sigstore.dev+12344556",
        "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
        "rekor.sigstore.dev+12345678+AwEB",
        str(Vkey("Peter Neumann", ED25519, bytes(32))),
        str(Vkey("王\u3000明", ED25519, bytes(32))),
        str(Vkey("", ED25519, bytes(32))),
        str(Vkey("n" * 256, ED25519, bytes(32))),
    ],
)
def test_keys_of_other_kinds_lengths_and_names_are_refused(vkey: str) -> None:
    with pytest.raises(BadInput):
        read_vkey(vkey)


def test_signatures_of_others_are_left_alone_and_a_bad_one_by_a_known_key_spoils_the_note() -> None:
    peter, enoch = read_vkey(PETER), read_vkey(ENOCH)
    both = read_note(f"{TEXT}\n{BY_PETER}{BY_ENOCH}".encode())
    assert [one.key for one in signed_by(both, [peter])] == [peter]
    assert [one.key for one in signed_by(both, [enoch, peter, enoch])] == [peter, enoch]
    assert signed_by(both, []) == []
    twice = read_note(f"{TEXT}\n{BY_PETER}{BY_PETER}{BY_ENOCH}".encode())
    assert [one.key for one in signed_by(twice, [peter])] == [peter]

    spoilt = BY_ENOCH[:60] + "ABCD" + BY_ENOCH[60:]
    note = read_note(f"{TEXT}\n{BY_PETER}{spoilt}".encode())
    assert [one.key for one in signed_by(note, [peter])] == [peter]
    with pytest.raises(BadInput, match="EnochRoot: found a signature that does not hold"):
        signed_by(note, [peter, enoch])
    # The name of one key with the id of another is of neither.
    (by_enoch,) = read_note(f"{TEXT}\n{BY_ENOCH}".encode()).signatures
    assert signed_by(Note(TEXT, [Signature("PeterNeumann", by_enoch.key_id, by_enoch.signed)]), [peter, enoch]) == []


def test_a_cosignature_says_its_time_and_holds_for_that_time_and_text_alone() -> None:
    at, text = 1679315147, Checkpoint("example.com/log", 7, ROOT).text
    assert cosigned_message(text, at) == b"cosignature/v1\ntime 1679315147\n" + text.encode()
    made, key = cosignature(text, "w.example/1", at), vkey_of("w.example/1", COSIGNATURE)
    assert [one.at for one in signed_by(Note(text, [made]), [key])] == [at]
    assert signed_by(Note(text, [made]), [vkey_of("w.example/1")]) == []
    later = Signature(made.name, made.key_id, (at + 1).to_bytes(8, "big") + made.signed[8:])
    cut = [Signature(made.name, made.key_id, made.signed[:n]) for n in (1, 8, 64, 71)]
    far = [cosignature(text, "w.example/1", year) for year in (253402300800, (1 << 63) - 1, (1 << 64) - 1)]
    for other in (later, *cut, *far):
        with pytest.raises(BadInput, match="a signature that does not hold"):
            signed_by(Note(text, [other]), [key])
    with pytest.raises(BadInput, match="a signature that does not hold"):
        signed_by(Note(text.replace("7", "8"), [made]), [key])
    assert signed_by(Note(text, [cosignature(text, "w.example/1", 253402300799)]), [key])


def test_a_key_that_is_no_point_of_the_curve_verifies_nothing() -> None:
    key = Vkey("w", ED25519, bytes([2]) + bytes(31))
    with pytest.raises(BadInput, match="a signature that does not hold"):
        signed_by(Note("a\n", [Signature("w", key.id, bytes(64))]), [key])


MALFORMED = {
    "no signatures": TEXT,
    "a blank line and no signatures": f"{TEXT}\n",
    "no newline at the end": f"{TEXT}\n{BY_PETER}"[:-1],
    "a control character": f"\x01{TEXT}\n{BY_PETER}",
    "a carriage return": f"{TEXT}\r\n\n{BY_PETER}",
    "a tab": f"{TEXT}\t\n\n{BY_PETER}",
    "a name of two words": f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Peter Neumann')}",
    "a name with a plus": f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Peter+Neumann')}",
    "a name with a wide space": f"{TEXT}\n" + BY_PETER.replace("PeterNeumann", "Peter\u3000Neumann"),
    "no name": f"{TEXT}\n{BY_PETER.replace('PeterNeumann ', '')}",
    "another line below": f"{TEXT}\n{BY_PETER}Unexpected line.\n",
    "a hyphen for the dash": f"{TEXT}\n{BY_PETER.replace('—', '-')}",
    "two spaces": f"{TEXT}\n{BY_PETER.replace(' x', '  x')}",
    "base64 without its end": f"{TEXT}\n{BY_PETER.replace('AM=', 'AM')}",
    "base64 of another alphabet": f"{TEXT}\n{BY_PETER.replace('/', '_')}",
    "base64 with bits to spare": f"{TEXT}\n{BY_PETER.replace('AM=', 'AN=')}",
    "a signature of nothing": f"{TEXT}\n— PeterNeumann x08gow==\n",
    "too many signatures": f"{TEXT}\n{BY_PETER * 101}",
    "too long a signature": f"{TEXT}\n— PeterNeumann {b64encode(bytes(12 * 1024 + 3)).decode()}\n",
    "too long a text": f"{'a' * (1 << 20)}\n\n{BY_PETER}",
}


@pytest.mark.parametrize("written", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_exactly_a_note_is_refused(written: str) -> None:
    with pytest.raises(BadInput, match="note: found"):
        read_note(written.encode())


def test_bytes_that_are_no_text_are_refused_and_what_may_be_is_taken() -> None:
    with pytest.raises(BadInput, match="no UTF-8"):
        read_note(b"\xff" + f"{TEXT}\n{BY_PETER}".encode())
    assert len(read_note(f"{TEXT}\n{BY_PETER * 100}".encode()).signatures) == 100
    poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
    line = "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"  # noqa: E501 - the first example of signed-note
    note = read_note(f"{poem}\n{line}".encode())
    assert (note.text, lines_of(note.signatures)) == (poem, line)
    large = b64encode(bytes(4 + 2420)).decode()
    assert len(read_signature(f"— post.quantum {large}").signed) == 2420


CHECKPOINTS = {
    "two lines": "log\n5\n",
    "no origin": f"\n5\n{b64encode(ROOT).decode()}\n",
    "a size that is no number": f"log\nbananas\n{b64encode(ROOT).decode()}\n",
    "a size below nothing": f"log\n-34\n{b64encode(ROOT).decode()}\n",
    "a size with a plus": f"log\n+5\n{b64encode(ROOT).decode()}\n",
    "a size with zeros": f"log\n05\n{b64encode(ROOT).decode()}\n",
    "zero twice": f"log\n00\n{b64encode(ROOT).decode()}\n",
    "a size in other digits": f"log\n٥\n{b64encode(ROOT).decode()}\n",
    "a size with a space": f"log\n5 \n{b64encode(ROOT).decode()}\n",
    "too large a size": f"log\n3438945738945739845734895735\n{b64encode(ROOT).decode()}\n",
    "a size that no column holds": f"log\n9223372036854775808\n{b64encode(ROOT).decode()}\n",
    "no base64": "log\n5\nThisIsn'tBase64\n",
    "too short a root": "log\n5\nYmFuYW5hcw==\n",
    "too long a root": f"log\n5\n{b64encode(ROOT + b'!').decode()}\n",
    "a root with bits to spare": "log\n5\n" + b64encode(bytes(32)).decode()[:-2] + "B=\n",
    "an empty line after": f"log\n5\n{b64encode(ROOT).decode()}\n\n",
    "an empty line between": f"log\n5\n{b64encode(ROOT).decode()}\n\nmore\n",
}


@pytest.mark.parametrize("text", CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_what_is_not_exactly_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="checkpoint: found"):
        read_checkpoint(Note(text, []))


NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=40).filter(
    lambda name: not any(sign.isspace() for sign in name)
)
ORIGINS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40)
LINES = st.lists(ORIGINS, max_size=3)
SIZES = st.integers(0, (1 << 63) - 1)


@settings(deadline=None)
@given(ORIGINS, SIZES, st.binary(min_size=32, max_size=32), LINES)
def test_every_checkpoint_reads_back_as_it_was(origin: str, size: int, root: bytes, more: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(more))
    note = read_note(str(Note(checkpoint.text, [Signature("x", b"1234", b"5")])).encode())
    assert read_checkpoint(note) == checkpoint


@settings(deadline=None)
@given(NAMES, st.sampled_from([ED25519, COSIGNATURE]), st.binary(min_size=32, max_size=32))
def test_every_key_reads_back_as_it_was(name: str, kind: int, public: bytes) -> None:
    assert read_vkey(str(Vkey(name, kind, public))) == Vkey(name, kind, public)


@settings(deadline=None)
@given(NAMES, SIZES, st.integers(0, 253402300799), st.data())
def test_whatever_byte_is_changed_nobody_has_signed_it(name: str, size: int, at: int, data: st.DataObject) -> None:
    text = Checkpoint("log.example/1", size, ROOT).text
    own, witness = vkey_of(name), vkey_of(name, COSIGNATURE)
    note = Note(text, [signature_over(text, own, key_of(name).sign), cosignature(text, name, at)])
    assert len(signed_by(note, [own, witness])) == 2
    written = str(note).encode()
    place = data.draw(st.integers(0, len(written) - 1))
    changed = bytearray(written)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        found = signed_by(read_note(bytes(changed)), [own, witness])
    except BadInput:
        return
    # What still reads has lost the signature in whose line the byte was, and the text is as it was.
    assert len(found) < 2
    assert read_note(bytes(changed)).text == text
