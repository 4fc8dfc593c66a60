"""One row that does not open: it is left where it is and named, and everybody else has what is due to them."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, Table, and_, select, text, update
from structlog.testing import capture_logs
from tests.registry.cosigning import witnessed
from tests.registry.furnishing.branch import BANK, Branch
from tests.registry.furnishing.test_erasing_everywhere import said_in_database, said_in_files
from tests.registry.office import Office
from tests.registry.spoiling import spoil

from goodstanding.cli import registry_verbs as verbs
from goodstanding.errors import BadInput
from goodstanding.registry import WriteTransaction
from goodstanding.registry.answers import Answer, Refused, answer_all
from goodstanding.registry.consent import ask_consent, expire_consents, grant_consent
from goodstanding.registry.database.schema import (
    cases,
    consents,
    cosignatures,
    deliveries,
    furnished,
    identifiers,
    leavers,
    marks,
    scores,
    uses,
    witnesses,
)
from goodstanding.registry.deliveries import tell_party
from goodstanding.registry.furnishing import collect, erase_leavers, publish_run
from goodstanding.registry.furnishing.sealed_records import opened_record, sealed_record
from goodstanding.registry.parties import set_webhook
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import Item, block, close_overdue, dispute, leave
from goodstanding.registry.row_digests import row_key
from goodstanding.registry.unopened import Unopened, until_none_is_left
from goodstanding.registry.witnesses import all_witnesses, checkpoint_cosigned, newest_cosigned, remove_witness
from goodstanding.scoring import run_to_show
from goodstanding.service.outbox.chores import Chores
from goodstanding.service.outbox.webhooks import WebhookSender

SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def damage(office: Office, table: Table, which: ColumnElement[bool], column: str = "sealed") -> list[tuple[str, str]]:
    """Change what is sealed in rows; gives their tables and keys."""
    with office.registry.engine.begin() as connection:
        rows = connection.execute(select(table).where(which)).mappings().all()
        connection.execute(update(table).where(which).values({column: b"\0\1" + bytes(40)}))
    assert rows
    return [(str(table.name), row_key(table, row)) for row in rows]


def named(left: list[Unopened]) -> list[tuple[str, str]]:
    assert all(one.why for one in left)
    return sorted({(one.table, one.key) for one in left})


def joined(branch: Branch, record: str) -> UUID:
    known_by = [identifier("record_id", record)]
    return branch.office.registry.do(
        lambda transaction: join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )


@pytest.fixture
def waiting(branch: Branch) -> Branch:
    """Another's record and mark wait beside the person's."""
    other = joined(branch, branch.others[0])
    branch.send(branch.due("mine"), branch.due("theirs", identifier("record_id", branch.others[0])))
    branch.office.registry.do(lambda transaction: block(transaction, branch.person, branch.late[:1], "not me"))
    assert other
    return branch


OF_COLLECTING: dict[str, Callable[[Branch], list[tuple[str, str]]]] = {
    "a record": lambda branch: damage(branch.office, furnished, furnished.c.person_id == branch.person),
    "a mark": lambda branch: damage(branch.office, marks, marks.c.person_id == branch.person),
    "an identifier": lambda branch: damage(branch.office, identifiers, identifiers.c.person_id == branch.person),
}


@SQLITE
@pytest.mark.parametrize("what", OF_COLLECTING)
def test_what_does_not_open_keeps_nobody_elses_records_from_being_collected(waiting: Branch, what: str) -> None:
    rows, left = OF_COLLECTING[what](waiting), []
    waiting.office.clock.move(days=1)
    done = collect(waiting.office.registry, waiting.room, waiting.today, left)
    assert named(left) == rows
    # Of the person's own two what opens is collected, but for whom nobody can name.
    assert done.items == (1 if what == "an identifier" else 2)
    assert "theirs" in {row["record_id"] for row in waiting.held()}
    with pytest.raises(BadInput):
        collect(waiting.office.registry, waiting.room, waiting.today)


@SQLITE
def test_a_version_that_does_not_open_keeps_no_later_one_from_being_taken_and_noted(branch: Branch) -> None:
    branch.send(branch.due("twice"), branch.due("once"))
    branch.send(branch.due("twice", kind="rent"))
    rows = damage(branch.office, furnished, furnished.c.log_index == branch.rows(furnished)[0].log_index)
    left: list[Unopened] = []
    branch.office.clock.move(days=1)
    done = collect(branch.office.registry, branch.room, branch.today, left)
    assert (named(left), done.items) == (rows, 2)
    assert {row["record_id"]: row["kind"] for row in branch.held()} == {"twice": "rent", "once": "loan"}
    assert [row.collected_at is None for row in branch.rows(furnished)] == [True, False, False]


@SQLITE
def test_a_record_that_names_another_than_it_is_found_by_is_left_until_it_is_sent_anew(branch: Branch) -> None:
    registry = branch.office.registry
    branch.send(branch.due("one"), branch.due("two"))
    row = branch.rows(furnished)[0]
    values = opened_record(registry.keyring, row) | {"record_id": "three"}
    sealed = sealed_record(registry.keyring, row.log_index, values)
    with registry.engine.begin() as connection:
        connection.execute(update(furnished).where(furnished.c.log_index == row.log_index).values(sealed=sealed))
    branch.office.clock.move(days=1)
    left: list[Unopened] = []
    collect(registry, branch.room, branch.today, left)
    assert named(left) == [("furnished", str(row.log_index))]
    branch.send(branch.due("one", kind="rent"))
    branch.collect()
    assert [(row["record_id"], row["kind"]) for row in branch.held()] == [("one", "rent"), ("two", "loan")]


@SQLITE
def test_who_left_is_erased_whatever_of_others_does_not_open(branch: Branch) -> None:
    registry, room, (first, second, *_) = branch.office.registry, branch.room, branch.others
    gone, stays = joined(branch, first), joined(branch, second)
    branch.send(branch.transfer("of another", first), branch.transfer("damaged", "nobody"))
    registry.do(lambda transaction: (leave(transaction, gone), leave(transaction, stays)))
    damaged = branch.rows(furnished)[1].log_index
    rows = damage(branch.office, furnished, furnished.c.log_index == damaged)
    rows += damage(branch.office, leavers, leavers.c.person_id == stays)
    left: list[Unopened] = []
    assert erase_leavers(registry, room, left) == 1
    assert named(left) == sorted(rows)
    assert said_in_files(room, first) == []
    assert [row.person_id for row in branch.rows(leavers)] == [stays]
    with pytest.raises(BadInput):
        said_in_database(registry, first)
    with registry.engine.begin() as connection:
        connection.execute(furnished.delete().where(furnished.c.log_index == damaged))
        connection.execute(leavers.delete())
    assert said_in_database(registry, first) == []


@SQLITE
def test_whose_identifier_does_not_open_is_not_published_from_a_run_that_may_count_what_is_contested(
    branch: Branch,
) -> None:
    other = joined(branch, branch.others[0])
    branch.office.registry.do(lambda transaction: block(transaction, branch.person, branch.late, "not me"))
    branch.office.registry.do(lambda transaction: dispute(transaction, other, branch.late[0], "not mine either"))
    rows = damage(branch.office, identifiers, identifiers.c.person_id == other)
    left: list[Unopened] = []
    third = joined(branch, branch.others[1])
    done = publish_run(branch.office.registry, branch.room, run_to_show(branch.room, "sesame"), branch.today, left)
    assert named(left) == rows
    assert done.publication is not None
    assert (done.publication.people, done.put_right) == (1, [])
    assert third


@pytest.fixture
def overdue(office: Office) -> tuple[Office, list[Any]]:
    """Two cases and two consents whose day has come."""
    persons = [office.person(), office.person()]
    do = office.registry.do
    opened = [do(lambda transaction, of=one: dispute(transaction, of, Item("dues", "S", "1"), "no")) for one in persons]
    # The first is the first that the clock comes to.
    opened.sort(key=lambda case: case.id)
    for one in persons:
        terms = office.terms(one)
        do(lambda transaction, of=terms: grant_consent(transaction, of))
        do(lambda transaction, of=terms: ask_consent(transaction, of))
    office.clock.move(days=400)
    return office, opened


def test_a_case_that_does_not_open_keeps_no_other_from_being_closed(overdue: tuple[Office, list[Any]]) -> None:
    office, (first, second) = overdue
    rows, left = damage(office, cases, cases.c.id == first.id), []
    assert office.registry.do(lambda transaction: close_overdue(transaction, most=1, left=left)) == 1
    assert named(left) == rows
    with office.registry.read() as transaction:
        states = {row.id: row.state for row in transaction.connection.execute(select(cases))}
    assert states == {first.id: "open", second.id: "deleted"}
    with pytest.raises(BadInput):
        office.registry.do(close_overdue)


def test_a_case_whose_marks_do_not_open_stays_open_whole(overdue: tuple[Office, list[Any]]) -> None:
    office, (first, second) = overdue
    damage(office, marks, marks.c.case_id == first.id)
    left: list[Unopened] = []
    assert office.registry.do(lambda transaction: close_overdue(transaction, left=left)) == 1
    assert named(left) == [("cases", str(first.id))]
    assert f"mark of {first.person}" in left[0].why or "keyring" in left[0].why
    with office.registry.read() as transaction:
        states = {row.id: row.state for row in transaction.connection.execute(select(cases))}
    assert states == {first.id: "open", second.id: "deleted"}


@pytest.mark.parametrize("most", [1, 2, 3])
def test_all_that_is_due_is_ended_in_as_many_changes_as_it_takes_beside_what_does_not_open(
    overdue: tuple[Office, list[Any]], most: int
) -> None:
    office, (first, _) = overdue
    for item in ("2", "3", "4"):
        for of in {case.person for case in overdue[1]}:
            office.registry.do(
                lambda transaction, of=of, item=item: dispute(transaction, of, Item("dues", "S", item), "no")
            )
    office.clock.move(days=400)
    rows = damage(office, cases, cases.c.id == first.id)
    for chore, done in ((close_overdue, 7), (expire_consents, 4)):
        met, sizes = list[Unopened](), list[int]()

        def some(
            transaction: WriteTransaction, left: list[Unopened], chore: Any = chore, sizes: list[int] = sizes
        ) -> int:
            sizes.append(chore(transaction, most=most, left=left))
            return sizes[-1]

        assert until_none_is_left(office.registry, some, met) == done
        assert (max(sizes), sum(sizes), sizes[-1]) == (most, done, 0)
        assert [(one.table, one.key) for one in met] == (rows if chore is close_overdue else [])
    with pytest.raises(BadInput):
        until_none_is_left(office.registry, close_overdue, None)


@pytest.mark.parametrize("terms", [{}, []], ids=["of nothing", "of another kind"])
def test_a_consent_that_does_not_read_keeps_no_other_from_running_out(
    overdue: tuple[Office, list[Any]], terms: object
) -> None:
    office, _ = overdue
    with office.registry.engine.begin() as connection:
        first = connection.scalar(select(consents.c.id).order_by(consents.c.id).limit(1))
        connection.execute(update(consents).where(consents.c.id == first).values(terms=terms))
    left: list[Unopened] = []
    assert office.registry.do(lambda transaction: expire_consents(transaction, left=left)) == 3
    assert named(left) == [("consents", str(first))]


@SQLITE
@pytest.mark.usefixtures("all_logged")
def test_the_service_ends_what_opens_and_names_the_rest_once(overdue: tuple[Office, list[Any]]) -> None:
    office, (first, _) = overdue
    damage(office, cases, cases.c.id == first.id)
    chores = Chores(office.registry)
    with capture_logs() as said:
        for _ in range(2):
            chores._alone("cases", lambda: chores._by_row(chores._changing(close_overdue)))  # noqa: SLF001 - a turn
    assert [(one["table"], one["key"]) for one in said if "key" in one] == [("cases", str(first.id))]


@SQLITE
def test_the_verb_does_all_else_names_the_rows_and_ends_with_1(
    waiting: Branch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, room = waiting.office.registry, waiting.room
    gone = joined(waiting, waiting.others[1])
    registry.do(lambda transaction: leave(transaction, gone))
    rows = damage(waiting.office, marks, marks.c.person_id == waiting.person)
    monkeypatch.setattr(verbs, "open_registry", lambda *_: nullcontext(registry))
    monkeypatch.setattr(verbs, "today", lambda: waiting.today + timedelta(days=1))
    waiting.office.clock.move(days=1)
    with pytest.raises(BadInput, match=f"marks {rows[0][1]}"):
        verbs.collect_all(json=True, root=room.root)
    said = json.loads(capsys.readouterr().out)
    assert (said["items"], said["people_erased"]) == (2, 1)
    assert [(one["table"], one["key"]) for one in said["unopened"]] == rows


@SQLITE
def test_the_verb_ends_all_that_is_due_however_much_is_done_at_a_time(
    overdue: tuple[Office, list[Any]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(verbs, "open_registry", lambda *_: nullcontext(overdue[0].registry))
    for chore in (close_overdue, expire_consents):
        monkeypatch.setattr(verbs, chore.__name__, partial(chore, most=1))
    verbs.collect_all(json=True, root=tmp_path / "none")
    said = json.loads(capsys.readouterr().out)
    assert (said["cases_closed"], said["consents_expired"]) == (2, 4)


@SQLITE
def test_a_fault_in_one_chore_keeps_no_other_from_being_done_and_is_told_with_the_rest(
    waiting: Branch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    damage(waiting.office, furnished, furnished.c.person_id == waiting.person)
    monkeypatch.setattr(verbs, "open_registry", lambda *_: nullcontext(waiting.office.registry))
    monkeypatch.setattr(verbs, "close_overdue", fail)
    monkeypatch.setattr(verbs, "today", lambda: waiting.today)
    with pytest.raises(ZeroDivisionError):
        verbs.collect_all(json=True, root=waiting.room.root)
    said = capsys.readouterr()
    assert json.loads(said.out)["items"] == 2
    assert "furnished" in said.err


def these(table: Table, *columns: str, of: list[Any]) -> list[ColumnElement[bool]]:
    """Conditions for rows, each by its own key."""
    return [and_(*(table.c[name] == getattr(row, name) for name in columns)) for row in of]


def of_sqlite(office: Office) -> bool:
    return office.registry.engine.dialect.name == "sqlite"


def test_whatever_does_not_read_of_records_and_marks_all_others_are_collected(branch: Branch) -> None:
    """A record and a mark each with another column spoilt, and some that are whole, in one collection."""
    do, engine = branch.office.registry.do, branch.office.registry.engine
    contested = [f"c{n}" for n in range(len(marks.columns) + 1)]
    branch.send(*(branch.due(name) for name in contested))
    branch.collect()
    for name in contested:
        do(lambda transaction, name=name: dispute(transaction, branch.person, Item("dues", BANK, name), "no"))
    waiting = [f"w{n:02}" for n in range(len(furnished.columns) + 1)]
    branch.send(*(branch.due(name) for name in waiting))
    spoilt = {
        furnished: spoil(engine, furnished, these(furnished, "log_index", of=branch.rows(furnished)[len(contested) :])),
        marks: spoil(
            engine, marks, these(marks, "case_id", of=sorted(branch.rows(marks), key=lambda row: row.case_id))
        ),
    }
    branch.office.clock.move(days=1)
    left: list[Unopened] = []
    collect(branch.office.registry, branch.room, branch.today, left)
    held = {row["record_id"]: row["state"] for row in branch.held()}
    assert waiting[-1] in held
    # Of the contested ones that with the whole mark, at least, is marked.
    assert "disputed" in {held[name] for name in contested}
    if of_sqlite(branch.office):
        # When it counts from, or that it was taken, says that a record is not due; a mark stands whether or not.
        not_due = {furnished: {"counts_from", "collected_at"}, marks: set[str]()}
        for table, rows in spoilt.items():
            named = sum(one.table == table.name for one in left)
            assert named == len([name for name, _ in rows if name not in not_due[table]])
        assert len(held.keys() & set(waiting)) == 1
    assert collect(branch.office.registry, branch.room, branch.today, []).items >= 0


@SQLITE
def test_a_record_whose_last_version_or_mark_does_not_read_is_taken_in_no_earlier_state(branch: Branch) -> None:
    """What is left of it, without what does not read, is not what anybody said last."""
    branch.send(branch.due("twice"), branch.due("marked"))
    branch.send(branch.due("twice", kind="rent"))
    item = Item("dues", BANK, "marked")
    branch.office.registry.do(lambda transaction: dispute(transaction, branch.person, item, "no"))
    with branch.office.registry.engine.begin() as connection:
        last = connection.scalar(select(furnished.c.log_index).order_by(furnished.c.log_index.desc()).limit(1))
        connection.execute(update(furnished).where(furnished.c.log_index == last).values(at=text("'zz'")))
        connection.execute(update(marks).values(changed_at=text("'zz'")))
    left: list[Unopened] = []
    branch.office.clock.move(days=1)
    assert collect(branch.office.registry, branch.room, branch.today, left).items == 0
    assert [(one.table, one.key) for one in left[:1]] == [("furnished", str(last))]
    assert {one.table for one in left} == {"furnished", "marks"}


@pytest.mark.parametrize("value", ["duez", "payments"])
def test_a_record_that_was_moved_to_another_table_keeps_no_other_from_being_collected(
    branch: Branch, value: str
) -> None:
    branch.send(branch.due("one"), branch.due("two"))
    first = branch.rows(furnished)[0].log_index
    with branch.office.registry.engine.begin() as connection:
        connection.execute(update(furnished).where(furnished.c.log_index == first).values(record_table=value))
    left: list[Unopened] = []
    branch.office.clock.move(days=1)
    assert collect(branch.office.registry, branch.room, branch.today, left).items == 1
    assert named(left) == [("furnished", str(first))]


def test_whatever_does_not_read_of_who_left_all_others_are_erased(branch: Branch) -> None:
    registry = branch.office.registry
    gone = [joined(branch, record) for record in branch.others[: len(leavers.columns) + 1]]
    for person in gone:
        registry.do(lambda transaction, person=person: leave(transaction, person))
    waiting = [f"w{n:02}" for n in range(len(furnished.columns) + 1)]
    branch.send(*(branch.transfer(name, branch.others[len(gone) - 1]) for name in waiting))
    spoil(registry.engine, furnished, these(furnished, "log_index", of=branch.rows(furnished)))
    of = sorted(branch.rows(leavers), key=lambda row: gone.index(row.person_id))
    spoil(registry.engine, leavers, these(leavers, "person_id", of=of))
    left: list[Unopened] = []
    assert erase_leavers(registry, branch.room, left) >= 1
    assert said_in_files(branch.room, branch.others[len(gone) - 1]) == []
    assert {one.table for one in left} >= {"leavers", "furnished"}


def test_whatever_does_not_read_of_people_and_identifiers_all_others_are_published(branch: Branch) -> None:
    registry = branch.office.registry
    several = [joined(branch, record) for record in branch.others[: len(identifiers.columns) + 1]]
    for person in several[:-1]:
        registry.do(lambda transaction, person=person: dispute(transaction, person, branch.late[0], "not mine"))
    of = [row for person in several for row in branch.rows(identifiers) if row.person_id == person]
    spoil(registry.engine, identifiers, these(identifiers, "person_id", of=of))
    left: list[Unopened] = []
    done = publish_run(registry, branch.room, run_to_show(branch.room, "sesame"), branch.today, left)
    assert done.publication is not None
    assert done.publication.people >= 1
    with registry.engine.connect() as connection:
        assert connection.scalar(select(scores.c.score).where(scores.c.person_id == several[-1])) is not None


def test_whatever_does_not_read_of_cases_and_consents_all_others_are_ended(office: Office) -> None:
    do, engine = office.registry.do, office.registry.engine
    persons = [office.person() for _ in range(len(cases.columns) + 1)]
    for one in persons:
        do(lambda transaction, one=one: dispute(transaction, one, Item("dues", "S", "1"), "no"))
        do(lambda transaction, one=one: grant_consent(transaction, office.terms(one)))
    office.clock.move(days=400)
    for table in (cases, consents):
        of = [row for one in persons for row in rows_of(office, table) if row.person_id == one]
        spoil(engine, table, these(table, "id", of=of))
    for table, chore in ((cases, close_overdue), (consents, expire_consents)):
        left: list[Unopened] = []
        do(lambda transaction, chore=chore, left=left: chore(transaction, left=left))
        states = {row.state for row in whole(office, table, persons[-1])}
        assert states in ({"deleted"}, {"EXPIRED"})
        assert {one.table for one in left} == {table.name}


def rows_of(office: Office, table: Table) -> list[Any]:
    with office.registry.engine.connect() as connection:
        return list(connection.execute(select(table)))


def whole(office: Office, table: Table, person: UUID) -> list[Any]:
    with office.registry.engine.connect() as connection:
        return list(connection.execute(select(table).where(table.c.person_id == person)))


def test_whatever_does_not_read_of_deliveries_all_others_are_sent(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    do, person = office.registry.do, office.person()
    do(lambda transaction: set_webhook(transaction, office.merchant, "https://firm.example/x", by="o"))
    several = len(deliveries.columns) + 2
    numbers = [
        do(lambda transaction, n=n: tell_party(transaction, office.merchant, person, "k", {"case": str(n)}))
        for n in range(several)
    ]
    spoil(office.registry.engine, deliveries, these(deliveries, "log_index", of=rows_of(office, deliveries)))
    sender, sent = WebhookSender(office.registry), list[int]()
    monkeypatch.setattr("goodstanding.service.outbox.webhooks.AT_ONCE", 2)
    monkeypatch.setattr(sender, "_send", lambda push: sent.append(push.number) or 200)
    left: list[Unopened] = []
    sender.send_due(left=left)
    assert sent[-2:] == numbers[-2:]
    assert len(set(sent)) == len(sent)
    assert "deliveries" in {one.table for one in left}
    sent.clear()
    assert sender.send_due(left=[]) == 0
    sender.close()


def test_whatever_does_not_read_of_consents_all_others_of_a_batch_are_answered(office: Office) -> None:
    do = office.registry.do
    persons = [office.person() for _ in range(len(consents.columns) + 1)]
    office.publish(dict.fromkeys(persons, 700))
    given = [do(lambda transaction, one=one: grant_consent(transaction, office.terms(one))).id for one in persons]
    spoil(office.registry.engine, consents, [consents.c.id == one for one in given])
    questions = [office.question(consent=one) for one in given]
    answers = do(lambda transaction: answer_all(transaction, questions))
    assert len(answers) == len(questions)
    assert isinstance(answers[-1], Answer)
    assert any(isinstance(one, Exception) and not isinstance(one, Refused) for one in answers)
    told = [one.use for one in answers if isinstance(one, Answer)]
    assert sorted(told) == sorted(row.log_index for row in rows_of(office, uses) if row.refusal is None)
    # As if each had come alone.
    (again,) = do(lambda transaction: answer_all(transaction, questions[-1:]))
    assert again == replace(answers[-1], repeated=True)


def test_whatever_does_not_read_of_witnesses_and_cosignatures_all_others_are_asked_and_told(office: Office) -> None:
    registry = office.registry
    names = [f"w.example/{n}" for n in range(len(witnesses.columns) + len(cosignatures.columns) + 2)]
    for name in names:
        witnessed(registry, name)
    rows = sorted(rows_of(office, witnesses), key=lambda row: names.index(row.name))
    spoil(registry.engine, witnesses, these(witnesses, "id", of=rows[: len(witnesses.columns) + 1]))
    several = [cosignatures.c.witness == name for name in names[len(witnesses.columns) + 1 :]]
    spoil(registry.engine, cosignatures, several)
    left: list[Unopened] = []
    with registry.read() as transaction:
        known = all_witnesses(transaction.connection, left)
        assert names[-1] in {one.name for one in known}
        newest = {one.name: newest_cosigned(transaction.connection, one.key, left) for one in known}
        assert newest[names[-1]] is not None
        assert names[-1] in str(checkpoint_cosigned(transaction, left))
    assert {one.table for one in left} == {"witnesses", "cosignatures"}
    # One whose key does not read can be taken out as well.
    for name in (names[2], names[-1]):
        registry.do(lambda transaction, name=name: remove_witness(transaction, name, by="ann"))
