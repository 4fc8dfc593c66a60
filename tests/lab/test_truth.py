"""The town's truth: chances that hold, people whose file is thin but whose life is not."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from goodstanding.engines import Duck, files
from goodstanding.lab import Town
from goodstanding.lab.town.chance import Chance
from goodstanding.lab.town.truth import default_chance, live, make_people
from goodstanding.records import TABLES
from goodstanding.scorecard.validation import discrimination

Rows = Callable[[str], list[dict[str, Any]]]
JOINED = "SELECT t.chance, o.bad FROM {truth} t JOIN {outcomes} o USING (person_id)"


def test_each_loan_has_a_chance_and_each_chance_a_loan(ask: Rows) -> None:
    sql = (
        "SELECT count(*) AS n, count(t.person_id) AS told, count(o.person_id) AS lent, "
        "count(DISTINCT person_id) AS people FROM {truth} t FULL JOIN {outcomes} o USING (person_id)"
    )
    (row,) = ask(sql)
    assert row["n"] == row["told"] == row["lent"] == row["people"] > 800


def test_chances_are_probabilities(ask: Rows) -> None:
    chances = [row["chance"] for row in ask("SELECT chance FROM {truth}")]
    assert all(0 < chance < 1 for chance in chances)


def test_as_many_loans_go_bad_as_the_chances_say(ask: Rows) -> None:
    rows = ask(JOINED)
    expected = sum(row["chance"] for row in rows)
    sigma = math.sqrt(sum(row["chance"] * (1 - row["chance"]) for row in rows))
    assert abs(sum(row["bad"] for row in rows) - expected) < 3 * sigma


def test_the_likeliest_third_goes_bad_as_often_as_its_chances_say(ask: Rows) -> None:
    rows = sorted(ask(JOINED), key=lambda row: row["chance"])
    third = rows[-len(rows) // 3 :]
    expected = sum(row["chance"] for row in third)
    sigma = math.sqrt(sum(row["chance"] * (1 - row["chance"]) for row in third))
    assert abs(sum(row["bad"] for row in third) - expected) < 3 * sigma


def test_the_true_chance_orders_the_outcomes(ask: Rows) -> None:
    rows = ask(JOINED)
    found = discrimination(np.array([-row["chance"] for row in rows]), np.array([row["bad"] for row in rows]))
    assert found.auc > 0.65


def test_thin_file_people_have_the_same_chances_as_all_others() -> None:
    people = make_people(Chance(6), 4000, 24)
    chances = default_chance(people, live(Chance(6), people, 24))[:, 12]
    assert 0.07 < people.thin.mean() < 0.13
    assert stats.ks_2samp(chances[people.thin], chances[~people.thin]).pvalue > 0.01


@pytest.mark.parametrize("table", ["payments", "transfers", "dues", "balances", "orders", "inquiries"])
def test_thin_file_people_have_fewer_records(large_town: Town, table: str) -> None:
    thin = {f"P{i:06d}" for i in np.flatnonzero(make_people(Chance(6), 2000, 24).thin)}
    with Duck() as duck:
        sql = f"SELECT person_id, count(*) AS n FROM {files([large_town.folder / f'{table}.parquet'])} GROUP BY 1"
        counts = {row["person_id"]: row["n"] for row in duck.rows(sql)}
    of_thin = sum(n for person, n in counts.items() if person in thin) / len(thin)
    of_others = sum(n for person, n in counts.items() if person not in thin) / (2000 - len(thin))
    assert 0 < of_thin < 0.65 * of_others


@pytest.mark.parametrize("table", sorted(TABLES))
def test_nothing_is_recorded_of_a_person_before_they_joined(ask: Rows, table: str) -> None:
    early = f"FROM {{{table}}} r JOIN {{people}} p USING (person_id) WHERE r.happened_on < p.happened_on"
    assert ask(f"SELECT r.* {early} LIMIT 1") == []


@pytest.mark.parametrize("table", sorted(TABLES))
def test_nothing_is_known_after_the_last_day(ask: Rows, large_town: Town, table: str) -> None:
    (row,) = ask(f"SELECT max(known_on) AS last, min(known_on) AS first FROM {{{table}}}")
    assert large_town.first.first_day <= row["first"]
    assert row["last"] <= large_town.last.last_day


def test_every_record_is_of_a_person_of_the_town(ask: Rows) -> None:
    for table in TABLES:
        assert ask(f"SELECT person_id FROM {{{table}}} EXCEPT SELECT person_id FROM {{people}}") == []


def test_each_side_of_a_transfer_tells_of_the_other(ask: Rows) -> None:
    sql = "SELECT 1 FROM {transfers} WHERE person_id = other_person OR amount_minor <= 0"
    assert ask(sql) == []


def test_late_dues_are_told_first_as_unpaid_then_as_paid(ask: Rows) -> None:
    sql = (
        "SELECT count(*) AS n, count(*) FILTER (WHERE a.known_on < b.known_on) AS later FROM {dues} a "
        "JOIN {dues} b USING (source, record_id) WHERE a.paid_on IS NULL AND b.paid_on > b.happened_on"
    )
    (row,) = ask(sql)
    assert row["n"] == row["later"] > 100
