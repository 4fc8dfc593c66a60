"""Leaving: consents end, what is known goes, and what law keeps is told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import Row, Table, func, select
from tests.registry.office import AS_OF, START, HandClock, Office, manifest, score_row

from goodstanding.errors import NotFound
from goodstanding.law import load_pack
from goodstanding.registry import Registry
from goodstanding.registry.answers import Refused, answer_all
from goodstanding.registry.authentication import NotAuthenticated, check_caller
from goodstanding.registry.authentication.passkeys import Proven, add_passkey
from goodstanding.registry.authentication.printed_codes import print_codes, use_code
from goodstanding.registry.authentication.sessions import begin_session
from goodstanding.registry.consent import Consent, Step, ask_consent, grant_consent, take_step
from goodstanding.registry.database import sweep
from goodstanding.registry.database.schema import (
    consents,
    identifiers,
    log,
    passkeys,
    people,
    printed_codes,
    receipts,
    requests,
    scores,
    sessions,
    uses,
)
from goodstanding.registry.idempotency import StoredResponse, store_response
from goodstanding.registry.keys import verified
from goodstanding.registry.log import line_hash
from goodstanding.registry.people import NOTICE_VERSION, find_person, identifier, join
from goodstanding.registry.rights import Left, freeze, leave
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.registry.verification import verify_registry

RECEIPT = "standing-consent-receipt+jws"
MANY = 150
Stolen = Callable[[], bytes]


def left(office: Office, person: UUID) -> Left:
    return office.registry.do(lambda transaction: leave(transaction, person))


def consent(office: Office, person: UUID, *steps: Step) -> Consent:
    """A consent of a person, after some steps."""
    given = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    for step in steps:
        office.registry.do(lambda transaction, step=step: take_step(transaction, given.id, step, person=person))
    return given


def rows(office: Office, table: Table, person: UUID) -> Sequence[Row[tuple[object, ...]]]:
    """A person's rows, of receipts those of their consents."""
    query = select(table)
    if table is receipts:
        query = query.join(consents).where(consents.c.person_id == person).order_by(receipts.c.log_index)
    else:
        query = query.where((table.c.id if table is people else table.c.person_id) == person)
    with office.registry.engine.connect() as connection:
        return connection.execute(query).all()


def lines(office: Office) -> int:
    with office.registry.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(log)) or 0


def test_leaving_ends_every_consent_with_a_receipt(office: Office, clock: HandClock) -> None:
    person = office.person()
    asked = office.registry.do(lambda transaction: ask_consent(transaction, office.terms(person)))
    short = office.terms(person, expires_at=clock.now.replace(hour=12))
    run_out = office.registry.do(lambda transaction: grant_consent(transaction, short))
    active, paused, revoked = (consent(office, person, *steps) for steps in ((), ("pause",), ("revoke",)))
    before = len(rows(office, receipts, person))
    clock.move(hours=6)
    assert left(office, person).consents_ended == 2
    then = {
        asked.id: "REJECTED",
        run_out.id: "EXPIRED",
        active.id: "REVOKED",
        paused.id: "REVOKED",
        revoked.id: "REVOKED",
    }
    assert {row.id: row.state for row in rows(office, consents, person)} == then
    written = [
        (row.consent_id, verified(office.registry.keyring, RECEIPT, row.receipt)["event"]["state"])
        for row in rows(office, receipts, person)[before:]
    ]
    assert dict(written) == {one: state for one, state in then.items() if one != revoked.id}
    assert len(written) == 4


def test_leaving_erases_what_is_known_and_keeps_that_it_was_asked(office: Office, clock: HandClock) -> None:
    person = office.person()
    under = consent(office, person)
    for month in ("2026-04", AS_OF):
        office.publish({person: 700}, as_of=month, run=month)
    office.ask(office.question(consent=under.id))
    office.ask(office.question(consent=under.id, scope="report", threshold=None))
    with pytest.raises(Refused):
        office.ask(office.question(consent=under.id, context="tenancy", purpose="let_home"))
    asked = rows(office, uses, person)
    assert [bool(row.answer) for row in asked] == [True, True, False]
    clock.move(days=1)
    erased = left(office, person).erased
    assert (erased["identifiers"], erased["scores"]) == (2, 2)
    assert [rows(office, table, person) for table in (identifiers, scores)] == [[], []]
    assert rows(office, uses, person) == [(*row[:-1], "") for row in asked]
    (row,) = rows(office, people, person)
    assert (row.state, row.left_at, row.frozen_at) == ("closed", clock.now, None)
    assert office.registry.do(lambda transaction: find_person(transaction, identifier("record_id", "person 1"))) is None
    assert verify_registry(office.registry).findings == []


def test_leaving_takes_away_every_way_in_and_what_was_kept_to_be_repeated(office: Office) -> None:
    going, staying = office.person(), office.person()
    ways = (passkeys, printed_codes, sessions)
    codes, callers = {}, {}
    with office.registry.write() as transaction:
        for person in (going, staying):
            proven = Proven(person, person.bytes, 0, b"challenge of " + person.bytes, b"public key")
            add_passkey(transaction, proven, "My phone")
            codes[person] = print_codes(transaction, person)
            callers[person] = begin_session(transaction, person)
            store_response(transaction, str(callers[person]), "key", bytes(32), StoredResponse(200, "{}"))
    held = [len(rows(office, table, going)) for table in ways]
    assert held == [1, len(codes[going]), 1]
    erased = left(office, going).erased
    assert (erased["passkeys"], erased["printed_codes"]) == (1, len(codes[going]))
    assert [rows(office, table, going) for table in ways] == [[], [], []]
    assert [len(rows(office, table, staying)) for table in ways] == held
    with office.registry.engine.connect() as connection:
        assert connection.scalars(select(requests.c.caller)).all() == [str(callers[staying])]
    with office.registry.write() as transaction:
        check_caller(transaction, callers[staying])
        with pytest.raises(NotAuthenticated):
            check_caller(transaction, callers[going])
        assert use_code(transaction, codes[staying][0]) == staying
        with pytest.raises(NotAuthenticated):
            use_code(transaction, codes[going][0])
    assert verify_registry(office.registry).findings == []


@pytest.mark.parametrize(("jurisdiction", "until"), [("cn", 2029), ("eu", 2029), ("in", 2029), ("us", 2031)])
def test_what_is_kept_is_told_with_the_law_and_a_date(office: Office, jurisdiction: str, until: int) -> None:
    known_by = identifier("passport", "CNE12345678")
    person = office.registry.do(
        lambda transaction: join(
            transaction, [known_by], notice_version=NOTICE_VERSION, language="en", jurisdiction=jurisdiction
        )
    )
    under = [consent(office, person), consent(office, person)]
    for one in (*under, under[0]):
        office.ask(office.question(consent=one.id))
    kept = left(office, person).kept
    assert [(one.what, one.rows) for one in kept] == [("consents", 2), ("access log", 3)]
    assert {one.until for one in kept} == {datetime(until, 6, 15, 9, 30, tzinfo=UTC)}
    assert {one.law for one in kept} == {load_pack(jurisdiction).on(START.date()).kept_law}


def test_nothing_is_told_to_be_kept_that_was_never_there(office: Office) -> None:
    person = office.person()
    nothing = left(office, person)
    assert (nothing.consents_ended, nothing.kept) == (0, [])
    assert {what: rows for what, rows in nothing.erased.items() if rows} == {"identifiers": 2}
    other = office.person()
    consent(office, other)
    assert [one.what for one in left(office, other).kept] == ["consents"]


def test_nobody_leaves_twice(office: Office) -> None:
    person = office.person()
    left(office, person)
    before = lines(office)
    for who in (person, uuid4()):
        with pytest.raises(NotFound, match="a person who has joined"):
            left(office, who)
    assert lines(office) == before


def test_who_leaves_leaves_everybody_else_alone(office: Office) -> None:
    going, staying = office.person(), office.person()
    under = {person: consent(office, person) for person in (going, staying)}
    office.publish({going: 700, staying: 700})
    for person in (going, staying):
        office.ask(office.question(consent=under[person].id))
    tables = (people, identifiers, consents, receipts, uses, scores)
    before = [rows(office, table, staying) for table in tables]
    assert all(before)
    left(office, going)
    assert [rows(office, table, staying) for table in tables] == before
    assert office.ask(office.question(consent=under[staying].id)).disclosed["outcome"] == "yes"


def test_nothing_is_answered_about_who_has_left(office: Office) -> None:
    person = office.person()
    under = consent(office, person)
    office.publish({person: 700})
    question = office.question(consent=under.id)
    assert office.ask(question).disclosed["outcome"] == "yes"
    left(office, person)
    known_by = identifier("record_id", office.record_ids[person])
    # Also the repetition of what was answered a moment ago.
    for asked in (question, office.question(consent=under.id), office.question(identifier=known_by)):
        with pytest.raises(Refused) as refusal:
            office.ask(asked)
        assert refusal.value.code == "no_consent"
    assert [row.answer for row in rows(office, uses, person)] == [""]


def test_a_frozen_person_may_leave(office: Office) -> None:
    person = office.person()
    office.registry.do(lambda transaction: freeze(transaction, person))
    left(office, person)
    (row,) = rows(office, people, person)
    assert (row.state, row.frozen_at) == ("closed", None)
    assert verify_registry(office.registry).findings == []


def test_what_leaving_did_is_one_line_after_those_of_the_consents(office: Office) -> None:
    person = office.person()
    consent(office, person)
    before = lines(office)
    erased = left(office, person).erased
    with office.registry.engine.connect() as connection:
        written = connection.execute(select(log).where(log.c.log_index >= before).order_by(log.c.log_index)).all()
    assert [line.kind for line in written] == ["consent.REVOKED", "person.left"]
    assert msgspec.json.decode(written[1].body)["erased"] == erased


def test_a_leaving_that_fails_midway_changes_nothing(office: Office) -> None:
    person = office.person()
    consent(office, person)
    office.publish({person: 700})
    tables = (people, identifiers, consents, receipts, scores)
    before, said = [rows(office, table, person) for table in tables], lines(office)

    def fails(registry: Registry) -> None:
        with registry.write() as transaction:
            leave(transaction, person)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fails(office.registry)
    assert [rows(office, table, person) for table in tables] == before
    assert lines(office) == said
    assert verify_registry(office.registry).findings == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nothing_of_who_has_left_is_in_the_file_any_more(office: Office, stolen: Stolen) -> None:
    # Enough people for rows to have been moved from page to page.
    with office.registry.write() as transaction:
        for number in range(MANY):
            known_by = [identifier("record_id", f"person {number}"), identifier("phone", f"+86138{number:08d}")]
            person = join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
            office.record_ids[person] = f"person {number}"
    everybody = list(office.record_ids)
    going = everybody[::3]
    terms = [office.terms(person) for person in everybody]
    given = office.registry.do(lambda transaction: [grant_consent(transaction, one) for one in terms])
    months = ("2026-04", AS_OF)
    values = {person: 0.71234567 + number / 1000003 for number, person in enumerate(everybody)}
    found = [
        replace(score_row(office.record_ids[person], 700), reasons=[("dues_kept_12m", values[person])])
        for person in everybody
    ]
    for month in months:
        publish_scores(office.registry, run_of(manifest(office.digest, month, month)), [found[::2], found[1::2]])
    asks = [office.question(consent=one.id, scope="report", threshold=None) for one in given]
    office.registry.do(lambda transaction: answer_all(transaction, asks))
    with office.registry.engine.connect() as connection:
        of_them = connection.execute(select(identifiers).where(identifiers.c.person_id.in_(going))).all()
        told = connection.scalars(select(uses.c.answer).where(uses.c.person_id.in_(going))).all()
    secrets = [
        *(part for row in of_them for part in (row.hash, row.sealed)),
        *(answer.encode() for answer in told),
        *(repr(values[person]).encode() for person in going),
    ]
    assert len(secrets) == len(going) * 6
    assert [secret for secret in secrets if secret not in stolen()] == []
    office.registry.do(lambda transaction: [leave(transaction, person) for person in going])
    # Rows that were moved from page to page may have left copies in free space until then.
    sweep(office.registry.engine)
    taken = stolen()
    assert [secret for secret in secrets if secret in taken] == []
    staying = [repr(values[person]).encode() for person in everybody if person not in going]
    assert [value for value in staying if value not in taken] == []
    assert verify_registry(office.registry).findings == []


def test_only_answers_are_counted_as_erased_answers(office: Office) -> None:
    person = office.person()
    under = consent(office, person)
    office.ask(office.question(consent=under.id))
    with pytest.raises(Refused):
        office.ask(office.question(consent=under.id, context="tenancy", purpose="let_home"))
    gone = left(office, person)
    assert gone.erased["answers"] == 1
    assert {one.what: one.rows for one in gone.kept}["access log"] == 2


def test_an_erased_answer_cannot_be_tried_out_against_the_log(office: Office) -> None:
    person = office.person()
    under = consent(office, person)
    office.publish({person: 700})
    use = office.ask(office.question(consent=under.id)).use
    with office.registry.engine.connect() as connection:
        row = dict(connection.execute(select(uses).where(uses.c.log_index == use)).mappings().one())
    left(office, person)
    # All that a "yes" says but the yes stands in rows that stay: the use line, the consent and the publication. With
    # the answer guessed right there is still the row's secret.
    held = {str(name): value for name, value in row.items() if value is not None}
    guesses = [row["answer"], [row["answer"]], held, [held], ["", held], [None, held], ["0" * 64, held]]
    with office.registry.engine.connect() as connection:
        bodies = "".join(connection.scalars(select(log.c.body)).all())
    assert [guess for guess in guesses if line_hash(guess) in bodies] == []
