"""Files are read as text, each row with its line."""

import gzip
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.engines import Duck, literal, scan_csv, scan_parquet
from goodstanding.errors import BadInput

Csv = Callable[[str | bytes], Path]
Rows = Callable[[str], list[tuple[Any, ...]]]


def test_lines_are_counted_from_the_header(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    assert scan_csv(duck, csv_file("a,b\n1,2\n3,4\n"), "raw") == []
    assert rows_of("raw") == [(2, "1", "2"), (3, "3", "4")]


def test_rejected_lines_between_are_counted(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    rejected = scan_csv(duck, csv_file("a,b\nx\n1,2\ny,y,y\nz\n3,4\n5,6\nw\n"), "raw")
    assert rows_of("raw") == [(3, "1", "2"), (6, "3", "4"), (7, "5", "6")]
    assert [reject.line for reject in rejected] == [2, 4, 5, 8]
    assert {reject.expected for reject in rejected} == {"2 columns of UTF-8 text"}
    assert rejected[1].found == "Expected Number of Columns: 2 Found: 3"


def test_new_lines_in_quotes_do_not_begin_a_line(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    rejected = scan_csv(duck, csv_file('a,b\n"1\n1",2\nx\n"3\n\n3",4\n5,6\n'), "raw")
    assert rows_of("raw") == [(2, "1\n1", "2"), (4, "3\n\n3", "4"), (5, "5", "6")]
    assert [reject.line for reject in rejected] == [3]


def test_a_blank_line_inside_is_refused_since_lines_after_it_would_be_miscounted(duck: Duck, csv_file: Csv) -> None:
    with pytest.raises(BadInput, match="line 3: found an empty line"):
        scan_csv(duck, csv_file("a,b\n1,2\n\nx\n3,4\n"), "raw")


def test_blank_lines_at_the_end_are_nothing(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    assert scan_csv(duck, csv_file("a,b\n1,2\n\n\n"), "raw") == []
    assert rows_of("raw") == [(2, "1", "2")]


def test_lines_are_right_far_into_a_large_file(duck: Duck, csv_file: Csv) -> None:
    count = 300_000
    lines = ["x" if n % 50_000 == 7 else f'{n},"text, {n}"' for n in range(2, count)]
    rejected = scan_csv(duck, csv_file("\n".join(["a,b", *lines, ""])), "raw")
    assert [reject.line for reject in rejected] == [n for n in range(2, count) if n % 50_000 == 7]
    assert duck.value("SELECT count(*) FROM raw WHERE line <> CAST(a AS BIGINT)") == 0
    assert duck.value("SELECT count(*) FROM raw") == count - 2 - len(rejected)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", [True, False])
def test_line_ends_and_a_byte_order_mark_are_not_text(
    duck: Duck, csv_file: Csv, rows_of: Rows, newline: str, mark: str, *, end: bool
) -> None:
    text = mark + newline.join(['"a",b', "1,2", '"3",4']) + (newline if end else "")
    assert scan_csv(duck, csv_file(text), "raw") == []
    assert duck.names("SELECT * FROM raw") == ["line", "a", "b"]
    assert rows_of("raw") == [(2, "1", "2"), (3, "3", "4")]


def test_semicolons_may_divide(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    scan_csv(duck, csv_file('a;b\n1,5;"2;5"\n'), "raw", delimiter=";")
    assert rows_of("raw") == [(2, "1,5", "2;5")]


def test_an_empty_field_is_nothing_and_nothing_else_is(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    scan_csv(duck, csv_file('a,b\n,""\nNULL,null\n 1 ,NaN\n'), "raw")
    assert rows_of("raw") == [(2, None, None), (3, "NULL", "null"), (4, " 1 ", "NaN")]


def test_quotes_inside_a_field_are_kept(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    scan_csv(duck, csv_file('a,b\n"say ""hi""",5" disk\n'), "raw")
    assert rows_of("raw") == [(2, 'say "hi"', '5" disk')]


def test_a_line_that_is_not_utf8_is_rejected_and_the_others_are_kept(duck: Duck, csv_file: Csv, rows_of: Rows) -> None:
    rejected = scan_csv(duck, csv_file(b"a,b\n1,\xe9\n3,4\n"), "raw")
    assert rows_of("raw") == [(3, "3", "4")]
    assert [reject.line for reject in rejected] == [2]


def test_a_scan_knows_nothing_of_the_one_before(duck: Duck, csv_file: Csv) -> None:
    assert len(scan_csv(duck, csv_file("a,b\nx\n1,2\n"), "raw")) == 1
    assert scan_csv(duck, csv_file("a,b\n1,2\n"), "raw") == []


def test_a_parquet_is_read_as_text_by_row(duck: Duck, tmp_path: Path, rows_of: Rows) -> None:
    path = tmp_path / "rows.parquet"
    duck.write_parquet("SELECT DATE '2024-01-31' AS day, 12 AS n, TRUE AS flag, NULL::VARCHAR AS t", path)
    assert scan_parquet(duck, path, "raw") == []
    assert rows_of("raw") == [(1, "2024-01-31", "12", "true", None)]


def test_a_parquets_rows_keep_their_order(duck: Duck, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    duck.write_parquet("SELECT range AS n FROM range(1, 300001)", path)
    scan_parquet(duck, path, "raw")
    assert duck.value("SELECT count(*) FROM raw WHERE line = CAST(n AS BIGINT)") == 300_000


@pytest.mark.parametrize("content", [b"PAR1", b"not parquet at all", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_what_is_no_parquet_is_refused(duck: Duck, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="found a file that does not read as Parquet"):
        scan_parquet(duck, path, "raw")


@pytest.mark.parametrize("odd", ["a*b.csv", "a?b.csv", "a[xX]b.csv", "o'brien.csv"])
def test_a_file_name_is_never_a_pattern(duck: Duck, tmp_path: Path, rows_of: Rows, odd: str) -> None:
    (tmp_path / "aXb.csv").write_text("a\nneighbour\n")
    (tmp_path / odd).write_text("a\nmine\n")
    scan_csv(duck, tmp_path / odd, "raw")
    assert rows_of("raw") == [(2, "mine")]


SQL = (
    "SELECT range AS n, 'text ' || range AS t, range % 7 = 0 AS f, DATE '2024-01-01' + range::INT AS d FROM range(5000)"
)


def test_the_same_rows_give_the_same_parquet_bytes(tmp_path: Path) -> None:
    written: list[bytes] = []
    for threads in (1, 4):
        with Duck() as engine:
            engine.run(f"SET threads = {threads}")
            engine.write_parquet(f"{SQL} ORDER BY n", tmp_path / "rows.parquet")
        written.append((tmp_path / "rows.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_csv_is_written_with_a_header_and_quotes_where_due(duck: Duck, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    duck.write_csv(f"SELECT 1 AS a, {literal('b, c')} AS d", path)
    assert path.read_text() == 'a,d\n1,"b, c"\n'


@pytest.mark.parametrize("name", ["rows.csv.gz", "rows.CSV.GZ"])
def test_a_packed_file_is_read_as_it_is_unpacked(duck: Duck, tmp_path: Path, rows_of: Rows, name: str) -> None:
    path = tmp_path / name
    # Two packed files one after the other are one file: so do logs that are appended to.
    path.write_bytes(gzip.compress(b'a,b\n1,"x\nx"\n') + gzip.compress(b"y\n3,4\n"))
    assert [reject.line for reject in scan_csv(duck, path, "raw")] == [3]
    assert rows_of("raw") == [(2, "1", "x\nx"), (4, "3", "4")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n\n3,4\n", "line 3: found an empty line"),
        (b'a,b\n"1,2\n', "line 2: found a quote that is never closed"),
        (b"a,b\n" + b"x" * 1_000_001, "line 2: found a line longer than 1000000 bytes"),
        (b"", "found an empty file"),
    ],
)
def test_a_packed_file_is_held_against_the_same_checks(duck: Duck, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(BadInput, match=said):
        scan_csv(duck, path, "raw")


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_packed_file_that_is_cut_off_or_damaged_is_refused(data: st.DataObject) -> None:
    text = "a,b\n" + "".join(f"{n},{n * n}\n" for n in range(50))
    whole = gzip.compress(text.encode())
    place = data.draw(st.integers(1, len(whole) - 1))
    broken = (
        whole[:place] if data.draw(st.booleans()) else whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
    )
    with TemporaryDirectory() as folder, Duck() as engine:
        path = Path(folder) / "rows.csv.gz"
        path.write_bytes(broken)
        # The head notes a time and a system, which are no content.
        rows: int | None = 50
        try:
            scan_csv(engine, path, "raw")
            rows = engine.value("SELECT count(*) FROM raw")
        except BadInput:
            rows = None
        assert rows in {50, None}


@pytest.mark.parametrize("name", ["rows.csv.gz", "rows.csv"])
def test_a_file_that_is_not_packed_as_its_name_says_is_refused(duck: Duck, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"a,b\n1,2\n" if name.endswith("gz") else gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(BadInput, match=r"rows\.csv"):
        scan_csv(duck, path, "raw")


DIVIDERS = {"semicolons": ";", "tabs": "\t", "upright bars": "|", "commas": ","}


@pytest.mark.parametrize("asked", DIVIDERS)
@pytest.mark.parametrize("used", DIVIDERS)
def test_what_divides_the_columns_is_told_where_it_is_not_what_was_expected(
    duck: Duck, csv_file: Csv, used: str, asked: str
) -> None:
    path = csv_file(f"a{DIVIDERS[used]}b\n1{DIVIDERS[used]}2\n")
    if used == asked:
        assert scan_csv(duck, path, "raw", delimiter=DIVIDERS[asked]) == []
        return
    with pytest.raises(BadInput, match=f"line 1: found columns divided by {used}; expected .* divided by {asked}"):
        scan_csv(duck, path, "raw", delimiter=DIVIDERS[asked])


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=,", "sep=\t"])
def test_the_line_in_which_excel_says_what_divides_is_told(duck: Duck, csv_file: Csv, first: str) -> None:
    with pytest.raises(BadInput, match=r"line 1: found .*no line before the header"):
        scan_csv(duck, csv_file(f"{first}\na;b\n1;2\n"), "raw")
