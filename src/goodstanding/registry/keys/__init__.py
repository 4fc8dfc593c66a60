"""The registry's keys: sealing what names a person, finding it again, and signing."""

from goodstanding.registry.keys.current_keys import Keep, Keys, KeysNamed
from goodstanding.registry.keys.keyring import (
    Key,
    Keyring,
    Purpose,
    first_keyring,
    fresh_keyring,
    read_keyring,
    write_keyring,
)
from goodstanding.registry.keys.sealing import keyed_hash, seal, sealed_by, unseal
from goodstanding.registry.keys.signing import bare_public_keys, canonical, public_keys, sign, sign_bytes, verified

__all__ = [
    "Keep",
    "Key",
    "Keyring",
    "Keys",
    "KeysNamed",
    "Purpose",
    "bare_public_keys",
    "canonical",
    "first_keyring",
    "fresh_keyring",
    "keyed_hash",
    "public_keys",
    "read_keyring",
    "seal",
    "sealed_by",
    "sign",
    "sign_bytes",
    "unseal",
    "verified",
    "write_keyring",
]
