"""Records by furnishers: checked, told to the person first where they are adverse, corrected, withdrawn."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import select, update
from tests.registry.office import FIRM, START, Office

from goodstanding.errors import AgainstTheLaw, BadInput, Conflict, NotFound
from goodstanding.law import load_pack
from goodstanding.registry.database.schema import furnished, marks, messages
from goodstanding.registry.furnishing import Sent, Submission, check_submissions, furnish, withdraw_record
from goodstanding.registry.furnishing.pending_items import read_pending
from goodstanding.registry.furnishing.sealed_records import opened_record, sealed_record
from goodstanding.registry.parties import admit, set_party_state
from goodstanding.registry.people import Identifier, identifier
from goodstanding.registry.rights import Item, dispute, end_case, leave
from goodstanding.registry.sealed_columns import open_in
from goodstanding.registry.verification import verify_registry

BANK = "91330100799655058B"
KEPT = {
    "happened_on": "2026-06-01",
    "kind": "loan",
    "amount_minor": "10000",
    "paid_on": "2026-06-01",
    "paid_minor": "10000",
    "currency": "CNY",
}
LATE = KEPT | {"paid_on": "2026-06-10"}


@pytest.fixture
def bank(office: Office) -> UUID:
    return office.registry.do(
        lambda transaction: admit(
            transaction, "Bank", "furnisher", code_kind="cn_social_credit_code", code=BANK, contexts=[], by="operator"
        )
    ).id


@pytest.fixture
def person(office: Office) -> UUID:
    return office.person()


def of(office: Office, person: UUID, **other: Any) -> Submission:
    known_by = identifier("record_id", office.record_ids[person])
    return Submission(**{"known_by": known_by, "table": "dues", "record_id": "due-1", "values": KEPT} | other)


def send(office: Office, bank: UUID, *submissions: Submission) -> list[Sent]:
    adverse = check_submissions(submissions, office.clock.now.date())
    pairs = list(zip(submissions, adverse, strict=True))
    return office.registry.do(lambda transaction: furnish(transaction, bank, pairs))


def rows(office: Office, table: Any) -> list[Any]:
    with office.registry.engine.connect() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))


def test_a_record_that_speaks_for_the_person_counts_at_once_and_is_sealed(
    office: Office, bank: UUID, person: UUID
) -> None:
    (sent,) = send(office, bank, of(office, person))
    assert (sent.adverse, sent.counts_from) == (False, office.clock.now)
    (row,) = rows(office, furnished)
    assert (row.party_id, row.person_id) == (bank, person)
    assert b"10000" not in row.sealed
    assert "due-1" not in repr(row)
    assert rows(office, messages) == []
    assert verify_registry(office.registry).findings == []


def test_an_adverse_record_waits_and_the_person_is_told(office: Office, bank: UUID, person: UUID) -> None:
    (sent,) = send(office, bank, of(office, person, values=LATE, told_on=date(2026, 6, 14)))
    days = timedelta(days=load_pack("cn").on(START.date()).notice_days)
    assert (sent.adverse, sent.counts_from) == (True, office.clock.now + days)
    (message,) = rows(office, messages)
    body = msgspec.json.decode(open_in(office.registry.keyring, messages.c.sealed, message.sealed, person_id=person))
    assert (message.kind, body["furnisher"]) == ("record.adverse", "Bank")
    assert office.registry.do(read_pending)[1] == []
    office.clock.move(days=load_pack("cn").on(START.date()).notice_days)
    assert [one.item.record_id for one in office.registry.do(read_pending)[1]] == ["due-1"]
    # What the person was told is what a dispute asks for, and reaches who furnished it.
    item = Item(body["table"], body["source"], body["record_id"])
    assert office.registry.do(lambda transaction: dispute(transaction, person, item, "Not mine.")).party == bank


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("payments", {"category": "penalty", "amount_minor": "-2000"}),
        ("balances", {"kind": "current_lowest", "amount_minor": "-1", "happened_on": "2026-05-31"}),
    ],
    ids=["a penalty", "a month overdrawn"],
)
def test_money_that_speaks_against_the_person_waits_as_well(
    office: Office, bank: UUID, person: UUID, table: str, values: dict[str, str]
) -> None:
    said = {"happened_on": "2026-06-01", "currency": "CNY"} | values
    with pytest.raises(BadInput, match=rf"{table} due-1, told_on"):
        send(office, bank, of(office, person, table=table, values=said))
    (sent,) = send(office, bank, of(office, person, table=table, values=said, told_on=date(2026, 6, 14)))
    assert sent.counts_from == office.clock.now + timedelta(days=load_pack("cn").on(START.date()).notice_days)
    assert [message.kind for message in rows(office, messages)] == ["record.adverse"]
    assert verify_registry(office.registry).findings == []


@pytest.mark.parametrize("told_on", [None, date(2026, 6, 16)], ids=["never", "tomorrow"])
def test_an_adverse_record_that_the_person_was_not_told_of_is_refused_with_the_law(
    office: Office, bank: UUID, person: UUID, told_on: date | None
) -> None:
    with pytest.raises(BadInput, match=r"dues due-1, told_on: .*article 15"):
        send(office, bank, of(office, person, values=LATE, told_on=told_on))
    assert rows(office, furnished) == []


WRONG = {
    "a field that is no date": (KEPT | {"paid_on": "yesterday"}, "dues due-1, paid_on: found yesterday"),
    "a field that is missing": ({k: v for k, v in KEPT.items() if k != "kind"}, "no column kind"),
    "a field that there is not": (KEPT | {"shade": "red"}, "the column shade"),
    "money with a point": (KEPT | {"amount_minor": "12.50"}, "dues due-1, amount_minor: found 12.50"),
    "no such currency": (KEPT | {"currency": "XXY"}, "dues due-1, currency: found XXY"),
    "paid, but not all of it": (KEPT | {"paid_minor": "1"}, "dues due-1, paid_minor: found 1"),
    "whose it is": (KEPT | {"person_id": "somebody"}, "found person_id"),
    "since when it is known": (KEPT | {"known_on": "2020-01-01"}, "found known_on"),
    "its source": (KEPT | {"source": "another bank"}, "found source"),
    "its state": (KEPT | {"state": "valid"}, "found state"),
}


@pytest.mark.parametrize(("values", "said"), WRONG.values(), ids=WRONG)
def test_a_record_is_held_against_the_checks_of_its_table(
    office: Office, bank: UUID, person: UUID, values: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        send(office, bank, of(office, person, values=values))
    assert rows(office, furnished) == []


def test_a_column_that_is_missing_or_unknown_is_named_with_its_record_and_with_those_to_send(
    office: Office, bank: UUID, person: UUID
) -> None:
    whole = of(office, person)
    lacking = {name: value for name, value in whole.values.items() if name != "kind"}
    for other, found in (
        (lacking, "no column kind; expected the columns "),
        (whole.values | {"amount": "1"}, "the column amount; expected only the columns "),
    ):
        with pytest.raises(BadInput) as refusal:
            send(office, bank, whole, of(office, person, record_id="due-2", values=other))
        said = str(refusal.value)
        assert said.startswith(f"dues due-2: found {found}happened_on, kind, ")
        for ours in ("person_id", "record_id", "known_on", "source", "state"):
            assert ours not in said.partition("expected")[2]


def test_what_may_not_be_collected_is_refused(office: Office, bank: UUID, person: UUID) -> None:
    with pytest.raises(AgainstTheLaw, match="religion"):
        send(office, bank, of(office, person, values=KEPT | {"religion": "none"}))


@pytest.mark.parametrize("column", ["person_id", "record_id", "source", "known_on", "state"])
def test_what_the_registry_fills_in_is_no_value_of_a_record(
    office: Office, bank: UUID, person: UUID, column: str
) -> None:
    with pytest.raises(BadInput, match=f"dues due-1: found {column}; expected only the columns of the record itself"):
        send(office, bank, of(office, person, values=KEPT | {column: "another"}))


@pytest.mark.parametrize("table", ["people", "outcomes", "secrets"])
def test_tables_that_are_not_a_furnishers_are_refused(office: Office, bank: UUID, person: UUID, table: str) -> None:
    with pytest.raises(BadInput, match=f"table: found {table}"):
        send(office, bank, of(office, person, table=table))


def test_who_has_not_joined_or_has_left_has_no_records(office: Office, bank: UUID, person: UUID) -> None:
    gone = of(office, person)
    office.registry.do(lambda transaction: leave(transaction, person))
    for one in (gone, of(office, person, known_by=Identifier("phone", "+8613900000000"))):
        with pytest.raises(NotFound, match="nobody of this identifier") as refused:
            send(office, bank, one)
        assert "+86139" not in str(refused.value)


def test_all_of_a_sending_is_taken_or_none(office: Office, bank: UUID, person: UUID) -> None:
    stranger = of(office, person, record_id="due-2", known_by=Identifier("phone", "+8613900000000"))
    with pytest.raises(NotFound):
        send(office, bank, of(office, person), stranger)
    assert rows(office, furnished) == []
    assert verify_registry(office.registry).findings == []


def test_merchants_and_suspended_furnishers_send_nothing(office: Office, bank: UUID, person: UUID) -> None:
    with pytest.raises(Conflict):
        send(office, office.merchant, of(office, person))
    office.registry.do(lambda transaction: set_party_state(transaction, bank, "suspended", by="operator"))
    with pytest.raises(Conflict):
        send(office, bank, of(office, person))


def test_the_same_record_again_is_a_correction_and_the_last_version_counts(
    office: Office, bank: UUID, person: UUID
) -> None:
    send(office, bank, of(office, person))
    send(office, bank, of(office, person, values=KEPT | {"amount_minor": "9000"}))
    _, (pending,) = office.registry.do(read_pending)
    assert pending.values is not None
    assert (pending.values["amount_minor"], len(pending.numbers)) == ("9000", 2)


@pytest.mark.parametrize("what", ["person", "month"])
def test_a_correction_changes_neither_person_nor_month(office: Office, bank: UUID, person: UUID, what: str) -> None:
    send(office, bank, of(office, person))
    other = of(office, office.person()) if what == "person" else of(office, person, values=_moved("2026-05-01"))
    with pytest.raises(Conflict, match="another person or month"):
        send(office, bank, other)


def _moved(day: str) -> dict[str, str]:
    return KEPT | {"happened_on": day, "paid_on": day}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_blank_around_a_value_makes_no_other_record_of_it(office: Office, bank: UUID, person: UUID) -> None:
    spaced = {name: f" {value}\u3000" for name, value in KEPT.items()}
    first, second = (send(office, bank, of(office, person, values=values)) for values in (spaced, KEPT))
    sealed = {one.log_index: opened_record(office.registry.keyring, one) for one in rows(office, furnished)}
    assert sealed[first[0].number] == sealed[second[0].number]
    assert KEPT.items() <= sealed[first[0].number].items()
    with pytest.raises(Conflict, match="another person or month"):
        send(office, bank, of(office, person, values=KEPT | {"happened_on": " 2026-05-31", "paid_on": "2026-05-31"}))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_was_sent_with_blanks_before_is_of_the_month_that_it_says(
    office: Office, bank: UUID, person: UUID
) -> None:
    (sent,) = send(office, bank, of(office, person, values=KEPT))
    (row,) = rows(office, furnished)
    old = opened_record(office.registry.keyring, row) | {"happened_on": " 2026-06-01"}
    with office.registry.engine.begin() as connection:
        connection.execute(update(furnished).values(sealed=sealed_record(office.registry.keyring, sent.number, old)))
    assert send(office, bank, of(office, person, values=KEPT))
    with pytest.raises(Conflict, match="another person or month"):
        send(office, bank, of(office, person, values=KEPT | {"happened_on": "2026-05-31", "paid_on": "2026-05-31"}))


def test_two_furnishers_may_use_one_id(office: Office, bank: UUID, person: UUID) -> None:
    shop = office.registry.do(
        lambda transaction: admit(
            transaction, "Shop", "furnisher", code_kind="cn_social_credit_code", code=FIRM, contexts=[], by="operator"
        )
    ).id
    send(office, bank, of(office, person))
    send(office, shop, of(office, office.person()))
    assert len(office.registry.do(read_pending)[1]) == 2


def test_a_withdrawn_record_no_longer_counts(office: Office, bank: UUID, person: UUID) -> None:
    send(office, bank, of(office, person))
    office.registry.do(lambda transaction: withdraw_record(transaction, bank, "dues", "due-1"))
    _, (pending,) = office.registry.do(read_pending)
    assert pending.state(None) == "withdrawn"
    assert verify_registry(office.registry).findings == []


@pytest.mark.parametrize("days", [0, 40], ids=["before its day", "when it counts"])
@pytest.mark.parametrize("kind", ["record.taken_back", "record.corrected"])
def test_who_was_told_of_an_adverse_record_is_told_once_that_it_is_none_any_more(
    office: Office, bank: UUID, person: UUID, kind: str, days: int
) -> None:
    late = of(office, person, values=LATE, told_on=office.clock.now.date())
    send(office, bank, late)
    office.clock.now += timedelta(days=days)
    for _ in range(2):
        if kind == "record.taken_back":
            office.registry.do(lambda transaction: withdraw_record(transaction, bank, "dues", "due-1"))
        else:
            send(office, bank, of(office, person))
    first, second = rows(office, messages)
    assert (first.kind, second.kind) == ("record.adverse", kind)
    body = msgspec.json.decode(open_in(office.registry.keyring, messages.c.sealed, second.sealed, person_id=person))
    assert (body["source"], body["record_id"], body["furnisher"]) == (BANK, "due-1", "Bank")
    send(office, bank, late)
    assert [row.kind for row in rows(office, messages)] == ["record.adverse", kind, "record.adverse"]


def test_only_ones_own_record_is_withdrawn(office: Office, bank: UUID, person: UUID) -> None:
    send(office, bank, of(office, person))
    for party, record in ((office.merchant, "due-1"), (bank, "due-2")):
        with pytest.raises(NotFound, match="a record that you furnished"):
            office.registry.do(lambda transaction, p=party, r=record: withdraw_record(transaction, p, "dues", r))
    with pytest.raises(NotFound):
        office.registry.do(lambda transaction: withdraw_record(transaction, uuid4(), "dues", "due-1"))


def test_a_correction_of_a_contested_record_does_not_make_it_count(office: Office, bank: UUID, person: UUID) -> None:
    send(office, bank, of(office, person))
    office.registry.do(lambda transaction: dispute(transaction, person, Item("dues", BANK, "due-1"), "not mine"))
    send(office, bank, of(office, person, values=KEPT | {"amount_minor": "9000"}))
    _, (pending,) = office.registry.do(read_pending)
    assert pending.state(None) == "disputed"


def test_a_deleted_record_comes_back_only_certified_and_the_person_is_told(
    office: Office, bank: UUID, person: UUID
) -> None:
    send(office, bank, of(office, person))
    case = office.registry.do(lambda transaction: dispute(transaction, person, Item("dues", BANK, "due-1"), "not mine"))
    office.registry.do(lambda transaction: end_case(transaction, case.id, "deleted", words="", by="bob"))
    with pytest.raises(Conflict, match="deleted after a dispute"):
        send(office, bank, of(office, person))
    send(office, bank, of(office, person, certified=True))
    assert [row.state for row in rows(office, marks)] == ["valid"]
    assert [row.kind for row in rows(office, messages)] == ["dispute.deleted", "record.reinserted"]


def test_leaving_erases_what_was_furnished(office: Office, bank: UUID, person: UUID) -> None:
    send(office, bank, of(office, person))
    left = office.registry.do(lambda transaction: leave(transaction, person))
    assert left.erased["furnished"] == 1
    assert rows(office, furnished) == []
    assert verify_registry(office.registry).findings == []
