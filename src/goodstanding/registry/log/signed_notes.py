"""Signed notes: a text and the signatures under it, in the format of C2SP signed-note (c2sp.org/signed-note@v1.0.0).

Two kinds of signatures are known: of Ed25519 over the text (0x01), and of a witness that adds when it saw it, of
c2sp.org/tlog-cosignature (0x04). Signatures of keys that are not known are left alone, whatever they say; one of a key
that is known and does not hold spoils the note. Pure functions.
"""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from goodstanding.errors import BadInput
from goodstanding.wording import tr

ED25519, COSIGNATURE = 0x01, 0x04
MOST_SIGNATURES = 100
LONGEST_SIGNATURE = 16 * 1024
LONGEST_NOTE = 1 << 20
LONGEST_NAME = 255

_DASH = "— "
_ID_BYTES, _KEY_BYTES, _TIME_BYTES = 4, 32, 8
_FIRST_PRINTED = " "
_LATEST = 253402300799  # the last second of the year 9999, beyond which no calendar of ours goes


@dataclass(frozen=True)
class Vkey:
    """A public key with the name and the kind of signature that it is for."""

    name: str
    kind: int
    public: bytes

    @cached_property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    @property
    def cosigning(self) -> "Vkey":
        """The same key for cosignatures: some witnesses publish it as one for texts."""
        return Vkey(self.name, COSIGNATURE, self.public)


@dataclass(frozen=True)
class Signature:
    """A line under a note: whose, by which of their keys, and the signature itself."""

    name: str
    key_id: bytes
    signed: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signed).decode()}"


@dataclass(frozen=True)
class Note:
    """A text that ends in a newline, and the signatures under it."""

    text: str
    signatures: Sequence[Signature]

    def __str__(self) -> str:
        return f"{self.text}\n{lines_of(self.signatures)}"


@dataclass(frozen=True)
class Signed:
    """A signature that holds, its key, and of a cosignature when it was made (POSIX seconds)."""

    key: Vkey
    signature: Signature
    at: int | None

    @property
    def time(self) -> datetime:
        """When it was made; the beginning of 1970 of what does not say."""
        return datetime.fromtimestamp(self.at or 0, UTC)


def lines_of(signatures: Iterable[Signature]) -> str:
    """Signatures as they stand under a note."""
    return "".join(f"{one}\n" for one in signatures)


def read_vkey(written: str) -> Vkey:
    """A key from `name+id+base64(kind || key)`. Raises BadInput for one that does not read or is of an unknown kind."""
    name, _, rest = written.partition("+")
    key_id, _, packed = rest.partition("+")
    raw = unpacked(packed)
    if raw is not None and is_name(name) and len(raw) == 1 + _KEY_BYTES and raw[0] in (ED25519, COSIGNATURE):
        found = Vkey(name, raw[0], raw[1:])
        if found.id.hex() == key_id:
            return found
    expected = tr("a key as NAME+ID+KEY, of Ed25519 (signed-note)")
    raise BadInput(
        where=tr("key"),
        found=ascii(written[:LONGEST_NAME]),
        expected=expected,
        do=tr("Copy it whole from whose it is."),
    )


def is_name(name: str) -> bool:
    """Whether a key may be called so: something, without spaces, pluses or control characters."""
    plain = all(sign > _FIRST_PRINTED and not sign.isspace() and sign != "+" for sign in name)
    return plain and 0 < len(name) <= LONGEST_NAME


def read_note(data: bytes) -> Note:
    """A note from its bytes; nothing is believed of it yet. Raises BadInput unless it is exactly of the format."""
    if len(data) > LONGEST_NOTE:
        raise _malformed(tr("{n} bytes", n=len(data)), tr("at most {most} bytes", most=LONGEST_NOTE))
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise _malformed(tr("bytes that are no UTF-8"), "UTF-8") from error
    if any(sign < _FIRST_PRINTED and sign != "\n" for sign in whole):
        raise _malformed(tr("a control character"), tr("none but newlines"))
    text, between, below = whole.rpartition("\n\n")
    if not between or not below.endswith("\n"):
        raise _malformed(tr("no signatures under a blank line"), tr("a text, a blank line, and lines of signatures"))
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise _malformed(tr("{n} signatures", n=len(lines)), tr("at most {most}", most=MOST_SIGNATURES))
    return Note(f"{text}\n", [read_signature(line) for line in lines])


def read_signature(line: str) -> Signature:
    """A line under a note, without its newline. Raises BadInput unless it is exactly of the format."""
    dash, _, rest = line.partition(" ")
    name, _, packed = rest.partition(" ")
    raw = unpacked(packed) if len(packed) <= LONGEST_SIGNATURE else None
    if f"{dash} " != _DASH or not is_name(name) or raw is None or len(raw) <= _ID_BYTES:
        raise _malformed(ascii(line[:LONGEST_NAME]), tr("a line of a dash, a name and a signature in base64"))
    return Signature(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


def signed_by(note: Note, keys: Iterable[Vkey]) -> list[Signed]:
    """The note's signatures that are of these keys, each once. Raises BadInput if one of them does not hold."""
    known = {(key.name, key.id): key for key in keys}
    found: dict[tuple[Vkey, Signature], Signed] = {}
    for one in note.signatures:
        key = known.get((one.name, one.key_id))
        if key is not None:
            found[key, one] = Signed(key, one, _checked(note.text, key, one))
    return list(found.values())


def signature_over(text: str, key: Vkey, sign: Callable[[bytes], bytes]) -> Signature:
    """A key's signature over a text (0x01); `sign` makes the bare one of Ed25519."""
    return Signature(key.name, key.id, sign(text.encode()))


def cosigned_message(text: str, at: int) -> bytes:
    """What a witness signs: when (POSIX seconds), and the text of what it saw."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _checked(text: str, key: Vkey, one: Signature) -> int | None:
    """When a signature was made, if it says so. Raises BadInput if it does not hold."""
    at, message, bare = None, text.encode(), one.signed
    if key.kind == COSIGNATURE:
        at, bare = int.from_bytes(bare[:_TIME_BYTES], "big"), bare[_TIME_BYTES:]
        message = cosigned_message(text, at)
    if (at is not None and at > _LATEST) or not _holds(key, bare, message):
        found, expected = tr("a signature that does not hold"), tr("what was signed")
        raise BadInput(where=key.name, found=found, expected=expected, do=tr("Get it again from whose it is."))
    return at


def _holds(key: Vkey, bare: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(bare, message)
    except InvalidSignature:  # also for bytes that are no point of the curve
        return False
    return True


def unpacked(packed: str) -> bytes | None:
    """Bytes from base64 in its one exact form; None for anything else."""
    try:
        raw = b64decode(packed.encode("ascii"), validate=True)
    except (Error, ValueError):
        return None
    return raw if b64encode(raw).decode() == packed else None


def _malformed(found: str, expected: str) -> BadInput:
    return BadInput(where=tr("note"), found=found, expected=expected, do=tr("Get it again from whose it is."))
