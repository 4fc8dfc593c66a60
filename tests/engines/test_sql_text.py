"""Names and values come through SQL as they are, whatever they hold."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, files, literal, name, texts
from goodstanding.errors import EngineFailed

# DuckDB names hold any text but the empty one; text holds anything that UTF-8 can say.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
HOSTILE = "'; DROP TABLE t; --"


@settings(max_examples=150, deadline=None)
@example(text=HOSTILE)
@example(text="''")
@example(text="\\'")
@example(text='"')
@example(text="$$ {x} %s ?")
@given(text=TEXT)
def test_any_text_comes_back_as_it_was(duck: Duck, text: str) -> None:
    assert duck.value(f"SELECT {literal(text)}") == text


@settings(max_examples=100, deadline=None)
@example(text='"; DROP TABLE t; --')
@example(text='""')
@given(text=TEXT.filter(bool))
def test_any_name_comes_back_as_it_was(duck: Duck, text: str) -> None:
    assert duck.names(f"SELECT 1 AS {name(text)}") == [text]


@settings(max_examples=50, deadline=None)
@given(values=st.lists(TEXT, min_size=1, max_size=5), other=TEXT)
def test_a_list_of_texts_holds_those_and_no_others(duck: Duck, values: list[str], other: str) -> None:
    assert duck.value(f"SELECT {literal(other)} IN {texts(values)}") == (other in values)


@settings(max_examples=50, deadline=None)
@given(value=st.integers(-(2**63), 2**63 - 1))
def test_any_integer_comes_back_as_it_was(duck: Duck, value: int) -> None:
    assert duck.value(f"SELECT {literal(value)}") == value


@settings(max_examples=50, deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_any_float_comes_back_as_it_was(duck: Duck, value: float) -> None:
    assert float(duck.value(f"SELECT {literal(value)}::DOUBLE")) == value


@settings(max_examples=50, deadline=None)
@given(value=st.dates(min_value=date(1, 1, 1)))
def test_any_date_comes_back_as_it_was(duck: Duck, value: date) -> None:
    assert duck.value(f"SELECT {literal(value)}") == value


@pytest.mark.parametrize("value", [None, True, False])
def test_nothing_and_flags_come_back_as_they_were(duck: Duck, *, value: bool | None) -> None:
    assert duck.value(f"SELECT {literal(value)}") is value


@pytest.mark.parametrize("odd", ["o'brien", 'a "quoted" one', "a b", "month=2024-01", "a*b", "a[xX]b", "a?b"])
def test_a_files_path_is_taken_as_it_stands(duck: Duck, tmp_path: Path, odd: str) -> None:
    for folder in (odd, "aXb"):
        (tmp_path / folder).mkdir()
        duck.write_parquet(f"SELECT {literal(folder)} AS here", tmp_path / folder / "rows.parquet")
    assert duck.rows(f"SELECT * FROM {files([tmp_path / odd / 'rows.parquet'])}") == [{"here": odd}]


def test_a_query_that_fails_tells_its_sql(duck: Duck) -> None:
    with pytest.raises(EngineFailed) as failure:
        duck.run("SELECT nothing_there")
    assert failure.value.sql == "SELECT nothing_there"
    assert "nothing_there" in failure.value.found
