"""A points table as SQL over a relation of characteristics."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from goodstanding.engines import in_dialect, literal, name, relation_name, texts
from goodstanding.scorecard.levels import number_in, readings, writes_number
from goodstanding.scorecard.table.column_names import check_column_names, points_names
from goodstanding.scorecard.table.points_table import Attribute, Characteristic, Cross, PointsTable

# 90 % of a normal distribution lies within 1.645 standard deviations.
NORMAL_90 = 1.6448536269514722
# Where NaN is equal to itself and there is no isnan; and where there is no NaN at all.
NAN_IS_EQUAL = ("postgres", "redshift", "snowflake", "oracle")
WITHOUT_NAN = ("mysql", "sqlite", "tsql", "fabric", "teradata")


@dataclass(frozen=True)
class _Reader:
    """How a dialect reads a column, {} in each: as a double, whether a double is NaN, and as the text of a level.

    NaN of a column of numbers has no text. {1} in a text is the level of each number, as WHEN ... THEN ...
    """

    double: str
    not_a_number: str
    text: str


# PostgreSQL makes no double of true and false, and only text of everything. The text of a real is short of its double.
_POSTGRES_DOUBLE = (
    "CASE WHEN CAST(pg_typeof({0}) AS VARCHAR) = 'real' "
    "THEN CAST(CAST(CAST({0} AS VARCHAR) AS REAL) AS DOUBLE) "
    "ELSE CAST(CASE CAST({0} AS VARCHAR) WHEN 'true' THEN '1' WHEN 'false' THEN '0' "
    "ELSE CAST({0} AS VARCHAR) END AS DOUBLE) END"
)

_TEXT = "CAST({0} AS VARCHAR)"
# The text of a real is short of its double.
_DUCKDB_TEXT = (
    "CASE WHEN typeof({0}) IN ('FLOAT', 'DOUBLE') "
    "THEN CAST(nullif(TRY_CAST({0} AS DOUBLE), CAST('NaN' AS DOUBLE)) AS VARCHAR) ELSE CAST({0} AS VARCHAR) END"
)
_POSTGRES_TEXT = (
    "CASE CAST(pg_typeof({0}) AS VARCHAR) "
    "WHEN 'real' THEN nullif(CAST(CAST(CAST(CAST({0} AS VARCHAR) AS REAL) AS DOUBLE) AS VARCHAR), 'NaN') "
    "WHEN 'double precision' THEN nullif(CAST({0} AS VARCHAR), 'NaN') "
    "WHEN 'numeric' THEN nullif(CAST({0} AS VARCHAR), 'NaN') ELSE CAST({0} AS VARCHAR) END"
)
# SQLite's text of a double has 15 digits, too few to tell it from its neighbours.
_SQLITE_TEXT = (
    "CASE WHEN typeof({0}) = 'real' THEN CASE {0} {1} ELSE printf('%!.17g', {0}) END ELSE CAST({0} AS VARCHAR) END"
)
_TEXTS = {"duckdb": _DUCKDB_TEXT, "postgres": _POSTGRES_TEXT, "sqlite": _SQLITE_TEXT}


def points_sql(characteristic: Characteristic) -> str:
    """SQL of a characteristic's integer points, NULL being missing."""
    return _case(characteristic, [str(attribute.points) for attribute in characteristic.all_attributes])


def half_width_sql(table: PointsTable) -> str:
    """SQL of half the 90 % interval's width in points: what sampling and missing data leave open.

    Never below 1: points are whole numbers, so no score is surer than that.
    """
    parts = [_case(c, [str(attribute.variance) for attribute in c.all_attributes]) for c in table.characteristics]
    return f"CAST(greatest(round({NORMAL_90!r} * sqrt({' + '.join(['0', *parts])})), 1) AS INTEGER)"


def table_sql(table: PointsTable, columns: Sequence[str], relation: str, dialect: str) -> str:
    """A query in a dialect: every row of `relation` with `points_...` of each characteristic and the `score`.

    `columns` are those of the relation as far as they are known. Columns of numbers, and of true and false, are read as
    doubles, NaN being missing; columns of levels as text, or as the numbers that the levels are. Raises BadInput for
    names that are one to an engine, and for a relation or a dialect that is none.
    """
    check_column_names(columns)
    reader = _reader(dialect)
    parts = [_case(c, [str(a.points) for a in c.all_attributes], reader) for c in table.characteristics]
    parts += [_cross(table, cross, reader) for cross in table.crosses]
    of = [part.name for part in (*table.characteristics, *table.crosses)]
    named = [name(column) for column in points_names(of, columns, dialect)]
    least, greatest = table.range
    total = " + ".join([str(table.base), *named])
    inner = ", ".join(["*", *(f"{part} AS {column}" for part, column in zip(parts, named, strict=True))])
    return in_dialect(
        f"SELECT *, least(greatest({total}, {least}), {greatest}) AS score "
        f"FROM (SELECT {inner} FROM {relation_name(relation)}) AS pointed",
        dialect,
    )


def _reader(dialect: str) -> _Reader:
    """How a dialect reads numbers; none is NaN where they cannot be."""
    double = _POSTGRES_DOUBLE if dialect == "postgres" else "CAST({0} AS DOUBLE)"
    text = _TEXTS.get(dialect, _TEXT)
    if dialect in NAN_IS_EQUAL:
        return _Reader(double, "{} = CAST('NaN' AS DOUBLE)", text)
    return _Reader(double, "FALSE" if dialect in WITHOUT_NAN else "isnan({})", text)


def _case(characteristic: Characteristic, results: list[str], reader: _Reader | None = None) -> str:
    """A CASE from values to the result of each attribute; a reader casts the column first, NaN being missing."""
    if characteristic.named:
        return _case_of_levels(characteristic, results, reader)
    column = name(characteristic.name)
    missing = f"{column} IS NULL"
    if reader is not None:
        column = reader.double.format(column)
        missing = f"{missing} OR {reader.not_a_number.format(column)}"
    numbered = list(zip(characteristic.all_attributes, results, strict=True))
    first = 1 + len(characteristic.special)
    steps = [f"WHEN {missing} THEN {results[0]}"]
    steps += [f"WHEN {column} IN {_values(attribute)} THEN {result}" for attribute, result in numbered[1:first]]
    steps += [
        f"WHEN {column} < {literal(above.least)} THEN {result}"
        for (_, result), (above, _) in zip(numbered[first:], numbered[first + 1 :], strict=False)
    ]
    return f"CASE {' '.join(steps)} ELSE {numbered[-1][1]} END"


def _case_of_levels(characteristic: Characteristic, results: list[str], reader: _Reader | None) -> str:
    """The CASE of a characteristic of levels, each with what else is read as it: "1.0" and true for "1"."""
    levels = [str(level) for attribute in characteristic.all_attributes for level in attribute.levels or ()]
    read = {} if reader is None else readings(levels)
    column = name(characteristic.name)
    missing = column
    if reader is not None and read:
        column = missing = _text(reader, column, levels, read.values())
    elif reader is not None:
        column = _TEXT.format(column)
    plain = (
        f"CASE WHEN strpos({column}, '.') > 0 AND strpos({column}, 'e') = 0 THEN rtrim({column}, '0') ELSE {column} END"
    )
    steps = [f"WHEN {missing} IS NULL THEN {results[0]}"]
    for attribute, result in list(zip(characteristic.all_attributes, results, strict=True))[1:-1]:
        if attribute.levels:
            steps.append(f"WHEN {column} IN {_values(attribute)} THEN {result}")
            spelled = [text for text, level in read.items() if level in attribute.levels]
            if spelled:
                steps.append(f"WHEN {plain} IN {texts(spelled)} THEN {result}")
    return f"CASE {' '.join(steps)} ELSE {results[-1]} END"


def _text(reader: _Reader, column: str, levels: Sequence[str], read: Collection[str]) -> str:
    """A column's text as the reader has it; numbers by the level that each is."""
    numbers = [
        f"WHEN {literal(number)} THEN {literal(level)}"
        for level in levels
        if (number := number_in(level)) is not None and (level in read or writes_number(level))
    ]
    # A CASE has a WHEN at least; NULL is equal to nothing.
    return reader.text.format(column, " ".join(numbers or ["WHEN NULL THEN NULL"]))


def _cross(table: PointsTable, cross: Cross, reader: _Reader) -> str:
    """Points of a two-way table: the row's attribute picks the CASE over the column's."""
    by_name = {characteristic.name: characteristic for characteristic in table.characteristics}
    rows = [_case(by_name[cross.column], [str(cell) for cell in line], reader) for line in cross.points]
    return _case(by_name[cross.row], rows, reader)


def _values(attribute: Attribute) -> str:
    levels = attribute.levels or ()
    if all(isinstance(level, str) for level in levels):
        return texts(str(level) for level in levels)
    return "(" + ", ".join(literal(level) for level in levels) + ")"
