"""The words of the vocabulary, as SQL: what stands for each, and how months that nobody furnished are left out.

vocabulary.py says what each word means.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

ON_FILE = "(max(age) + 1)"
# What is true of a person may have been so for any number of years: it is no month on file.
_TRUE_SINCE = "details"
_TOTAL = "coalesce(sum(CASE WHEN age < {n} THEN {x} END), 0)"
_LATER = "coalesce(sum(CASE WHEN age * 2 < {n} THEN {x} END), 0)"
_SQUARES = "coalesce(sum(CASE WHEN age < {n} THEN CAST({x} AS HUGEINT) * {x} END), 0)"
# n times the sum of squared deviations, in whole numbers: nothing is lost before the root.
_DEVIATIONS = f"greatest({{w}} * {_SQUARES} - CAST({_TOTAL} AS HUGEINT) * {_TOTAL}, 0)"
# Beyond 2^53 engines round such numbers differently; from text they all take the nearest.
_DEVIATIONS_AS_DOUBLE = (
    f"CASE WHEN {_DEVIATIONS} < 9007199254740992 THEN CAST({_DEVIATIONS} AS DOUBLE) "
    f"ELSE CAST(CAST({_DEVIATIONS} AS VARCHAR) AS DOUBLE) END"
)


@dataclass(frozen=True)
class Counted:
    """A measure as formulas see it: what counts its table's records, and whether no record is 0 of it.

    A query that has such formulas also has the columns of `furnished_sql`.
    """

    table: str
    zero: bool

    @property
    def records(self) -> str:
        """The column that counts the table's records in a statement; below 0 its feed ended with that month."""
        return f"{self.table}_records"


def furnished_sql(table: str) -> str:
    """SQL of two columns of a person: for how many months back a table is furnished, and how long ago that ended.

    0 where it never was, and 0 where it goes on, also after its feed was declared to have ended.
    """
    records = f"{table}_records"
    seen, ended = (f"min(CASE WHEN {records} {sign} 0 THEN age END)" for sign in (">", "<"))
    return (
        f"coalesce(max(CASE WHEN {records} > 0 THEN age END) + 1, 0) AS furnished_{table}, "
        f"coalesce(CASE WHEN {ended} >= 0 THEN least({seen}, {ended}) END, 0) AS ended_{table}"
    )


def on_file_sql(tables: Collection[str]) -> str:
    """SQL of a column of a person: months since the first record of these tables but details, the as-of month counted.

    0 where there is none.
    """
    has = " OR ".join(f"{table}_records > 0" for table in tables if table != _TRUE_SINCE)
    return f"coalesce(max(CASE WHEN {has} THEN age END) + 1, 0) AS file_months"


NOT_COUNTED: Mapping[str, Counted] = MappingProxyType({})


@dataclass(frozen=True)
class Word:
    """A word: its parameters (n: a whole number of months, x: of a row, a: an aggregate) and its SQL.

    A second x or a is called y or b. `{w}` is how many of the last n months are furnished, NULL if none is: of all
    tables that x reads, or with `any_table` of at least one. `sums` is what it is of an x that is 0 without a record,
    `on_file` where formulas know of no tables, and all months since the first statement are furnished.
    """

    takes: str
    sql: str
    gives: str = "a"
    any_table: bool = False
    sums: str | None = None
    on_file: str | None = None


MEASURE_WORDS = {
    "days": Word("xx", "date_diff('day', {x}, {y})", gives="x"),
    "month_end": Word("x", "last_day({x})", gives="x"),
}
_MONTHLY = f"CAST({_TOTAL} AS DOUBLE) / {{w}}"
_MONTHS_WITH = "count(CASE WHEN age < {n} AND {x} > 0 THEN 1 END)"
WORDS = {
    "within": Word("nx", "CASE WHEN age < {n} THEN {x} END", gives="x"),
    "months_with": Word("nx", f"CASE WHEN {{w}} > 0 THEN {_MONTHS_WITH} END", any_table=True, on_file=_MONTHS_WITH),
    "month_share": Word("nx", f"CAST({_MONTHS_WITH} AS DOUBLE) / {{w}}", any_table=True),
    "months_since": Word("nx", "min(CASE WHEN age < {n} AND {x} > 0 THEN age END)"),
    "months_since_first": Word("x", "max(CASE WHEN {x} > 0 THEN age END)"),
    "months_on_file": Word("", "file_months", on_file=ON_FILE),
    "monthly": Word("nx", _MONTHLY),
    "average": Word(
        "nx",
        "CAST(sum(CASE WHEN age < {n} THEN {x} END) AS DOUBLE) / nullif(count(CASE WHEN age < {n} THEN {x} END), 0)",
        sums=_MONTHLY,
    ),
    "volatility": Word(
        "nx",
        f"CASE WHEN {{w}} >= 3 AND {_TOTAL} > 0 THEN"
        f" sqrt(({_DEVIATIONS_AS_DOUBLE}) * {{w}} / ({{w}} - 1)) / CAST({_TOTAL} AS DOUBLE) END",
    ),
    "trend": Word(
        "nx",
        f"CASE WHEN {{w}} >= {{n}} AND {_TOTAL} > 0 THEN CAST(2 * {_LATER} AS DOUBLE) / CAST({_TOTAL} AS DOUBLE) END",
    ),
    "share": Word("aa", "CAST({a} AS DOUBLE) / nullif({b}, 0)"),
}
