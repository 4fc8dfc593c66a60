"""A person's own words on their file: they go with every answer that tells more than a band."""

from uuid import UUID

from goodstanding.errors import BadInput
from goodstanding.registry.database.schema import people
from goodstanding.registry.joined import joined
from goodstanding.registry.jurisdictions import law_of
from goodstanding.registry.keys import Keyring
from goodstanding.registry.sealed_columns import open_in, seal_in
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.wording import tr

# Chinese is written without spaces: there a sign counts as a word.
_SIGNS_AS_WORDS = range(0x3400, 0xA000)
LONGEST_WORDS = 4000


def set_words(transaction: WriteTransaction, person: UUID, words: str) -> None:
    """Put words on a person's file, or take them off with an empty text. Raises NotFound, BadInput if too long."""
    check_words("words", words)
    law = law_of(transaction.connection, joined(transaction.connection, person).jurisdiction, transaction.now)
    if (count := _count(words)) > law.statement_words:
        expected = tr("at most {n} words ({law})", n=law.statement_words, law=law.statement_law)
        raise BadInput(where="words", found=tr("{n} words", n=count), expected=expected, do=tr("Shorten it."))
    sealed = seal_in(transaction.keyring, people.c.words, words.strip(), id=person) if words.strip() else None
    transaction.add("person.words", person, transaction.update(people, people.c.id == person, words=sealed))


def opened_words(keyring: Keyring, person: UUID, sealed: bytes | None) -> str | None:
    """A person's own words, None if they left none."""
    return None if sealed is None else open_in(keyring, people.c.words, sealed, id=person)


def check_words(field: str, words: str) -> None:
    """Raise BadInput for words that are too long."""
    if len(words) > LONGEST_WORDS:
        found, expected = tr("{n} characters", n=len(words)), tr("at most {n} characters", n=LONGEST_WORDS)
        raise BadInput(where=field, found=found, expected=expected, do=tr("Shorten it."))


def _count(words: str) -> int:
    signs = sum(ord(sign) in _SIGNS_AS_WORDS for sign in words)
    return signs + len("".join(" " if ord(sign) in _SIGNS_AS_WORDS else sign for sign in words).split())
