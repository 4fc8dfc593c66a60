"""A value in a Parquet file is read as a CSV would hold it, whatever type its writer gave it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, scan_parquet
from goodstanding.errors import BadInput

Texts = Callable[[pa.Array | pa.ChunkedArray], list[str | None]]


def texts_of(column: pa.Array) -> list[str | None]:
    """A column as it is read, without the rows that are left out."""
    with TemporaryDirectory() as folder, Duck() as duck:
        path = Path(folder) / "rows.parquet"
        pq.write_table(pa.table({"value": column}), path)
        scan_parquet(duck, path, "raw")
        return [row["value"] for row in duck.rows("SELECT value FROM raw ORDER BY line")]


WHOLE = [
    pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint32(), pa.uint64(),
    pa.float32(), pa.float64(), pa.decimal128(12, 2), pa.decimal128(20, 0), pa.decimal256(40, 3),
]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(number=st.integers(0, 127), kind=st.sampled_from(WHOLE))
def test_a_whole_number_is_the_same_text_in_every_type(number: int, kind: pa.DataType) -> None:
    value = Decimal(number) if pa.types.is_decimal(kind) else number
    assert texts_of(pa.array([value, None], kind)) == [str(number), None]


TEXTS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.binary(),
    pa.large_binary(),
    pa.dictionary(pa.int8(), pa.string()),
]


@settings(max_examples=15, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), kind=st.sampled_from(TEXTS))
def test_a_text_is_the_same_in_every_type(text: str, kind: pa.DataType) -> None:
    value = text.encode() if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else text
    assert texts_of(pa.array([value, None], kind)) == [text, None]


UNITS = st.sampled_from(["s", "ms", "us", "ns"])
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))


@settings(max_examples=15, deadline=None)
@given(day=DAYS, unit=UNITS, zone=st.sampled_from([None, "UTC"]))
def test_a_day_may_be_a_timestamp_at_midnight(day: date, unit: str, zone: str | None) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=zone and UTC)
    assert texts_of(pa.array([moment, None], pa.timestamp(unit, zone))) == [day.isoformat(), None]
    assert texts_of(pa.array([day], pa.date32())) == [day.isoformat()]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_a_timestamp_of_another_hour_is_left_as_it_is(unit: str, zone: str | None) -> None:
    (text,) = texts_of(pa.array([datetime(2024, 1, 3, 0, 0, 1, tzinfo=zone and UTC)], pa.timestamp(unit, zone)))
    assert text is not None
    assert text.startswith("2024-01-03 00:00:01")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Europe/Prague"])
def test_midnight_is_midnight_where_the_writer_says(duck: Duck, tmp_path: Path, zone: str) -> None:
    days = ["2024-01-03", "2024-07-03"]
    pd.DataFrame({"day": pd.to_datetime(days).tz_localize(zone)}).to_parquet(tmp_path / "rows.parquet")
    scan_parquet(duck, tmp_path / "rows.parquet", "raw")
    assert [row["day"] for row in duck.rows("SELECT day FROM raw ORDER BY line")] == days


@pytest.mark.parametrize(
    ("value", "text"), [(12.5, "12.5"), (-3.0, "-3"), (2.0**53 - 1, str(2**53 - 1)), (np.nan, None)]
)
def test_a_floating_point_number_is_its_shortest_text(value: float, text: str | None) -> None:
    assert texts_of(pa.array([value], from_pandas=False)) == [text]


@settings(max_examples=10, deadline=None)
@given(number=st.integers(2**53, 2**62))
@example(number=2**53 + 1)
def test_a_number_that_floating_point_has_rounded_is_written_as_such(number: int) -> None:
    (text,) = texts_of(pa.array([float(number)]))
    assert text is not None
    assert "e+" in text


@pytest.mark.parametrize(("number", "kind"), [(2**53 + 1, pa.float64()), (2**24 + 1, pa.float32())])
def test_two_numbers_that_floating_point_makes_one_are_never_taken_as_one(number: int, kind: pa.DataType) -> None:
    for text in texts_of(pa.array(np.array([number, number - 1, 1 - number], kind.to_pandas_dtype()))):
        assert text is not None
        assert "e+" in text
    below = number - 2
    assert texts_of(pa.array(np.array([below, -below], kind.to_pandas_dtype()))) == [str(below), str(-below)]


def test_flags_of_every_type_are_read() -> None:
    assert texts_of(pa.array([True, False, None])) == ["true", "false", None]
    assert texts_of(pa.array([1.0, 0.0, np.nan], from_pandas=False)) == ["1", "0", None]


@pytest.mark.parametrize("odd", [b"\xe9", float("inf"), float("-inf")])
def test_a_value_that_no_text_can_stand_for_leaves_its_row_out(duck: Duck, tmp_path: Path, odd: Any) -> None:
    good: Any = b"x" if isinstance(odd, bytes) else 1.0
    pq.write_table(pa.table({"value": [good, odd, good]}), tmp_path / "rows.parquet")
    rejected = scan_parquet(duck, tmp_path / "rows.parquet", "raw")
    assert [(reject.line, reject.found) for reject in rejected] == [(2, "value")]
    assert [row["line"] for row in duck.rows("SELECT line FROM raw ORDER BY line")] == [1, 3]


@pytest.mark.parametrize("value", [[1], {"a": 1}, [{"a": 1}]])
def test_a_column_of_values_in_values_is_refused_by_name(duck: Duck, tmp_path: Path, value: Any) -> None:
    pq.write_table(pa.table({"nested": [value]}), tmp_path / "rows.parquet")
    with pytest.raises(BadInput, match=r"rows\.parquet, column nested: found .*expected a column of text"):
        scan_parquet(duck, tmp_path / "rows.parquet", "raw")


@pytest.mark.parametrize("columns", [["line"], ["a", "A"], ["a", " a "]])
def test_columns_that_cannot_be_told_apart_are_refused(duck: Duck, tmp_path: Path, columns: list[str]) -> None:
    pq.write_table(pa.Table.from_arrays([pa.array(["x"])] * len(columns), names=columns), tmp_path / "rows.parquet")
    with pytest.raises(BadInput, match="columns that are each named once, none of them `line`"):
        scan_parquet(duck, tmp_path / "rows.parquet", "raw")
