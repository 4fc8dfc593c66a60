"""Whatever is not of the vocabulary is refused, with a message that names it; what a formula reads is known."""

import pytest

from goodstanding.engines import compile_characteristic, compile_measure, compile_read, names_in
from goodstanding.errors import BadProgramme

WHOLE = "a whole number of months"
ONE_OF = "one of within, months_with"
REFUSED = {
    "a subquery": ("sum((select max(x) from y))", "select max(x) from y", ""),
    "a subquery as the whole": ("(select 1)", "", ""),
    "a query": ("select sum(x)", "", ""),
    "exists": ("sum(case when exists (select 1) then x end)", "", ""),
    "in a query": ("sum(case when x in (select 1) then x end)", "select 1", ""),
    "a window function": ("sum(x) over (order by y)", "over", ONE_OF),
    "a filtered aggregate": ("sum(x) filter (where x > 1)", "filter", ONE_OF),
    "an unknown function": ("sum(exp(x))", "exp", ONE_OF),
    "an aggregate of no word": ("avg(x)", "avg", ONE_OF),
    "a function that reads files": ("sum(read_text('/etc/passwd'))", "read_text", ONE_OF),
    "a function of the engine": ("getenv('HOME')", "getenv", ONE_OF),
    "a table function": ("count(glob('*'))", "glob", ONE_OF),
    "a cast": ("sum(cast(x as double))", "cast", ONE_OF),
    "a short cast": ("sum(x::double)", "cast", ONE_OF),
    "a division": ("sum(x) / sum(y)", "", ONE_OF),
    "a remainder": ("sum(x % 2)", "", ONE_OF),
    "a join of texts": ("max(x || 'a')", "", ONE_OF),
    "a parameter": ("sum(x) + ?", "", ONE_OF),
    "a list": ("[sum(x)]", "", ONE_OF),
    "an unknown column": ("sum(within(3, z))", "z", "one of x, y"),
    "the age itself": ("min(age)", "age", "one of x, y"),
    "a column of a table": ("sum(t.x)", "t.x", "one of x, y"),
    "a column of a schema": ("sum(s.t.x)", "s.t.x", "one of x, y"),
    "all columns of a table": ("count(t.*)", "t.*", "one of x, y"),
    "a column outside an aggregate": ("x", "x outside an aggregate", "one value for all the rows"),
    "a column beside an aggregate": ("sum(x) + y", "y outside an aggregate", "one value for all the rows"),
    "a row's word outside an aggregate": ("within(3, x)", "within(3, x)", "one value for all the rows"),
    "an aggregate in an aggregate": ("sum(max(x))", "max(x)", "a value of one row"),
    "an aggregate in a window": ("sum(within(3, sum(x)))", "sum(x)", "a value of one row"),
    "a share of months in an aggregate": ("max(month_share(3, x))", "month_share(3, x)", "a value of one row"),
    "an aggregate's word in an aggregate": ("max(months_with(3, x))", "months_with(3, x)", "a value of one row"),
    "a window of 0": ("sum(within(0, x))", "0", WHOLE),
    "a window below 0": ("sum(within(-3, x))", "-3", WHOLE),
    "a window of a half": ("sum(within(1.5, x))", "1.5", WHOLE),
    "a window with an exponent": ("sum(within(1e3, x))", "1e3", WHOLE),
    "a window of text": ("sum(within('3', x))", "'3'", WHOLE),
    "a window that is a column": ("sum(within(x, 3))", "x", WHOLE),
    "a window that is computed": ("monthly(2 + 1, x)", "2 + 1", WHOLE),
    "a share of 0 months": ("month_share(0, x)", "0", WHOLE),
    "the end of a month": ("max(month_end(x))", "month_end", ONE_OF),
    "an argument too few": ("sum(within(3))", "within(3)", "2 arguments"),
    "an argument too many": ("share(sum(x), sum(y), 1)", "share(sum(x), sum(y), 1)", "2 arguments"),
    "an argument for none": ("months_on_file(3)", "months_on_file(3)", "0 arguments"),
    "two values to aggregate": ("sum(x, y)", "", ""),
    "a star in a sum": ("sum(*)", "", ""),
    "nothing": ("", "", ""),
    "half a formula": ("sum(", "", ""),
    "no formula": ("not a formula at all", "", ""),
    "a comment only": ("-- sum(x)", "", ""),
    "several statements": ("sum(x); drop table y", "", ""),
    "a statement": ("drop table y", "", ""),
    "an assignment": ("attach 'x.db'", "", ""),
    "another name": ("sum(x) as y", "", ONE_OF),
}


@pytest.mark.parametrize(("text", "found", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_of_the_vocabulary_is_refused(text: str, found: str, expected: str) -> None:
    with pytest.raises(BadProgramme) as refusal:
        compile_characteristic("the programme, line 7", text, ["x", "y"])
    error = refusal.value
    assert error.where == "the programme, line 7"
    assert found.lower() in error.found.lower()
    assert expected in error.expected
    assert error.found
    assert error.expected
    assert "\n" not in str(error)
    assert "docs/programmes.md" in error.do


@pytest.mark.parametrize(
    "text", ["sum(within(3, x))", "months_with(3, x)", "month_share(3, x)", "share(sum(x), sum(y))", "monthly(3, x)"]
)
def test_a_measure_has_no_words_for_months(text: str) -> None:
    with pytest.raises(BadProgramme) as refusal:
        compile_measure("a measure", text, ["x", "y"])
    assert refusal.value.found in {"within", "months_with", "month_share", "share", "monthly"}
    assert "one of days, month_end, sum, min, max, count" in refusal.value.expected


@pytest.mark.parametrize("text", ["sum(x)", "count(distinct x)", "max(case when y = 'in' then x else 0 end)"])
def test_a_measure_is_an_aggregate_of_columns(text: str) -> None:
    assert "x" in compile_measure("a measure", text, ["x", "y"]).reads


LOOKED_BACK = [
    ("sum(within(3, x))", {"x": 3}),
    ("sum(within(3, x)) + sum(within(7, x))", {"x": 7}),
    ("sum(within(7, x)) + sum(within(3, x))", {"x": 7}),
    ("sum(x)", {"x": None}),
    ("sum(within(3, x)) + max(x)", {"x": None}),
    ("max(x) + sum(within(3, x))", {"x": None}),
    ("months_since_first(x)", {"x": None}),
    ("months_on_file()", {}),
    ("count(*)", {}),
    ("share(sum(within(3, x)), sum(within(12, y)))", {"x": 3, "y": 12}),
    ("sum(within(3, case when y > 0 then x end))", {"x": 3, "y": 3}),
    ("sum(case when y > 0 then within(3, x) end)", {"x": 3, "y": None}),
    ("months_since(24, x)", {"x": 24}),
    ("month_share(6, x) + month_share(24, y)", {"x": 6, "y": 24}),
    ("trend(6, x) + volatility(9, y) + average(2, y) + monthly(1, y)", {"x": 6, "y": 9}),
    # What is in the last 3 of the last 12 months is looked back for 3; the other way round too.
    ("sum(within(12, within(3, x)))", {"x": 3}),
    ("sum(within(3, within(12, x)))", {"x": 3}),
]


@pytest.mark.parametrize(("text", "months"), LOOKED_BACK)
def test_it_is_known_how_far_back_each_column_is_looked(text: str, months: dict[str, int | None]) -> None:
    formula = compile_characteristic("example", text, ["x", "y"])
    assert dict(formula.months) == months
    assert formula.reads == frozenset(months)


def test_a_compiled_formula_does_not_hold_what_it_was_not_given() -> None:
    sql = compile_characteristic("example", "sum(x) /* ; drop table y */ -- more", ["x"]).sql
    assert "drop" not in sql.lower().split("/*")[0]
    assert ";" not in sql


def test_a_text_in_a_formula_stays_a_text() -> None:
    formula = compile_measure("example", "count(case when kind = 'it''s; drop' then 1 end)", ["kind"])
    assert "'it''s; drop'" in formula.sql


def test_the_names_in_a_formula_are_found_known_or_not() -> None:
    assert names_in("share(sum(religion), months_with(3, x))") == {"religion", "x"}
    assert names_in("sum(") == frozenset()


@pytest.mark.parametrize("text", ["sum(z)", "sum(within(3, z))", "months_since(3, z)", "max(x + z)", "sum(t.z)", "t.z"])
def test_what_is_known_once_is_no_value_of_a_row(text: str) -> None:
    with pytest.raises(BadProgramme, match=r"one of x, y|one value for all the rows"):
        compile_characteristic("a formula", text, ["x", "y"], ["z"])


def test_what_is_known_once_stands_beside_aggregates() -> None:
    formula = compile_characteristic("a formula", "share(z, 12 * sum(within(12, x)))", ["x", "y"], ["z"])
    assert formula.months == (("x", 12), ("z", None))


READ = ["open", "paid", "open_on", "as_of_day", "age"]
REFUSED_TO_READ = {
    "an aggregate": ("sum(open)", "sum(open)", "a value of one row"),
    "an aggregate inside": ("paid - max(open)", "max(open)", "a value of one row"),
    "a word for months": ("months_with(3, open)", "months_with", "one of days, month_end"),
    "a column of another table": ("open + judgments", "judgments", "one of age, as_of_day"),
    "a date less a date": ("as_of_day - open_on", "as_of_day - open_on", "days(from, until)"),
    "a days of one date": ("days(open_on)", "days(open_on)", "2 arguments"),
    "no formula": ("open +", "open +", "a formula in the closed vocabulary"),
}


@pytest.mark.parametrize(("text", "found", "expected"), REFUSED_TO_READ.values(), ids=REFUSED_TO_READ)
def test_what_is_no_formula_over_a_statement_is_refused(text: str, found: str, expected: str) -> None:
    with pytest.raises(BadProgramme) as refusal:
        compile_read("measures.toml, dues.late", text, READ, ["open_on", "as_of_day"], {"unpaid": "open - paid"})
    assert refusal.value.where == "measures.toml, dues.late"
    assert found in refusal.value.found.lower()
    assert expected in refusal.value.expected


def test_a_measure_that_is_read_is_written_out_where_another_names_it() -> None:
    read = {"unpaid": "open - paid", "double": "2 * (open - paid)"}
    formula = compile_read("example", "case when unpaid > 0 then double - unpaid end", READ, [], read)
    assert formula.sql == "CASE WHEN (open - paid) > 0 THEN (2 * (open - paid)) - (open - paid) END"
    assert compile_read("example", "unpaid", READ, [], read).sql == "(open - paid)"
