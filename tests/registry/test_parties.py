"""Merchants and furnishers: who is admitted to what, and what suspending them does."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import Row, select
from tests.registry.conftest import FIRM, Office

from goodstanding.errors import AgainstTheLaw, BadInput, Conflict, NotFound, StandingError
from goodstanding.law.purposes import LAW
from goodstanding.registry.answers import Refused
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import log, parties
from goodstanding.registry.parties import Party, Role, admit, find_party, set_party_state
from goodstanding.registry.transactions import Changes
from goodstanding.registry.verification import verify_registry

LEI = "213800KUD8LAJWSQ9D15"


def admitted(
    changes: Changes,
    *,
    name: str = "Bicycles of Beijing",
    role: Role = "merchant",
    kind: str = "cn_social_credit_code",
    code: str = FIRM,
    contexts: Sequence[str] = ("tenancy",),
) -> Party:
    return changes.do(
        lambda change: admit(change, name, role, code_kind=kind, code=code, contexts=contexts, by="operator")
    )


def rows(changes: Changes) -> Sequence[Row[tuple[object, ...]]]:
    with changes.engine.connect() as connection:
        return connection.execute(select(parties)).all()


def lines(changes: Changes) -> list[tuple[str, str, str]]:
    with changes.engine.connect() as connection:
        found = connection.execute(select(log).where(log.c.kind.like("party.%")).order_by(log.c.log_index)).all()
    return [(line.kind, line.object, msgspec.json.decode(line.body)["by"]) for line in found]


def test_a_firm_is_admitted_with_what_is_known_of_it(changes: Changes) -> None:
    party = admitted(
        changes, name="  共享单车\u3000", code="9111 0000-6000 3734 1l", contexts=["tenancy", "deposit_waiver"] * 2
    )
    assert (party.name, party.role, party.state) == ("共享单车", "merchant", "active")
    assert (party.code_kind, party.code) == ("cn_social_credit_code", FIRM)
    assert party.contexts == ["deposit_waiver", "tenancy"]
    assert changes.do(lambda change: find_party(change, party.id)) == party
    assert lines(changes) == [("party.admitted", str(party.id), "operator")]
    assert verify_registry(changes).findings == []


@pytest.mark.parametrize("context", ["employment", "dating", "school", "travel", "", "Tenancy", "tenancy "])
def test_a_context_that_is_not_listed_is_refused(changes: Changes, context: str) -> None:
    with pytest.raises(AgainstTheLaw, match=r"one of deposit_waiver, .*post_payment") as refusal:
        admitted(changes, contexts=["tenancy", context])
    assert (refusal.value.where, refusal.value.found) == ("contexts", context)
    assert (rows(changes), lines(changes)) == ([], [])


@pytest.mark.parametrize("context", ["employment", "dating"])
def test_the_refusal_of_a_context_names_the_law(changes: Changes, context: str) -> None:
    with pytest.raises(AgainstTheLaw) as refusal:
        admitted(changes, contexts=[context])
    assert LAW in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("cn_social_credit_code", "91110000600037341M"),
        ("cn_social_credit_code", ""),
        ("cn_resident_id", "11010519491231002X"),
        ("phone", "+8613800000001"),
        ("lei", LEI[::-1]),
        ("zodiac", "leo"),
    ],
)
def test_a_firm_without_a_valid_number_of_its_own_is_refused(changes: Changes, kind: str, code: str) -> None:
    with pytest.raises(BadInput):
        admitted(changes, kind=kind, code=code)
    assert (rows(changes), lines(changes)) == ([], [])


@pytest.mark.parametrize("name", ["", "x" * 121, "Bicyсles", "Acme\u202e", "Acme\x00"])
def test_a_firm_without_a_plain_name_is_refused(changes: Changes, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        admitted(changes, name=name)
    assert (rows(changes), lines(changes)) == ([], [])


@pytest.mark.parametrize("code", [FIRM, FIRM.lower(), "9111 0000 6000 3734 1L", "９１１１００００６０００３７３４１Ｌ"])
def test_a_firm_is_admitted_once_in_any_spelling(changes: Changes, code: str) -> None:
    first = admitted(changes)
    with pytest.raises(Conflict, match="a firm that is not there yet"):
        admitted(changes, name="Somebody Else", code=code)
    assert [row.id for row in rows(changes)] == [first.id]
    assert len(lines(changes)) == 1


def test_a_suspended_firm_does_not_come_back_as_a_new_one(changes: Changes) -> None:
    first = admitted(changes)
    changes.do(lambda change: set_party_state(change, first.id, "suspended", by="operator"))
    with pytest.raises(Conflict):
        admitted(changes)


def test_a_firm_may_be_both_merchant_and_furnisher(changes: Changes) -> None:
    roles: tuple[Role, ...] = ("merchant", "furnisher")
    assert len({admitted(changes, role=role).id for role in roles}) == 2
    assert admitted(changes, kind="lei", code=LEI).code == LEI
    assert verify_registry(changes).findings == []


def test_of_those_who_admit_a_firm_at_once_one_does(changes: Changes) -> None:
    ready = Barrier(4)

    def attempt(_: int) -> Party | StandingError:
        ready.wait()
        try:
            return admitted(changes)
        except StandingError as refusal:
            return refusal

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, range(4)))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "Conflict", "Party"]
    assert len(rows(changes)) == 1


def test_suspending_and_reinstating_is_told_to_the_log_once_each(changes: Changes) -> None:
    party = admitted(changes)
    for state in ("suspended", "suspended", "active", "active", "suspended"):
        found = changes.do(lambda change, state=state: set_party_state(change, party.id, state, by="carla"))
        assert found.state == state
        assert verify_registry(changes).findings == []
    kinds = [(kind, by) for kind, _, by in lines(changes)]
    said = ["party.suspended", "party.active", "party.suspended"]
    assert kinds == [("party.admitted", "operator"), *((kind, "carla") for kind in said)]


def test_a_party_that_is_not_there_is_not_found(changes: Changes) -> None:
    nobody = uuid4()
    with pytest.raises(NotFound, match=str(nobody)):
        changes.do(lambda change: find_party(change, nobody))
    with pytest.raises(NotFound, match=str(nobody)):
        changes.do(lambda change: set_party_state(change, nobody, "suspended", by="operator"))
    assert lines(changes) == []


def test_a_suspended_party_is_told_nothing_until_it_is_reinstated(office: Office) -> None:
    person = office.person()
    under = office.changes.do(lambda change: grant_consent(change, office.terms(person)))
    office.publish({person: 700})
    question = office.question(consent=under.id)
    assert office.ask(question).told["outcome"] == "yes"
    office.changes.do(lambda change: set_party_state(change, office.merchant, "suspended", by="operator"))
    # Also the repetition of what was answered a moment ago.
    for asked in (question, office.question(consent=under.id)):
        with pytest.raises(Refused) as refusal:
            office.ask(asked)
        assert refusal.value.code == "party_suspended"
    with pytest.raises(Conflict, match="suspended"):
        office.changes.do(lambda change: grant_consent(change, office.terms(person)))
    office.changes.do(lambda change: set_party_state(change, office.merchant, "active", by="operator"))
    assert office.ask(question).repeated
    assert office.ask(office.question(consent=under.id)).told["outcome"] == "yes"


def test_suspending_one_leaves_the_others_in_business(office: Office) -> None:
    person = office.person()
    other = admitted(office.changes, name="Other", kind="lei", code=LEI)
    under = office.changes.do(lambda change: grant_consent(change, office.terms(person)))
    office.publish({person: 700})
    office.changes.do(lambda change: set_party_state(change, other.id, "suspended", by="operator"))
    assert office.ask(office.question(consent=under.id)).told["outcome"] == "yes"


def test_a_merchant_is_given_consents_only_for_what_it_was_admitted_to(office: Office) -> None:
    person = office.person()
    terms = office.terms(person, context="tenancy", purpose="let_home")
    with pytest.raises(BadInput, match="one of deposit_waiver, vehicle_rental"):
        office.changes.do(lambda change: grant_consent(change, terms))


def test_a_furnisher_is_given_no_consents(office: Office) -> None:
    person = office.person()
    furnisher = admitted(office.changes, role="furnisher", contexts=["deposit_waiver"])
    with pytest.raises(NotFound, match="a merchant that has joined"):
        office.changes.do(lambda change: grant_consent(change, office.terms(person, party=furnisher.id)))
