"""What a party sees of consents: those that it was given, and nothing of whom it asked in vain."""

from datetime import timedelta

import pytest
from tests.registry.office import Office

from goodstanding.errors import NotFound
from goodstanding.registry.consent import ask_consent, consents_of, expire_consents, find_consent, take_step


def test_a_party_does_not_learn_that_somebody_refused_or_never_answered(office: Office) -> None:
    person = office.person()
    terms = office.terms(person)
    waits, refused, given, ran_out = (
        office.registry.do(lambda transaction: ask_consent(transaction, terms)).id for _ in range(4)
    )
    office.registry.do(lambda transaction: take_step(transaction, refused, "reject", person=person))
    office.registry.do(lambda transaction: take_step(transaction, given, "approve", person=person))

    def seen() -> list[object]:
        with office.registry.read() as transaction:
            return [one.id for one in consents_of(transaction, party=office.merchant)]

    assert seen() == [given]
    office.clock.now = terms.expires_at + timedelta(seconds=1)
    office.registry.do(expire_consents)
    assert seen() == [given]
    with office.registry.read() as transaction:
        assert {one.id for one in consents_of(transaction, person=person)} == {waits, refused, given, ran_out}
        for hidden in (waits, refused, ran_out):
            with pytest.raises(NotFound):
                find_consent(transaction, hidden, party=office.merchant)
