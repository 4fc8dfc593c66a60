"""Law packs: one file a jurisdiction, each statement with its law."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from holidays import country_holidays
from msgspec import Meta

from goodstanding.errors import BadProgramme, NotFound
from goodstanding.wording import in_every_language, mismatch_of, one_of, tr

NO_LAW = "none"
FOR_EVER: Literal["for ever"] = "for ever"
# The registry holds a person's jurisdiction in so many letters.
NAME = r"^[a-z][a-z0-9_]{1,7}\Z"

_Whole: TypeAlias = Annotated[int, Meta(ge=0, le=36_500)]
_Words: TypeAlias = Annotated[str, Meta(pattern=r"\S")]


@dataclass(frozen=True)
class Pack:
    """What one jurisdiction allows. Periods in months or days; each `..._law` names the source.

    `calendar` is that of its working days: a country's two letters, or ECB for the days of the euro's payment system.
    """

    name: Annotated[str, Meta(pattern=NAME)]
    title: Annotated[Mapping[str, _Words], Meta(min_length=1)]
    negatives_count_months: Annotated[int, Meta(ge=1, le=1200)] | Literal["for ever"]
    negatives_count_law: _Words
    dispute_days: _Whole
    dispute_law: _Words
    calendar: str
    furnisher_told_working_days: _Whole
    furnisher_told_law: _Words
    notice_days: _Whole
    notice_law: _Words
    statement_words: _Whole
    statement_law: _Words
    reasons_most: _Whole
    reasons_law: _Words
    kept_months: _Whole
    kept_law: _Words
    forbidden_dimensions: Mapping[str, _Words]
    forbidden_fields: Mapping[str, _Words]
    never_collected: frozenset[str]
    never_collected_law: _Words
    never_scored: frozenset[str]
    never_scored_law: _Words

    @property
    def checked(self) -> bool:
        """Whether there is a law in it that somebody checked."""
        return self.name != NO_LAW


@dataclass(frozen=True)
class LabOnly:
    """What may be done to synthetic people only, the law that says so, and what to do instead."""

    name: str
    title: str
    law: str
    instead: str


@cache
def load_lab_only() -> Mapping[str, LabOnly]:
    """What only the lab may do, by name."""
    text = (resources.files("goodstanding.law") / "lab_only.toml").read_text(encoding="utf-8")
    return {name: LabOnly(name, **written) for name, written in tomllib.loads(text).items()}


@cache
def load_packs() -> Mapping[str, Pack]:
    """The pack of every jurisdiction that is shipped, by name."""
    folder = resources.files("goodstanding.law") / "packs"
    found = [_shipped(entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir()]
    return {pack.name: pack for pack in sorted(found, key=lambda pack: pack.name)}


@cache
def load_no_law() -> Pack:
    """The pack of a programme for which no law was checked: it holds what this project itself never does."""
    return _shipped("none.toml", (resources.files("goodstanding.law") / "none.toml").read_text(encoding="utf-8"))


def load_pack(name: str, where: str = "") -> Pack:
    """The pack that is shipped for a jurisdiction, or for none. Raises NotFound, naming `where` it is asked for."""
    packs = {**load_packs(), NO_LAW: load_no_law()}
    if name not in packs:
        raise NotFound(
            where=where or tr("jurisdictions"),
            found=repr(name),
            expected=one_of(packs),
            do=tr("Name a law pack that exists, or put one beside the programme: law/{name}.toml.", name=name),
        )
    return packs[name]


def read_pack(where: str, name: str, data: Mapping[str, Any]) -> Pack:
    """A pack from what its file says; `where` names the file, `name` is that of the pack. Raises BadProgramme."""
    flat = {key: value for key, value in data.items() if key not in ("never_collected", "never_scored")}
    if isinstance(title := flat.get("title"), str):
        # As the shipped ones have it: a sentence of ours, which every language's catalogue knows.
        flat["title"] = in_every_language(title)
    for key in ("never_collected", "never_scored"):
        rule = _rule(f"{where}, {key}", data.get(key))
        flat |= {key: [field.lower().strip() for field in rule.fields], f"{key}_law": rule.law}
    # What the file calls these two are the tables above.
    if unknown := sorted((set(data) - {field.name for field in fields(Pack)}) | (set(data) & _LAWS_OF_TABLES)):
        raise BadProgramme(
            where=f"{where}, {unknown[0]}", found=unknown[0], expected=tr("no such key"), do=tr("Correct the name.")
        )
    try:
        pack = msgspec.convert(flat, Pack)
    except msgspec.ValidationError as error:
        raise _not_as_expected(where, error) from error
    if pack.name != name:
        raise BadProgramme(where=f"{where}, name", found=pack.name, expected=name, do=tr("Name the file as the pack."))
    if not _is_calendar(pack.calendar):
        expected = tr("a country's two letters, or ECB")
        raise BadProgramme(
            where=f"{where}, calendar", found=pack.calendar, expected=expected, do=tr("Correct the field.")
        )
    return pack


_LAWS_OF_TABLES = {"never_collected_law", "never_scored_law"}


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that a law keeps out."""

    law: _Words
    fields: tuple[_Words, ...]


def _rule(where: str, table: object) -> _Rule:
    try:
        return msgspec.convert({} if table is None else table, _Rule)
    except msgspec.ValidationError as error:
        raise _not_as_expected(where, error) from error


def _not_as_expected(where: str, error: msgspec.ValidationError) -> BadProgramme:
    """What a decoder says, as an error of ours."""
    found = mismatch_of(str(error))
    place = f"{where}, {found.where}" if found.where else where
    return BadProgramme(where=place, found=found.found, expected=found.expected, do=tr("Correct the field."))


@cache
def _is_calendar(name: str) -> bool:
    """Is there a calendar of working days of this name?"""
    if name == "ECB":
        return True
    try:
        # Loads that country alone; the list of all countries takes longer than all the rest of a programme.
        return bool(re.fullmatch("[A-Z]{2}", name)) and hasattr(country_holidays(name), "country")
    except NotImplementedError:
        return False


def _shipped(file: str, text: str) -> Pack:
    return read_pack(file, file.removesuffix(".toml"), tomllib.loads(text))
