"""Keys of witnesses and logs by name, and what they sign, put together by hand."""

from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from goodstanding.registry import Registry, WriteTransaction
from goodstanding.registry.log.origin import checkpoint_now
from goodstanding.registry.log.signed_notes import COSIGNATURE, ED25519, Note, Signature, Signed, Vkey
from goodstanding.registry.witnesses import Witness, add_witness, all_witnesses, store_cosignature

WITNESS = "w.example/1"


def key_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def vkey_of(name: str, kind: int = ED25519) -> Vkey:
    return Vkey(name, kind, key_of(name).public_key().public_bytes_raw())


def cosignature(text: str, name: str, at: int) -> Signature:
    """A witness's signature, as c2sp.org/tlog-cosignature says."""
    key = vkey_of(name, COSIGNATURE)
    signed = key_of(name).sign(b"cosignature/v1\ntime " + str(at).encode() + b"\n" + text.encode())
    return Signature(name, key.id, at.to_bytes(8, "big") + signed)


def witnessed(registry: Registry, name: str = WITNESS, at: datetime | None = None) -> Note:
    """Have a witness of this name cosign the log's head; gives the checkpoint with the cosignature under it."""

    def keep(transaction: WriteTransaction) -> Note:
        witness = _known(transaction, name)
        note = checkpoint_now(transaction.connection, transaction.keyring)
        made = cosignature(note.text, name, int((at or transaction.now).timestamp()))
        store_cosignature(transaction, witness, note, Signed(witness.key, made, int.from_bytes(made.signed[:8], "big")))
        return Note(note.text, [*note.signatures, made])

    registry.do(lambda transaction: _known(transaction, name))
    return registry.do(keep)


def _known(transaction: WriteTransaction, name: str) -> Witness:
    found = next((one for one in all_witnesses(transaction.connection) if one.name == name), None)
    return found or add_witness(transaction, str(vkey_of(name)), "https://w.example/add", by="ann")
