"""Sealing what names a person, and finding it again without opening it."""

import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from goodstanding.errors import BadInput
from goodstanding.registry.keys.keyring import Key, Keyring, Purpose
from goodstanding.wording import tr

NONCE_BYTES = 12
NUMBER_BYTES = 2


def seal(keyring: Keyring, plain: str, context: str) -> bytes:
    """A text under AES-256-GCM: the key's number, a nonce, and what opens only with the same context."""
    key = keyring.in_force("sealing")
    nonce = secrets.token_bytes(NONCE_BYTES)
    return (
        key.number.to_bytes(NUMBER_BYTES, "big") + nonce + _cipher(key).encrypt(nonce, plain.encode(), context.encode())
    )


def unseal(keyring: Keyring, sealed: bytes, context: str) -> str:
    """The text again. Raises BadInput if it was changed, moved to another context, or its key is gone."""
    number, rest = int.from_bytes(sealed[:NUMBER_BYTES], "big"), sealed[NUMBER_BYTES:]
    key = keyring.numbered("sealing", number)
    try:
        return _cipher(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context.encode()).decode()
    except (InvalidTag, ValueError):  # ValueError: too short to have a nonce
        raise BadInput(
            where=context,
            found=tr("a sealed value that does not open"),
            expected=tr("the value as it was sealed"),
            do=tr("It was changed in the database; restore it from a copy."),
        ) from None


def sealed_by(sealed: bytes) -> int:
    """The number of the key that sealed it."""
    return int.from_bytes(sealed[:NUMBER_BYTES], "big")


def keyed_hash(keyring: Keyring, purpose: Purpose, *parts: str) -> bytes:
    """HMAC-SHA-256 of texts under the purpose's key in force; each text is bounded by its length."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.digest(keyring.in_force(purpose).secret, message, "sha256")


@cache
def _cipher(key: Key) -> AESGCM:
    return AESGCM(key.secret)
