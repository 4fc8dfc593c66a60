"""What a person sees of who asked, and takes along."""

from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import insert, select
from tests.registry.office import Office

from goodstanding.errors import NotFound
from goodstanding.registry.answers import Refused
from goodstanding.registry.consent import grant_consent, take_step
from goodstanding.registry.database.schema import publications, scores
from goodstanding.registry.portability import export
from goodstanding.registry.rights import Item, access_log, dispute, end_case, leave, set_words


@pytest.fixture
def person(office: Office) -> UUID:
    found = office.person()
    office.publish({found: 640})
    return found


def ask_often(office: Office, person: UUID) -> UUID:
    """Three answers and a refusal."""
    consent = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person))).id
    for scope, threshold in (("admittance", 650), ("score", None), ("band", None)):
        office.ask(office.question(consent=consent, scope=scope, threshold=threshold))
        office.clock.move(minutes=1)
    office.registry.do(lambda transaction: take_step(transaction, consent, "pause", person=person))
    with pytest.raises(Refused):
        office.ask(office.question(consent=consent, threshold=600))
    return consent


def test_the_access_log_says_who_asked_for_what_and_what_they_were_told_the_latest_first(
    office: Office, person: UUID
) -> None:
    consent = ask_often(office, person)
    with office.registry.engine.connect() as connection:
        found = access_log(connection, person)
    assert [(line.scope, line.threshold, line.refusal) for line in found] == [
        ("admittance", 600, "consent_paused"),
        ("band", None, None),
        ("score", None, None),
        ("admittance", 650, None),
    ]
    assert {(line.name, line.party, line.consent) for line in found} == {
        ("Bicycles of Beijing", office.merchant, consent)
    }
    assert [line.answer and line.answer["outcome"] for line in found] == [None, "given", "given", "no"]
    assert [line.at for line in found] == sorted((line.at for line in found), reverse=True)


def test_the_access_log_goes_on_from_a_line(office: Office, person: UUID) -> None:
    ask_often(office, person)
    with office.registry.engine.connect() as connection:
        whole = list(access_log(connection, person))
        first = list(access_log(connection, person, most=3))
        rest = list(access_log(connection, person, before=int(first[-1].id)))
    assert first + rest == whole
    assert len(rest) == 1


def test_nobody_elses_lines_are_in_it(office: Office, person: UUID) -> None:
    ask_often(office, person)
    other = office.person()
    with office.registry.engine.connect() as connection:
        assert access_log(connection, other) == []


def test_everything_that_is_held_can_be_taken_along(office: Office, person: UUID) -> None:
    consent = ask_often(office, person)
    office.registry.do(lambda transaction: set_words(transaction, person, "I was ill."))
    case = office.registry.do(lambda transaction: dispute(transaction, person, Item("dues", "bank", "1"), "not mine"))
    office.registry.do(lambda transaction: end_case(transaction, case.id, "confirmed", words="it is", by="bob"))
    with office.registry.engine.connect() as connection:
        found = export(connection, office.registry.keyring, person)
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.to_builtins(found)
    assert found["person"]["identifiers"] == {"record_id": office.record_ids[person], "phone": "+8613800000001"}
    assert found["person"]["words"] == "I was ill."
    assert [score["score"] for score in found["scores"]] == [640]
    consents = [(one["id"], one["state"], len(one["receipts"])) for one in found["consents"]]
    assert consents == [(str(consent), "PAUSED", 2)]
    assert len(found["answers"]) == 4
    ((about, words, answer),) = [(one["about"], one["words"], one["answer"]) for one in found["cases"]]
    assert (about["items"][0]["record_id"], words, answer) == ("1", "not mine", "it is")
    assert [one["kind"] for one in found["messages"]] == ["dispute.confirmed"]


def test_who_has_left_or_never_came_has_nothing_to_take(office: Office, person: UUID) -> None:
    office.registry.do(lambda transaction: leave(transaction, person))
    with office.registry.engine.connect() as connection:
        for one in (person, uuid4()):
            with pytest.raises(NotFound):
                export(connection, office.registry.keyring, one)


def test_a_score_that_is_being_published_or_was_stopped_is_not_exported_as_theirs(office: Office, person: UUID) -> None:
    with office.registry.engine.begin() as connection:
        begun = dict(connection.execute(select(publications)).mappings().one()) | {"id": 999, "log_index": None}
        connection.execute(insert(publications), begun)
        row = dict(connection.execute(select(scores).where(scores.c.person_id == person)).mappings().one())
        connection.execute(insert(scores), row | {"publication": 999, "score": 350})
    with office.registry.read() as transaction:
        found = export(transaction.connection, transaction.keyring, person)
    assert [one["score"] for one in found["scores"]] == [640]
