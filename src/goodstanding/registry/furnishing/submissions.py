"""Taking records from a furnisher: checked as a file's rows are, told before they count against a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, not_, select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.months import day_of, midnight
from goodstanding.records import (
    TABLES,
    Checked,
    check_columns,
    check_submitted,
    no_worse,
    one_form,
    open_until,
    stored_form,
    stored_row,
)
from goodstanding.registry.database.schema import furnished, marks, people
from goodstanding.registry.furnishing.in_force import in_force, is_in_force
from goodstanding.registry.furnishing.sealed_records import opened_record, sealed_record
from goodstanding.registry.jurisdictions import law_of
from goodstanding.registry.parties import Party, find_party
from goodstanding.registry.people import Identifier, find_person
from goodstanding.registry.rights.disputed_items import Item
from goodstanding.registry.rights.messages import tell_person
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.wording import tr

# What the registry fills in itself.
_OURS = ("person_id", "record_id", "source", "known_on", "state")
# What is known only when a record is collected.
_LATER = ("person_id", "known_on")
_NOBODY = "-"
_MONTH = len("YYYY-MM")
# What a message says of a record: no text, which may name somebody else, who may leave.
_SHOWN = ("choice", "integer", "currency")


@dataclass(frozen=True)
class Submission:
    """A record of a person: its table, the source's own id, and its other columns as text.

    `told_on`: the day on which the furnisher told the person, needed of a record that speaks against them.
    `certified`: that a record which was deleted is right after all, as the law asks before it may come back; or that it
    is said anew though it says what was sent before.
    """

    known_by: Identifier
    table: str
    record_id: str
    values: Mapping[str, str]
    told_on: date | None = None
    certified: bool = False


@dataclass(frozen=True)
class Sent:
    """A record that was taken: its number, whether it speaks against the person, and from when on it counts."""

    number: int
    record_id: str
    adverse: bool
    counts_from: datetime


def check_submissions(submissions: Sequence[Submission], today: date, currency: str | None = None) -> list[bool]:
    """Hold submissions against the tables' checks, before anything is written; gives which speak against the person.

    `currency` is that of the workspace that they are for, if it has one.

    Raises BadInput naming the record and the field, AgainstTheLaw for a field that may not be collected.
    """
    adverse: dict[int, bool] = {}
    for table in dict.fromkeys(one.table for one in submissions):
        if table not in TABLES or table in ("people", "outcomes"):
            names = ", ".join(name for name in TABLES if name not in ("people", "outcomes"))
            raise BadInput(
                where="table", found=table, expected=tr("one of {names}", names=names), do=tr("Correct the field.")
            )
        places = [place for place, one in enumerate(submissions) if one.table == table]
        rows = [_row(submissions[place], _NOBODY, _NOBODY, today) for place in places]
        for row in rows:
            # Each by itself: of several records together nobody would know which one lacks a column.
            check_columns(TABLES[table], f"{table} {row['record_id']}", list(row), filled=_OURS)
        for place, row, checked in zip(places, rows, check_submitted(table, rows, today, currency), strict=True):
            if checked.field is not None:
                raise _wrong(table, row, checked)
            if one_form(row["record_id"]) != row["record_id"]:
                # It is found by this text again: the records would know it by another.
                expected = tr("an id in composed form, without spaces at its ends")
                raise BadInput(
                    where=f"{table}, record_id",
                    found=repr(row["record_id"]),
                    expected=expected,
                    do=tr("Correct the field."),
                )
            adverse[place] = checked.adverse
    return [adverse[place] for place in range(len(submissions))]


def _wrong(table: str, row: Mapping[str, str], checked: Checked) -> BadInput:
    """What is wrong with a row, by a field that its sender filled in."""
    field, found, expected = checked.field, checked.found or "", checked.expected or ""
    if field == "known_on":
        # It is today, and the registry's own to say.
        field, found, expected = "happened_on", row["happened_on"], tr("a day that has come")
    return BadInput(
        where=f"{table} {row['record_id']}, {field}", found=found, expected=expected, do=tr("Correct the field.")
    )


def furnish(transaction: WriteTransaction, party: UUID, submissions: Sequence[tuple[Submission, bool]]) -> list[Sent]:
    """Take checked submissions, all or none; each with whether it speaks against the person.

    A record that was sent before is corrected; one that says the same is the same. Raises NotFound for a person who has
    not joined, BadInput for a record against them that they were not told of, Conflict for one that was deleted and is
    not certified.
    """
    source = find_party(transaction, party)
    if source.role != "furnisher" or source.state != "active":
        raise Conflict(
            where=tr("party"),
            found=f"{source.role}, {source.state}",
            expected="furnisher, active",
            do=tr("It must be admitted first."),
        )
    return [_take(transaction, source, one, adverse=adverse) for one, adverse in submissions]


def withdraw_record(transaction: WriteTransaction, party: UUID, table: str, record_id: str) -> Sent:
    """Take back a record that this party furnished: it no longer counts. Raises NotFound."""
    source = find_party(transaction, party)
    item = Item(table, source.code, record_id)
    row = _last(transaction, party, item)
    if row is None:
        expected = tr("a record that you furnished")
        raise NotFound(where=tr("record"), found=f"{table} {record_id}", expected=expected, do=tr("Check the id."))
    last_values = opened_record(transaction.keyring, row)
    values = last_values | {"state": "withdrawn"}
    sent = _write(transaction, source, row.person_id, item, values, adverse=False, counts_from=transaction.now)
    if row.adverse or open_until(table, last_values) is not None:
        tell_person(transaction, row.person_id, "record.taken_back", _body(item, source, sent))
    return sent


def _take(transaction: WriteTransaction, source: Party, one: Submission, *, adverse: bool) -> Sent:
    person, jurisdiction = _find_joined(transaction, one)
    item = Item(one.table, source.code, one.record_id)
    before = _last(transaction, source.id, item)
    last_values = None if before is None else opened_record(transaction.keyring, before)
    if before is not None and last_values is not None:
        _check_moved(before.person_id, last_values, person, one)
    if _is_reinserted(transaction, person, item, one):
        before = None
    row = _row(one, "", source.code, day_of(transaction.now))
    # As the records will keep it: whoever compares it with theirs, or looks for a name in it, finds the same.
    values = stored_row(one.table, {name: value for name, value in row.items() if name not in _LATER})
    if before is not None and last_values == values and not one.certified:
        # Whoever sends all they have every night says nothing new: what was told stays told, and its day the same. Who
        # certifies it says it anew: a file may have said something else since, or it was contested.
        return Sent(before.log_index, item.record_id, bool(before.adverse), before.counts_from)
    if adverse:
        _check_notice(transaction, one, jurisdiction)
    due = None if adverse else open_until(item.table, values)
    counts_from = transaction.now
    if adverse or due is not None:
        counts_from = _after_notice(transaction, source, item, values, jurisdiction)
    if due is not None:
        counts_from = max(counts_from, midnight(due + timedelta(days=1)))
        _let_go(transaction, source, person, item)
    sent = _write(transaction, source, person, item, values, adverse=adverse, counts_from=counts_from)
    body = _body(item, source, sent)
    if adverse:
        tell_person(transaction, person, "record.adverse", body)
    elif due is not None:
        shown = {field.name: values.get(field.name, "") for field in TABLES[item.table].own if field.kind in _SHOWN}
        tell_person(transaction, person, "record.open", body | shown | {"due_on": due})
    elif before is not None and last_values is not None and _is_against(transaction, before, last_values):
        # They were told that it speaks against them, and from which day on.
        tell_person(transaction, person, "record.corrected", body)
    return sent


def _find_joined(transaction: WriteTransaction, one: Submission) -> tuple[UUID, str]:
    """Whom a submission is about, and whose law holds for them. Raises NotFound."""
    person = find_person(transaction, one.known_by)
    jurisdiction = transaction.connection.scalar(
        select(people.c.jurisdiction).where(people.c.id == person, people.c.state == "open")
    )
    if person is None or jurisdiction is None:
        expected = tr("a person who has joined")
        where = f"{one.table} {one.record_id}, identifier"
        raise NotFound(
            where=where, found=tr("nobody of this identifier"), expected=expected, do=tr("Ask them to join.")
        )
    return person, jurisdiction


def _body(item: Item, source: Party, sent: Sent) -> dict[str, Any]:
    """What a message says of a record: the item as a dispute names it, who furnished it, from when on this counts."""
    return msgspec.to_builtins(item) | {"furnisher": source.name, "counts_from": sent.counts_from}


def _is_against(transaction: WriteTransaction, row: Row[Any], last_values: Mapping[str, str]) -> bool:
    """Whether a version speaks against the person: it did when it was sent, or counts and its day has gone by since."""
    due = open_until(row.record_table, last_values)
    return bool(row.adverse) or (
        due is not None and is_in_force(row, transaction.now) and due < day_of(transaction.now)
    )


def _check_notice(transaction: WriteTransaction, one: Submission, jurisdiction: str) -> None:
    """Raise BadInput unless the furnisher told the person of a record against them."""
    if one.told_on is None or one.told_on > day_of(transaction.now):
        raise BadInput(
            where=f"{one.table} {one.record_id}, told_on",
            found=tr("nothing") if one.told_on is None else one.told_on.isoformat(),
            expected=tr(
                "the day on which you told the person ({law})",
                law=law_of(transaction.connection, jurisdiction, transaction.now).notice_law,
            ),
            do=tr("Tell them first."),
        )


def _after_notice(
    transaction: WriteTransaction, source: Party, item: Item, values: Mapping[str, str], jurisdiction: str
) -> datetime:
    """From when on a version may count that speaks against the person, or will: the law's days after they are told.

    No later than a version that it is no worse than, in force or still to come: of that they were told, and the delay,
    which is there for them, would leave the worse one standing, or begin anew with each part that they pay.
    """
    # The furnisher told them before; the registry's own message needs its time to be read.
    days = [transaction.now + timedelta(days=law_of(transaction.connection, jurisdiction, transaction.now).notice_days)]
    counting = in_force(transaction.now)
    for which in (counting, not_(counting)):
        row = _last(transaction, source.id, item, which)
        if row is not None and no_worse(item.table, opened_record(transaction.keyring, row), values):
            days.append(transaction.now if is_in_force(row, transaction.now) else row.counts_from)
    return min(days)


def _let_go(transaction: WriteTransaction, source: Party, person: UUID, item: Item) -> None:
    """Let what counts against a person, or will, count no more: its furnisher says now that nothing does yet."""
    row = _last(transaction, source.id, item, in_force(transaction.now))
    last_values = {} if row is None else opened_record(transaction.keyring, row)
    if row is not None and (row.adverse or open_until(item.table, last_values) is not None):
        none = last_values | {"state": "withdrawn"}
        _write(transaction, source, person, item, none, adverse=False, counts_from=transaction.now)


def _last(transaction: WriteTransaction, party: UUID, item: Item, *of: ColumnElement[bool]) -> Row[Any] | None:
    """The last version of a record that a party furnished, of those that conditions hold for."""
    chosen = (furnished.c.party_id == party) & (furnished.c.item_hash == item.hash(transaction.keyring))
    query = select(furnished).where(chosen, *of).order_by(furnished.c.log_index.desc()).limit(1)
    return transaction.connection.execute(query).one_or_none()


def _check_moved(whose: UUID, last_values: Mapping[str, str], person: UUID, one: Submission) -> None:
    """A correction may change anything but whose the record is and its month."""
    # A date is one that the checks passed, but for blanks around it.
    if whose != person or last_values["happened_on"][:_MONTH] != stored_form(one.values["happened_on"])[:_MONTH]:
        raise Conflict(
            where=f"{one.table} {one.record_id}",
            found=tr("another person or month"),
            expected=tr("the same person and month in every version"),
            do=tr("Withdraw the record and send a new one."),
        )


def _is_reinserted(transaction: WriteTransaction, person: UUID, item: Item, one: Submission) -> bool:
    """Whether it was deleted after a dispute and is certified now: then nothing of before is left. Raises Conflict."""
    item_hash = item.hash(transaction.keyring)
    own = (marks.c.person_id == person) & (marks.c.item_hash == item_hash)
    if transaction.connection.scalar(select(marks.c.state).where(own)) != "withdrawn":
        return False
    if not one.certified:
        raise Conflict(
            where=f"{one.table} {one.record_id}",
            found=tr("a record that was deleted after a dispute"),
            expected=tr("one that you certify to be right"),
            do=tr("Certify it, or leave it out."),
        )
    rows = transaction.update(marks, own, state="valid", changed_at=transaction.now, collected_at=transaction.now)
    # What was deleted after a dispute stays deleted, whatever becomes of what is certified.
    rows += transaction.erase(furnished, (furnished.c.person_id == person) & (furnished.c.item_hash == item_hash))
    transaction.add("marks.valid", person, rows)
    tell_person(transaction, person, "record.reinserted", {"table": one.table, "record_id": one.record_id})
    return True


def _write(  # noqa: PLR0913 - the parts of a furnished record
    transaction: WriteTransaction,
    source: Party,
    person: UUID,
    item: Item,
    values: Mapping[str, str],
    *,
    adverse: bool,
    counts_from: datetime,
) -> Sent:
    index = transaction.next_index
    row = {
        "log_index": index,
        "party_id": source.id,
        "person_id": person,
        "item_hash": item.hash(transaction.keyring),
        "record_table": item.table,
        "sealed": sealed_record(transaction.keyring, index, values),
        "adverse": int(adverse),
        "at": transaction.now,
        "counts_from": counts_from,
    }
    # What was corrected or taken back before its day never counts; what was in force once stays, whose clock is right
    # or not: a withdrawal that is erased brings back what was withdrawn.
    earlier = (furnished.c.party_id == source.id) & (furnished.c.item_hash == row["item_hash"])
    void = transaction.erase(furnished, earlier & not_(in_force(transaction.now)))
    transaction.add("record.furnished", index, [*void, transaction.insert(furnished, row)])
    return Sent(index, item.record_id, adverse, counts_from)


def _row(one: Submission, person: str, source: str, today: date) -> dict[str, str]:
    """A submission as a row of its table. Raises BadInput for a column that is the registry's to fill in."""
    if ours := sorted(set(_OURS) & set(one.values)):
        expected = tr("only the columns of the record itself")
        raise BadInput(
            where=f"{one.table} {one.record_id}", found=", ".join(ours), expected=expected, do=tr("Leave it out.")
        )
    filled = {"person_id": person, "record_id": one.record_id, "known_on": today.isoformat(), "source": source}
    return filled | dict(one.values)
