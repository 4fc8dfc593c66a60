"""The measures of a statement, read from measures.toml beside this file."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
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


@cache
def _text() -> str:
    return (resources.files("goodstanding.statements") / "measures.toml").read_text(encoding="utf-8")


MEASURES: Mapping[str, Measure] = load_measures(_text())


def measures_digest() -> str:
    """SHA-256 of the definitions: statements built from others are built anew."""
    return hashlib.sha256(_text().encode()).hexdigest()
