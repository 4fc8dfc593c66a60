"""What statements say: of a person's month (measures.toml) and of a person's dealings with another (dealings.toml)."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from types import MappingProxyType

from goodstanding.engines import compile_measure
from goodstanding.records import TABLES


@dataclass(frozen=True)
class Measure:
    """A named whole number of a person's month: its table, its compiled SQL, what it is where there is no row."""

    name: str
    table: str
    sql: str
    reads: frozenset[str]
    empty: int | None
    adverse: bool

    @property
    def type(self) -> str:
        """Its SQL type: money in minor units may be large, a count of a month's rows or days is not."""
        if self.name.endswith("_on"):
            return "DATE"
        return "BIGINT" if self.name.endswith("_minor") else "INTEGER"


def load_measures(text: str) -> Mapping[str, Measure]:
    """Measures by name. Raises BadProgramme for a formula outside the vocabulary."""
    found: dict[str, Measure] = {}
    for table, measures in tomllib.loads(text).items():
        for name, said in measures.items():
            dates = [field.name for field in TABLES[table].fields if field.kind == "date"]
            formula = compile_measure(f"measures.toml, {table}.{name}", said["sql"], TABLES[table].columns, dates)
            found[name] = Measure(
                name, table, formula.sql, formula.reads, said.get("empty"), said.get("adverse", False)
            )
    return MappingProxyType(found)


@dataclass(frozen=True)
class RollUp:
    """Records rolled up by month: the folder of its files, whose each row is, and what `definitions` measure."""

    folder: str
    key: tuple[str, ...]
    definitions: str

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Its measures by name."""
        return load_measures(self.definitions)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The record tables that it is made of."""
        return tuple(dict.fromkeys(measure.table for measure in self.measures.values()))

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The columns that say something: how many records a row is made of, in all and by table, and the measures."""
        return ("records", *(f"{table}_records" for table in self.tables), *self.measures)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All columns of its files."""
        return (*self.key, "month", "known_on", *self.values)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the definitions: what was made by others is made anew."""
        return hashlib.sha256(self.definitions.encode()).hexdigest()


def _text(file: str) -> str:
    return (resources.files("goodstanding.statements") / file).read_text(encoding="utf-8")


STATEMENTS = RollUp("statements", ("person_id",), _text("measures.toml"))
# What a person and another person had to do with each other, as the person's own records have it.
DEALINGS = RollUp("dealings", ("person_id", "other_person"), _text("dealings.toml"))
ROLL_UPS = (STATEMENTS, DEALINGS)
MEASURES: Mapping[str, Measure] = STATEMENTS.measures
