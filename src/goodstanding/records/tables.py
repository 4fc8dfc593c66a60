"""The tables of records: their columns, and what each must hold.

Every table has the common columns first. `happened_on` is the day the fact is about (each table says which),
`known_on` the day from which it could be known; a later row with the same `source` and `record_id` corrects
an earlier one from its `known_on` on. `state` says whether the row counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from goodstanding.wording import mark

Kind = Literal["text", "date", "integer", "flag", "choice", "currency"]
Easing = Literal["later", "more", "sooner"]


@dataclass(frozen=True)
class Field:
    """A column. Integers are counts or minor units of money, never below `least`; dates are days.

    A date may lie at most `ahead` years after `known_on`; None leaves that to the table's rules. Two ids that look the
    same are the same (characters.py). `another`: it may be the id of another person, in rows of these kinds or, if
    none is named, in all; None if it never is.
    """

    name: str
    kind: Kind
    note: str
    required: bool = True
    least: int | None = None
    choices: tuple[str, ...] = ()
    ahead: int | None = None
    is_id: bool = False
    another: tuple[str, ...] | None = None

    @property
    def sql_type(self) -> str:
        """The SQL type that its values are kept in."""
        return {"date": "DATE", "integer": "BIGINT", "flag": "BOOLEAN"}.get(self.kind, "VARCHAR")


@dataclass(frozen=True)
class Rule:
    """What must hold between columns: an SQL condition, the field to blame, what is expected.

    One `for_new` rows alone may be broken by what a workspace holds already, which can be withdrawn all the same.
    """

    field: str
    holds: str
    expected: str
    for_new: bool = False


@dataclass(frozen=True)
class Promise:
    """What a person is to do by a day: the column of that day, and of the day on which it was done, empty till then.

    Till its day nothing speaks against them; after it, while it is not done, time alone does.
    """

    by: str
    done: str

    @property
    def broken(self) -> str:
        """The SQL condition of a row that speaks against the person: done too late, or not done and its day over."""
        return f"{self.done} > {self.by} OR ({self.done} IS NULL AND known_on > {self.by})"


@dataclass(frozen=True)
class Table:
    """A record table: its name, its title to people, and a note.

    `adverse` is the SQL condition of a row that speaks against the person, None if no row does. `easing`: the columns
    in which a version may differ from one before and be surely no worse for the person - "later", "more", or "sooner",
    which a day is also where there was none.
    """

    name: str
    title: str
    note: str
    own: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    adverse: str | None = None
    promise: Promise | None = None
    easing: Mapping[str, Easing] = field(default_factory=dict[str, Easing], hash=False)
    known_after: bool = True

    @property
    def always_adverse(self) -> bool:
        """Whether any measure of it can speak against the person: it is of what is owed, or of nothing good."""
        return self.promise is not None or self.adverse == "TRUE"

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All columns, the common ones first."""
        return COMMON + self.own

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of each column, by its name."""
        return {field.name: field.kind for field in self.fields}

    @cached_property
    def naming_others(self) -> tuple[Field, ...]:
        """The columns that may hold the id of another person than the one whose record it is."""
        return tuple(field for field in self.own if field.another is not None)


COMMON = (
    Field("person_id", "text", "whose record it is", is_id=True),
    Field("record_id", "text", "the source's own id of the fact; a correction carries the same", is_id=True),
    Field("happened_on", "date", "the day the fact is about"),
    Field("known_on", "date", "the day from which it could be known, in this version"),
    Field("source", "text", "who furnished it", is_id=True),
    Field(
        "state",
        "choice",
        "valid (the default), disputed (not counted meanwhile) or withdrawn (no longer counted)",
        required=False,
        choices=("valid", "disputed", "withdrawn"),
    ),
)

_KNOWN_AFTER = Rule("known_on", "known_on >= happened_on", mark("a day not before happened_on"))
_CURRENCY = Field("currency", "currency", "ISO 4217 code; one currency a workspace")
_DUE = Promise(by="happened_on", done="paid_on")
_LENT = Promise(by="promised_on", done="returned_on")


def _choice(name: str, note: str, *choices: str) -> Field:
    return Field(name, "choice", note, choices=choices)


def _amount(note: str, least: int | None = 0, name: str = "amount_minor", *, required: bool = True) -> Field:
    return Field(name, "integer", note, required=required, least=least)


PEOPLE = Table(
    "people",
    mark("joining"),
    "Who joined, and when (happened_on). Birth date and sex are kept for fairness tests only.",
    (
        Field("born_on", "date", "date of birth; never scored", required=False, ahead=0),
        Field("sex", "choice", "never scored", required=False, choices=("female", "male", "other")),
    ),
)
DETAILS = Table(
    "details",
    mark("details"),
    "What identifies and places a person, from the day it became true (happened_on).",
    (
        _choice("kind", "what it is", "address", "phone", "employer", "email", "document", "account"),
        Field("value", "text", "the detail itself, or a keyed hash of it", another=("employer",)),
        Field("verified", "flag", "whether somebody checked it"),
        Field("valid_to", "date", "the last day it was true", required=False, ahead=50),
    ),
    (Rule("valid_to", "valid_to IS NULL OR valid_to >= happened_on", mark("a day not before happened_on")),),
)
PAYMENTS = Table(
    "payments",
    mark("payments"),
    "Money received (above 0) and paid (below 0) on a day (happened_on).",
    (
        _choice(
            "category",
            "what it was for",
            *(
                "wages",
                "pension",
                "income",
                "interest",
                "cash_in",
                "cash_out",
                "shopping",
                "household",
                "rent",
            ),
            *("insurance", "loan", "fee", "penalty", "savings", "investment", "own_transfer"),
            *("refund", "chargeback", "tax", "other"),
        ),
        Field("counterparty", "text", "the other side, as the source names it", required=False, another=()),
        _amount("minor units; above 0 received, below 0 paid", least=None),
        _CURRENCY,
    ),
    adverse="category = 'penalty' AND amount_minor < 0",
)
TRANSFERS = Table(
    "transfers",
    mark("transfers"),
    "Money between people on a day (happened_on); each side has its own row.",
    (
        Field(
            "other_person",
            "text",
            "the other person: by person_id if on file, else as the source names them",
            is_id=True,
            another=(),
        ),
        _choice("direction", "in: received, out: sent", "in", "out"),
        _amount("minor units", least=1),
        _CURRENCY,
    ),
)
DUES = Table(
    "dues",
    mark("bills and instalments"),
    "Anything that fell due: instalments, utility bills, rent. happened_on is the due date.",
    (
        _choice("kind", "what fell due", "loan", "card", "electricity", "water", "gas", "phone", "rent", "other"),
        Field("counterparty", "text", "to whom", required=False, another=()),
        _amount("what was due, minor units", least=1),
        Field("paid_on", "date", "when it was paid in full; empty while it is not", required=False),
        _amount("paid so far, minor units", name="paid_minor"),
        _CURRENCY,
    ),
    (
        Rule("paid_on", "paid_on IS NULL OR paid_on <= known_on", mark("a day not after known_on")),
        Rule(
            "paid_minor",
            "paid_on IS NULL OR paid_minor >= amount_minor",
            mark("the whole amount where paid_on is given"),
        ),
        Rule(
            "paid_on",
            "paid_on IS NOT NULL OR paid_minor < amount_minor",
            mark("the day on which it was paid in full, where paid_minor is the whole amount"),
            for_new=True,
        ),
    ),
    adverse=_DUE.broken,
    promise=_DUE,
    easing={"happened_on": "later", "paid_on": "sooner", "paid_minor": "more"},
    known_after=False,
)
BALANCES = Table(
    "balances",
    mark("balances"),
    "What an account held at the end of a month (happened_on, its last day), by kind.",
    (
        _choice(
            "kind",
            "current_lowest is the month's lowest",
            *("current", "current_lowest", "savings", "wealth", "card_used", "card_limit", "loan_owed"),
        ),
        _amount("minor units; below 0 overdrawn", least=None),
        _CURRENCY,
    ),
    (Rule("happened_on", "happened_on = last_day(happened_on)", mark("the last day of a month")),),
    adverse="kind = 'current_lowest' AND amount_minor < 0",
)
ORDERS = Table(
    "orders",
    mark("rentals"),
    "Deposit-free rentals and bookings, by the day they began (happened_on).",
    (
        _choice("kind", "what was lent", "power_bank", "umbrella", "bicycle", "car", "hotel", "other"),
        Field("counterparty", "text", "the merchant", required=False, another=()),
        Field("promised_on", "date", "when it was to be returned", ahead=10),
        Field("returned_on", "date", "when it was; empty while it is not", required=False),
        _amount("the deposit waived, minor units", name="deposit_minor"),
        _CURRENCY,
    ),
    (
        Rule("promised_on", "promised_on >= happened_on", mark("a day not before happened_on")),
        Rule(
            "returned_on",
            "returned_on IS NULL OR returned_on BETWEEN happened_on AND known_on",
            mark("a day from happened_on to known_on"),
        ),
    ),
    adverse=_LENT.broken,
    promise=_LENT,
    easing={"promised_on": "later", "returned_on": "sooner"},
)
INQUIRIES = Table(
    "inquiries",
    mark("inquiries"),
    "Who asked about the person, and why, on a day (happened_on).",
    (
        Field("counterparty", "text", "who asked", another=()),
        _choice("purpose", "why", "loan", "card", "rental", "deposit", "own", "other"),
    ),
)
PUBLIC_RECORDS = Table(
    "public_records",
    mark("public records"),
    "Judgments and the like, from the day they took effect (happened_on).",
    (
        _choice("kind", "what it is", "court_judgment", "bankruptcy", "tax", "other"),
        Field("legal_basis", "text", "the law or case that makes it public"),
        Field("until", "date", "the last day it is public, and counts", required=False, ahead=50),
        Field("settled_on", "date", "when it was settled", required=False),
        _amount("minor units", required=False),
        Field("currency", "currency", "ISO 4217 code", required=False),
    ),
    (
        Rule(
            "settled_on",
            "settled_on IS NULL OR settled_on BETWEEN happened_on AND known_on",
            mark("a day from happened_on to known_on"),
        ),
    ),
    adverse="TRUE",
    easing={"settled_on": "sooner"},
)
OUTCOMES = Table(
    "outcomes",
    mark("how loans ended"),
    "How an obligation ended: decided on a day (happened_on), good or bad over its performance window.",
    (
        _choice("kind", "what was decided", "loan", "card", "rental", "other"),
        Field("bad", "flag", "true if it was not kept"),
        Field("window_until", "date", "the last day of the performance window"),
    ),
    (
        Rule(
            "window_until",
            "window_until BETWEEN happened_on AND known_on",
            mark("a day from happened_on to known_on"),
        ),
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            PEOPLE,
            DETAILS,
            PAYMENTS,
            TRANSFERS,
            DUES,
            BALANCES,
            ORDERS,
            INQUIRIES,
            PUBLIC_RECORDS,
            OUTCOMES,
        )
    }
)


def rules_of(table: Table) -> tuple[Rule, ...]:
    """A table's own rules, and that nothing is known before it happened where that cannot be."""
    return (_KNOWN_AFTER, *table.rules) if table.known_after else table.rules
