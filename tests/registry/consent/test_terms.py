"""Terms that nobody could agree to are refused, whether the party asks or the person gives."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import func, select
from tests.registry.office import FIRM, START, Office, replace_struct

from goodstanding.errors import AgainstTheLaw, BadInput, Conflict, NotFound, StandingError
from goodstanding.law import load_contexts
from goodstanding.registry import WriteTransaction
from goodstanding.registry.consent import Consent, ConsentTerms, ask_consent, grant_consent
from goodstanding.registry.database.schema import consents, log
from goodstanding.registry.parties import admit, set_party_state
from goodstanding.registry.rights import leave

Begin = Callable[[WriteTransaction, ConsentTerms], Consent]
BEGINNINGS = {"asked": ask_consent, "given": grant_consent}
DAY = timedelta(days=1)
EAST = timezone(timedelta(hours=8))
NAIVE = START.replace(tzinfo=None)

# What is wrong, the error, and the words by which it is told.
INVALID: dict[str, tuple[dict[str, object], type[StandingError], str]] = {
    "no purpose": ({"purpose": ""}, AgainstTheLaw, "found deposit_waiver, ; expected one of rent_item, book_room"),
    "a purpose there is not": ({"purpose": "hire"}, AgainstTheLaw, "found deposit_waiver, hire; expected"),
    "a purpose of another context": ({"purpose": "let_home"}, AgainstTheLaw, "found deposit_waiver, let_home"),
    "a context there is not": ({"context": "courtship"}, AgainstTheLaw, "found courtship; expected one of deposit"),
    "no context": ({"context": ""}, AgainstTheLaw, "found ; expected one of deposit_waiver"),
    "a context of others": ({"context": "tenancy", "purpose": "let_home"}, BadInput, "context: found tenancy"),
    "a scope twice": ({"scopes": ["band", "score", "band"]}, BadInput, "scopes: found band, score, band"),
    "a start without a zone": ({"starts_at": NAIVE}, BadInput, "a time without a zone"),
    "an end without a zone": ({"expires_at": NAIVE + DAY}, BadInput, "a time without a zone"),
    "neither with a zone": ({"starts_at": NAIVE, "expires_at": NAIVE + DAY}, BadInput, "a time without a zone"),
    "an end before the start": ({"starts_at": START + 2 * DAY, "expires_at": START + DAY}, BadInput, "after its start"),
    "an end at the start": ({"starts_at": START + DAY, "expires_at": START + DAY}, BadInput, "after its start"),
    "an end in the past": ({"starts_at": START - 2 * DAY, "expires_at": START - DAY}, BadInput, "and after now"),
    "an end now": ({"starts_at": START - DAY, "expires_at": START}, BadInput, "and after now"),
    "more than five years": (
        {"expires_at": START.replace(year=2031) + timedelta(microseconds=1)},
        BadInput,
        "at most 5 years",
    ),
    "a start before all time": ({"starts_at": datetime(1, 1, 1, tzinfo=EAST)}, BadInput, "a time from 1970 on"),
    "a programme of half a character": ({"programme": "\ud800"}, BadInput, r"programme: found '\ud800'"),
    "a programme without a name": ({"programme": ""}, BadInput, "programme: found ''; expected a programme's name"),
    "a threshold for no admittance": ({"scopes": ["band"], "threshold": 650}, BadInput, "only with admittance"),
}


def rows(office: Office) -> tuple[int | None, int | None]:
    """How many consents and how many lines of the log there are."""
    with office.registry.engine.connect() as connection:
        return tuple(connection.scalar(select(func.count()).select_from(table)) for table in (consents, log))


@pytest.fixture(params=BEGINNINGS.values(), ids=BEGINNINGS)
def begin(request: pytest.FixtureRequest) -> Begin:
    """Either way in which a consent begins."""
    return request.param


def test_terms_that_nobody_could_agree_to_are_refused(office: Office, subtests: pytest.Subtests) -> None:
    person = office.person()
    before = rows(office)
    for (name, (wrong, error, words)), (way, begin) in product(INVALID.items(), BEGINNINGS.items()):
        terms = office.terms(person, **wrong)
        with subtests.test(name, way=way):
            with pytest.raises(error) as refusal:
                office.registry.do(lambda transaction, b=begin, t=terms: b(transaction, t))
            assert type(refusal.value) is error
            assert words in str(refusal.value)
    assert rows(office) == before


VALID: dict[str, dict[str, object]] = {
    "as they come": {},
    "five years to the microsecond": {"expires_at": START.replace(year=2031)},
    "for one microsecond more": {"expires_at": START + timedelta(microseconds=1)},
    "begun long ago": {"starts_at": START.replace(year=2000)},
    "not begun": {"starts_at": START + DAY},
    "a threshold for admittance alone": {"scopes": ["admittance"], "threshold": 650},
    "another context the merchant was admitted to": {"context": "vehicle_rental", "purpose": "rent_vehicle"},
    "times of another zone": {"expires_at": (START + DAY).astimezone(EAST)},
}


def test_terms_that_can_be_agreed_to_are_taken(office: Office, subtests: pytest.Subtests) -> None:
    person = office.person()
    for name, other in VALID.items():
        terms = office.terms(person, **other)
        with subtests.test(name):
            asked = office.registry.do(lambda transaction, t=terms: ask_consent(transaction, t))
            given = office.registry.do(lambda transaction, t=terms: grant_consent(transaction, t))
            assert (asked.terms, asked.state, given.terms, given.state) == (terms, "PENDING", terms, "ACTIVE")


def test_five_years_from_a_leap_day_end_on_the_28th(office: Office, begin: Begin) -> None:
    office.clock.now = datetime(2028, 2, 29, 12, tzinfo=UTC)
    person, last = office.person(), datetime(2033, 2, 28, 12, tzinfo=UTC)
    terms = office.terms(person, expires_at=last)
    assert office.registry.do(lambda transaction: begin(transaction, terms)).terms.expires_at == last
    later = office.terms(person, expires_at=last + timedelta(microseconds=1))
    with pytest.raises(BadInput, match="at most 5 years"):
        office.registry.do(lambda transaction: begin(transaction, later))


def test_every_purpose_that_the_law_lists_is_taken_from_a_merchant_admitted_to_all(office: Office) -> None:
    known, person = load_contexts(), office.person()
    merchant = office.registry.do(
        lambda transaction: admit(
            transaction,
            "Everything",
            "merchant",
            code_kind="cn_social_credit_code",
            code="91330100799655058B",
            contexts=list(known),
            by="operator",
        )
    )
    for context, found in known.items():
        for purpose in found.purposes:
            terms = office.terms(person, party=merchant.id, context=context, purpose=purpose)
            office.registry.do(lambda transaction, t=terms: grant_consent(transaction, t))
    assert rows(office)[0] == sum(len(found.purposes) for found in known.values())


def test_a_suspended_merchant_gets_no_consent_until_it_is_reinstated(office: Office, begin: Begin) -> None:
    terms = office.terms(office.person())
    office.registry.do(lambda transaction: set_party_state(transaction, office.merchant, "suspended", by="operator"))
    with pytest.raises(Conflict, match="party: found suspended; expected active"):
        office.registry.do(lambda transaction: begin(transaction, terms))
    office.registry.do(lambda transaction: set_party_state(transaction, office.merchant, "active", by="operator"))
    office.registry.do(lambda transaction: begin(transaction, terms))
    assert rows(office)[0] == 1


def a_furnisher(office: Office) -> UUID:
    found = office.registry.do(
        lambda transaction: admit(
            transaction,
            "Water of Beijing",
            "furnisher",
            code_kind="cn_social_credit_code",
            code=FIRM,
            contexts=["deposit_waiver"],
            by="operator",
        )
    )
    return found.id


def test_only_a_merchant_can_be_given_a_consent(office: Office, begin: Begin) -> None:
    person = office.person()
    for party in (a_furnisher(office), uuid4()):
        terms = office.terms(person, party=party)
        with pytest.raises(NotFound, match=f"party: found {party}; expected a merchant that has joined"):
            office.registry.do(lambda transaction, t=terms: begin(transaction, t))


def test_only_who_is_there_can_give_a_consent(office: Office, begin: Begin) -> None:
    gone = office.person()
    office.registry.do(lambda transaction: leave(transaction, gone))
    for person in (gone, uuid4()):
        terms = office.terms(person)
        with pytest.raises(NotFound, match=f"person: found {person}; expected a person who has joined"):
            office.registry.do(lambda transaction, t=terms: begin(transaction, t))


UNREADABLE: dict[str, dict[str, object]] = {
    "a scope there is not": {"scopes": ["everything"]},
    "no scope": {"scopes": []},
    "a mode there is not": {"mode": "SELL"},
    "a fetch there is not": {"fetch": "ALWAYS"},
    "a threshold that is no whole number": {"threshold": 650.5},
    "a field there is not": {"resale": True},
    "no frequency": {"frequency": None},
    "a time that is none": {"expires_at": "soon"},
}


@pytest.mark.parametrize("wrong", UNREADABLE.values(), ids=UNREADABLE)
def test_terms_of_other_types_do_not_read(wrong: dict[str, object]) -> None:
    terms = {
        "person": str(uuid4()),
        "party": str(uuid4()),
        "programme": "sesame",
        "scopes": ["band"],
        "context": "deposit_waiver",
        "purpose": "rent_item",
        "starts_at": START.isoformat(),
        "expires_at": (START + DAY).isoformat(),
        "frequency": {"unit": "DAY", "value": 1},
        "data_life": {"unit": "DAY", "value": 1},
    }
    assert isinstance(msgspec.convert(terms, ConsentTerms), ConsentTerms)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(terms | wrong, ConsentTerms)


def test_terms_do_not_change_once_made(office: Office) -> None:
    terms = office.terms(uuid4())
    with pytest.raises(AttributeError):
        terms.purpose = "book_room"
    assert replace_struct(terms, purpose="book_room").purpose == "book_room"
