"""Which rows speak against a person: those that a statement counts against them, and no others."""

from datetime import date

import pytest

from goodstanding.engines import Duck, literal
from goodstanding.records import TABLES, check_submitted
from goodstanding.statements import MEASURES, load_measures

DAY = date(2026, 6, 30)
WHOSE = {"person_id": "ann", "record_id": "r1", "source": "bank", "happened_on": "2026-06-30", "known_on": "2026-06-30"}
AMOUNTS = ("-100", "0", "100")


@pytest.mark.parametrize(
    ("table", "column", "measure"), [("payments", "category", "penalties"), ("balances", "kind", "overdrawn")]
)
def test_a_row_is_adverse_where_the_statement_counts_it_against_the_person(
    table: str, column: str, measure: str
) -> None:
    (choices,) = (field.choices for field in TABLES[table].own if field.name == column)
    said = [{column: choice, "amount_minor": amount} for choice in choices for amount in AMOUNTS]
    checked = check_submitted(table, [WHOSE | one | {"currency": "CNY"} for one in said], DAY)
    assert {one.field for one in checked} == {None}
    with Duck() as duck:
        for one, found in zip(said, checked, strict=True):
            row = f"SELECT {literal(one[column])} AS {column}, CAST({one['amount_minor']} AS BIGINT) AS amount_minor"
            assert found.adverse == bool(duck.value(f"SELECT {MEASURES[measure].sql} FROM ({row}) AS r"))


def test_every_table_with_a_measure_against_somebody_says_which_of_its_rows_are() -> None:
    assert {measure.table for measure in MEASURES.values() if measure.adverse} == {
        name for name, table in TABLES.items() if table.adverse is not None
    }


@pytest.mark.parametrize(("table", "always"), [("payments", False), ("balances", False), ("dues", True)])
def test_a_programmes_own_measure_of_what_is_owed_is_adverse_and_one_of_money_where_it_says_so(
    table: str, *, always: bool
) -> None:
    (own,) = load_measures(f'[{table}]\nmine = {{ sql = "count(*)", empty = 0 }}', "measures").values()
    assert own.adverse == always
    (told,) = load_measures(f'[{table}]\nmine = {{ sql = "count(*)", empty = 0, adverse = true }}', "measures").values()
    assert told.adverse
