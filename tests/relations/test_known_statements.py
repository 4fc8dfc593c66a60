"""What ties tell of a person: the same for one person as for all, and as of any month as of that one."""

from collections.abc import Callable

import pytest

from goodstanding.engines import Duck, compile_characteristic, files, literal
from goodstanding.months import Month
from goodstanding.relations import KNOWN_MEASURES, TIE_MEASURES, known_as_of, known_at, known_entries
from goodstanding.statements import MEASURES, PointInTime
from goodstanding.store import Workspace

Known = Callable[..., Workspace]
MONTHS = ("2023-06", "2024-03", "2024-12")
READ = [*TIE_MEASURES, "payments", "verified_details"]


def rows(duck: Duck, sql: str) -> list[tuple[object, ...]]:
    columns = ", ".join(["person_id", *READ, "age"])
    return [tuple(row.values()) for row in duck.rows(f"SELECT {columns} FROM ({sql}) AS k ORDER BY ALL")]


@pytest.mark.parametrize("month", MONTHS)
def test_as_of_one_month_is_what_it_is_as_of_many(scored_town: Workspace, month: str) -> None:
    with Duck() as duck:
        found = rows(duck, known_at(PointInTime(scored_town, duck, Month.parse(month)), READ))
        statements = files([scored_town.path(entry) for entry in scored_town.catalogue.under("statements")])
        months = " UNION ALL ".join(f"SELECT DATE '{m}-01' AS as_of" for m in MONTHS)
        people = f"SELECT DISTINCT person_id FROM {statements}"
        duck.keep("asked", f"SELECT person_id, as_of FROM ({people}) AS p, ({months}) AS m")
        known = known_as_of(scored_town, duck, "asked", READ)
        assert rows(duck, f"SELECT * FROM ({known}) AS k WHERE as_of = DATE '{month}-01'") == found
    assert any(row[1] for row in found) == (month != "2023-06")
    assert any(row[3] for row in found)


def test_one_person_is_told_what_a_run_says_of_them(scored_town: Workspace) -> None:
    with Duck() as duck:
        point = PointInTime(scored_town, duck, Month.parse("2024-12"))
        duck.keep("everybody", known_at(point, READ))
        for number in range(0, 300, 37):
            person = f"P{number:06d}"
            alone = rows(duck, known_at(point, READ, person))
            assert alone
            assert alone == rows(duck, f"SELECT * FROM everybody WHERE person_id = {literal(person)}")


def test_who_reads_no_tie_rests_on_no_dealings(scored_town: Workspace) -> None:
    with Duck() as duck:
        point = PointInTime(scored_town, duck, Month.parse("2024-12"))
        without, with_ties = (
            {entry.path.split("/")[0] for entry in known_entries(point, read)} for read in (["payments"], ["long_ties"])
        )
    assert (without, with_ties) == ({"statements"}, {"statements", "dealings"})


def test_dealings_of_more_than_two_years_ago_are_not_read(known: Known) -> None:
    rows_of = [
        {"person_id": "ann", "other_person": "bo", "happened_on": f"{year}-12-05"} for year in (2022, 2023, 2024)
    ]
    with Duck() as duck:
        point = PointInTime(known(transfers=rows_of), duck, Month.parse("2024-12"))
        paths = [entry.path for entry in known_entries(point, ["long_ties"])]
    assert [path.split("/")[1] for path in paths if path.startswith("dealings")] == ["month=2023-12", "month=2024-12"]


def test_without_a_transfer_nothing_is_known_of_ties(known: Known) -> None:
    with Duck() as duck:
        found = duck.rows(known_at(PointInTime(known(), duck, Month.parse("2023-01")), ["long_ties", "payments"]))
    assert {(row["long_ties"], row["payments"]) for row in found} == {(None, 0)}


def test_no_measure_of_ties_has_the_name_of_a_statements() -> None:
    assert MEASURES.keys() & TIE_MEASURES.keys() == set()
    assert len(KNOWN_MEASURES) == len(MEASURES) + len(TIE_MEASURES)


def test_a_measure_of_ties_says_which_fields_it_reads() -> None:
    assert {name: sorted(measure.reads) for name, measure in TIE_MEASURES.items()} == {
        "long_ties": ["direction", "other_person"],
        "long_tie_months": ["direction", "other_person"],
        "verified_ties": ["direction", "other_person", "verified"],
    }


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("count(*)", 2),
        ("sum(within(12, 1))", 1),
        ("sum(within(12, case when payments > 0 then 0 else 1 end))", 0),
        ("min(within(12, coalesce(payments, 0)))", 1),
        ("long_ties", 0),
        ("coalesce(long_ties, 7) + months_on_file()", 24),
    ],
)
def test_what_ties_say_leaves_what_statements_say_as_it_is(known: Known, formula: str, value: int) -> None:
    day = {"person_id": "ann", "happened_on": "2024-12-05"}
    paid = day | {"category": "other", "amount_minor": 1, "currency": "CNY"}
    workspace = known(transfers=[day | {"other_person": "bo"}], payments=[paid])
    compiled = compile_characteristic("a formula", formula, MEASURES, TIE_MEASURES)
    with Duck() as duck:
        sql = known_at(PointInTime(workspace, duck, Month.parse("2024-12")), ["long_ties", "payments"], "ann")
        assert duck.value(f"SELECT {compiled.sql} FROM ({sql}) AS k GROUP BY person_id") == value
