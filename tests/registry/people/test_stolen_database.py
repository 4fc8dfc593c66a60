"""A stolen database names nobody: no identifier and no word of anybody's is in it, however it is written."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import md5, sha1, sha256, sha512

import pytest
from sqlalchemy import func, select, text
from tests.registry.office import Office
from tests.registry.people.lived import KNOWN_BY, Lived, Stolen

from goodstanding.registry.key_rotation import rehash, reseal, sealed_columns
from goodstanding.registry.rights import leave

PLANTED = "+8613812345678"
TYPED = [value for several in KNOWN_BY for value in several.values()]


def written(raw: bytes) -> Iterator[bytes]:
    """Bytes as they may stand in a file: as they are, in hex, in base64 from any place on."""
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            # What the neighbours have a part in is cut off.
            yield encode(b"\0" * before + raw)[(0, 2, 3)[before] : (before + len(raw)) // 3 * 4]


def forms(secret: str) -> Iterator[bytes]:
    """A text as it may be found: itself, its digits, its digests without a key."""
    texts = {secret, secret.upper(), secret.lower(), json.dumps(secret)[1:-1]}
    digits = re.sub(r"\D", "", secret)
    texts |= {digits, digits[-9:]} if len(digits) >= 9 else set()
    for form in texts:
        yield from written(form.encode())
        yield from written(form.encode("utf-16-le"))
        for digest in (md5, sha1, sha256, sha512):
            yield from written(digest(form.encode()).digest())


def readable(taken: bytes, secrets: Iterable[str]) -> list[str]:
    return [secret for secret in secrets if any(form in taken for form in forms(secret))]


def test_a_stolen_database_names_nobody(lived: Lived, stolen: Stolen) -> None:
    assert readable(stolen(), [*lived.secrets, *TYPED]) == []


def test_a_database_stolen_after_people_left_names_nobody(office: Office, lived: Lived, stolen: Stolen) -> None:
    for person in dict.fromkeys(lived.people.values()):
        office.registry.do(lambda transaction, who=person: leave(transaction, who))
    assert readable(stolen(), [*lived.secrets, *TYPED]) == []


def test_a_database_stolen_after_the_keys_were_rotated_names_nobody(
    office: Office, lived: Lived, stolen: Stolen
) -> None:
    reseal(office.registry)
    rehash(office.registry)
    assert readable(stolen(), [*lived.secrets, *TYPED]) == []


def test_no_key_is_in_the_database(office: Office, lived: Lived, stolen: Stolen) -> None:
    secrets = [key.secret for keys in office.registry.keyring.keys.values() for key in keys]
    assert len(secrets) == 4
    assert lived.people
    taken = stolen()
    assert [secret for secret in secrets if any(form in taken for form in written(secret))] == []


def test_everything_that_can_be_sealed_was_there_to_be_stolen(office: Office, lived: Lived) -> None:
    assert lived.people
    with office.registry.engine.connect() as connection:
        counts = {str(column): connection.scalar(select(func.count(column))) for column in sealed_columns()}
    assert [column for column, count in counts.items() if not count] == []


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda secret: f"tel:{secret[1:]};",
        lambda secret: json.dumps({"phone": secret}),
        lambda secret: secret.encode().hex(),
        lambda secret: b64encode(f"x{secret}".encode()).decode(),
        lambda secret: sha256(secret.encode()).hexdigest(),
        lambda secret: sha512(secret.encode()).hexdigest().upper(),
        lambda secret: urlsafe_b64encode(b"??" + sha256(secret.encode()).digest()).decode(),
    ],
    ids=["plain", "digits", "json", "hex", "base64", "sha256", "sha512", "sha256 in base64"],
)
def test_a_number_that_is_there_would_be_found(office: Office, stolen: Stolen, form: Callable[[str], str]) -> None:
    assert readable(stolen(), [PLANTED]) == []
    with office.registry.engine.begin() as connection:
        connection.execute(text("CREATE TABLE planted (value TEXT)"))
        connection.execute(text("INSERT INTO planted VALUES (:value)"), {"value": form(PLANTED)})
    assert readable(stolen(), [PLANTED]) == [PLANTED]
