"""Cases: what a person contests, and how it ended. Disputes and blocks are about records, reviews about answers.

Whatever the kind, a case is opened by the person without a fee or a form, has a day by which it is closed, and ends in
one of its outcomes, in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Row, select

from goodstanding.errors import BadInput, NotFound
from goodstanding.registry.database.schema import cases
from goodstanding.registry.joined import joined
from goodstanding.registry.keys import Keyring, canonical
from goodstanding.registry.lifecycles import Lifecycle
from goodstanding.registry.log.line_kinds import line_kind
from goodstanding.registry.people import check_words
from goodstanding.registry.sealed_columns import open_in, seal_in
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.wording import one_of, tr

CaseKind: TypeAlias = Literal["dispute", "block", "review"]
MarkState: TypeAlias = Literal["disputed", "withdrawn", "valid"]

OPEN = "open"
TAKEN_BACK = "taken_back"
# An item that nobody confirmed in time is deleted; a block without proof in time is lifted; a review waits.
WHEN_OVERDUE: Mapping[CaseKind, str] = {"dispute": "deleted", "block": "lifted"}


@dataclass(frozen=True)
class CaseOutcome:
    """An outcome of a kind of case: what becomes of the items, and whether the score they gave was wrong."""

    marks: MarkState | None
    was_wrong: bool


ENDINGS: Mapping[CaseKind, Mapping[str, CaseOutcome]] = {
    "dispute": {
        "deleted": CaseOutcome("withdrawn", was_wrong=True),
        "corrected": CaseOutcome("valid", was_wrong=True),
        "confirmed": CaseOutcome("valid", was_wrong=False),
        TAKEN_BACK: CaseOutcome("valid", was_wrong=False),
    },
    "block": {
        "proven": CaseOutcome("withdrawn", was_wrong=True),
        "lifted": CaseOutcome("valid", was_wrong=False),
        TAKEN_BACK: CaseOutcome("valid", was_wrong=False),
    },
    "review": {
        "changed": CaseOutcome(None, was_wrong=True),
        "upheld": CaseOutcome(None, was_wrong=False),
        TAKEN_BACK: CaseOutcome(None, was_wrong=False),
    },
}


CASE_LIFECYCLES: Mapping[CaseKind, Lifecycle[str, str]] = {
    kind: Lifecycle({outcome: (frozenset({OPEN}), outcome) for outcome in outcomes})
    for kind, outcomes in ENDINGS.items()
}


@dataclass(frozen=True)
class Case:
    """A case: `about` is what it names (items, or a use), `words` the person's, `answer` the other side's."""

    id: UUID
    kind: CaseKind
    person: UUID
    party: UUID | None
    state: str
    about: Mapping[str, Any]
    words: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    answer: str | None


def open_case(  # noqa: PLR0913 - what a case is
    transaction: WriteTransaction,
    kind: CaseKind,
    person: UUID,
    *,
    about: Mapping[str, Any],
    words: str,
    due_at: datetime,
    party: UUID | None,
) -> Case:
    """Open a case of a person who has joined. Raises NotFound, BadInput for words that are too long."""
    check_words("words", words)
    joined(transaction.connection, person)
    case = Case(
        id=uuid4(),
        kind=kind,
        person=person,
        party=party,
        state=OPEN,
        about=about,
        words=words,
        opened_at=transaction.now,
        due_at=due_at,
        closed_at=None,
        closed_by=None,
        answer=None,
    )
    text = canonical({"about": about, "words": words}).decode()
    row = {
        "id": case.id,
        "kind": kind,
        "person_id": person,
        "party_id": party,
        "state": OPEN,
        "sealed": seal_in(transaction.keyring, cases.c.sealed, text, id=case.id),
        "opened_at": transaction.now,
        "due_at": due_at,
    }
    transaction.add("case.open", case.id, [transaction.insert(cases, row)])
    return case


def close_case(transaction: WriteTransaction, case: Case, outcome: str, *, words: str, by: str) -> Case:
    """End a case in one of its outcomes. Raises BadInput for another, Conflict if it has ended."""
    check_words("words", words)
    if case.state == OPEN and outcome not in ENDINGS[case.kind]:
        raise BadInput(where="outcome", found=outcome, expected=one_of(ENDINGS[case.kind]), do=tr("Correct the field."))
    state = CASE_LIFECYCLES[case.kind].after(
        outcome, case.state, of=tr("case"), do=tr("It has ended; open another if there is something new.")
    )
    answer = seal_in(transaction.keyring, cases.c.answer, words, id=case.id)
    values = {"state": state, "closed_at": transaction.now, "closed_by": by, "answer": answer}
    transaction.add(line_kind(f"case.{outcome}"), case.id, transaction.update(cases, cases.c.id == case.id, **values))
    return find_case(transaction, case.id)


def find_case(
    transaction: ReadTransaction, case: UUID, *, person: UUID | None = None, party: UUID | None = None
) -> Case:
    """A case, of a person or told to a party if one is named. Raises NotFound, also for another's."""
    query = select(cases).where(cases.c.id == case)
    if person is not None:
        query = query.where(cases.c.person_id == person)
    if party is not None:
        query = query.where(cases.c.party_id == party)
    row = transaction.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(where=tr("case"), found=str(case), expected=tr("a case of yours"), do=tr("Check the id."))
    return read_case(transaction.keyring, row)


def cases_of(transaction: ReadTransaction, person: UUID, left: list[Unopened] | None = None) -> Sequence[Case]:
    """A person's cases, the first opened first, but for what does not open: `left` learns of it.

    Without it BadInput is raised for one.
    """
    query = select(cases).where(cases.c.person_id == person).order_by(cases.c.opened_at, cases.c.id)
    return opened_rows(transaction.connection, cases, query, lambda row: read_case(transaction.keyring, row), left)


def find_cases(
    transaction: ReadTransaction,
    *,
    is_open: bool,
    party: UUID | None,
    after: UUID | None,
    most: int,
    left: list[Unopened] | None = None,
) -> Sequence[Case]:
    """The cases that wait for an answer, or have ended, by id: a party's own, or everybody's; `after` goes on from one.

    `left` learns of what does not open; without it is raised what one raises.
    """
    query = select(cases).where((cases.c.state == OPEN) if is_open else (cases.c.state != OPEN))
    if party is not None:
        query = query.where(cases.c.party_id == party)
    if after is not None:
        query = query.where(cases.c.id > after)
    query = query.order_by(cases.c.id)
    return opened_rows(
        transaction.connection, cases, query, lambda row: read_case(transaction.keyring, row), left, most=most
    )


def read_case(keyring: Keyring, row: Row[Any]) -> Case:
    """A row of `cases`, unsealed."""
    opened = cast("dict[str, Any]", msgspec.json.decode(open_in(keyring, cases.c.sealed, row.sealed, id=row.id)))
    answer = None if row.answer is None else open_in(keyring, cases.c.answer, row.answer, id=row.id)
    return Case(
        id=row.id,
        kind=row.kind,
        person=row.person_id,
        party=row.party_id,
        state=row.state,
        about=opened["about"],
        words=opened["words"],
        opened_at=row.opened_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        answer=answer,
    )
