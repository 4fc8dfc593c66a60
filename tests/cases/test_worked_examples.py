"""The worked examples of this folder: small records, an as-of month, and what comes out, computed by hand.

Every case is a person of one workspace, loaded and rolled up once. A row names only what matters: `known_on` is
the latest date in the row unless it says otherwise, `repeat: n` gives the same row in the n - 1 months after as
well, and the person joined on the day of the first record unless the case says `joined`.
"""

import csv
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from goodstanding.engines import Duck, Steps, files
from goodstanding.engines.spark import Spark
from goodstanding.months import Month
from goodstanding.programmes import Definition, characteristics_sql, measures_read
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.relations import known_as_of
from goodstanding.statements import MEASURES, build_statements, steps_as_of
from goodstanding.store import Workspace

Case = dict[str, Any]

CASES: list[Case] = [
    {**case, "person": f"{path.stem}-{number}"}
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for number, case in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")))
]
KEYS = {"name", "as_of", "joined", "month", "records", "measures", "characteristics", "not_scored", "person"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "people": {},
    "details": {"kind": "address", "value": "somewhere", "verified": False},
    "payments": {"category": "other", "currency": "CNY"},
    "transfers": {"direction": "out", "amount_minor": 100, "currency": "CNY"},
    "dues": {"kind": "loan", "amount_minor": 100, "currency": "CNY"},
    "balances": {"currency": "CNY"},
    "orders": {"kind": "umbrella", "deposit_minor": 100, "currency": "CNY"},
    "inquiries": {"counterparty": "a lender", "purpose": "loan"},
    "public_records": {"kind": "court_judgment", "legal_basis": "case 1"},
}
# Whoever is on file is so for some months.
ALWAYS_KNOWN = {"months_on_file"}


def later(day: date, months: int) -> date:
    """The same day some months later; the last day of a month stays the last day."""
    month = Month.of(day).plus(months)
    return month.last_day if day == Month.of(day).last_day else month.first_day.replace(day=day.day)


def rows_of(case: Case, table: str) -> list[dict[str, Any]]:
    rows = []
    for row in case.get("records", {}).get(table, []):
        for months in range(row.get("repeat", 1)):
            said = {key: value for key, value in row.items() if key != "repeat"}
            rows.append({k: later(v, months) if isinstance(v, date) else v for k, v in said.items()})
    if table == "people":
        happened = [row["happened_on"] for other in TABLES if other != "people" for row in rows_of(case, other)]
        rows.append({"happened_on": case.get("joined") or min(happened)})
    return rows


def filled(case: Case, table: str, number: int, row: dict[str, Any]) -> dict[str, Any]:
    known = {"known_on": max(value for value in row.values() if isinstance(value, date)), "source": "example"}
    full = {**known, **DEFAULTS[table], **row, "person_id": case["person"]}
    full["record_id"] = f"{case['person']}/{row.get('record_id', number)}"
    if table == "dues":
        full.setdefault("paid_minor", full["amount_minor"] if "paid_on" in row else 0)
    return full


def write_tables(folder: Path) -> None:
    for table in DEFAULTS:
        rows = [filled(case, table, n, row) for case in CASES for n, row in enumerate(rows_of(case, table))]
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)


ASKED = ", ".join(f"('{case['person']}', DATE '{case['as_of']}-01')" for case in CASES)


@pytest.fixture(scope="module")
def rolled_up(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The workspace of every case's person, with statements and dealings."""
    folder = tmp_path_factory.mktemp("cases")
    write_tables(folder)
    workspace = Workspace(folder / "standing")
    load(workspace, folder_feeds(folder), date(2026, 6, 15), strict=True)
    build_statements(workspace)
    return workspace


@pytest.fixture(scope="module")
def duck(rolled_up: Workspace, sesame: Definition) -> Iterator[Duck]:
    """Every case's statements as of its month in `s`, its characteristics in `c`."""
    with Duck() as made:
        made.run(f"CREATE TABLE asked AS SELECT * FROM (VALUES {ASKED}) v (person_id, as_of)")
        statements = files([rolled_up.path(entry) for entry in rolled_up.catalogue.under("statements")])
        made.run(f"CREATE TABLE s AS {steps_as_of(Steps(), 'read', statements, 'asked').query('SELECT * FROM read')}")
        known = known_as_of(rolled_up, made, "asked", measures_read(sesame.programme))
        made.run(f"CREATE TABLE c AS {characteristics_sql(sesame.programme, known)}")
        yield made


def value(said: object) -> object:
    """A figure of a case; a fraction is written as such."""
    return pytest.approx(float(Fraction(said)) if isinstance(said, str) else said) if said is not None else None


def expectations(kind: str, name: str) -> list[Any]:
    return [case[kind][name] for case in CASES if name in case.get(kind, {})]


@pytest.mark.parametrize("case", [c for c in CASES if "measures" in c], ids=lambda case: case["name"])
def test_a_statement_holds_the_measures_computed_by_hand(case: Case, duck: Duck) -> None:
    month = case.get("month", case["as_of"])
    (row,) = duck.rows(f"SELECT * FROM s WHERE person_id = '{case['person']}' AND month = DATE '{month}-01'")
    assert {name: row[name] for name in case["measures"]} == case["measures"]


@pytest.mark.parametrize("case", [c for c in CASES if "characteristics" in c], ids=lambda case: case["name"])
def test_a_characteristic_is_what_was_computed_by_hand(case: Case, duck: Duck) -> None:
    (row,) = duck.rows(f"SELECT * FROM c WHERE person_id = '{case['person']}'")
    expected = {name: value(said) for name, said in case["characteristics"].items()}
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("case", [c for c in CASES if "not_scored" in c], ids=lambda case: case["name"])
def test_coverage_is_what_the_case_says(case: Case, duck: Duck) -> None:
    assert duck.value(f"SELECT not_scored FROM c WHERE person_id = '{case['person']}'") == case["not_scored"]


def test_every_case_says_only_what_is_read() -> None:
    assert [case["name"] for case in CASES if case.keys() - KEYS or set(case.get("records", {})) - set(DEFAULTS)] == []


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case["name"] for case in CASES]
    assert [name for name in names if names.count(name) > 1] == []


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_has_a_case_where_there_is_something_and_one_where_there_is_nothing(name: str) -> None:
    nothing = MEASURES[name].empty
    found = expectations("measures", name)
    assert nothing in found
    assert any(said != nothing for said in found)


def test_every_characteristic_has_a_case_where_it_is_known(sesame: Definition) -> None:
    names = [characteristic.name for characteristic in sesame.programme.characteristics]
    assert [name for name in names if not any(expectations("characteristics", name))] == []


def test_every_characteristic_that_can_be_unknown_has_a_case_where_it_is(sesame: Definition) -> None:
    names = {characteristic.name for characteristic in sesame.programme.characteristics} - ALWAYS_KNOWN
    assert sorted(name for name in names if None not in expectations("characteristics", name)) == []


def test_every_coverage_rule_has_a_case_where_it_does_not_hold(sesame: Definition) -> None:
    said = {case.get("not_scored") for case in CASES}
    assert {rule.name for rule in sesame.programme.coverage} - said == set()


def test_spark_gives_every_case_the_same_characteristics(
    duck: Duck, spark: Spark, rolled_up: Workspace, sesame: Definition
) -> None:
    spark.keep("asked", f"SELECT * FROM (VALUES {ASKED}) AS v (person_id, as_of)")
    known = known_as_of(rolled_up, spark, "asked", measures_read(sesame.programme))
    found = spark.rows(f"{characteristics_sql(sesame.programme, known)} ORDER BY person_id, as_of")
    assert found == duck.rows("SELECT * FROM c ORDER BY person_id, as_of")
