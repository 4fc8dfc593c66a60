"""The registry's keys, in a file of their own: never in the database, so that a stolen database names nobody.

Four purposes, each with its keys in order of age, the last one in force: `sealing` (AES-256-GCM, what names a person),
`lookup` (HMAC-SHA-256, finding what is sealed), `blinding` (HMAC-SHA-256, leaves of score trees), `signing` (Ed25519).
"""

import os
import re
import secrets
import stat
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import msgspec
from msgspec import Struct

from goodstanding.errors import BadInput, NotReady
from goodstanding.registry.keys.lock import locked
from goodstanding.wording import tr

Purpose: TypeAlias = Literal["sealing", "lookup", "blinding", "signing"]
KEY_BYTES = 32
FILE_NAME = "keyring.json"
# How long the first keyring of a folder is waited for while another process makes it.
FIRST_SECONDS = 10.0
# `new` is what the versions before this one called it.
_STAGED = re.compile(r"\.keyring\.json\.([0-9a-f]{16}|new)")


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """A key: its number among those of its purpose, and its 32 bytes (of Ed25519 the private seed)."""

    number: int
    secret: bytes

    def __repr__(self) -> str:
        # A key must not get into a log by way of a traceback.
        return f"Key({self.number})"


class Keyring(Struct, frozen=True, forbid_unknown_fields=True):
    """All keys by purpose, the oldest first."""

    keys: Mapping[Purpose, Sequence[Key]]

    def in_force(self, purpose: Purpose) -> Key:
        """The purpose's newest key."""
        return self.keys[purpose][-1]

    def numbered(self, purpose: Purpose, number: int) -> Key:
        """The purpose's key of a number. Raises BadInput if the keyring has none: what it did is out of reach."""
        for key in self.keys[purpose]:
            if key.number == number:
                return key
        raise BadInput(
            where=tr("keyring"),
            found=tr("no {purpose} key {number}", purpose=purpose, number=number),
            expected=tr("the key that was in force then"),
            do=tr("Restore the keyring from a copy."),
        )

    def has(self, numbers: Iterable[tuple[Purpose, int]]) -> bool:
        """Whether it has the key of each of these numbers."""
        return all(any(key.number == number for key in self.keys[purpose]) for purpose, number in numbers)

    def in_force_as(self, numbers: Iterable[tuple[Purpose, int]]) -> "Keyring":
        """The keyring with the keys of these numbers in force, without newer ones. Raises BadInput if it lacks one."""
        keys = dict(self.keys)
        for purpose, number in numbers:
            last = self.numbered(purpose, number)
            keys[purpose] = [key for key in self.keys[purpose] if key.number < number] + [last]
        return Keyring(keys)

    def with_new(self, purpose: Purpose) -> "Keyring":
        """The keyring with a fresh key of a purpose in force."""
        fresh = Key(self.in_force(purpose).number + 1, secrets.token_bytes(KEY_BYTES))
        return Keyring({**self.keys, purpose: [*self.keys[purpose], fresh]})

    def without_old(self, purpose: Purpose) -> "Keyring":
        """The keyring with the key in force alone, when nothing needs the older ones any more."""
        return Keyring({**self.keys, purpose: [self.in_force(purpose)]})


def fresh_keyring() -> Keyring:
    """One fresh key for each purpose."""
    return Keyring({purpose: [Key(1, secrets.token_bytes(KEY_BYTES))] for purpose in get_args(Purpose)})


def read_keyring(folder: Path) -> Keyring:
    """The keyring in a folder. Raises NotReady if there is none, BadInput if it does not read or others may read it."""
    file = folder / FILE_NAME
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise BadInput(
                where=str(file),
                found=f"{mode:o}",
                expected=tr("a file that its owner alone can read"),
                do=f"chmod 600 {file}",
            )
        found = msgspec.json.decode(file.read_bytes(), type=Keyring)
    except FileNotFoundError:
        raise NotReady(
            where=str(file),
            found=tr("nothing there"),
            expected=tr("a keyring"),
            do=tr("Run `{verb}` first.", verb="standing registry create"),
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(
            where=str(file), found=str(error), expected=tr("a keyring"), do=tr("Restore the keyring from a copy.")
        ) from error
    if (wrong := _wrong(found)) is not None:
        expected = tr("keys of {n} bytes for each purpose, each number once", n=KEY_BYTES)
        raise BadInput(where=str(file), found=wrong, expected=expected, do=tr("Restore the keyring from a copy."))
    return found


def _wrong(keyring: Keyring) -> str | None:
    """The first purpose whose keys could not do their work."""
    for purpose in get_args(Purpose):
        keys = keyring.keys.get(purpose, ())
        numbers = {key.number for key in keys}
        if not keys or len(numbers) < len(keys) or any(len(key.secret) != KEY_BYTES for key in keys):
            return str(purpose)
    return None


def write_keyring(folder: Path, keyring: Keyring) -> None:
    """Put a keyring in place of the one before. Raises Busy if somebody else is writing it."""
    with keyring_locked(folder) as replace:
        replace(keyring)


def first_keyring(folder: Path) -> Keyring:
    """The keyring in a folder, a fresh one if there is none: of several who ask at once, all get the same.

    Raises BadInput for one that does not read or others may read, and what `keyring_held` raises.
    """
    if not (folder / FILE_NAME).exists():
        with keyring_locked(folder, FIRST_SECONDS) as replace:
            if not (folder / FILE_NAME).exists():
                replace(fresh_keyring())
    return read_keyring(folder)


@contextmanager
def keyring_locked(folder: Path, seconds: float = 0.0) -> Generator[Callable[[Keyring], None]]:
    """Hold the lock over a keyring; gives what puts another in its place.

    Raises Busy if somebody else still holds it after so many seconds, BadInput or NotReady where there can be no lock.
    """
    with locked(folder, seconds):
        for left in folder.iterdir():
            # Whoever wrote it was killed: it holds keys that never came to anything.
            if _STAGED.fullmatch(left.name):
                left.unlink()
        yield lambda keyring: _replace(folder, keyring)


def _replace(folder: Path, keyring: Keyring) -> None:
    """Write the keyring for its owner alone; the one before stays whole until this one is on disk."""
    staged = folder / f".{FILE_NAME}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(keyring), indent=1) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    staged.replace(folder / FILE_NAME)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
