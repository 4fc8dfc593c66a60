"""A person's own words go with what tells more than a band."""

from uuid import uuid4

import pytest
from tests.registry.office import Office

from goodstanding.errors import BadInput, NotFound
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.rights import set_words
from goodstanding.registry.verification import verify_registry


def test_words_go_with_every_answer_that_tells_more_than_a_band(office: Office) -> None:
    person = office.person()
    office.publish({person: 640})
    consent = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person))).id
    office.registry.do(lambda transaction: set_words(transaction, person, "  I was ill in May. "))
    told = {
        scope: office.ask(
            office.question(consent=consent, scope=scope, threshold=650 if scope == "admittance" else None)
        ).disclosed
        for scope in ("admittance", "band", "score", "dimensions", "report")
    }
    assert {scope: answer.get("words") for scope, answer in told.items()} == {
        "admittance": None,
        "band": None,
        **dict.fromkeys(("score", "dimensions", "report"), "I was ill in May."),
    }
    office.registry.do(lambda transaction: set_words(transaction, person, ""))
    assert "words" not in office.ask(office.question(consent=consent, scope="score", threshold=None)).disclosed
    assert verify_registry(office.registry).findings == []


@pytest.mark.parametrize(
    "words", ["word " * 100, "字" * 100, "a字" * 50, ""], ids=["English", "Chinese", "mixed", "none"]
)
def test_a_hundred_words_are_taken(office: Office, words: str) -> None:
    person = office.person()
    office.registry.do(lambda transaction: set_words(transaction, person, words))


@pytest.mark.parametrize("words", ["word " * 101, "字" * 101, "a字" * 50 + "a"], ids=["English", "Chinese", "mixed"])
def test_one_more_is_not_and_the_law_is_named(office: Office, words: str) -> None:
    person = office.person()
    with pytest.raises(BadInput, match=r"101 words; expected at most 100 words .*Credit Reporting Industry"):
        office.registry.do(lambda transaction: set_words(transaction, person, words))


def test_who_has_not_joined_leaves_no_words(office: Office) -> None:
    with pytest.raises(NotFound):
        office.registry.do(lambda transaction: set_words(transaction, uuid4(), "hello"))
