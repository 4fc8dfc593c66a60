"""A file that cannot be taken as a whole: one clear message, exit code 1, nothing changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.engines import Duck

HEADER = "person_id,record_id,happened_on,known_on,source"
ROW = "p7,r7,2024-01-31,2024-01-31,bank"
HUGE = 100_000_000

Refused = Callable[..., str]


@pytest.fixture
def people(tmp_path: Path) -> Callable[..., Path]:
    """Write people.csv of these bytes or this text."""

    def put(content: str | bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A sound people.parquet."""
    path = tmp_path / "people.parquet"
    named = (f"'{value}' AS {key}" for key, value in zip(HEADER.split(","), ROW.split(","), strict=True))
    with Duck() as duck:
        duck.write_parquet(f"SELECT {', '.join(named)}", path)
    return path


def test_a_missing_column_is_named(people: Callable[..., Path], refused: Refused, room: Path) -> None:
    path = people("person_id,record_id,happened_on,source\np7,r7,2024-01-31,bank\n")
    said = refused(path, room)
    assert f"standing: {path}: found no column known_on; expected the columns person_id, record_id" in said
    assert "docs/records.md" in said


def test_an_empty_file_is_refused(people: Callable[..., Path], refused: Refused, room: Path) -> None:
    assert "people.csv: found an empty file; expected a header and rows." in refused(people(b""), room)


def test_an_empty_parquet_is_refused(people: Callable[..., Path], refused: Refused, used_room: Path) -> None:
    assert "people.parquet: found an empty file" in refused(people(b"", "people.parquet"), used_room)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_truncated_parquet_is_refused(parquet: Path, refused: Refused, room: Path, kept: float) -> None:
    whole = parquet.read_bytes()
    parquet.write_bytes(whole[: int(len(whole) * kept)])
    assert "people.parquet: found a file that does not read as Parquet" in refused(parquet, room)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_csv_in_utf16_is_refused(people: Callable[..., Path], refused: Refused, room: Path, encoding: str) -> None:
    said = refused(people(f"{HEADER}\n{ROW}\n".encode(encoding)), room)
    assert "found UTF-16 or binary content; expected CSV in UTF-8. Save the file again as CSV UTF-8." in said


@pytest.mark.parametrize("before", ["", f"{HEADER}\n{ROW}\n"], ids=["as the header", "after sound rows"])
def test_a_line_of_100_mb_is_refused(people: Callable[..., Path], refused: Refused, room: Path, before: str) -> None:
    path = people(before)
    with path.open("ab") as stream:
        # A million bytes of text, then nothing but a hole: cheap to write, and as long as it says.
        stream.write(b"x" * 1_500_000)
        stream.truncate(HUGE)
    line = before.count("\n") + 1
    assert path.stat().st_size == HUGE
    assert f"people.csv, line {line}: found a line longer than 1000000 bytes" in refused(path, room)


def test_rows_after_a_line_of_100_mb_are_not_lost(
    people: Callable[..., Path], refused: Refused, tmp_path: Path
) -> None:
    path = people(f"{HEADER}\n{ROW}\n")
    with path.open("ab") as stream:
        stream.truncate(HUGE)
        stream.seek(HUGE)
        stream.write(f"\n{ROW}\n".encode())
    assert "people.csv, line 3: found a line longer than" in refused(path, tmp_path / "standing")


def test_a_quote_that_is_never_closed_is_refused(people: Callable[..., Path], refused: Refused, tmp_path: Path) -> None:
    path = people(f'{HEADER}\n{ROW}\n"{ROW}\n' + f"{ROW}\n" * 50_000)
    said = refused(path, tmp_path / "standing")
    assert "people.csv, line 3: found a line longer than 1000000 bytes" in said
    assert "Check the line ends and the quotes." in said


def test_a_header_of_200_kb_is_refused(people: Callable[..., Path], refused: Refused, used_room: Path) -> None:
    assert "people.csv" in refused(people("x" * 200_000 + f",{HEADER}\n{ROW}\n"), used_room)


def test_a_folder_named_like_a_table_is_refused(tmp_path: Path, refused: Refused, room: Path) -> None:
    (tmp_path / "files" / "people.csv").mkdir(parents=True)
    assert "people.csv: found a directory; expected a file." in refused(tmp_path / "files", room)


def test_a_folder_without_table_files_is_refused(tmp_path: Path, refused: Refused, used_room: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "notes.txt").write_text("hello")
    said = refused(tmp_path / "files", used_room)
    assert (
        "files: found a directory without a table file, but with notes.txt; expected files named people, details"
        in said
    )


@pytest.mark.parametrize("name", ["people.csv", "people.parquet", "nowhere"])
def test_a_path_that_is_not_there_is_refused(tmp_path: Path, refused: Refused, room: Path, name: str) -> None:
    assert f"{name}: found nothing there" in refused(tmp_path / name, room)


def test_a_file_not_named_after_a_table_is_refused(
    people: Callable[..., Path], refused: Refused, used_room: Path
) -> None:
    said = refused(people(f"{HEADER}\n{ROW}\n", "clients.csv"), used_room)
    assert "found clients.csv; expected files named people, details" in said


def test_a_csv_called_parquet_is_refused(people: Callable[..., Path], refused: Refused, used_room: Path) -> None:
    assert "does not read as Parquet" in refused(people(f"{HEADER}\n{ROW}\n", "people.parquet"), used_room)


@pytest.mark.parametrize(
    "content", ["\n\n\n", "\ufeff", "\n" + HEADER + "\n" + ROW], ids=["blank lines", "a mark only", "a blank first"]
)
def test_a_file_without_a_header_line_is_refused(
    people: Callable[..., Path], refused: Refused, used_room: Path, content: str
) -> None:
    said = refused(people(content), used_room)
    assert "people.csv" in said
    # The engine's own words for it are no help to the person who exported the file.
    assert "Binder Error" not in said


@pytest.mark.parametrize("header", [f"{HEADER},source", f"{HEADER},SOURCE"], ids=["twice", "twice, in capitals"])
def test_a_column_named_twice_is_refused(
    people: Callable[..., Path], refused: Refused, used_room: Path, header: str
) -> None:
    said = refused(people(f"{header}\n{ROW},x\n"), used_room)
    assert "people.csv, line 1: found person_id" in said
    assert "expected a header that names each column once" in said


def test_line_ends_of_old_machines_are_refused(people: Callable[..., Path], refused: Refused, used_room: Path) -> None:
    assert "people.csv" in refused(people(f"{HEADER}\r{ROW}\r"), used_room)


def test_a_header_in_another_encoding_is_refused(
    people: Callable[..., Path], refused: Refused, used_room: Path
) -> None:
    said = refused(people(f"{HEADER},\xe9\n{ROW},x\n".encode("latin-1")), used_room)
    assert "expected CSV in UTF-8" in said


def test_an_unknown_column_is_refused(people: Callable[..., Path], refused: Refused, used_room: Path) -> None:
    said = refused(people(f"{HEADER},nickname\n{ROW},x\n"), used_room)
    assert "found the column nickname; expected only the columns person_id" in said
    assert "nothing is kept that is not asked for" in said


def test_a_column_called_line_is_named_as_it_stands(
    people: Callable[..., Path], refused: Refused, used_room: Path
) -> None:
    assert "none of them `line`" in refused(people(f"line,{HEADER}\n1,{ROW}\n"), used_room)


@pytest.mark.parametrize("field", ["religion", "Religion", "health", "fingerprint"])
def test_a_forbidden_column_is_refused_with_the_law(
    people: Callable[..., Path], refused: Refused, used_room: Path, field: str
) -> None:
    said = refused(people(f"{HEADER},{field}\n{ROW},x\n"), used_room)
    assert f"found {field}; expected no such field (" in said
    assert "article" in said.lower()


def test_one_bad_file_keeps_the_good_ones_of_its_folder_out(tmp_path: Path, refused: Refused, used_room: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "people.csv").write_text(f"{HEADER}\n{ROW}\n")
    (tmp_path / "files" / "payments.csv").write_bytes(b"")
    assert "payments.csv: found an empty file" in refused(tmp_path / "files", used_room)
