"""Signed heads: how long the log is and what its root is, under the registry's key."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.errors import NotReady
from goodstanding.registry.clock import written
from goodstanding.registry.keys import Keyring, Purpose, sign, verified
from goodstanding.registry.log.tree import Frontier
from goodstanding.wording import tr

KIND = "standing-log-head+jws"
# Which of these keys are in force is signed with the head: who has older ones must not write.
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
    value = {"size": frontier.size, "root": frontier.root.hex(), "at": written(at), "keys": _numbers(keyring)}
    return sign(keyring, KIND, value)


def read_head(keyring: Keyring, signed: str) -> Head:
    """A head whose signature holds. Raises BadInput for any other."""
    value = verified(keyring, KIND, signed)
    return Head(value["size"], bytes.fromhex(value["root"]), value["at"], tuple(value["keys"]))


def check_keys(keyring: Keyring, head: Head) -> None:
    """Raise NotReady if newer keys than these were in force when the head was signed."""
    own = _numbers(keyring)
    if any(then > now for then, now in zip(head.keys, own, strict=True)):
        raise NotReady(
            tr("keyring"),
            tr("keys that were rotated since"),
            tr("the keys in force"),
            tr("Open the registry again, with the keyring in force."),
        )


def _numbers(keyring: Keyring) -> list[int]:
    return [keyring.in_force(purpose).number for purpose in NUMBERED]
