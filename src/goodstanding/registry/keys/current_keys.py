"""The keys of a registry as long as it is open: read again from their folder when the log names newer ones."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from goodstanding.errors import StandingError
from goodstanding.registry.keys.keyring import FILE_NAME, Keyring, Purpose, keyring_locked, read_keyring
from goodstanding.registry.keys.signing import key_ids

Keep: TypeAlias = Callable[[Keyring], None]
"""Puts a keyring in place of the one before, on disk and in here."""


@dataclass(frozen=True)
class KeysNamed:
    """What a head of the log says of keys: the numbers of those in force, and the id of the one that signed it."""

    numbers: tuple[tuple[Purpose, int], ...]
    signer: str


class Keys:
    """The keyring that was read last, and of it what is in force as the log says.

    Which keys are in force is the log's to say, for every transaction anew, and not the file's: a rotation puts the new
    key into the file first, into force by a line of the log, and takes the old one out of the file last. So whoever
    reads the file and then the log always has what the log names, or finds that it has to read the file again.
    """

    def __init__(self, ring: Keyring, folder: Path | None = None) -> None:
        """Keys without a folder are kept in here alone."""
        self.folder = folder
        self._reading = Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._take(ring)

    @classmethod
    def of_folder(cls, folder: Path) -> "Keys":
        """The keys in a folder. Raises what `read_keyring` raises."""
        # The stamp is older than what is read: a change between shows as one the next time.
        stamp = _stamp(folder)
        keys = cls(read_keyring(folder), folder)
        keys._stamp = stamp
        return keys

    @property
    def keyring(self) -> Keyring:
        """The keys in force when somebody last asked what the log names: for signing, and for reading what is signed.

        What is sealed or looked up in a transaction goes by that transaction's own.
        """
        return self._last[1]

    def known(self, named: KeysNamed | None) -> Keyring | None:
        """The keys in force as the log names them; None if the keyring that was read last does not have them."""
        before, found = self._last
        if named is None or named == before:
            return found
        ring = self._ring
        if named.signer not in key_ids(ring) or not ring.has(named.numbers):
            return None
        found = ring.in_force_as(named.numbers)
        self._last = named, found
        return found

    def named(self, named: KeysNamed | None) -> Keyring:
        """The keys in force as the log names them, read again if need be. Raises BadInput if they are not there.

        To be asked under the registry's lock, as no old key is let go meanwhile.
        """
        found = self.known(named)
        if found is None and self.read_again():
            found = self.known(named)
        # Of an unknown signer nothing is believed, but that is for who reads the signature to say.
        return found or self._ring.in_force_as(named.numbers if named else ())

    def read_again(self) -> bool:
        """Read the keyring again if the file is another than was read; gives whether there are other keys now.

        A file that cannot be read changes nothing: whoever asks then does without, or says which key is missing.
        """
        try:
            return self._read()
        except StandingError:
            return False

    def _read(self) -> bool:
        with self._reading:
            if self.folder is None or (stamp := _stamp(self.folder)) == self._stamp:
                return False
            ring = read_keyring(self.folder)
            self._stamp, changed = stamp, ring != self._ring
            if changed:
                self._take(ring)
            return changed

    @contextmanager
    def exclusive(self) -> Generator[tuple[Keyring, Keep]]:
        """Be the only one to write the keyring; gives it as it is now, with all that is in the file.

        Raises Busy if somebody else writes it, and what `read_keyring` raises.
        """
        if self.folder is None:
            yield self._ring, self._take
            return
        with keyring_locked(self.folder) as replace:
            self._read()

            def keep(ring: Keyring) -> None:
                replace(ring)
                self._read()

            yield self._ring, keep

    def _take(self, ring: Keyring) -> None:
        self._ring = ring
        self._last: tuple[KeysNamed | None, Keyring] = (None, ring)


def _stamp(folder: Path) -> tuple[int, int, int] | None:
    """What is another for every keyring that was put in place of one before."""
    try:
        found = (folder / FILE_NAME).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
