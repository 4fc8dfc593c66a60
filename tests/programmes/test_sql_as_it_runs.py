"""The SQL that each measure and characteristic becomes on each engine, as it was when it was last looked at.

A change shows as a difference to read; `pytest tests/programmes --snapshot-update -n 0` accepts it.
"""

import pytest
from syrupy.assertion import SnapshotAssertion

from goodstanding.engines.spark import in_spark
from goodstanding.programmes import load_programme
from goodstanding.relations import TIE_MEASURES
from goodstanding.relations.tie_measures import TIES
from goodstanding.statements import ROLL_UPS

PROGRAMME = load_programme("sesame").programme
FORMULAS = (
    {f"measure {name}": measure.sql for roll_up in ROLL_UPS for name, measure in roll_up.measures.items()}
    | {f"tie {name}": formula.sql for name, formula in TIES.items()}
    | {f"measure of ties {name}": measure.sql for name, measure in TIE_MEASURES.items()}
    | {f"characteristic {c.name}": PROGRAMME.formula(c).sql for c in PROGRAMME.characteristics}
    | {f"coverage {rule.name}": PROGRAMME.formula(rule).sql for rule in PROGRAMME.coverage}
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_sql_of_a_formula_is_what_it_was(formula: str, snapshot: SnapshotAssertion) -> None:
    sql = FORMULAS[formula]
    assert {"duckdb": sql, "spark": in_spark(f"SELECT {sql}").removeprefix("SELECT ")} == snapshot
