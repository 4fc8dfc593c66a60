"""The SQL of a programme's characteristics as of a month."""

from collections.abc import Sequence

from goodstanding.engines import furnished_sql, in_lines, literal, name, on_file_sql
from goodstanding.programmes.programme import NOT_COMPUTED, Programme


def characteristics_sql(programme: Programme, statements: str, by: Sequence[str] = ("person_id", "as_of")) -> str:
    """SQL of one row for each person and as-of month of a query of statements that has `age` and the columns `by`.

    Columns: those of `by`, each characteristic under its name, and `not_scored`: NOT_COMPUTED where an amount is too
    large to be added up, else the first coverage rule that does not hold, NULL if all do. Also, of each table that is
    read, for how many months it is furnished, and of all of them together for how many months the person is on file.
    """
    rules = _too_large(programme) + " ".join(
        f"WHEN NOT coalesce({programme.formula(c).sql}, FALSE) THEN {literal(c.name)}" for c in programme.coverage
    )
    not_scored = f"CASE {rules} END" if rules else "NULL"
    columns = [
        *by,
        *columns_beside(programme),
        *(f"{programme.formula(c).sql} AS {name(c.name)}" for c in programme.characteristics),
        f"CAST({not_scored} AS VARCHAR) AS not_scored",
    ]
    return f"SELECT{in_lines(columns)}\nFROM ({statements}) AS s\nGROUP BY {', '.join(by)}"


def columns_beside(programme: Programme) -> list[str]:
    """SQL of the columns, beside statements' own, that a programme's formulas name."""
    tables = tables_read(programme)
    return [*(furnished_sql(table) for table in tables), on_file_sql(["people", *tables])]


def _too_large(programme: Programme) -> str:
    """SQL of the rule that comes before all coverage: every sum of money could be worked out."""
    read = [m for m in programme.roll_up.measures.values() if m.name in set(measures_read(programme))]
    missing = [
        f"({m.counted.records} > 0 AND {name(m.name)} IS NULL)" for m in read if m.may_be_beyond and m.empty is not None
    ]
    if not missing:
        return ""
    return f"WHEN max(CASE WHEN {' OR '.join(missing)} THEN 1 ELSE 0 END) = 1 THEN {literal(NOT_COMPUTED)} "


def tables_read(programme: Programme) -> list[str]:
    """The record tables that a programme's statements are read from, in order of name."""
    of = programme.roll_up.measures
    return sorted({of[measure].table for measure in measures_read(programme) if measure in of})


def measures_read(programme: Programme) -> list[str]:
    """The measures that a programme's characteristics and coverage rules read, in order of name."""
    parts = (*programme.characteristics, *programme.coverage)
    return sorted({measure for part in parts for measure in programme.formula(part).reads})
