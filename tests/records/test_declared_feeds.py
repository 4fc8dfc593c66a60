"""Feeds are declared in a small table: taken once, refused line by line, and kept as they were known."""

import gzip
from collections.abc import Callable
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from goodstanding.engines import Duck, files
from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.records import DeclaredFeed, declare_feeds, declared_feeds, read_feeds
from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]
Put = Callable[..., Path]

TODAY = date(2024, 6, 15)
HEADER = "source,table,from,until,person_id,known_on\n"


@pytest.fixture
def feeds(tmp_path: Path) -> Callable[[str], Path]:
    def put(lines: str) -> Path:
        path = tmp_path / "feeds.csv"
        path.write_text(HEADER + lines, encoding="utf-8")
        return path

    return put


def test_a_feed_is_read_with_its_months_and_whom_it_is_of(feeds: Callable[[str], Path]) -> None:
    found = read_feeds(
        feeds("bank,payments,2023-01,2024-02,ana,2024-03-01\ncourt,public_records,2020-01,,,2020-02-01\n"), TODAY
    )
    assert found == [
        DeclaredFeed("bank", "payments", Month(2023, 1), Month(2024, 2), "ana", date(2024, 3, 1)),
        DeclaredFeed("court", "public_records", Month(2020, 1), None, "", date(2020, 2, 1)),
    ]


@pytest.mark.parametrize(
    ("line", "where", "expected"),
    [
        (",payments,2023-01,,,2024-03-01", "line 2, source", "who furnishes it"),
        ("bank,payment,2023-01,,,2024-03-01", "line 2, table", "payments"),
        ("bank,payments,2023,,,2024-03-01", "line 2, from", "YYYY-MM"),
        ("bank,payments,2023-01,soon,,2024-03-01", "line 2, until", "YYYY-MM"),
        ("bank,payments,2023-02,2023-01,,2024-03-01", "line 2, until", "not before 2023-02"),
        ("bank,payments,2023-01,,,yesterday", "line 2, known_on", "YYYY-MM-DD"),
        ("bank,payments,2023-01,,,2024-06-16", "line 2, known_on", "not after today"),
        ("bank,people,2023-01,,,2024-03-01", "line 2, table", "one of details"),
        ("bank,outcomes,2023-01,,,2024-03-01", "line 2, table", "one of details"),
        ("bank,payments,2099-01,,,2024-03-01", "line 2, from", "a month from 1900-01 to 2074-06"),
        ("bank,payments,1800-01,,,2024-03-01", "line 2, from", "a month from 1900-01 to 2074-06"),
        ("bank,payments,2023-01,9999-12,,2024-03-01", "line 2, until", "leave the field empty where there is none"),
        ("bank,payments,2023-01", "line 2", "columns"),
        ("bank,payments,2023-01,,mi\u200ba,2024-03-01", "line 2, person_id", "without characters that nobody sees"),
        ("bank,payments,2023-01,,\u200b,2024-03-01", "line 2, person_id", "without characters that nobody sees"),
        ("ba\u00adnk,payments,2023-01,,,2024-03-01", "line 2, source", "without characters that nobody sees"),
        ("bank,payments,2023-01,,4.40524E17,2024-03-01", "line 2, person_id", "has rounded it"),
        ("#REF!,payments,2023-01,,,2024-03-01", "line 2, source", "has written an error"),
    ],
)
def test_a_line_that_is_wrong_is_refused_by_its_place(
    feeds: Callable[[str], Path], line: str, where: str, expected: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        read_feeds(feeds(line + "\n"), TODAY)
    assert where in refusal.value.where
    assert expected in refusal.value.expected


@pytest.mark.parametrize("spelt", ["José", "Jose\u0301", "\u3000Jose\u0301 "])
def test_a_feed_is_of_the_person_whose_id_looks_the_same(feeds: Callable[[str], Path], spelt: str) -> None:
    (found,) = read_feeds(feeds(f"{spelt},payments,2023-01,,{spelt},2024-03-01\n"), TODAY)
    assert (found.source, found.person) == ("José", "José")


@pytest.mark.parametrize("header", ["source,table,from", "source,table,from,known_on,colour"])
def test_a_header_that_lacks_a_column_or_has_another_is_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "feeds.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="columns source, table, from, until, person_id, known_on"):
        read_feeds(path, TODAY)


def test_declaring_the_same_twice_changes_nothing(
    feeds: Callable[[str], Path], workspace: Workspace, files_of: Callable[[Path], dict[str, bytes]]
) -> None:
    told = read_feeds(feeds("bank,payments,2023-01,,,2024-03-01\n"), TODAY)
    assert declare_feeds(workspace, told) == 1
    before = files_of(workspace.root)
    assert declare_feeds(workspace, told) == 0
    assert files_of(workspace.root) == before


def test_a_later_declaration_takes_the_place_of_an_earlier_one_from_its_day_on(
    feeds: Callable[[str], Path], workspace: Workspace
) -> None:
    declare_feeds(workspace, read_feeds(feeds("bank,payments,2023-01,,,2024-03-01\n"), TODAY))
    declare_feeds(workspace, read_feeds(feeds("bank,payments,2023-01,2024-04,,2024-05-01\n"), TODAY))
    assert [(feed.last, later) for feed, later in declared_feeds(workspace)] == [
        (None, date(2024, 5, 1)),
        (Month(2024, 4), None),
    ]
    assert [feed.last for feed, _ in declared_feeds(workspace, date(2024, 4, 30))] == [None]


EARLY, LATE = "bank,payments,2022-01,,,2024-03-01\n", "bank,payments,2023-01,,,2024-03-01\n"
ENDED = "bank,payments,2022-01,2024-02,,2024-03-01\n"
OTHER = "shop,payments,2022-06,,,2024-03-01\n"


def counted(workspace: Workspace) -> list[tuple[Month, Month | None]]:
    return [(feed.first, feed.last) for feed, later in declared_feeds(workspace) if later is None]


@pytest.mark.parametrize("lines", list(permutations([EARLY, LATE, ENDED])))
def test_of_lines_of_one_day_the_last_counts_in_one_file_as_in_several(
    feeds: Callable[[str], Path],
    tmp_path: Path,
    files_of: Callable[[Path], dict[str, bytes]],
    lines: tuple[str, ...],
) -> None:
    rooms = [Workspace(tmp_path / name) for name in ("one", "several")]
    loads = [["".join((*lines, OTHER))], [*lines, OTHER]]
    for room, files_loaded in zip(rooms, loads, strict=True):
        for file in files_loaded:
            declare_feeds(room, read_feeds(feeds(file), TODAY))
    last = read_feeds(feeds(lines[-1]), TODAY)[0]
    for room in rooms:
        assert counted(room) == [(last.first, last.last), (Month(2022, 6), None)]
    # Their histories differ, not what they hold.
    once, again = (files_of(room.root / "feeds") for room in rooms)
    assert once == again
    assert rooms[0].catalogue.files == rooms[1].catalogue.files
    for file in (*loads[0], *loads[1]):
        assert declare_feeds(rooms[1], read_feeds(feeds(file), TODAY)) == 0
    assert files_of(rooms[1].root / "feeds") == again


def test_a_line_that_takes_back_the_one_before_it_counts(feeds: Callable[[str], Path], workspace: Workspace) -> None:
    back = read_feeds(feeds(EARLY + LATE + EARLY), TODAY)
    assert declare_feeds(workspace, back) == 3
    assert counted(workspace) == [(Month(2022, 1), None)]
    assert declare_feeds(workspace, back) == 0


def test_feeds_that_were_kept_without_their_order_are_read_as_they_were(
    feeds: Callable[[str], Path], workspace: Workspace
) -> None:
    declare_feeds(workspace, read_feeds(feeds(LATE + EARLY), TODAY))
    with workspace.stage() as staging, Duck() as duck:
        (entry,) = staging.under("feeds")
        staged = staging.scratch()
        duck.write_parquet(f"SELECT * EXCLUDE (sequence) FROM {files([staging.path(entry)])}", staged)
        staging.remove(entry)
        staging.add("feeds", staged)
    assert counted(workspace) == [(Month(2023, 1), None)]
    assert declare_feeds(workspace, read_feeds(feeds(LATE + EARLY), TODAY)) == 0
    assert declare_feeds(workspace, read_feeds(feeds(ENDED), TODAY)) == 1
    assert counted(workspace) == [(Month(2022, 1), Month(2024, 2))]


@pytest.mark.parametrize("name", ["Feeds.CSV", "feeds.csv.gz", "feeds_2024.csv", "feeds-2024-q1.csv"])
def test_feeds_beside_the_tables_are_read_as_files_of_tables_are(
    row: Make, table_file: Put, standing: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    room = tmp_path / "standing"
    table_file(tmp_path / "in" / "people.csv", [row("people")])
    text = f"{HEADER.upper()}bank,payments,2023-01,,p1,2024-03-01\n".encode()
    (tmp_path / "in" / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    answer = standing("ingest", "records", tmp_path / "in", "--workspace", room)
    assert answer.err == ""
    assert "1 feeds read, 1 of them new." in answer.out
    assert "so far" not in answer.out
    assert len(declared_feeds(Workspace(room))) == 1


def test_feeds_without_a_table_are_told_their_verb(
    feeds: Callable[[str], Path], refused: Callable[..., str], tmp_path: Path
) -> None:
    path = feeds("bank,payments,2023-01,,,2024-03-01\n")
    for given in (path, path.parent):
        said = refused(given, tmp_path / "standing")
        assert "found declared feeds without a table file" in said
        assert "Give feeds alone to `standing ingest feeds FILE`." in said


def test_a_file_that_is_not_read_is_told_of_feeds_too(
    row: Make, table_file: Put, refused: Callable[..., str], tmp_path: Path
) -> None:
    table_file(tmp_path / "in" / "people.csv", [row("people")])
    (tmp_path / "in" / "feed.csv").write_text(HEADER, encoding="utf-8")
    said = refused(tmp_path / "in", tmp_path / "standing")
    assert "feed.csv (did you mean feeds.csv?)" in said
    assert "and beside them feeds (.csv, .csv.gz)" in said


def test_who_and_what_no_record_names_is_told(
    feeds: Callable[[str], Path], row: Make, table_file: Put, standing: Callable[..., Any], tmp_path: Path
) -> None:
    room = ("--workspace", tmp_path / "standing")
    path = feeds("bank,payments,2023-01,,p1,2024-03-01\nbnak,payments,2023-01,,nobody,2024-03-01\n")
    told = standing("ingest", "feeds", path, *room).out
    assert "People of feeds who are in no record so far: nobody, p1. Check the spelling." in told
    standing("ingest", "records", table_file(tmp_path / "in" / "people.csv", [row("people")]), *room)
    told = standing("ingest", "feeds", path, *room).out
    assert "People of feeds who are in no record so far: nobody. Check the spelling." in told
    assert "Sources of feeds of which there is no record so far: bnak. Check the spelling." in told
