"""Short ways to consents, and a way to every refusal there is."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from tests.registry.office import Office

from goodstanding.registry.answers import Ask
from goodstanding.registry.consent import Frequency, Step, ask_consent, grant_consent, take_step
from goodstanding.registry.database.schema import log, uses
from goodstanding.registry.parties import admit, set_party_state
from goodstanding.registry.people import Identifier, identifier
from goodstanding.registry.programme_versions import take_programme_step
from goodstanding.registry.rights import freeze

OTHER_FIRM = "91330100799655058B"


def grant(office: Office, person: UUID, **terms: object) -> UUID:
    """A consent given by a person; all of it is covered unless the terms say otherwise."""
    given = office.terms(person, **terms)
    return office.registry.do(lambda transaction: grant_consent(transaction, given)).id


def ask_for(office: Office, person: UUID, **terms: object) -> UUID:
    """A consent that the merchant asks a person for."""
    asked = office.terms(person, **terms)
    return office.registry.do(lambda transaction: ask_consent(transaction, asked)).id


def take(office: Office, person: UUID, consent: UUID, step: Step) -> None:
    office.registry.do(lambda transaction: take_step(transaction, consent, step, person=person))


def another_merchant(office: Office) -> UUID:
    found = office.registry.do(
        lambda transaction: admit(
            transaction,
            "Boats of Hangzhou",
            "merchant",
            code_kind="cn_social_credit_code",
            code=OTHER_FIRM,
            contexts=["deposit_waiver"],
            by="operator",
        )
    )
    return found.id


def suspend(office: Office) -> None:
    office.registry.do(lambda transaction: set_party_state(transaction, office.merchant, "suspended", by="operator"))


def withdraw(office: Office, version: str = "1.0.0") -> None:
    office.registry.do(
        lambda transaction: take_programme_step(
            transaction, "sesame", version, "withdraw", by="bob", reason="it was wrong"
        )
    )


def known_as(office: Office, person: UUID) -> Identifier:
    """How a merchant names a person without a consent's id."""
    return identifier("record_id", office.record_ids[person])


def uses_of(office: Office, person: UUID) -> Sequence[Row[Any]]:
    """The use lines that a person can read, the earliest first."""
    with office.registry.engine.connect() as connection:
        chosen = select(uses).where(uses.c.person_id == person).order_by(uses.c.log_index)
        return connection.execute(chosen).all()


def newest(office: Office) -> UUID:
    """Who joined last."""
    return list(office.record_ids)[-1]


def log_size(office: Office) -> int:
    with office.registry.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(log)) or 0


def _in_state(*steps: Step) -> Callable[[Office], Ask]:
    def scenario(office: Office) -> Ask:
        person = office.person()
        consent = ask_for(office, person)
        for step in steps:
            take(office, person, consent, step)
        return office.question(consent=consent)

    return scenario


def _suspended(office: Office) -> Ask:
    consent = grant(office, office.person())
    suspend(office)
    return office.question(consent=consent)


def _no_consent(office: Office) -> Ask:
    return office.question(identifier=known_as(office, office.person()))


def _expired(office: Office) -> Ask:
    consent = grant(office, office.person())
    office.clock.move(days=30)
    return office.question(consent=consent)


def _not_started(office: Office) -> Ask:
    begins = office.clock.now + timedelta(hours=1)
    return office.question(consent=grant(office, office.person(), starts_at=begins))


def _purpose(office: Office) -> Ask:
    return office.question(consent=grant(office, office.person()), purpose="book_room")


def _scope(office: Office) -> Ask:
    consent = grant(office, office.person(), scopes=["admittance", "band"])
    return office.question(consent=consent, scope="score", threshold=None)


def _threshold(office: Office) -> Ask:
    return office.question(consent=grant(office, office.person(), threshold=600))


def _used_up(office: Office) -> Ask:
    consent = grant(office, office.person(), frequency=Frequency("DAY", 1))
    office.ask(office.question(consent=consent))
    return office.question(consent=consent)


def _frozen(office: Office) -> Ask:
    person = office.person()
    consent = grant(office, person)
    office.registry.do(lambda transaction: freeze(transaction, person))
    return office.question(consent=consent)


def _probing(office: Office) -> Ask:
    consent = grant(office, office.person())
    for threshold in (600, 610):
        office.ask(office.question(consent=consent, threshold=threshold))
    return office.question(consent=consent, threshold=620)


def _withdrawn(office: Office) -> Ask:
    consent = grant(office, office.person())
    withdraw(office)
    return office.question(consent=consent)


def _reused(office: Office) -> Ask:
    consent = grant(office, office.person())
    office.ask(office.question(consent=consent, transaction_id="TWICE"))
    return office.question(consent=consent, transaction_id="TWICE", threshold=600)


def _too_late(office: Office) -> Ask:
    question = office.question(consent=grant(office, office.person()))
    office.ask(question)
    office.clock.move(hours=24)
    return question


REACHED: dict[str, Callable[[Office], Ask]] = {
    "no_consent": _no_consent,
    "consent_pending": _in_state(),
    "consent_rejected": _in_state("reject"),
    "consent_paused": _in_state("approve", "pause"),
    "consent_revoked": _in_state("approve", "revoke"),
    "consent_expired": _expired,
    "consent_not_started": _not_started,
    "purpose_not_covered": _purpose,
    "scope_not_covered": _scope,
    "threshold_not_covered": _threshold,
    "frequency_used_up": _used_up,
    "frozen": _frozen,
    "probing": _probing,
    "transaction_reused": _reused,
    "transaction_expired": _too_late,
    # The last two close the door for everybody.
    "programme_not_in_force": _withdrawn,
    "party_suspended": _suspended,
}
"""For each refusal, a way to it: makes somebody new and all that is needed, and gives the question that is refused."""
