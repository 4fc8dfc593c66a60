"""Each score's leaf is behind a secret of its own: whoever sees the hash cannot try out what it is of."""

from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.registry.office import Office

from goodstanding.registry.database.schema import scores
from goodstanding.registry.keys import canonical, fresh_keyring
from goodstanding.registry.scores.score_leaves import blinding, score_leaf

SCORE: dict[str, Any] = {
    "programme": "sesame",
    "person_id": uuid4(),
    "as_of": "2026-05",
    "publication": 1,
    "place": 0,
    "score": 700,
    "low": 680,
    "high": 720,
    "band": "excellent",
    "not_scored": None,
    "dimensions": {"behaviour": 12},
    "reasons": [["dues_kept_12m", 0.75]],
}
OTHERWISE: dict[str, Any] = {
    "programme": "other",
    "person_id": uuid4(),
    "as_of": "2026-06",
    "score": 701,
    "low": None,
    "high": 721,
    "band": "good",
    "not_scored": "file_too_short",
    "dimensions": {"behaviour": 13},
    "reasons": [["dues_kept_12m", 0.76]],
}


@pytest.mark.parametrize("column", OTHERWISE)
def test_a_leaf_is_of_everything_that_a_score_says(column: str) -> None:
    secret = "0" * 64
    assert score_leaf(secret, 1, SCORE | {column: OTHERWISE[column]}) != score_leaf(secret, 1, SCORE)


def test_a_leaf_is_of_its_publication_and_not_of_its_place() -> None:
    assert score_leaf("0" * 64, 2, SCORE) != score_leaf("0" * 64, 1, SCORE)
    assert score_leaf("0" * 64, 1, SCORE | {"place": 7}) == score_leaf("0" * 64, 1, SCORE)


def test_a_secret_is_of_one_person_in_one_publication_under_one_key() -> None:
    ring, ann, bob = fresh_keyring(), uuid4(), uuid4()
    secrets = [
        blinding(ring, 1, ann),
        blinding(ring, 1, bob),
        blinding(ring, 2, ann),
        blinding(fresh_keyring(), 1, ann),
    ]
    assert len(set(secrets)) == 4
    assert [len(bytes.fromhex(secret)) for secret in secrets] == [32] * 4
    assert blinding(ring, 1, ann) == secrets[0]


def test_people_with_the_same_score_have_leaves_that_differ(office: Office) -> None:
    people = [office.person() for _ in range(20)]
    office.publish(dict.fromkeys(people, 700))
    with office.registry.engine.connect() as connection:
        leaves = connection.scalars(select(scores.c.leaf)).all()
    assert len(set(leaves)) == 20


def test_a_leaf_cannot_be_found_by_trying_every_score(office: Office) -> None:
    person = office.person()
    office.publish({person: 700})
    with office.registry.engine.connect() as connection:
        row = dict(connection.execute(select(scores)).mappings().one())
    leaf = row["leaf"]
    assert score_leaf(blinding(office.registry.keyring, row["publication"], person), row["publication"], row) == leaf
    # All that a thief of the database knows is tried: everything but the secret.
    whose = [str(person), "sesame", row["as_of"], row["publication"]]
    said = [row[name] for name in ("score", "low", "high", "band", "not_scored", "dimensions", "reasons")]
    tried = {score_leaf(secret, row["publication"], row) for secret in ("", "0" * 64, str(person), leaf.hex())}
    tried |= {sha256(b"\x00" + canonical(value)).digest() for value in ([*whose, *said], said, [None, *whose, *said])}
    tried.add(score_leaf(blinding(fresh_keyring(), row["publication"], person), row["publication"], row))
    assert leaf not in tried
