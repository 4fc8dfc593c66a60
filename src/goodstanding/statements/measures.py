"""What statements say: of a person's month (measures.toml) and of a person's dealings with another (dealings.toml)."""

import hashlib
import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from goodstanding.engines import Counted, added_up_in, compile_measure, compile_read
from goodstanding.errors import BadProgramme
from goodstanding.records import TABLES
from goodstanding.store import Catalogue
from goodstanding.store.layout import own_measures_folder, programmes_with_measures
from goodstanding.wording import mismatch_of, tr

# The greatest amount of a person's month that is taken as one, in minor units: a hundred years of such months, and the
# sum of the squares of twenty, fit into the numbers of both engines.
MOST_MINOR = 10**15
MOST_INTEGER = 2**31 - 1


@dataclass(frozen=True)
class Measure:
    """A named whole number of a person's month: its table, its compiled SQL, what it is where there is no row.

    One that is `stored` is an aggregate over records and stands in the statements' files; any other is a formula over
    those of the same statement, `age` and `as_of_day`; `uses` are those. `reads` are the fields of records behind it.
    One that is `large` is made of amounts, whatever it is called: it may be more than its type holds.
    """

    name: str
    table: str
    sql: str
    reads: frozenset[str]
    empty: int | None
    adverse: bool
    stored: bool = True
    uses: frozenset[str] = frozenset()
    large: bool = False

    @property
    def type(self) -> str:
        """Its SQL type: money in minor units may be large, a count of a month's rows or days is not."""
        if self.name.endswith("_on"):
            return "DATE"
        return "BIGINT" if self.name.endswith("_minor") else "INTEGER"

    @property
    def bounded_sql(self) -> str:
        """Its SQL in its type; NULL beyond MOST_MINOR, which no window could be added up with, or beyond its type."""
        if not self.may_be_beyond:
            return f"CAST({self.sql} AS {self.type})"
        most = MOST_MINOR if self.type == "BIGINT" else MOST_INTEGER
        return f"CASE WHEN {self.sql} BETWEEN -{most} AND {most} THEN CAST({self.sql} AS {self.type}) END"

    @property
    def may_be_beyond(self) -> bool:
        """Whether there can be amounts with which it has no value."""
        return self.type == "BIGINT" or (self.large and self.type == "INTEGER")

    @property
    def counted(self) -> Counted:
        """What a formula over months must know of it."""
        return Counted(self.table, zero=self.empty == 0)


class _Declared(msgspec.Struct, forbid_unknown_fields=True):
    """What a file tells of a measure."""

    sql: str | None = None
    read: str | None = None
    empty: Literal[0] | None = None
    adverse: bool = False


_NAME = re.compile("[a-z][a-z0-9_]{0,62}")
OWN_FILE = "measures"
# What a measure that is read knows beside its statement: the last day of the as-of month, and how long ago it was.
_OF_THE_ASKED = ("as_of_day", "age")


def load_measures(text: str, file: str = "measures.toml") -> Mapping[str, Measure]:
    """Measures by name, of TOML, or of JSON as a programme's own are kept. Raises BadProgramme for what is none."""
    found: dict[str, Measure] = {}
    written: dict[str, dict[str, Any]] = json.loads(text) if text.startswith("{") else tomllib.loads(text)
    for table, measures in written.items():
        if table not in TABLES or table == "outcomes":
            names = ", ".join(name for name in TABLES if name != "outcomes")
            raise BadProgramme(
                where=f"{file}, {table}",
                found=table,
                expected=tr("one of {names}", names=names),
                do=tr("Correct the name."),
            )
        for name, written_as in measures.items():
            where = f"{file}, {table}.{name}"
            declared = _declared(where, name, written_as, found)
            if file == OWN_FILE and TABLES[table].always_adverse:
                # The law limits how long such records count; a programme does not say of itself that it is exempt.
                declared = {**declared, "adverse": True}
            found[name] = (
                _stored(where, table, name, declared)
                if "sql" in declared
                else _worked_out(where, table, name, declared, found)
            )
    return MappingProxyType(found)


def _declared(where: str, name: str, written_as: object, before: Collection[str]) -> Mapping[str, Any]:
    """What is told of a measure, of its form."""
    try:
        declared = msgspec.convert(written_as, _Declared)
    except msgspec.ValidationError as error:
        mismatch = mismatch_of(str(error))
        raise BadProgramme(
            where=where, found=mismatch.found, expected=mismatch.expected, do=tr("Correct the field.")
        ) from error
    if (declared.sql is None) == (declared.read is None):
        expected = tr("`sql`, an aggregate over records, or `read`, a formula over measures")
        raise BadProgramme(where=where, found=str(written_as), expected=expected, do=tr("Correct the field."))
    if not _NAME.fullmatch(name) or name in before:
        expected = tr("a name of its own: small letters, digits and _")
        raise BadProgramme(where=where, found=name, expected=expected, do=tr("Rename it."))
    return {key: value for key, value in msgspec.structs.asdict(declared).items() if value is not None}


def _stored(where: str, table: str, name: str, declared: Mapping[str, Any]) -> Measure:
    """A measure that is an aggregate over a table's records of a month."""
    dates = [field.name for field in TABLES[table].fields if field.kind == "date"]
    formula = compile_measure(where, declared["sql"], TABLES[table].columns, dates)
    amounts = {field.name for field in TABLES[table].fields if field.kind == "integer"}
    large = not amounts.isdisjoint(added_up_in(formula.sql))
    return Measure(name, table, formula.sql, formula.reads, declared.get("empty"), declared["adverse"], large=large)


def _worked_out(
    where: str, table: str, name: str, declared: Mapping[str, Any], before: Mapping[str, Measure]
) -> Measure:
    """A measure that is a formula over the table's measures before it, which may be read as well."""
    own = {measure.name: measure for measure in before.values() if measure.table == table}
    stored = [measure.name for measure in own.values() if measure.stored]
    dates = ["as_of_day", *(measure for measure in stored if measure.endswith("_on"))]
    read = {measure.name: measure.sql for measure in own.values() if not measure.stored}
    formula = compile_read(where, declared["read"], [*stored, *_OF_THE_ASKED], dates, read)
    uses = frozenset[str]().union(*(own[c].uses | {c} if not own[c].stored else {c} for c in formula.reads if c in own))
    uses = frozenset(column for column in uses if own[column].stored)
    fields = frozenset[str]().union(*(own[column].reads for column in uses))
    large = any(own[column].type == "BIGINT" or own[column].large for column in uses)
    empty, adverse = declared.get("empty"), declared["adverse"]
    return Measure(name, table, formula.sql, fields, empty, adverse, stored=False, uses=uses, large=large)


@dataclass(frozen=True)
class RollUp:
    """Records rolled up by month: the folder of its files, whose each row is, and what `definitions` measure."""

    folder: str
    key: tuple[str, ...]
    definitions: str
    file: str = "measures.toml"

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Its measures by name."""
        return load_measures(self.definitions, self.file)

    @cached_property
    def counted(self) -> Mapping[str, Counted]:
        """What formulas over months must know of each of its measures."""
        return {name: measure.counted for name, measure in self.measures.items()}

    @cached_property
    def stored(self) -> Mapping[str, Measure]:
        """Those of its measures that stand in its files."""
        return {name: measure for name, measure in self.measures.items() if measure.stored}

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The record tables that it is made of."""
        return tuple(dict.fromkeys(measure.table for measure in self.measures.values()))

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The columns that say something: how many records a row is made of, in all and by table, and the measures."""
        return ("records", *(f"{table}_records" for table in self.tables), *self.stored)

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
_JOINED = {"joined": {"sql": "count(*)", "empty": 0}}


@cache
def own_statements(programme: str, definitions: str) -> RollUp:
    """Statements of a programme's own measures (as JSON), filed under its name; who joined is in all statements."""
    whole = {"people": _JOINED} | json.loads(definitions)
    return RollUp(own_measures_folder(programme), ("person_id",), json.dumps(whole), OWN_FILE)


def roll_ups_of(catalogue: Catalogue) -> tuple[RollUp, ...]:
    """All that a workspace's records are rolled up into: for every programme, and for those with own measures."""
    own = programmes_with_measures(catalogue.values)
    return (*ROLL_UPS, *(own_statements(name, catalogue.values[own_measures_folder(name)]) for name in own))


MEASURES: Mapping[str, Measure] = STATEMENTS.measures
