"""One-time codes on paper: the way in for who has no passkey, or lost it."""

import re
import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from goodstanding.registry.authentication.callers import NotAuthenticated
from goodstanding.registry.database.schema import people, printed_codes
from goodstanding.registry.joined import joined
from goodstanding.registry.keys import Keyring, keyed_hash
from goodstanding.registry.transactions import WriteTransaction

CODES = 10
# Crockford's: no letter that reads like a digit. 16 of them are 80 bits: no code is ever guessed.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SIGNS = 16
GROUP = 4
_READ_AS = str.maketrans("OIL", "011")


def print_codes(transaction: WriteTransaction, person: UUID) -> Sequence[str]:
    """A fresh sheet of codes for a person; what was left of an older one no longer opens. Raises NotFound."""
    joined(transaction.connection, person)
    rows = transaction.erase(printed_codes, printed_codes.c.person_id == person)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(SIGNS)) for _ in range(CODES)]
    for code in codes:
        row = {"hash": _hash(transaction.keyring, code), "person_id": person, "printed_at": transaction.now}
        rows.append(transaction.insert(printed_codes, row))
    transaction.add("codes.printed", person, rows)
    return ["-".join(code[start : start + GROUP] for start in range(0, SIGNS, GROUP)) for code in codes]


def use_code(transaction: WriteTransaction, code: str) -> UUID:
    """Whose code it is; it opens no second time. Raises NotAuthenticated."""
    plain = re.sub(r"[\s-]", "", code).upper().translate(_READ_AS)
    if len(plain) != SIGNS or not plain.isascii():
        raise NotAuthenticated
    own = printed_codes.c.hash == _hash(transaction.keyring, plain)
    person = transaction.connection.scalar(
        select(printed_codes.c.person_id)
        .join(people, people.c.id == printed_codes.c.person_id)
        .where(own, printed_codes.c.used_at.is_(None), people.c.state == "open")
    )
    if person is None:
        raise NotAuthenticated
    transaction.add("code.used", person, transaction.update(printed_codes, own, used_at=transaction.now))
    return person


def _hash(keyring: Keyring, code: str) -> bytes:
    return keyed_hash(keyring, "blinding", "printed code", code)
