"""Facts of a law pack: what holds from which day, and which law says so.

In a pack's file a fact is a list of tables, one for each time that the law changed:

    [[negatives_count]]
    from = 2013-03-15
    months = 60
    law = "Regulation on the Credit Reporting Industry (2013), article 16"

A pack that knows of no change may say it flat, as `negatives_count_months` and `negatives_count_law`, or as one table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec
from msgspec import Meta

from goodstanding.errors import BadProgramme
from goodstanding.wording import mismatch_of, tr

FOR_EVER: Literal["for ever"] = "for ever"
Words: TypeAlias = Annotated[str, Meta(pattern=r"\S")]
_Whole: TypeAlias = Annotated[int, Meta(ge=0, le=36_500)]
_Names: TypeAlias = tuple[Words, ...]

# Each fact by name: what its value is called, and of what type it is. A new fact is a line here and its fields in
# `LawInForce`.
FACTS: Mapping[str, tuple[str, Any]] = {
    "negatives_count": ("months", Annotated[int, Meta(ge=1, le=1200)] | Literal["for ever"]),
    "dispute": ("days", _Whole),
    "furnisher_told": ("working_days", _Whole),
    "notice": ("days", _Whole),
    "statement": ("words", _Whole),
    "reasons": ("most", _Whole),
    "kept": ("months", _Whole),
    "never_collected": ("fields", _Names),
    "never_scored": ("fields", _Names),
}
BANS = ("forbidden_dimensions", "forbidden_fields")


@dataclass(frozen=True)
class Fact:
    """What a law says from the day `start` on, None: since ever."""

    value: Any
    law: str
    start: date | None = None


@dataclass(frozen=True)
class Ban:
    """What a law forbids from the day `start` on, None: since ever."""

    name: str
    law: str
    start: date | None = None


def fact_on(facts: Sequence[Fact], day: date) -> Fact:
    """Which of a fact's values, oldest first, holds on a day.

    Before the first the first holds as well: what protects people now protects them in what is worked out of the past.
    """
    begun = [fact for fact in facts if fact.start is None or fact.start <= day]
    return begun[-1] if begun else facts[0]


def read_fact(where: str, name: str, data: Mapping[str, Any]) -> tuple[Fact, ...]:
    """A fact's values in a pack's file, oldest first. Raises BadProgramme."""
    unit, kind = FACTS[name]
    if name in data and (flat := {f"{name}_{unit}", f"{name}_law"}.intersection(data)):
        raise _error(f"{where}, {name}", ", ".join(sorted(flat)), tr("one place for what it says"))
    if name not in data and unit != "fields":
        flat, law = f"{name}_{unit}", f"{name}_law"
        value = _field(where, flat, data, kind)
        return (Fact(value, _field(where, law, data, Words)),)
    given: Any = data.get(name, {})
    entries = cast("list[Any]", given) if isinstance(given, list) else [given]
    found = [_entry(f"{where}, {name}", name, one) for one in entries]
    if not found:
        raise _missing(f"{where}, {name}")
    return tuple(_in_order(f"{where}, {name}", found))


def read_bans(where: str, name: str, data: Mapping[str, Any]) -> tuple[Ban, ...]:
    """What a pack's file forbids: `name = "the law"` since ever, or tables of `name`, `law` and `from`."""
    if name not in data:
        raise _missing(f"{where}, {name}")
    try:
        if isinstance(data[name], list):
            return tuple(Ban(one.name, one.law, one.start) for one in msgspec.convert(data[name], list[_BanEntry]))
        return tuple(Ban(*flat) for flat in msgspec.convert(data[name], Mapping[str, Words]).items())
    except msgspec.ValidationError as error:
        raise not_as_expected(f"{where}, {name}", error) from error


class _BanEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of what is forbidden."""

    name: Words
    law: Words
    start: date | None = msgspec.field(default=None, name="from")


@cache
def _form(name: str) -> type[msgspec.Struct]:
    """What one table of a fact looks like."""
    fields = [FACTS[name], ("law", Words), ("start", date | None, msgspec.field(default=None, name="from"))]
    return msgspec.defstruct("Entry", fields, frozen=True, forbid_unknown_fields=True)


def _entry(where: str, name: str, table: object) -> Fact:
    """One table of a fact."""
    try:
        read: Any = msgspec.convert(table, _form(name))
    except msgspec.ValidationError as error:
        raise not_as_expected(where, error) from error
    return Fact(_value(getattr(read, FACTS[name][0])), read.law, read.start)


def _field(where: str, key: str, data: Mapping[str, Any], kind: Any) -> Any:  # noqa: ANN401 - a type of a fact's value
    if key not in data:
        raise _missing(f"{where}, {key}")
    try:
        return msgspec.convert(data[key], kind)
    except msgspec.ValidationError as error:
        raise not_as_expected(f"{where}, {key}", error) from error


def _value(read: object) -> object:
    """Fields are compared whatever their case."""
    return frozenset(one.lower().strip() for one in cast("_Names", read)) if isinstance(read, tuple) else read


def _in_order(where: str, facts: Sequence[Fact]) -> list[Fact]:
    """Oldest first; each of a day of its own."""
    ordered = sorted(facts, key=lambda fact: fact.start or date.min)
    for before, after in pairwise(ordered):
        if before.start == after.start:
            found = tr("nothing") if after.start is None else after.start.isoformat()
            raise _error(f"{where}, from", tr("{day} twice", day=found), tr("each day once"))
    return ordered


def not_as_expected(where: str, error: msgspec.ValidationError) -> BadProgramme:
    """What a decoder says, as an error of ours."""
    found = mismatch_of(str(error))
    place = f"{where}, {found.where}" if found.where else where
    return _error(place, found.found, found.expected)


def _missing(where: str) -> BadProgramme:
    return _error(where, tr("nothing there"), tr("a field that must be there"))


def _error(where: str, found: str, expected: str) -> BadProgramme:
    return BadProgramme(where=where, found=found, expected=expected, do=tr("Correct the field."))
