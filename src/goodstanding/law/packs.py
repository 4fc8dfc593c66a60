"""Law packs: one file a jurisdiction, each statement dated and with its law."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import msgspec
from holidays import country_holidays
from msgspec import Meta

from goodstanding.errors import BadProgramme, NotFound
from goodstanding.law.legal_facts import BANS, FACTS, Ban, Fact, Words, fact_on, not_as_expected, read_bans, read_fact
from goodstanding.wording import in_every_language, one_of, tr

NO_LAW = "none"
# The registry holds a person's jurisdiction in so many letters.
NAME = r"^[a-z][a-z0-9_]{1,7}\Z"


@dataclass(frozen=True)
class LawInForce:
    """What one jurisdiction allows on a day. Periods in months or days; each `..._law` names the source.

    `calendar` is that of its working days: a country's two letters, or ECB for the days of the euro's payment system.
    """

    name: str
    title: Mapping[str, str]
    calendar: str
    negatives_count_months: int | Literal["for ever"]
    negatives_count_law: str
    dispute_days: int
    dispute_law: str
    furnisher_told_working_days: int
    furnisher_told_law: str
    notice_days: int
    notice_law: str
    statement_words: int
    statement_law: str
    reasons_most: int
    reasons_law: str
    kept_months: int
    kept_law: str
    never_collected: frozenset[str]
    never_collected_law: str
    never_scored: frozenset[str]
    never_scored_law: str
    forbidden_dimensions: Mapping[str, str]
    forbidden_fields: Mapping[str, str]

    @property
    def checked(self) -> bool:
        """Whether there is a law in it that somebody checked."""
        return self.name != NO_LAW


class _Head(msgspec.Struct, frozen=True):
    """What a pack says of itself."""

    name: Annotated[str, Meta(pattern=NAME)]
    title: Annotated[Mapping[str, Words], Meta(min_length=1)]
    calendar: str


@dataclass(frozen=True)
class Pack:
    """A jurisdiction's law as it was and will be: each fact with the day from which it holds (legal_facts.py)."""

    name: str
    title: Mapping[str, str]
    calendar: str
    facts: Mapping[str, tuple[Fact, ...]]
    bans: Mapping[str, tuple[Ban, ...]]

    def on(self, day: date) -> LawInForce:
        """What holds on a day."""
        values: dict[str, Any] = {}
        for name, (unit, _) in FACTS.items():
            fact = fact_on(self.facts[name], day)
            values |= {name if unit == "fields" else f"{name}_{unit}": fact.value, f"{name}_law": fact.law}
        for name, bans in self.bans.items():
            values[name] = {ban.name: ban.law for ban in bans if ban.start is None or ban.start <= day}
        return LawInForce(name=self.name, title=self.title, calendar=self.calendar, **values)


def packs_on(packs: Iterable[Pack], day: date) -> list[LawInForce]:
    """What holds of several packs on a day."""
    return [pack.on(day) for pack in packs]


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
    if unknown := sorted(set(data) - _KEYS):
        raise BadProgramme(
            where=f"{where}, {unknown[0]}", found=unknown[0], expected=tr("no such key"), do=tr("Correct the name.")
        )
    own = {key: data[key] for key in _Head.__struct_fields__ if key in data}
    if isinstance(title := own.get("title"), str):
        # As the shipped ones have it: a sentence of ours, which every language's catalogue knows.
        own["title"] = in_every_language(title)
    try:
        head = msgspec.convert(own, _Head)
    except msgspec.ValidationError as error:
        raise not_as_expected(where, error) from error
    if head.name != name:
        raise BadProgramme(where=f"{where}, name", found=head.name, expected=name, do=tr("Name the file as the pack."))
    if not _is_calendar(head.calendar):
        expected = tr("a country's two letters, or ECB")
        raise BadProgramme(
            where=f"{where}, calendar", found=head.calendar, expected=expected, do=tr("Correct the field.")
        )
    return Pack(
        name=head.name,
        title=head.title,
        calendar=head.calendar,
        facts={fact: read_fact(where, fact, data) for fact in FACTS},
        bans={kind: read_bans(where, kind, data) for kind in BANS},
    )


# A fact is a list of tables by its name; one whose value is no list of fields may be two flat keys.
_FLAT = {key for name, (unit, _) in FACTS.items() if unit != "fields" for key in (f"{name}_{unit}", f"{name}_law")}
_KEYS = {*_Head.__struct_fields__, *FACTS, *BANS, *_FLAT}


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
