"""Signed heads: how long the log is and what its root is, under the registry's key."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Struct

from goodstanding.registry.clock import instant_text
from goodstanding.registry.keys import Keyring, KeysNamed, Purpose, sign, verified
from goodstanding.registry.log.merkle_tree import Frontier

KIND = "standing-log-head+jws"
# Which of these keys are in force is signed with the head: every transaction goes by what its own head names.
NUMBERED: tuple[Purpose, ...] = ("sealing", "lookup")


@dataclass(frozen=True)
class Head:
    """A head of the log: the number of its lines, its root, when it was signed, and the keys that were in force."""

    size: int
    root: bytes
    at: str
    keys: tuple[int, ...]


def signed_head(keyring: Keyring, frontier: Frontier, at: datetime) -> str:
    """A head as compact JWS."""
    value = {"size": frontier.size, "root": frontier.root.hex(), "at": instant_text(at), "keys": _numbers(keyring)}
    return sign(keyring, KIND, value)


def read_head(keyring: Keyring, signed: str) -> Head:
    """A head whose signature holds. Raises BadInput for any other."""
    value = verified(keyring, KIND, signed)
    return Head(value["size"], bytes.fromhex(value["root"]), value["at"], tuple(value["keys"]))


def keys_named(signed: str | None) -> KeysNamed | None:
    """Which keys a head names, to know with which to read it: nothing else of it is believed before it is verified.

    None for no head, and for one that cannot be read.
    """
    try:
        header, payload, _ = (signed or "").split(".")
        value = msgspec.json.decode(_bytes_of(payload), type=_Numbers)
        return KeysNamed(
            tuple(zip(NUMBERED, value.keys, strict=True)), msgspec.json.decode(_bytes_of(header), type=_Kid).kid
        )
    except (ValueError, msgspec.DecodeError):
        return None


class _Numbers(Struct):
    keys: tuple[int, ...]


class _Kid(Struct):
    kid: str


def _bytes_of(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _numbers(keyring: Keyring) -> list[int]:
    return [keyring.in_force(purpose).number for purpose in NUMBERED]
