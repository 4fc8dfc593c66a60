"""The closed vocabulary in which measures and characteristics are written.

A **measure** is an aggregate over one record table's rows in a month:

    sum(case when amount_minor > 0 then amount_minor end)

Its words: `days(from, until)`, how many days from one date to another, and `month_end(day)`, the last day of its month.
What a measure is read as (`read = ...`) is a formula over one statement's other measures in the same words.

A **characteristic** is an aggregate over a person's statements, each with its `age`: 0 for the as-of month,
1 for the month before. Its words:

    within(n, x)           x in the last n months, nothing in older ones
    months_with(n, x)      in how many of the last n months x was above 0
    month_share(n, x)      the same as a share of those of the last n months that are furnished
    months_since(n, x)     months since x was last above 0, looking back n months
    months_since_first(x)  months since x was first above 0
    months_on_file()       months since joining or the first record but details, the as-of month counted
    monthly(n, x)          x a month over those of the last n months that are furnished
    average(n, x)          mean of x over those of the last n months that have it
    volatility(n, x)       standard deviation of x over its mean, over the months furnished
    trend(n, x)            monthly x of the later half of n months over that of all n, all of them furnished
    share(a, b)            a / b, nothing when b is 0
    sum min max count      the aggregates, over within(...)

**What nobody furnished is not known.** A table is furnished of a person from the month of its first record on (or
from when its feed was declared), until its feed is declared to have ended. In a furnished month without a record a
count or a sum is 0; a month that is not furnished has no value. Of a table that is not furnished in any of the months
asked about, every word gives nothing. A row is of one table, but for `months_with` and `month_share`.

What is known once of a person as of the month, not of each statement, stands outside aggregates, by its name.

Anything else is refused. All sums are of integers; division comes last, so that the order of rows, the
number of threads and the engine do not show in the result.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import TypeAlias

import sqlglot
from sqlglot import Expr, exp
from sqlglot.errors import SqlglotError

from goodstanding.engines.words import MEASURE_WORDS, NOT_COUNTED, ON_FILE, WORDS, Counted, Word
from goodstanding.errors import BadProgramme
from goodstanding.wording import one_of, tr

_Inside: TypeAlias = Callable[[Expr], str]

_AGGREGATES: dict[type[Expr], str] = {
    exp.Sum: "sum",
    exp.Min: "min",
    exp.Max: "max",
    exp.Count: "count",
}

# Plain SQL that either kind of formula may use around its words.
_PLAIN: tuple[type[Expr], ...] = (
    exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Paren, exp.Case, exp.If, exp.Coalesce, exp.Least, exp.Greatest,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Null,
    exp.Literal, exp.Boolean, exp.Between,
)  # fmt: skip

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Neg)
# What a row may be multiplied with, and the greatest number in a formula: with these no sum goes beyond the numbers of
# either engine, whatever a record holds within its limits.
_MOST_TIMES = 1_000
_MOST_NUMBER = 10**15


@dataclass(frozen=True)
class Formula:
    """A compiled measure or characteristic: its SQL, the columns it reads, and how far back each is read.

    `months` maps a column to the greatest number of months that it is looked back for, None where unbounded.
    """

    sql: str
    reads: frozenset[str]
    months: tuple[tuple[str, int | None], ...]


def compile_measure(where: str, text: str, columns: Collection[str], dates: Collection[str] = ()) -> Formula:
    """Compile a measure over a record table's columns, `dates` among them. Raises BadProgramme, naming `where`."""
    return _Compiler(where, columns, MEASURE_WORDS, dates=dates).compile(text)


def compile_read(
    where: str, text: str, columns: Collection[str], dates: Collection[str], read: Mapping[str, str]
) -> Formula:
    """Compile what a measure is read as: a formula over a statement's columns. `read` has the SQL of others like it.

    Raises BadProgramme, naming `where`.
    """
    return _Compiler(where, [*columns, *read], MEASURE_WORDS, dates=dates).compile_row(text, read)


def compile_characteristic(
    where: str,
    text: str,
    measures: Collection[str],
    once: Collection[str] = (),
    counted: Mapping[str, Counted] = NOT_COUNTED,
) -> Formula:
    """Compile a characteristic over a statement's measures, and what is known `once`. Raises BadProgramme.

    Of a measure that is not `counted` every month since the first statement is taken as furnished.
    """
    return _Compiler(where, measures, WORDS, once=once, counted=counted).compile(text)


def compile_condition(
    where: str,
    text: str,
    measures: Collection[str],
    once: Collection[str] = (),
    counted: Mapping[str, Counted] = NOT_COUNTED,
) -> Formula:
    """Compile a condition: a characteristic that is true or false. Raises BadProgramme, naming `where`."""
    formula = compile_characteristic(where, text, measures, once, counted)
    if not isinstance(_parsed(text).unnest(), (exp.Predicate, exp.Connector, exp.Not)):
        raise BadProgramme(
            where=where,
            found=text,
            expected=tr("a condition, such as months_on_file() >= 3"),
            do=tr("Compare it with something."),
        )
    return formula


@cache
def names_in(text: str) -> frozenset[str]:
    """The column names that a formula mentions, known or not; empty if it does not parse."""
    try:
        tree = _parsed(text)
    except SqlglotError:
        return frozenset()
    return frozenset(column.name for column in tree.find_all(exp.Column))


class _Compiler:
    """Walks a formula's tree from the root: what stands where it may not is refused by name."""

    def __init__(
        self,
        where: str,
        columns: Collection[str],
        words: dict[str, Word],
        *,
        dates: Collection[str] = (),
        once: Collection[str] = (),
        counted: Mapping[str, Counted] = NOT_COUNTED,
    ) -> None:
        self._where = where
        self._columns = columns
        self._counted_by = counted
        self._words = words
        self._dates = dates
        self._once = once
        self._months: dict[str, int | None] = {}
        # The columns of the part that is being compiled, with how far back they are read.
        self._read: dict[str, int | None] = {}

    def compile(self, text: str) -> Formula:
        try:
            tree = _parsed(text)
        except SqlglotError as error:
            raise self._refuse(repr(text), tr("a formula in the closed vocabulary")) from error
        return self._written(self._aggregate(tree))

    def compile_row(self, text: str, inlined: Mapping[str, str]) -> Formula:
        """A formula over the columns of one row; `inlined` are written out where they are named."""
        try:
            tree = _parsed(text)
        except SqlglotError as error:
            raise self._refuse(repr(text), tr("a formula in the closed vocabulary")) from error
        whole = _parsed(self._row(tree, None))
        for column in list(whole.find_all(exp.Column)):
            if column.name in inlined:
                written = _parsed(f"({inlined[column.name]})")
                if column is whole:
                    whole = written
                else:
                    column.replace(written)
        return self._written(whole.sql(dialect="duckdb"))

    def _written(self, sql: str) -> Formula:
        # Parsed and written once more, so that only what sqlglot understood reaches an engine.
        written = _parsed(sql).sql(dialect="duckdb")
        return Formula(written, frozenset(self._months), tuple(sorted(self._months.items())))

    def _aggregate(self, node: Expr) -> str:
        """The SQL of a node whose value is one for all rows."""
        if isinstance(node, exp.Column) and node.name in self._once and not node.table:
            self._months[node.name] = None
            # The same in each of a person's rows.
            return f"max({node.name})"
        if isinstance(node, exp.Column):
            raise self._refuse(tr("{name} outside an aggregate", name=node.name), tr("one value for all the rows"))
        if aggregate := _AGGREGATES.get(type(node)):
            return self._aggregated(aggregate, node)
        if word := self._word(node):
            return self._spelled(node, word, gives="a", months=None)
        return self._plain(node, self._aggregate, row=self._words is MEASURE_WORDS)

    def _aggregated(self, aggregate: str, node: Expr) -> str:
        """An aggregate's SQL: of what is 0 without a record also the furnished months without a statement count."""
        before, self._read = self._read, {}
        counted = self._counted(node)
        read, self._read = self._read, before | self._read
        self._of_one_table(node, read)
        plain = f"{aggregate}({counted})"
        if not self._zero_without_records(read):
            return plain
        looked_back = [months for months in read.values() if months is not None]
        n = max(looked_back) if len(looked_back) == len(read) else None
        since, ended = self._furnished(read)
        since = since if n is None else f"least({n}, {since})"
        if aggregate == "sum":
            return f"(CASE WHEN {since} > {ended} THEN coalesce({plain}, 0) END)"
        has = " AND ".join(f"{records} > 0" for records in sorted({self._counted_by[c].records for c in read}))
        if aggregate == "count":
            months_with_records = (
                plain if isinstance(node.this, exp.Distinct) else f"count(CASE WHEN {has} THEN {counted} END)"
            )
            return f"(CASE WHEN {since} > {ended} THEN {months_with_records} END)"
        on_record = f"{aggregate}(CASE WHEN {has} THEN {counted} END)"
        nought = "least" if aggregate == "min" else "greatest"
        return (
            f"(CASE WHEN {since} - {ended} > count(CASE WHEN {has} THEN {counted} END) "
            f"THEN {nought}(coalesce({on_record}, 0), 0) WHEN {since} > {ended} THEN {on_record} END)"
        )

    def _zero_without_records(self, read: Collection[str]) -> bool:
        """Whether what reads these columns is 0 in a furnished month without a record."""
        return bool(read) and all(c in self._counted_by and self._counted_by[c].zero for c in read)

    def _tables(self, columns: Collection[str]) -> list[str]:
        """The record tables that columns are of, as far as they are counted."""
        return sorted({self._counted_by[column].table for column in columns if column in self._counted_by})

    def _of_one_table(self, node: Expr, read: Collection[str], expected: str | None = None) -> None:
        """Refuse what adds up a row of several tables: in a month in which one is not furnished it has no value."""
        if len(self._tables(read)) > 1:
            raise self._refuse(
                node.sql(), expected or tr("measures of one table; add or divide the aggregates of each")
            )

    def _furnished(self, columns: Collection[str], *, any_table: bool = False) -> tuple[str, str]:
        """SQL of for how many months the tables of columns are furnished, all or any, and how long ago that ended."""
        tables = self._tables(columns)
        if not tables:
            return ON_FILE, "0"
        since = [f"furnished_{table}" for table in tables]
        ended = [f"ended_{table}" for table in tables]
        if len(tables) == 1:
            return since[0], ended[0]
        shortest, longest = f"least({', '.join(since)})", f"greatest({', '.join(since)})"
        last, first = f"least({', '.join(ended)})", f"greatest({', '.join(ended)})"
        return (longest, last) if any_table else (shortest, first)

    def _counted(self, node: Expr) -> str:
        """What an aggregate aggregates."""
        inner = node.this
        if node.expressions:
            raise self._refuse(node.sql(), tr("one value to aggregate"))
        if isinstance(inner, exp.Star | exp.Distinct) and not isinstance(node, exp.Count):
            raise self._refuse(node.sql(), tr("one value to aggregate"))
        if isinstance(inner, exp.Star):
            return "*"
        if isinstance(inner, exp.Distinct):
            return "DISTINCT " + ", ".join(self._row(item, None) for item in inner.expressions)
        return self._row(inner, None)

    def _row(self, node: Expr, months: int | None) -> str:
        """The SQL of a node whose value is one for each row, looked back for so many months."""
        if isinstance(node, exp.Column):
            return self._column(node, months)
        if type(node) in _AGGREGATES:
            raise self._refuse(node.sql(), tr("a value of one row"))
        if word := self._word(node):
            return self._spelled(node, word, gives="x", months=months)
        return self._plain(node, lambda part: self._row(part, months), row=True)

    def _column(self, node: exp.Column, months: int | None) -> str:
        column = node.name
        if column not in self._columns or node.table:
            raise self._refuse(node.sql(), one_of(sorted(self._columns)))
        for seen in (self._months, self._read):
            known = seen.get(column, months)
            seen[column] = None if known is None or months is None else max(known, months)
        return column

    def _word(self, node: Expr) -> Word | None:
        return self._words.get(_function_name(node))

    def _spelled(self, node: Expr, word: Word, gives: str, months: int | None) -> str:
        """A word written out with its arguments."""
        if word.gives != gives:
            raise self._refuse(
                node.sql(), tr("a value of one row") if gives == "x" else tr("one value for all the rows")
            )
        arguments: list[Expr] = list(node.expressions)
        if len(arguments) != len(word.takes):
            raise self._refuse(node.sql(), tr("{n} arguments", n=len(word.takes)))
        filled: dict[str, str] = {}
        before, self._read = self._read, {}
        for kind, argument in zip(word.takes, arguments, strict=True):
            if kind == "n":
                n = self._whole(argument)
                months = n if months is None else min(n, months)
                filled["n"] = str(n)
            elif kind == "x":
                filled["y" if "x" in filled else "x"] = f"({self._row(argument, months)})"
            else:
                filled["b" if "a" in filled else "a"] = f"({self._aggregate(argument)})"
        read, self._read = self._read, before | self._read
        if gives == "a" and not word.any_table and "x" in word.takes:
            self._of_one_table(node, read)
        if arguments and all(isinstance(argument.unnest(), exp.Sum) for argument in arguments):
            # Each is over the months of its own table: of one furnished for less there is less to add up.
            self._of_one_table(node, read, tr("sums of one table, or of each table monthly(n, ...)"))
        sql = self._sql_of(word, read)
        if "{w}" in sql:
            since, ended = self._furnished(read, any_table=word.any_table)
            filled["w"] = f"nullif(greatest(least({filled['n']}, {since}) - {ended}, 0), 0)"
        return f"({sql.format(**filled)})"

    def _sql_of(self, word: Word, read: Collection[str]) -> str:
        """The SQL of a word for what it reads."""
        if word.sums and self._zero_without_records(read):
            return word.sums
        return word.on_file if word.on_file and not self._counted_by else word.sql

    def _whole(self, node: Expr) -> int:
        if isinstance(node, exp.Literal) and node.is_int and int(node.name) > 0:
            return int(node.name)
        raise self._refuse(node.sql(), tr("a whole number of months"))

    def _check_numbers(self, node: Expr) -> None:
        """Refuse numbers and products with which sums of rows could grow beyond what an engine adds up."""
        if isinstance(node, exp.Literal) and node.is_number and float(node.name) > _MOST_NUMBER:
            raise self._refuse(node.name, tr("numbers up to {most}", most=_MOST_NUMBER))
        if isinstance(node, exp.Mul):
            factors = [part.unnest() for part in node.flatten()]
            rows = [part for part in factors if not (isinstance(part, exp.Literal) and part.is_number)]
            times = prod(float(part.name) for part in factors if part not in rows)
            if len(rows) > 1 or times > _MOST_TIMES or any(part.find(exp.Mul) for part in rows):
                raise self._refuse(node.sql(), tr("a row times a number up to {most}", most=_MOST_TIMES))

    def _plain(self, node: Expr, inside: _Inside, *, row: bool) -> str:
        """Plain SQL, its parts compiled in the same way as itself; `row`: whole numbers that are added up later."""
        if not isinstance(node, _PLAIN):
            raise self._refuse(
                _function_name(node) or node.sql(),
                tr(
                    "one of {names}",
                    names=", ".join([*self._words, *_AGGREGATES.values(), "case", "coalesce", "least", "greatest"]),
                ),
            )
        if isinstance(node, _ARITHMETIC) and any(part.name in self._dates for part in node.iter_expressions()):
            # What a date less a date is depends on the engine.
            raise self._refuse(node.sql(), "days(from, until)")
        if row:
            self._check_numbers(node)
        elif isinstance(node, exp.Mul):
            # Of sums, whose products may go beyond whole numbers.
            return f"CAST({inside(node.left)} AS DOUBLE) * {inside(node.right)}"
        copy = node.copy()
        for part in list(copy.iter_expressions()):
            written = self._branch(part, inside) if isinstance(part, exp.If) else _parsed(inside(part))
            part.replace(written)
        return copy.sql(dialect="duckdb")

    def _branch(self, node: exp.If, inside: _Inside) -> Expr:
        """One WHEN ... THEN of a CASE."""
        copy = node.copy()
        for part in list(copy.iter_expressions()):
            part.replace(_parsed(inside(part)))
        return copy

    def _refuse(self, found: str, expected: str) -> BadProgramme:
        return BadProgramme(
            where=self._where, found=found, expected=expected, do=tr("See docs/programmes.md for the vocabulary.")
        )


def _parsed(sql: str) -> Expr:
    return sqlglot.parse_one(sql, dialect="duckdb")


def _function_name(node: Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) and not isinstance(node, (exp.Case, exp.If)) else ""
