"""The SQL of a programme's characteristics as of a month."""

from goodstanding.engines import literal, name
from goodstanding.programmes.programme import Programme
from goodstanding.statements import statements_as_of


def characteristics_sql(programme: Programme, statements: str, asked: str) -> str:
    """SQL of one row for each row of `asked` (person_id, as_of) that has a row in the relation `statements`.

    Columns: person_id, as_of, each characteristic under its name, and `not_scored`: the first coverage rule that
    does not hold, NULL if all do.
    """
    values = ", ".join(f"{c.formula.sql} AS {name(c.name)}" for c in programme.characteristics)
    rules = " ".join(f"WHEN NOT coalesce({c.formula.sql}, FALSE) THEN {literal(c.name)}" for c in programme.coverage)
    not_scored = f"CASE {rules} END" if rules else "NULL"
    return (
        f"SELECT person_id, as_of, {values}, CAST({not_scored} AS VARCHAR) AS not_scored "
        f"FROM ({statements_as_of(statements, asked)}) GROUP BY person_id, as_of"
    )
