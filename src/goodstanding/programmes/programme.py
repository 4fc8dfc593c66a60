"""What a programme file says. Field names are those of programme.toml."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct, field

from goodstanding.engines import Formula, compile_characteristic, compile_condition, compile_read
from goodstanding.law import NO_LAW, LawInForce, Pack, load_pack, packs_on, read_pack
from goodstanding.relations import TIE_MEASURES
from goodstanding.statements import STATEMENTS, Measure, RollUp, own_statements
from goodstanding.wording import language, tr

# Why there is no score where a person's records cannot be computed with; no programme's rule may be called so.
NOT_COMPUTED = "not_computed"
Name: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}\Z")]
# A language by its tag, such as en, hi or zh-Hans; a currency by its ISO 4217 code.
Language: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")]
Currency: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
Text: TypeAlias = Annotated[Mapping[Language, str], Meta(min_length=1)]


def in_language(text: Text) -> str:
    """A text of a programme in the language in force, else in the one nearest to it, else in its first."""
    wanted = language()
    near = (own for own in text if own.partition("-")[0] == wanted.partition("-")[0])
    return text[wanted if wanted in text else next(near, next(iter(text)))]


def no_law_sentence(jurisdictions: Collection[str]) -> str | None:
    """That no law was checked, in words, of a programme for which that is so."""
    return tr("No law was checked.") if NO_LAW in jurisdictions else None


# Checked when a programme is loaded and used by every run: compiled once.
@cache
def _value(roll_up: RollUp, name: str, sql: str) -> Formula:
    return compile_characteristic(f"characteristic {name}", sql, roll_up.measures, TIE_MEASURES, roll_up.counted)


@cache
def _condition(roll_up: RollUp, name: str, sql: str) -> Formula:
    return compile_condition(f"coverage {name}", sql, roll_up.measures, TIE_MEASURES, roll_up.counted)


@cache
def _followed(roll_up: RollUp, name: str, sql: str) -> Formula:
    dates = [measure.name for measure in roll_up.measures.values() if measure.type == "DATE"]
    return compile_read(f"followed {name}", sql, roll_up.measures, dates, {})


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a programme file: typed, immutable, with no keys of its own invention."""


class DeclaredScale(_Part, frozen=True, forbid_unknown_fields=True):
    """`base_score` points mean `base_odds` good ends for each bad one; `points_to_double` more double the odds."""

    base_score: int
    base_odds: Annotated[float, Meta(gt=0)]
    points_to_double: Annotated[int, Meta(gt=0)]


class Band(_Part, frozen=True, forbid_unknown_fields=True):
    """A band of the score, from `least` points up."""

    name: Name
    least: int = field(name="from")
    title: Text


class Dimension(_Part, frozen=True, forbid_unknown_fields=True):
    """A dimension and its greatest influence on the score, in percent."""

    name: Name
    greatest_influence: Annotated[float, Meta(ge=0, le=100)]
    title: Text


class Perk(_Part, frozen=True, forbid_unknown_fields=True):
    """What a score of `least` points opens; with `currencies`, only to people with money in one of them."""

    least: int = field(name="from")
    title: Text
    currencies: tuple[Currency, ...] = ()


class Coverage(_Part, frozen=True, forbid_unknown_fields=True):
    """What must hold of a person's statements for there to be a score at all."""

    name: Name
    requires: str
    text: Text


class Followed(_Part, frozen=True, forbid_unknown_fields=True):
    """What following an advice makes of measures: of the months on file (`past`), and of those that come (`coming`)."""

    past: Mapping[str, str] = {}
    coming: Mapping[str, str] = {}


class Ceiling(_Part, frozen=True, forbid_unknown_fields=True):
    """While a characteristic is at a value or worse, the score is at most `most`: a hard rule, in the field's words."""

    name: Name
    characteristic: Name
    at: float
    most: int
    text: Text


class DeclaredCharacteristic(_Part, frozen=True, forbid_unknown_fields=True):
    """A named number of a person as of a month; `advice` where they can change it, `months` how soon at the soonest.

    `followed` is what following the advice does to the measures: with it, what the advice gains can be said.
    """

    name: Name
    dimension: Name
    sql: str
    better: Literal["higher", "lower"]
    unit: Literal["percent", "count", "months", "days", "times"]
    title: Text
    reason: Text
    advice: Text | None = None
    months: Annotated[int, Meta(gt=0, le=60)] | None = None
    followed: Followed | None = None

    @property
    def worse(self) -> Literal[">=", "<="]:
        """How a value compares with another that is no worse."""
        return ">=" if self.better == "lower" else "<="


class ExpertAttributes(_Part, frozen=True, forbid_unknown_fields=True):
    """Points by hand: `points[0]` below `cuts[0]`, ..., the last from the last cut on."""

    cuts: tuple[float, ...]
    points: tuple[int, ...]


class ExpertCard(_Part, frozen=True, forbid_unknown_fields=True):
    """A card written by hand, for where there are no outcomes."""

    base: int
    characteristics: Mapping[str, ExpertAttributes]


class Programme(_Part, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="scorecard"):
    """A score's definition, of the kind "scorecard".

    `range` is the least and the greatest score, `day` the day of the month it is renewed.
    `languages` are those its texts are in, the first for who reads none of them; `currencies` those of the money that
    its texts name, if any; `law` its own packs by name, `measures` its own measures by table.
    """

    name: Name
    version: Annotated[str, Meta(pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}\Z")]
    subject: Literal["person", "business"]
    operator: str
    title: Text
    jurisdictions: Annotated[tuple[str, ...], Meta(min_length=1)]
    day: Annotated[int, Meta(ge=1, le=28)]
    range: tuple[int, int]
    scale: DeclaredScale
    bands: Annotated[tuple[Band, ...], Meta(min_length=1)]
    dimensions: Annotated[tuple[Dimension, ...], Meta(min_length=1)]
    characteristics: Annotated[tuple[DeclaredCharacteristic, ...], Meta(min_length=1)]
    perks: tuple[Perk, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    languages: tuple[Language, ...] = ()
    currencies: tuple[Currency, ...] = ()
    law: Mapping[str, Mapping[str, Any]] = {}
    measures: Mapping[str, Mapping[str, Any]] = {}

    @property
    def roll_up(self) -> RollUp:
        """The statements that its measures stand in: everybody's, or those of its own measures. Raises BadProgramme."""
        return own_statements(self.name, json.dumps(self.measures)) if self.measures else STATEMENTS

    @property
    def known_measures(self) -> Mapping[str, Measure]:
        """All that its formulas may read, by name: measures of statements, and of ties."""
        return dict(self.roll_up.measures) | dict(TIE_MEASURES)

    def formula(self, part: DeclaredCharacteristic | Coverage) -> Formula:
        """The definition of a characteristic, or the condition of a coverage rule, compiled. Raises BadProgramme."""
        if isinstance(part, Coverage):
            return _condition(self.roll_up, part.name, part.requires)
        return _value(self.roll_up, part.name, part.sql)

    def followed(self, part: DeclaredCharacteristic) -> tuple[Mapping[str, Formula], Mapping[str, Formula]]:
        """What following an advice makes of past and coming measures, compiled. Raises BadProgramme."""
        followed = part.followed or Followed()
        past, coming = (
            {measure: _followed(self.roll_up, f"{part.name}, {when}.{measure}", sql) for measure, sql in edits.items()}
            for when, edits in (("past", followed.past), ("coming", followed.coming))
        )
        return past, coming

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The law packs of its jurisdictions, its own among them. Raises NotFound, BadProgramme."""
        return tuple(
            read_pack(f"law.{name}", name, self.law[name]) if name in self.law else load_pack(name, "jurisdictions")
            for name in self.jurisdictions
        )

    def laws_on(self, day: date) -> list[LawInForce]:
        """What the laws of its jurisdictions say on a day."""
        return packs_on(self.packs, day)

    def reasons_most(self, day: date) -> int:
        """How many reasons are told at most on a day: as many as the strictest of its jurisdictions wants."""
        return min(law.reasons_most for law in self.laws_on(day))

    @property
    def no_law(self) -> str | None:
        """What whoever is told of its scores is told as well: that no law was checked, where that is so."""
        return no_law_sentence(self.jurisdictions)

    @property
    def advises(self) -> bool:
        """Whether it says of anything what a person can do."""
        return any(characteristic.advice is not None for characteristic in self.characteristics)

    def perks_in(self, currency: str | None) -> list[Perk]:
        """The perks of people with money in a currency, in order; where it is not known, those of everybody."""
        return sorted(
            (perk for perk in self.perks if not perk.currencies or currency in perk.currencies),
            key=lambda perk: perk.least,
        )

    def characteristic(self, name: str) -> DeclaredCharacteristic:
        """A characteristic by name."""
        return next(characteristic for characteristic in self.characteristics if characteristic.name == name)

    def ceiling(self, name: str) -> Ceiling:
        """A ceiling by name."""
        return next(ceiling for ceiling in self.ceilings if ceiling.name == name)

    def why_not(self, reason: str | None) -> str:
        """Why there is no score, in words: the text of the coverage rule that does not hold."""
        if reason == NOT_COMPUTED:
            return tr("An amount on file is too large to be added up. Have the record corrected or withdrawn.")
        nothing = tr("Nothing is on file yet.")
        return next((in_language(rule.text) for rule in self.coverage if rule.name == reason), nothing)

    def band(self, score: int) -> Band:
        """The band of a score."""
        return next(band for band in reversed(self.bands) if score >= band.least)
