"""What a party sees of consents: those that it was given, and nothing of whom it asked in vain."""

from datetime import timedelta

import pytest
from tests.registry.conftest import Office

from goodstanding.errors import NotFound
from goodstanding.registry.consent import ask_consent, consents_of, expire_consents, find_consent, take_step


def test_a_party_does_not_learn_that_somebody_refused_or_never_answered(office: Office) -> None:
    person = office.person()
    terms = office.terms(person)
    waits, refused, given, ran_out = (office.changes.do(lambda change: ask_consent(change, terms)).id for _ in range(4))
    office.changes.do(lambda change: take_step(change, refused, "reject", person=person))
    office.changes.do(lambda change: take_step(change, given, "approve", person=person))

    def seen() -> list[object]:
        with office.changes.look() as look:
            return [one.id for one in consents_of(look, party=office.merchant)]

    assert seen() == [given]
    office.clock.now = terms.expires_at + timedelta(seconds=1)
    office.changes.do(expire_consents)
    assert seen() == [given]
    with office.changes.look() as look:
        assert {one.id for one in consents_of(look, person=person)} == {waits, refused, given, ran_out}
        for hidden in (waits, refused, ran_out):
            with pytest.raises(NotFound):
                find_consent(look, hidden, party=office.merchant)
