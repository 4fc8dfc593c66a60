"""The SQL of a programme's characteristics as of a month."""

from collections.abc import Sequence

from goodstanding.engines import furnished_sql, literal, name
from goodstanding.programmes.programme import Programme
from goodstanding.statements import MEASURES


def characteristics_sql(programme: Programme, statements: str, by: Sequence[str] = ("person_id", "as_of")) -> str:
    """SQL of one row for each person and as-of month of a query of statements that has `age` and the columns `by`.

    Columns: those of `by`, each characteristic under its name, and `not_scored`: the first coverage rule that
    does not hold, NULL if all do. Also, of each table that is read, for how many months it is furnished.
    """
    furnished = "".join(f", {furnished_sql(table)}" for table in tables_read(programme))
    values = ", ".join(f"{c.formula.sql} AS {name(c.name)}" for c in programme.characteristics)
    rules = " ".join(f"WHEN NOT coalesce({c.formula.sql}, FALSE) THEN {literal(c.name)}" for c in programme.coverage)
    not_scored = f"CASE {rules} END" if rules else "NULL"
    return (
        f"SELECT {', '.join(by)}{furnished}, {values}, CAST({not_scored} AS VARCHAR) AS not_scored "
        f"FROM ({statements}) AS s GROUP BY {', '.join(by)}"
    )


def tables_read(programme: Programme) -> list[str]:
    """The record tables that a programme's statements are read from, in order of name."""
    return sorted({MEASURES[measure].table for measure in measures_read(programme) if measure in MEASURES})


def measures_read(programme: Programme) -> list[str]:
    """The measures that a programme's characteristics and coverage rules read, in order of name."""
    return sorted({m for part in (*programme.characteristics, *programme.coverage) for m in part.formula.reads})
