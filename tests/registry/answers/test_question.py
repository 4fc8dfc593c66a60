"""Questions that make no sense are told so before anything is looked up."""

from string import ascii_letters, digits
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from goodstanding.errors import BadInput
from goodstanding.registry.answers import Ask, check_ask
from goodstanding.registry.people import identifier

SOME = UUID(int=1)
PLAIN = Ask(
    party=SOME,
    programme="sesame",
    scope="admittance",
    context="deposit_waiver",
    purpose="rent_item",
    transaction_id="T1",
    consent=SOME,
    threshold=650,
)
NAMED = identifier("record_id", "person 1")

SENSIBLE: dict[str, dict[str, object]] = {
    "as it comes": {},
    "by identifier": {"consent": None, "identifier": NAMED},
    "a band": {"scope": "band", "threshold": None},
    "a report": {"scope": "report", "threshold": None},
    "the longest id": {"transaction_id": "a" * 64},
    "the lowest threshold": {"threshold": 0},
    "the highest threshold": {"threshold": 32_000},
    "Chinese": {"language": "zh-Hans"},
    "an id of all kinds of signs": {"transaction_id": "_aZ_09_"},
}


@pytest.mark.parametrize("other", SENSIBLE.values(), ids=SENSIBLE)
def test_a_question_that_makes_sense_passes(other: dict[str, object]) -> None:
    check_ask(replace(PLAIN, **other))


SENSELESS: dict[str, tuple[dict[str, object], str]] = {
    "a scope there is not": ({"scope": "everything"}, "scope: found everything; expected one of admittance, band"),
    "admittance to nothing": ({"threshold": None}, "threshold: found None; expected a threshold with admittance"),
    "a threshold for a band": ({"scope": "band"}, "threshold: found 650"),
    "a threshold for a score": ({"scope": "score"}, "threshold: found 650"),
    "a threshold for a report": ({"scope": "report"}, "threshold: found 650"),
    "a threshold below all": ({"threshold": -1}, "threshold: found -1; expected a score"),
    "a threshold above all": ({"threshold": 32_001}, "threshold: found 32001; expected a score"),
    "a language there is not": ({"language": "tlh"}, "language: found 'tlh'; expected one of en, zh-Hans"),
    "a programme without a name": ({"programme": ""}, "programme: found ''; expected 1 to 64 of A-Z a-z 0-9 _"),
    "a programme with an end of text": ({"programme": "sesame\0"}, r"programme: found 'sesame\x00'"),
    "a programme with a line's end": ({"programme": "sesame\n"}, r"programme: found 'sesame\n'"),
    "a programme of half a character": ({"programme": "\ud800"}, r"programme: found '\ud800'"),
    "a context of other letters": ({"context": "été"}, r"context: found '\xe9t\xe9'"),
    "a purpose of half a character": ({"purpose": "\ud800"}, r"purpose: found '\ud800'"),
    "too long a purpose": ({"purpose": "a" * 65}, "purpose: found 'aaa"),
    "nobody": ({"consent": None}, "found both or neither; expected one of the two"),
    "somebody twice": ({"identifier": NAMED}, "found both or neither; expected one of the two"),
    "no id": ({"transaction_id": ""}, "transaction_id: found ''; expected 1 to 64 of A-Z a-z 0-9 _"),
    "too long an id": ({"transaction_id": "a" * 65}, "expected 1 to 64"),
    "an id with a space": ({"transaction_id": "a b"}, "transaction_id: found 'a b'"),
    "an id with a hyphen": ({"transaction_id": "a-b"}, "transaction_id: found 'a-b'"),
    "an id of other letters": ({"transaction_id": "été"}, "transaction_id"),
    "an id of other digits": ({"transaction_id": "１２"}, "transaction_id"),
    "an id with a line's end": ({"transaction_id": "a\n"}, r"transaction_id: found 'a\n'"),
    "an id with an end of text": ({"transaction_id": "a\0"}, "transaction_id"),
}


@pytest.mark.parametrize(("other", "words"), SENSELESS.values(), ids=SENSELESS)
def test_a_question_that_makes_no_sense_is_told_so(other: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_ask(replace(PLAIN, **other))
    assert words in str(refusal.value)
    assert repr(NAMED.value) not in str(refusal.value)


@example("_")
@given(st.text(ascii_letters + digits + "_", min_size=1, max_size=64))
def test_every_id_of_the_signs_that_are_named_passes(transaction_id: str) -> None:
    check_ask(replace(PLAIN, transaction_id=transaction_id))
