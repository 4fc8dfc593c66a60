"""Whose a consent is, and the sweeps that end several at once."""

from datetime import timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.registry.office import Office, Refusal

from goodstanding.errors import Conflict, NotFound
from goodstanding.registry.consent import (
    Consent,
    ask_consent,
    expire_consents,
    grant_consent,
    read_consent,
    revoke_all,
    take_step,
)
from goodstanding.registry.database.schema import consents
from goodstanding.registry.rights import leave

STEPS = ["approve", "reject", "pause", "resume", "revoke"]


def granted(office: Office, person: UUID, **other: object) -> UUID:
    terms = office.terms(person, **other)
    return office.registry.do(lambda transaction: grant_consent(transaction, terms)).id


def asked(office: Office, person: UUID, **other: object) -> UUID:
    terms = office.terms(person, **other)
    return office.registry.do(lambda transaction: ask_consent(transaction, terms)).id


def take(office: Office, person: UUID, consent: UUID, step: str) -> Consent:
    return office.registry.do(lambda transaction: take_step(transaction, consent, step, person=person))


def state_of(office: Office, consent: UUID) -> str:
    with office.registry.engine.connect() as connection:
        return read_consent(connection.execute(select(consents).where(consents.c.id == consent)).one()).state


def test_anothers_consent_is_told_as_one_there_is_not(office: Office) -> None:
    owner, other = office.person(), office.person()
    ended = granted(office, owner)
    take(office, owner, ended, "revoke")
    said = []
    for consent, step in product((uuid4(), granted(office, owner), asked(office, owner), ended), STEPS):
        with pytest.raises(NotFound) as refusal:
            take(office, other, consent, step)
        said.append((type(refusal.value), str(refusal.value).replace(str(consent), "ID")))
    assert len(set(said)) == 1


def test_who_has_left_takes_no_more_steps(office: Office) -> None:
    person = office.person()
    several = [granted(office, person), asked(office, person)]
    office.registry.do(lambda transaction: leave(transaction, person))
    for consent, step in product(several, STEPS):
        with pytest.raises(Conflict):
            take(office, person, consent, step)


def test_revoking_all_ends_what_stands_by_what_it_was_and_counts_what_was_in_force(office: Office) -> None:
    person, other = office.person(), office.person()
    active, paused, pending = granted(office, person), granted(office, person), asked(office, person)
    rejected, run_out = asked(office, person), granted(office, person, expires_at=office.clock.now.replace(hour=10))
    not_answered = asked(office, person, expires_at=office.clock.now.replace(hour=10))
    of_another = granted(office, other)
    take(office, person, paused, "pause")
    take(office, person, rejected, "reject")
    office.clock.move(hours=1)
    assert office.registry.do(lambda transaction: revoke_all(transaction, person)) == 2
    assert [
        state_of(office, one) for one in (active, paused, pending, rejected, run_out, not_answered, of_another)
    ] == ["REVOKED", "REVOKED", "REJECTED", "REJECTED", "EXPIRED", "EXPIRED", "ACTIVE"]
    assert office.registry.do(lambda transaction: revoke_all(transaction, person)) == 0


def test_a_sweep_ends_what_has_run_out_to_the_microsecond_and_nothing_else(office: Office) -> None:
    person = office.person()
    soon = office.clock.now.replace(hour=10)
    due, later = granted(office, person, expires_at=soon), granted(office, person, expires_at=soon.replace(hour=11))
    office.clock.now = soon.replace(hour=9, minute=59, second=59, microsecond=999_999)
    assert office.registry.do(expire_consents) == 0
    office.clock.now = soon
    assert office.registry.do(expire_consents) == 1
    assert (state_of(office, due), state_of(office, later)) == ("EXPIRED", "ACTIVE")
    assert office.registry.do(expire_consents) == 0


def test_a_sweep_does_no_more_at_a_time_than_it_is_told(office: Office) -> None:
    person = office.person()
    due = [granted(office, person) for _ in range(5)]
    office.clock.move(days=30)
    done = [office.registry.do(lambda transaction: expire_consents(transaction, most=2)) for _ in range(4)]
    assert done == [2, 2, 1, 0]
    assert {state_of(office, one) for one in due} == {"EXPIRED"}


def test_a_consent_that_begins_at_once_has_begun_also_by_a_clock_that_is_behind(
    office: Office, refusal: Refusal
) -> None:
    consent = granted(office, office.person())
    later = granted(office, office.person(), starts_at=office.clock.now + timedelta(seconds=1))
    office.clock.move(seconds=-20)
    assert office.ask(office.question(consent=consent)).disclosed["outcome"] == "not_enough_data"
    assert refusal(office.question(consent=later)) == "consent_not_started"


def test_a_sweep_comes_to_everybody_s_first_before_anybody_s_second(office: Office) -> None:
    person, other = office.person(), office.person()
    several = [granted(office, person) for _ in range(4)]
    office.clock.move(minutes=1)
    one = granted(office, other)
    office.clock.move(days=31)
    assert office.registry.do(lambda transaction: expire_consents(transaction, most=2)) == 2
    assert state_of(office, one) == "EXPIRED"
    assert [state_of(office, consent) for consent in several].count("EXPIRED") == 1


def test_what_has_run_out_is_over_before_it_is_swept(office: Office, refusal: Refusal) -> None:
    person = office.person()
    consent = granted(office, person)
    office.clock.move(days=30)
    assert state_of(office, consent) == "ACTIVE"
    for step in STEPS:
        with pytest.raises(Conflict, match="found EXPIRED"):
            take(office, person, consent, step)
    assert refusal(office.question(consent=consent)) == "consent_expired"
