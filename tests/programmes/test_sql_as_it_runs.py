"""The SQL that each measure and characteristic becomes on each engine, as it was when it was last looked at.

A change shows as a difference to read; `pytest tests/programmes --snapshot-update -n 0` accepts it.
"""

import pytest
from syrupy.assertion import SnapshotAssertion

from goodstanding.engines.spark import in_spark
from goodstanding.programmes import load_programme
from goodstanding.statements import MEASURES

PROGRAMME = load_programme("sesame").programme
FORMULAS = (
    {f"measure {name}": measure.sql for name, measure in MEASURES.items()}
    | {f"characteristic {c.name}": c.formula.sql for c in PROGRAMME.characteristics}
    | {f"coverage {rule.name}": rule.formula.sql for rule in PROGRAMME.coverage}
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_sql_of_a_formula_is_what_it_was(formula: str, snapshot: SnapshotAssertion) -> None:
    sql = FORMULAS[formula]
    assert {"duckdb": sql, "spark": in_spark(f"SELECT {sql}").removeprefix("SELECT ")} == snapshot
