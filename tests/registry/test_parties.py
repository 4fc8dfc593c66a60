"""Merchants and furnishers: who is admitted to what, and what suspending them does."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import Row, select
from tests.registry.office import FIRM, Office

from goodstanding.errors import AgainstTheLaw, BadInput, Conflict, NotFound, StandingError
from goodstanding.law.purposes import LAW
from goodstanding.registry import Registry
from goodstanding.registry.answers import Refused
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import log, parties
from goodstanding.registry.parties import Party, Role, admit, find_party, set_party_state
from goodstanding.registry.verification import verify_registry

LEI = "213800KUD8LAJWSQ9D15"


def admitted(
    registry: Registry,
    *,
    name: str = "Bicycles of Beijing",
    role: Role = "merchant",
    kind: str = "cn_social_credit_code",
    code: str = FIRM,
    contexts: Sequence[str] = ("tenancy",),
) -> Party:
    return registry.do(
        lambda transaction: admit(transaction, name, role, code_kind=kind, code=code, contexts=contexts, by="operator")
    )


def rows(registry: Registry) -> Sequence[Row[tuple[object, ...]]]:
    with registry.engine.connect() as connection:
        return connection.execute(select(parties)).all()


def lines(registry: Registry) -> list[tuple[str, str, str]]:
    with registry.engine.connect() as connection:
        found = connection.execute(select(log).where(log.c.kind.like("party.%")).order_by(log.c.log_index)).all()
    return [(line.kind, line.object, msgspec.json.decode(line.body)["by"]) for line in found]


def test_a_firm_is_admitted_with_what_is_known_of_it(registry: Registry) -> None:
    party = admitted(
        registry, name="  共享单车\u3000", code="9111 0000-6000 3734 1l", contexts=["tenancy", "deposit_waiver"] * 2
    )
    assert (party.name, party.role, party.state) == ("共享单车", "merchant", "active")
    assert (party.code_kind, party.code) == ("cn_social_credit_code", FIRM)
    assert party.contexts == ["deposit_waiver", "tenancy"]
    assert registry.do(lambda transaction: find_party(transaction, party.id)) == party
    assert lines(registry) == [("party.admitted", str(party.id), "operator")]
    assert verify_registry(registry).findings == []


@pytest.mark.parametrize("context", ["employment", "dating", "school", "travel", "", "Tenancy", "tenancy "])
def test_a_context_that_is_not_listed_is_refused(registry: Registry, context: str) -> None:
    with pytest.raises(AgainstTheLaw, match=r"one of deposit_waiver, .*post_payment") as refusal:
        admitted(registry, contexts=["tenancy", context])
    assert (refusal.value.where, refusal.value.found) == ("contexts", context)
    assert (rows(registry), lines(registry)) == ([], [])


@pytest.mark.parametrize("context", ["employment", "dating"])
def test_the_refusal_of_a_context_names_the_law(registry: Registry, context: str) -> None:
    with pytest.raises(AgainstTheLaw) as refusal:
        admitted(registry, contexts=[context])
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
def test_a_firm_without_a_valid_number_of_its_own_is_refused(registry: Registry, kind: str, code: str) -> None:
    with pytest.raises(BadInput):
        admitted(registry, kind=kind, code=code)
    assert (rows(registry), lines(registry)) == ([], [])


@pytest.mark.parametrize("name", ["", "x" * 121, "Bicyсles", "Acme\u202e", "Acme\x00"])
def test_a_firm_without_a_plain_name_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        admitted(registry, name=name)
    assert (rows(registry), lines(registry)) == ([], [])


@pytest.mark.parametrize("code", [FIRM, FIRM.lower(), "9111 0000 6000 3734 1L", "９１１１００００６０００３７３４１Ｌ"])
def test_a_firm_is_admitted_once_in_any_spelling(registry: Registry, code: str) -> None:
    first = admitted(registry)
    with pytest.raises(Conflict, match="a firm that is not there yet"):
        admitted(registry, name="Somebody Else", code=code)
    assert [row.id for row in rows(registry)] == [first.id]
    assert len(lines(registry)) == 1


def test_a_suspended_firm_does_not_come_back_as_a_new_one(registry: Registry) -> None:
    first = admitted(registry)
    registry.do(lambda transaction: set_party_state(transaction, first.id, "suspended", by="operator"))
    with pytest.raises(Conflict):
        admitted(registry)


def test_a_firm_may_be_both_merchant_and_furnisher(registry: Registry) -> None:
    roles: tuple[Role, ...] = ("merchant", "furnisher")
    assert len({admitted(registry, role=role).id for role in roles}) == 2
    assert admitted(registry, kind="lei", code=LEI).code == LEI
    assert verify_registry(registry).findings == []


def test_of_those_who_admit_a_firm_at_once_one_does(registry: Registry) -> None:
    ready = Barrier(4)

    def attempt(_: int) -> Party | StandingError:
        ready.wait()
        try:
            return admitted(registry)
        except StandingError as refusal:
            return refusal

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, range(4)))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "Conflict", "Party"]
    assert len(rows(registry)) == 1


def test_suspending_and_reinstating_is_told_to_the_log_once_each(registry: Registry) -> None:
    party = admitted(registry)
    for state in ("suspended", "suspended", "active", "active", "suspended"):
        found = registry.do(lambda transaction, state=state: set_party_state(transaction, party.id, state, by="carla"))
        assert found.state == state
        assert verify_registry(registry).findings == []
    kinds = [(kind, by) for kind, _, by in lines(registry)]
    said = ["party.suspended", "party.active", "party.suspended"]
    assert kinds == [("party.admitted", "operator"), *((kind, "carla") for kind in said)]


def test_a_party_that_is_not_there_is_not_found(registry: Registry) -> None:
    nobody = uuid4()
    with pytest.raises(NotFound, match=str(nobody)):
        registry.do(lambda transaction: find_party(transaction, nobody))
    with pytest.raises(NotFound, match=str(nobody)):
        registry.do(lambda transaction: set_party_state(transaction, nobody, "suspended", by="operator"))
    assert lines(registry) == []


def test_a_suspended_party_is_told_nothing_until_it_is_reinstated(office: Office) -> None:
    person = office.person()
    under = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    office.publish({person: 700})
    question = office.question(consent=under.id)
    assert office.ask(question).disclosed["outcome"] == "yes"
    office.registry.do(lambda transaction: set_party_state(transaction, office.merchant, "suspended", by="operator"))
    # Also the repetition of what was answered a moment ago.
    for asked in (question, office.question(consent=under.id)):
        with pytest.raises(Refused) as refusal:
            office.ask(asked)
        assert refusal.value.code == "party_suspended"
    with pytest.raises(Conflict, match="suspended"):
        office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    office.registry.do(lambda transaction: set_party_state(transaction, office.merchant, "active", by="operator"))
    assert office.ask(question).repeated
    assert office.ask(office.question(consent=under.id)).disclosed["outcome"] == "yes"


def test_suspending_one_leaves_the_others_in_business(office: Office) -> None:
    person = office.person()
    other = admitted(office.registry, name="Other", kind="lei", code=LEI)
    under = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    office.publish({person: 700})
    office.registry.do(lambda transaction: set_party_state(transaction, other.id, "suspended", by="operator"))
    assert office.ask(office.question(consent=under.id)).disclosed["outcome"] == "yes"


def test_a_merchant_is_given_consents_only_for_what_it_was_admitted_to(office: Office) -> None:
    person = office.person()
    terms = office.terms(person, context="tenancy", purpose="let_home")
    with pytest.raises(BadInput, match="one of deposit_waiver, vehicle_rental"):
        office.registry.do(lambda transaction: grant_consent(transaction, terms))


def test_a_furnisher_is_given_no_consents(office: Office) -> None:
    person = office.person()
    furnisher = admitted(office.registry, role="furnisher", contexts=["deposit_waiver"])
    with pytest.raises(NotFound, match="a merchant that has joined"):
        office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person, party=furnisher.id)))
