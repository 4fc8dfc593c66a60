"""A query for another engine."""

from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.dialects import Dialects

from goodstanding.errors import BadInput
from goodstanding.wording import one_of, tr

_DIGITS, _POWER = 15, 22
_LARGEST_WHOLE = 2**53
# SQLite's whole numbers have 63 bits.
_STEP = 62


def in_dialect(sql: str, dialect: str) -> str:
    """A query written for DuckDB as another engine writes it. Raises BadInput for a dialect that is not known."""
    known = sorted(d.value for d in Dialects if d.value)
    if dialect not in known:
        raise BadInput(where=tr("SQL dialect"), found=dialect, expected=one_of(known), do=tr("Name one of these."))
    query = sqlglot.parse_one(sql, read="duckdb")
    if dialect == Dialects.SQLITE.value:
        query = query.transform(_read_exactly)
    return query.sql(dialect, pretty=True) + "\n"


def _read_exactly(node: exp.Expr) -> exp.Expr:
    """A number that SQLite may read as the one beside it, worked out of whole numbers instead.

    Up to 15 digits and ten to the 22nd it reads what is written: Clinger, "How to read floating point numbers
    accurately" (1990), section 3. Beyond that its last bit is not sure; products and quotients by powers of two are.
    """
    if not isinstance(node, exp.Literal) or node.is_string:
        return node
    written = Decimal(node.name)
    _, digits, exponent = written.as_tuple()
    if (len(digits) <= _DIGITS and abs(int(exponent)) <= _POWER) or written == written.to_integral() < _LARGEST_WHOLE:
        return node
    over, under = float(written).as_integer_ratio()
    power = under.bit_length() - 1 or -((over & -over).bit_length() - 1)
    sign, value = ("/", over) if power > 0 else ("*", over >> -power)
    steps = [_STEP] * (abs(power) // _STEP) + [abs(power) % _STEP]
    return sqlglot.parse_one(
        "(" + f" {sign} ".join(f"CAST({one} AS REAL)" for one in (value, *(2**step for step in steps))) + ")",
        read="sqlite",
    )
