"""What a decision rests on, read for a whole batch of questions in a few queries, under the registry's lock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Row, bindparam, func, or_, select

from goodstanding.months import day_of
from goodstanding.registry.answers.question import Ask
from goodstanding.registry.consent import Consent, read_consent
from goodstanding.registry.database import portions
from goodstanding.registry.database.schema import (
    consents,
    identifiers,
    parties,
    people,
    programmes,
    publications,
    scores,
    uses,
)
from goodstanding.registry.people import Identifier
from goodstanding.registry.scores import OF_PROGRAMME_IN_FORCE
from goodstanding.registry.scores.in_effect import IN_EFFECT
from goodstanding.registry.scores.score_age import oldest_answered
from goodstanding.registry.transactions import WriteTransaction

# How far back the thresholds that a caller tried on a person count.
PROBING_WINDOW = timedelta(days=30)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ConsentOnFile:
    """A consent with what its person's file says.

    `contested`: a record is. `held`: the scores still count what a fraud left. `words`: the person's own, sealed.
    """

    consent: Consent
    open: bool
    frozen: bool
    jurisdiction: str
    contested: bool
    held: bool
    words: bytes | None


@dataclass(frozen=True)
class Earlier:
    """What was answered before under a transaction id: its line, what was asked, when, and the answer word for word."""

    log_index: int
    asked: str
    at: datetime
    answer: str


@dataclass
class Facts:
    """The facts of a batch. What the batch itself answers is added as it goes, so that the next question knows it."""

    now: datetime
    parties: Mapping[UUID, str]
    programmes: frozenset[str]
    hashes: Mapping[Identifier, bytes]
    by_consent: Mapping[UUID, ConsentOnFile]
    by_identifier: Mapping[tuple[bytes, UUID], Sequence[ConsentOnFile]]
    earlier: dict[tuple[UUID, str], Earlier]
    scores: Mapping[tuple[str, UUID], Row[Any]]
    answered: dict[UUID, int]
    thresholds: dict[tuple[UUID, UUID], set[int]]
    probed: set[tuple[UUID, UUID]] = field(default_factory=set[tuple[UUID, UUID]])

    def on_file(self, ask: Ask) -> Sequence[ConsentOnFile]:
        """The caller's consents that a question may rest on, the latest first."""
        if ask.consent is not None:
            one = self.by_consent.get(ask.consent)
            return [one] if one is not None and one.consent.terms.party == ask.party else []
        if ask.identifier is None:
            return []
        return self.by_identifier.get((self.hashes[ask.identifier], ask.party), [])


def read_facts(transaction: WriteTransaction, asks: Sequence[Ask]) -> Facts:
    """Read what the questions' answers depend on."""
    known_by = {ask.identifier for ask in asks if ask.identifier is not None}
    hashes = {one: one.hash(transaction.keyring) for one in known_by}
    by_consent, by_identifier = _consents(transaction, asks, hashes)
    on_file = [*by_consent.values(), *(one for several in by_identifier.values() for one in several)]
    pairs = {(one.consent.terms.person, one.consent.terms.party) for one in on_file}
    names = {ask.programme for ask in asks}
    thresholds, probed = _probing(transaction, pairs)
    return Facts(
        now=transaction.now,
        parties={row.id: row.state for row in _rows(transaction, _PARTIES, ids=list({ask.party for ask in asks}))},
        programmes=frozenset(row.name for row in _rows(transaction, _PUBLISHED, names=list(names))),
        hashes=hashes,
        by_consent=by_consent,
        by_identifier=by_identifier,
        earlier=_earlier(transaction, asks),
        scores=_scores(transaction, names, {one.consent.terms.person for one in on_file}),
        answered=_answered(transaction, on_file),
        thresholds=thresholds,
        probed=probed,
    )


def _in(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a column is among values that are named when the query runs.

    A key of several columns is looked for column by column, and the few rows too many are left out afterwards: SQLite
    finds a tuple among others only by reading the whole table.
    """
    return column.in_(bindparam(name, expanding=True))


# Written once: building a query costs more than running it.
_PARTIES = select(parties.c.id, parties.c.state).where(_in(parties.c.id, "ids"))
_PUBLISHED = select(programmes.c.name).where(_in(programmes.c.name, "names"), programmes.c.state == "published")
_EARLIER = select(
    uses.c.party_id, uses.c.transaction_id, uses.c.log_index, uses.c.asked, uses.c.at, uses.c.answer
).where(_in(uses.c.party_id, "ids"), _in(uses.c.transaction_id, "transactions"))
_FILE = (
    people.c.state.label("file_state"),
    people.c.frozen_at,
    people.c.jurisdiction,
    people.c.contested,
    people.c.held,
    people.c.words,
)
_WITH_FILE = consents.join(people, people.c.id == consents.c.person_id)
_BY_CONSENT = select(consents, *_FILE).select_from(_WITH_FILE).where(_in(consents.c.id, "ids"))
_BY_IDENTIFIER = (
    select(consents, *_FILE, identifiers.c.hash)
    .select_from(_WITH_FILE.join(identifiers, identifiers.c.person_id == people.c.id))
    .where(_in(identifiers.c.kind, "kinds"), _in(identifiers.c.hash, "hashes"), _in(consents.c.party_id, "ids"))
    .order_by(consents.c.changed_at.desc())
)
_SCORES = (
    select(scores, publications.c.run, publications.c.version, publications.c.digest)
    .join(publications, publications.c.id == scores.c.publication)
    .join(programmes, OF_PROGRAMME_IN_FORCE)
    .where(_in(scores.c.programme, "names"), _in(scores.c.person_id, "people"))
    .where(scores.c.as_of >= bindparam("oldest"), IN_EFFECT)
    .order_by(scores.c.as_of, publications.c.log_index)
)
_ANSWERED = (
    select(uses.c.consent_id, func.count().label("answers"))
    .where(_in(uses.c.consent_id, "ids"), uses.c.refusal.is_(None), uses.c.at > bindparam("since"))
    .group_by(uses.c.consent_id)
)
_TRIED = (
    select(uses.c.person_id, uses.c.party_id, uses.c.threshold, uses.c.refusal)
    .where(_in(uses.c.person_id, "people"), _in(uses.c.party_id, "ids"), uses.c.at > bindparam("since"))
    .where(uses.c.threshold.is_not(None), or_(uses.c.refusal.is_(None), uses.c.refusal == "probing"))
    .distinct()
)


def _rows(transaction: WriteTransaction, query: Executable, **values: object) -> Iterable[Row[Any]]:
    return transaction.connection.execute(query, {name: _padded(value) for name, value in values.items()})


def _padded(value: Any) -> Any:  # noqa: ANN401 - what a query is given
    """A list made as long as the next power of two by its last value, again and again.

    So the same few texts come whatever the size of a batch, and a database that has prepared one has prepared them all.
    """
    if not isinstance(value, list) or not value:
        return cast("Any", value)
    several = cast("list[Any]", value)
    return [*several, *[several[-1]] * ((1 << (len(several) - 1).bit_length()) - len(several))]


def _consents(
    transaction: WriteTransaction, asks: Sequence[Ask], hashes: Mapping[Identifier, bytes]
) -> tuple[dict[UUID, ConsentOnFile], dict[tuple[bytes, UUID], list[ConsentOnFile]]]:
    """The consents named, and those of the people named with the callers that name them."""
    by_consent: dict[UUID, ConsentOnFile] = {}
    by_identifier: dict[tuple[bytes, UUID], list[ConsentOnFile]] = {}
    if ids := {ask.consent for ask in asks if ask.consent is not None}:
        by_consent = {row.id: _on_file(row) for row in _rows(transaction, _BY_CONSENT, ids=list(ids))}
    if hashes:
        kinds, ids = list({one.kind for one in hashes}), list({ask.party for ask in asks})
        for row in _rows(transaction, _BY_IDENTIFIER, kinds=kinds, hashes=list(hashes.values()), ids=ids):
            by_identifier.setdefault((row.hash, row.party_id), []).append(_on_file(row))
    return by_consent, by_identifier


def _on_file(row: Row[Any]) -> ConsentOnFile:
    return ConsentOnFile(
        consent=read_consent(row),
        open=row.file_state == "open",
        frozen=row.frozen_at is not None,
        jurisdiction=row.jurisdiction,
        contested=row.contested > 0,
        held=row.held > 0,
        words=row.words,
    )


def _earlier(transaction: WriteTransaction, asks: Sequence[Ask]) -> dict[tuple[UUID, str], Earlier]:
    """What was answered before under the same transaction ids."""
    ids, transactions = list({ask.party for ask in asks}), list({ask.transaction_id for ask in asks})
    rows = _rows(transaction, _EARLIER, ids=ids, transactions=transactions)
    return {(row.party_id, row.transaction_id): Earlier(row.log_index, row.asked, row.at, row.answer) for row in rows}


def _scores(transaction: WriteTransaction, names: set[str], persons: set[UUID]) -> dict[tuple[str, UUID], Row[Any]]:
    """Each person's newest score that is not too old, of a publication in effect and the programme in force."""
    oldest = str(oldest_answered(day_of(transaction.now)))
    rows = _rows(transaction, _SCORES, names=list(names), people=list(persons), oldest=oldest)
    return {(row.programme, row.person_id): row for row in rows}


def _answered(transaction: WriteTransaction, on_file: Sequence[ConsentOnFile]) -> dict[UUID, int]:
    """How many answers each consent has given in its window."""
    windows: dict[datetime, list[UUID]] = {}
    for one in on_file:
        terms = one.consent.terms
        since = BEGINNING if terms.fetch == "ONETIME" else terms.frequency.since(transaction.now)
        windows.setdefault(since, []).append(one.consent.id)
    found: dict[UUID, int] = {}
    for since, ids in windows.items():
        # Of one person a caller may hold any number.
        for some in portions(ids):
            found |= {row.consent_id: row.answers for row in _rows(transaction, _ANSWERED, ids=some, since=since)}
    return found


def _probing(
    transaction: WriteTransaction, pairs: set[tuple[UUID, UUID]]
) -> tuple[dict[tuple[UUID, UUID], set[int]], set[tuple[UUID, UUID]]]:
    """The thresholds that were answered for each person and caller lately, and the pairs that were stopped."""
    tried: dict[tuple[UUID, UUID], set[int]] = {}
    stopped: set[tuple[UUID, UUID]] = set()
    persons, ids = list({person for person, _ in pairs}), list({party for _, party in pairs})
    for row in _rows(transaction, _TRIED, people=persons, ids=ids, since=transaction.now - PROBING_WINDOW):
        pair = (row.person_id, row.party_id)
        if row.refusal is None:
            tried.setdefault(pair, set()).add(row.threshold)
        else:
            stopped.add(pair)
    return tried, stopped
