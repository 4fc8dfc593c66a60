"""The order of the decisions: of all that is against a question, the caller is told what comes first."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.registry.office import START

from goodstanding.registry.answers import REFUSALS, Ask
from goodstanding.registry.answers.decision import Allowed, Denied, Repeated, decide
from goodstanding.registry.answers.facts import ConsentOnFile, Earlier, Facts
from goodstanding.registry.consent import Consent, ConsentTerms, Frequency, Period

PERSON, PARTY, CONSENT = UUID(int=1), UUID(int=2), UUID(int=3)
STATES = ["PENDING", "REJECTED", "PAUSED", "REVOKED", "EXPIRED"]
# All that can be against a question, in the order in which it is told.
ORDER = [
    "party_suspended",
    "no_consent",
    *[f"consent_{state.lower()}" for state in STATES],
    "consent_not_started",
    "purpose_not_covered",
    "scope_not_covered",
    "threshold_not_covered",
    "frozen",
    "programme_not_in_force",
    "transaction_reused",
    "transaction_expired",
    "probing",
    "frequency_used_up",
]
WRONG = st.sets(st.sampled_from(ORDER))
ASK = Ask(
    party=PARTY,
    programme="sesame",
    scope="admittance",
    context="deposit_waiver",
    purpose="rent_item",
    transaction_id="T1",
    consent=CONSENT,
    threshold=650,
)


def facts(wrong: set[str]) -> Facts:
    """Facts in which exactly this is against the question; of several states the first is taken."""
    states = [state for state in STATES if f"consent_{state.lower()}" in wrong]
    terms = ConsentTerms(
        person=PERSON,
        party=PARTY,
        programme="sesame",
        scopes=["band"] if "scope_not_covered" in wrong else ["admittance"],
        context="deposit_waiver",
        purpose="book_room" if "purpose_not_covered" in wrong else "rent_item",
        starts_at=START + timedelta(seconds="consent_not_started" in wrong),
        expires_at=START + timedelta(days=1),
        frequency=Frequency("DAY", 3),
        data_life=Period("DAY", 1),
        threshold=600 if "threshold_not_covered" in wrong else 650,
    )
    consent = Consent(CONSENT, states[0] if states else "ACTIVE", terms, "artefact", START, START)
    held = ConsentOnFile(
        consent,
        open="no_consent" not in wrong,
        frozen="frozen" in wrong,
        jurisdiction="cn",
        contested=False,
        held=False,
        words=None,
    )
    earlier: dict[tuple[UUID, str], Earlier] = {}
    if wrong & {"transaction_reused", "transaction_expired"}:
        asked = "another" if "transaction_reused" in wrong else ASK.digest(PERSON)
        age = timedelta(hours=24 if "transaction_expired" in wrong else 0)
        earlier[PARTY, "T1"] = Earlier(1, asked, START - age, "{}")
    return Facts(
        now=START,
        parties={PARTY: "suspended" if "party_suspended" in wrong else "active"},
        programmes=frozenset() if "programme_not_in_force" in wrong else frozenset({"sesame"}),
        hashes={},
        by_consent={CONSENT: held},
        by_identifier={},
        earlier=earlier,
        scores={},
        answered={CONSENT: 3 if "frequency_used_up" in wrong else 2},
        thresholds={(PERSON, PARTY): {600, 610} if "probing" in wrong else {600, 650}},
    )


def test_the_order_names_every_refusal_there_is() -> None:
    assert set(ORDER) == set(REFUSALS)


def test_a_question_with_nothing_against_it_is_allowed() -> None:
    assert isinstance(decide(ASK, facts(set())), Allowed)


@given(WRONG)
def test_what_comes_first_is_what_is_told(wrong: set[str]) -> None:
    found = decide(ASK, facts(wrong))
    if not wrong:
        assert isinstance(found, Allowed)
        return
    assert isinstance(found, Denied)
    assert found.code == next(code for code in ORDER if code in wrong)
    assert (found.on_file is None) == ("no_consent" in wrong)


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_each_comes_before_all_that_follow(first: int) -> None:
    for code in ORDER[first:]:
        found = decide(ASK, facts({ORDER[first], code}))
        assert isinstance(found, Denied)
        assert found.code == ORDER[first]


@pytest.mark.parametrize("code", ["probing", "frequency_used_up"])
def test_what_was_answered_already_is_repeated_though_no_new_answer_would_be_given(code: str) -> None:
    known = facts({code})
    known.earlier[PARTY, "T1"] = Earlier(1, ASK.digest(PERSON), START, "{}")
    assert isinstance(decide(ASK, known), Repeated)


def test_who_is_not_known_as_a_party_is_not_answered() -> None:
    known = facts(set())
    known.parties = {}
    found = decide(ASK, known)
    assert isinstance(found, Denied)
    assert found.code == "party_suspended"


def test_a_question_that_names_nobody_is_not_answered() -> None:
    nobody = replace(ASK, consent=None)
    assert decide(nobody, facts(set())) == Denied("no_consent")
