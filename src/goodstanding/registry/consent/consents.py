"""Consents: asked for, given, refused, paused, resumed, taken back. Each is one step, logged, with a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, Row, Select, select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry.clock import instant_text
from goodstanding.registry.consent.lifecycle import ENDED, State, Step, after, state_at
from goodstanding.registry.consent.receipts import receipt
from goodstanding.registry.consent.terms import ConsentTerms, Notice, check_terms
from goodstanding.registry.database.schema import consents, parties, people, receipts
from goodstanding.registry.joined import joined
from goodstanding.registry.keys import sign, verified
from goodstanding.registry.log.line_kinds import line_kind
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, in_turn, one_by_one, opened_rows
from goodstanding.wording import one_of, tr

ARTEFACT = "standing-consent+jws"


@dataclass(frozen=True)
class Consent:
    """A consent as it stands: `artefact` is the signed text that never changes, None until it is given."""

    id: UUID
    state: State
    terms: ConsentTerms
    artefact: str | None
    asked_at: datetime
    changed_at: datetime


def ask_consent(transaction: WriteTransaction, terms: ConsentTerms) -> Consent:
    """A party asks a person for a consent: PENDING until the person answers or its time runs out.

    Raises BadInput, AgainstTheLaw, NotFound for a person or party there is not, Conflict for a suspended party.
    """
    return _begin(transaction, terms, "PENDING")


def grant_consent(transaction: WriteTransaction, terms: ConsentTerms) -> Consent:
    """A person gives a consent of their own accord, in one step. Raises as `ask_consent` does."""
    return _begin(transaction, terms, "ACTIVE")


def take_step(transaction: WriteTransaction, consent: UUID, step: Step, *, person: UUID) -> Consent:
    """A person answers, pauses, resumes or takes back a consent of theirs; no reason is asked.

    Raises NotFound if they have no such consent, Conflict if the step does not lead on from its state.
    """
    row = transaction.connection.execute(_of_person(person).where(consents.c.id == consent)).one_or_none()
    if row is None:
        raise no_consent(consent)
    found = read_consent(row)
    state = after(step, state_at(found.state, found.terms.expires_at, transaction.now))
    return _settle(transaction, found, state)


def revoke_all(transaction: WriteTransaction, person: UUID) -> int:
    """End every consent of a person at once, as leaving does; gives how many were in force."""
    ended = 0
    for row in transaction.connection.execute(_of_person(person).where(consents.c.state.not_in(ENDED))).all():
        found = read_consent(row)
        state: State = "REJECTED" if found.state == "PENDING" else "REVOKED"
        if state_at(found.state, found.terms.expires_at, transaction.now) == "EXPIRED":
            state = "EXPIRED"
        _settle(transaction, found, state)
        ended += state == "REVOKED"
    return ended


def expire_consents(transaction: WriteTransaction, most: int = 1000, left: list[Unopened] | None = None) -> int:
    """Write down which consents have run out, with their receipts; gives how many, at most `most` at a time.

    Each person's first comes before anybody's second. `left` learns which do not open; without it BadInput is raised
    for one.
    """
    over = consents.c.state.not_in(ENDED) & (consents.c.expires_at <= transaction.now)
    due = (
        select(consents.c.id).where(over).order_by(*in_turn(consents.c.person_id, consents.c.expires_at, consents.c.id))
    )
    return one_by_one(
        transaction,
        consents.c.id,
        due,
        lambda one: _settle(transaction, find_consent(transaction, one), "EXPIRED"),
        most=most,
        left=left,
    )


def find_consent(
    transaction: ReadTransaction, consent: UUID, *, person: UUID | None = None, party: UUID | None = None
) -> Consent:
    """A consent, of a person or given to a party if one is named. Raises NotFound, also for another's."""
    query = select(consents).where(consents.c.id == consent, *_of(person, party))
    row = transaction.connection.execute(query).one_or_none()
    if row is None:
        raise no_consent(consent)
    return read_consent(row)


def consents_of(
    transaction: ReadTransaction,
    *,
    person: UUID | None = None,
    party: UUID | None = None,
    after: UUID | None = None,
    most: int = 100,
    left: list[Unopened] | None = None,
) -> Sequence[Consent]:
    """The consents of a person or given to a party, by id; `after` goes on from one.

    `left` learns of those that do not read; without it is raised what one of them raises.
    """
    query = select(consents).where(*_of(person, party)).order_by(consents.c.id)
    if after is not None:
        query = query.where(consents.c.id > after)
    return opened_rows(transaction.connection, consents, query, read_consent, left, most=most)


def receipts_of(transaction: ReadTransaction, consent: UUID) -> Sequence[str]:
    """The receipts of a consent, the first step's first."""
    own = select(receipts.c.receipt).where(receipts.c.consent_id == consent)
    return list(transaction.connection.scalars(own.order_by(receipts.c.log_index)))


def _of(person: UUID | None, party: UUID | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if person is not None:
        found.append(consents.c.person_id == person)
    if party is not None:
        # A party sees what was given to it; whom it asked in vain it does not learn.
        found += [consents.c.party_id == party, consents.c.artefact.is_not(None)]
    return found


def no_consent(consent: UUID) -> NotFound:
    """The error for a consent that is not there, or is another's."""
    return NotFound(where=tr("consent"), found=str(consent), expected=tr("a consent of yours"), do=tr("Check the id."))


def read_consent(row: Row[Any]) -> Consent:
    """A row of `consents` as a value."""
    terms = msgspec.convert(row.terms, ConsentTerms)
    return Consent(row.id, row.state, terms, row.artefact, row.asked_at, row.changed_at)


def _of_person(person: UUID) -> Select[Any]:
    return select(consents).where(consents.c.person_id == person)


def _begin(transaction: WriteTransaction, terms: ConsentTerms, state: State) -> Consent:
    check_terms(terms, transaction.now)
    _check_both(transaction, terms)
    found = Consent(uuid4(), "PENDING", terms, None, transaction.now, transaction.now)
    row = {
        "id": found.id,
        "person_id": terms.person,
        "party_id": terms.party,
        "state": found.state,
        "terms": msgspec.to_builtins(terms),
        "starts_at": terms.starts_at,
        "expires_at": terms.expires_at,
        "asked_at": transaction.now,
        "changed_at": transaction.now,
    }
    rows = transaction.insert(consents, row)
    if state == "PENDING":
        transaction.add("consent.PENDING", found.id, [rows])
        return found
    return _settle(transaction, found, state, [rows])


def _check_both(transaction: WriteTransaction, terms: ConsentTerms) -> None:
    joined(transaction.connection, terms.person)
    party = transaction.connection.execute(select(parties).where(parties.c.id == terms.party)).one_or_none()
    if party is None or party.role != "merchant":
        raise NotFound(
            where=tr("party"), found=str(terms.party), expected=tr("a merchant that has joined"), do=tr("Check the id.")
        )
    check_may_ask(party.state, party.contexts, terms.context)


def check_may_ask(state: str, contexts: Sequence[str], context: str) -> None:
    """Raise Conflict for a merchant who is suspended, BadInput for a context that they were not admitted to."""
    if state != "active":
        raise Conflict(where=tr("party"), found=state, expected="active", do=tr("It must be reinstated first."))
    if context not in contexts:
        expected = one_of(contexts)
        raise BadInput(
            where="context",
            found=context,
            expected=expected,
            do=tr("Name a context that the merchant was admitted to."),
        )


def _settle(transaction: WriteTransaction, found: Consent, state: State, rows: Sequence[LoggedRow] = ()) -> Consent:
    """Write a consent's new state, its artefact if it has just been given, its line and its receipt.

    `rows` is what the line is to tell of it beside that.
    """
    connection = transaction.connection
    person = connection.execute(select(people).where(people.c.id == found.terms.person)).one()
    party = connection.execute(select(parties).where(parties.c.id == found.terms.party)).one()
    notice = msgspec.convert(person.notice, Notice)
    artefact = found.artefact
    if artefact is None and state == "ACTIVE":
        artefact = sign(transaction.keyring, ARTEFACT, _artefact(found, party, notice, transaction.now))
    own, index = consents.c.id == found.id, transaction.next_index
    rows = [*rows, *transaction.update(consents, own, state=state, artefact=artefact, changed_at=transaction.now)]
    signed = receipt(
        transaction.keyring,
        consent=str(found.id),
        log_index=index,
        terms=found.terms,
        party={"id": str(party.id), "name": party.name},
        notice=notice,
        jurisdiction=person.jurisdiction,
        state=state,
        at=transaction.now,
    )
    rows.append(transaction.insert(receipts, {"log_index": index, "consent_id": found.id, "receipt": signed}))
    transaction.add(line_kind(f"consent.{state}"), found.id, rows)
    return Consent(found.id, state, found.terms, artefact, found.asked_at, transaction.now)


def _artefact(found: Consent, party: Row[Any], notice: Notice, at: datetime) -> dict[str, Any]:
    terms = cast("dict[str, Any]", msgspec.to_builtins(found.terms))
    return {
        **terms,
        "id": str(found.id),
        "party": {"id": str(party.id), "name": party.name, "code_kind": party.code_kind, "code": party.code},
        "notice": msgspec.to_builtins(notice),
        "given_at": instant_text(at),
    }


def artefact_of(transaction: ReadTransaction, consent: Consent) -> dict[str, Any]:
    """What the person agreed to, its signature checked. Raises BadInput if it was changed."""
    return verified(transaction.keyring, ARTEFACT, consent.artefact or "")
