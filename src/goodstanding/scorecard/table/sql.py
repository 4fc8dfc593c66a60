"""A points table as SQL over a relation of characteristics."""

from goodstanding.engines import in_dialect, literal, name, texts
from goodstanding.scorecard.table.model import Attribute, Characteristic, Cross, PointsTable

# 90 % of a normal distribution lies within 1.645 standard deviations.
NORMAL_90 = 1.6448536269514722
# Where NaN is equal to itself and there is no isnan; and where there is no NaN at all.
NAN_IS_EQUAL = ("postgres", "redshift", "snowflake", "oracle")
WITHOUT_NAN = ("mysql", "sqlite", "tsql", "fabric", "teradata")


def points_sql(characteristic: Characteristic) -> str:
    """SQL of a characteristic's integer points, NULL being missing."""
    return _case(characteristic, [str(attribute.points) for attribute in characteristic.all_attributes])


def half_width_sql(table: PointsTable) -> str:
    """SQL of half the 90 % interval's width in points: what sampling and missing data leave open.

    Never below 1: points are whole numbers, so no score is surer than that.
    """
    parts = [_case(c, [str(attribute.variance) for attribute in c.all_attributes]) for c in table.characteristics]
    return f"CAST(greatest(round({NORMAL_90!r} * sqrt({' + '.join(['0', *parts])})), 1) AS INTEGER)"


def table_sql(table: PointsTable, relation: str, dialect: str) -> str:
    """A query in a dialect: every row of `relation` with `points_...` of each characteristic and the `score`.

    Columns of numbers are read as doubles, NaN being missing; columns of levels as text.
    """
    not_a_number = _not_a_number(dialect)
    columns = [
        f"{_case(c, [str(a.points) for a in c.all_attributes], not_a_number)} AS {name('points_' + c.name)}"
        for c in table.characteristics
    ]
    columns += [f"{_cross(table, cross, not_a_number)} AS {name('points_' + cross.name)}" for cross in table.crosses]
    named = [name("points_" + part.name) for part in (*table.characteristics, *table.crosses)]
    least, greatest = table.range
    total = " + ".join([str(table.base), *named])
    inner = ", ".join(["*", *columns])
    return in_dialect(
        f"SELECT *, least(greatest({total}, {least}), {greatest}) AS score FROM (SELECT {inner} FROM {name(relation)}) "
        "AS pointed",
        dialect,
    )


def _not_a_number(dialect: str) -> str:
    """How a dialect tells NaN from numbers, {} being the number; none where numbers cannot be NaN."""
    if dialect in NAN_IS_EQUAL:
        return "{} = CAST('NaN' AS DOUBLE)"
    return "FALSE" if dialect in WITHOUT_NAN else "isnan({})"


def _case(characteristic: Characteristic, results: list[str], not_a_number: str | None = None) -> str:
    """A CASE from values to the result of each attribute; with a test of NaN the column is cast, NaN being missing."""
    column = name(characteristic.name)
    missing = f"{column} IS NULL"
    if not_a_number is not None and characteristic.named:
        column = f"CAST({column} AS VARCHAR)"
    elif not_a_number is not None:
        column = f"CAST({column} AS DOUBLE)"
        missing = f"{missing} OR {not_a_number.format(column)}"
    numbered = list(zip(characteristic.all_attributes, results, strict=True))
    first = 1 + len(characteristic.special)
    steps = [f"WHEN {missing} THEN {results[0]}"]
    steps += [f"WHEN {column} IN {_values(attribute)} THEN {result}" for attribute, result in numbered[1:first]]
    if characteristic.named:
        steps += [
            f"WHEN {column} IN {_values(attribute)} THEN {result}"
            for attribute, result in numbered[first:-1]
            if attribute.levels
        ]
    else:
        steps += [
            f"WHEN {column} < {literal(above.least)} THEN {result}"
            for (_, result), (above, _) in zip(numbered[first:], numbered[first + 1 :], strict=False)
        ]
    return f"CASE {' '.join(steps)} ELSE {numbered[-1][1]} END"


def _cross(table: PointsTable, cross: Cross, not_a_number: str) -> str:
    """Points of a two-way table: the row's attribute picks the CASE over the column's."""
    by_name = {characteristic.name: characteristic for characteristic in table.characteristics}
    rows = [_case(by_name[cross.column], [str(cell) for cell in line], not_a_number) for line in cross.points]
    return _case(by_name[cross.row], rows, not_a_number)


def _values(attribute: Attribute) -> str:
    levels = attribute.levels or ()
    if all(isinstance(level, str) for level in levels):
        return texts(str(level) for level in levels)
    return "(" + ", ".join(literal(level) for level in levels) + ")"
