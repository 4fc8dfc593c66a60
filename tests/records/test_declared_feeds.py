"""Feeds are declared in a small table: taken once, refused line by line, and kept as they were known."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.records import DeclaredFeed, declare_feeds, declared_feeds, read_feeds
from goodstanding.store import Workspace

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
        ("bank,payments,2023-01", "line 2", "columns"),
    ],
)
def test_a_line_that_is_wrong_is_refused_by_its_place(
    feeds: Callable[[str], Path], line: str, where: str, expected: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        read_feeds(feeds(line + "\n"), TODAY)
    assert where in refusal.value.where
    assert expected in refusal.value.expected


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


@pytest.mark.parametrize("loads", ["in one file", "in two loads"])
@pytest.mark.parametrize("months", [("2026-01", "2025-01"), ("2025-01", "2026-01")])
def test_of_lines_of_one_day_the_later_takes_the_place_of_the_earlier(
    feeds: Callable[[str], Path], workspace: Workspace, months: tuple[str, str], loads: str
) -> None:
    today = date(2026, 6, 15)
    lines = [f"s,payments,{month},,,2026-02-01\n" for month in months]
    for part in lines if loads == "in two loads" else ["".join(lines)]:
        declare_feeds(workspace, read_feeds(feeds(part), today))
    assert declare_feeds(workspace, read_feeds(feeds("".join(lines)), today)) == 0
    found = {str(feed.first): superseded for feed, superseded in declared_feeds(workspace)}
    assert found == {months[0]: date(2026, 2, 1), months[1]: None}


def test_a_feed_is_of_the_person_however_their_id_is_composed(feeds: Callable[[str], Path]) -> None:
    (found,) = read_feeds(feeds("s,payments,2024-01,,Jose\u0301,2024-02-01\n"), TODAY)
    assert found.person == "Jos\u00e9"
    with pytest.raises(BadInput, match="person_id"):
        read_feeds(feeds("s,payments,2024-01,,b\u200bo,2024-02-01\n"), TODAY)
