"""Declared feeds: which tables a source furnishes, of whom, and from when until when.

Without a declaration a table is furnished of a person from its first record of theirs on. A declaration says more: that
no record in a month means that there was nothing, or that a source has stopped. A later declaration of the same source,
table and person takes the place of an earlier one, from its `known_on` on; of those of one day, the one that came last.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

import numpy as np

from goodstanding.engines import Duck, files, scan_csv
from goodstanding.engines import name as quoted
from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.records.characters import one_form, spoilt
from goodstanding.records.line_errors import in_our_words
from goodstanding.records.plausible_limits import EARLIEST, YEARS_AHEAD
from goodstanding.records.tables import TABLES
from goodstanding.records.versions import record_files
from goodstanding.store import Entry, Staging, Workspace
from goodstanding.store.layout import FEEDS_FOLDER
from goodstanding.wording import one_of, tr

# Everybody stands in `people`, and `outcomes` are what a card learns from: of neither does silence say anything.
FURNISHED = tuple(table for table in TABLES if table not in {"people", "outcomes"})
_COLUMNS = ("source", "table", "from", "until", "person_id", "known_on")
_REQUIRED = ("source", "table", "from", "known_on")
_DAY = "source, record_table, person_id, known_on"
_STORED_COLUMNS = "source, record_table, person_id, from_month, until_month, known_on, sequence"

_Day: TypeAlias = tuple[str, str, str, date]
_Refuse: TypeAlias = Callable[[str, str], BadInput]


@dataclass(frozen=True)
class DeclaredFeed:
    """A source furnishes a table from a month on, until another if one is given; of everybody if `person` is empty."""

    source: str
    table: str
    first: Month
    last: Month | None
    person: str
    known_on: date


def read_feeds(path: Path, today: date) -> list[DeclaredFeed]:
    """The feeds that a CSV file declares. Raises BadInput, naming file, line and column."""
    with Duck() as duck:
        rejected = scan_csv(duck, path, "raw")
        if rejected:
            rejected_as = in_our_words(rejected[0])
            raise BadInput(
                where=_line(path, rejected_as.line),
                found=rejected_as.found,
                expected=rejected_as.expected,
                do=tr("Correct it."),
            )
        for column in duck.names("SELECT * FROM raw"):
            if (ours := column.casefold()) in _COLUMNS and ours != column:
                duck.run(f"ALTER TABLE raw RENAME COLUMN {quoted(column)} TO {quoted(ours)}")
        present = [column for column in duck.names("SELECT * FROM raw") if column != "line"]
        wrong = [column for column in present if column not in _COLUMNS]
        missing = [column for column in _REQUIRED if column not in present]
        if wrong or missing:
            found = ", ".join(wrong) if wrong else tr("no column {names}", names=", ".join(missing))
            raise BadInput(
                where=str(path),
                found=found,
                expected=tr("the columns {names}", names=", ".join(_COLUMNS)),
                do=tr("Correct the header line."),
            )
        rows = duck.rows("SELECT * FROM raw ORDER BY line")
    return [
        _declared(path, int(row["line"]), {k: (v or "").strip() for k, v in row.items() if k != "line"}, today)
        for row in rows
    ]


def _declared(path: Path, line: int, row: dict[str, str], today: date) -> DeclaredFeed:
    """One line of the file."""

    def refuse(column: str, expected: str) -> BadInput:
        found = repr(row.get(column, ""))
        return BadInput(
            where=f"{_line(path, line)}, {column}",
            found=found,
            expected=expected,
            do=tr("Correct it and load the file again."),
        )

    if not row["source"]:
        raise refuse("source", tr("who furnishes it"))
    if row["table"] not in FURNISHED:
        raise refuse("table", one_of(FURNISHED))
    first, last = _months(row, today, refuse)
    try:
        known_on = date.fromisoformat(row["known_on"])
    except ValueError:
        raise refuse("known_on", tr("a date as YYYY-MM-DD")) from None
    if known_on > today:
        raise refuse("known_on", tr("a day not after today, {today}", today=today.isoformat()))
    source, person = (_id(row.get(column, ""), column, refuse) for column in ("source", "person_id"))
    return DeclaredFeed(source, row["table"], first, last, person, known_on)


def _months(row: dict[str, str], today: date, refuse: _Refuse) -> tuple[Month, Month | None]:
    """From when and until when; a month that stands for "no month" (9999-12) is none."""

    def month(column: str) -> Month:
        try:
            return Month.parse(row[column])
        except BadInput:
            raise refuse(column, tr("a month as YYYY-MM")) from None

    first, last = month("from"), month("until") if row.get("until") else None
    if last is not None and last < first:
        raise refuse("until", tr("a month not before {month}", month=first))
    least, most = Month.of(EARLIEST), Month.of(today).plus(12 * YEARS_AHEAD)
    if not least <= first <= most:
        raise refuse("from", tr("a month from {first} to {last}", first=least, last=most))
    if last is not None and last > most:
        expected = tr(
            "a month from {first} to {last}; leave the field empty where there is none", first=least, last=most
        )
        raise refuse("until", expected)
    return first, last


def _id(text: str, column: str, refuse: _Refuse) -> str:
    """An id in the form in which records have it, or nothing."""
    formed = one_form(text) if text else ""
    if formed is None:
        raise refuse(column, tr("text without characters that nobody sees"))
    if expected := spoilt(formed):
        raise refuse(column, expected)
    return formed


def _line(path: Path, line: int) -> str:
    return tr("{path}, line {line}", path=path, line=line)


def unmet_feeds(workspace: Workspace, feeds: Sequence[DeclaredFeed]) -> tuple[list[str], list[str]]:
    """The people whom feeds name and `people` does not, and the sources of which there is no record at all.

    Neither is wrong: they may come later. But they may be misspelt, and then nothing is said by the feed.
    """
    paths = {table: record_files(workspace, table) for table in TABLES}
    everything = [path for found in paths.values() for path in found]
    asked = {
        "person_id": ({feed.person for feed in feeds if feed.person}, paths["people"]),
        "source": ({feed.source for feed in feeds}, everything),
    }
    with Duck() as duck:
        missing = [
            sorted(named - _known(duck, column, named, among)) if named else []
            for column, (named, among) in asked.items()
        ]
    return missing[0], missing[1]


def _known(duck: Duck, column: str, named: Collection[str], paths: Sequence[Path]) -> set[str]:
    """Which of some values stand in a column of record files."""
    if not paths:
        return set()
    duck.table("named", {column: np.array(sorted(named), dtype=object)})
    named_in = f"SELECT {column} FROM {files(paths)}"
    return {row[column] for row in duck.rows(f"SELECT {column} FROM named SEMI JOIN ({named_in}) USING ({column})")}


def declare_feeds(workspace: Workspace, feeds: Sequence[DeclaredFeed]) -> int:
    """Take declarations into the workspace beside those that are there, in their order; how many are new."""
    with workspace.stage() as staging, Duck() as duck:
        before = staging.under(FEEDS_FOLDER)
        stored = _stored(duck, staging.paths(before))
        fresh = _fresh(stored, feeds)
        if fresh:
            _replace(duck, staging, before, [*stored, *fresh])
    return len(fresh)


def _fresh(stored: Sequence[DeclaredFeed], feeds: Sequence[DeclaredFeed]) -> list[DeclaredFeed]:
    """Those of the feeds that are new beside the ones held, in their order.

    As with records: of one day, what is held stays what it is up to the first feed that says something new; from there
    on each says what holds from now, unless it says what the one before it says.
    """
    known, last = set(stored), dict[_Day, DeclaredFeed]()
    fresh: list[DeclaredFeed] = []
    for feed in feeds:
        before = last.get(_day(feed))
        if feed in known if before is None else feed == before:
            continue
        last[_day(feed)] = feed
        fresh.append(feed)
    return fresh


def _day(feed: DeclaredFeed) -> _Day:
    """Whose declarations of which day take one another's place."""
    return feed.source, feed.table, feed.person, feed.known_on


def _replace(duck: Duck, staging: Staging, before: Sequence[Entry], feeds: Sequence[DeclaredFeed]) -> None:
    """Write all feeds anew; those of one day are in the order in which they came."""
    for entry in before:
        staging.remove(entry)
    fields = {
        "source": [feed.source for feed in feeds],
        "record_table": [feed.table for feed in feeds],
        "person_id": [feed.person for feed in feeds],
        "from_month": [feed.first.first_day.isoformat() for feed in feeds],
        "until_month": [feed.last.first_day.isoformat() if feed.last else None for feed in feeds],
        "known_on": [feed.known_on.isoformat() for feed in feeds],
    }
    columns = {name: np.array(values, dtype=object) for name, values in fields.items()}
    duck.table("told", columns | {"place": np.arange(len(feeds))})
    dated = ", ".join(f"CAST({column} AS DATE) AS {column}" for column in ("from_month", "until_month", "known_on"))
    sequence = f"CAST(row_number() OVER (PARTITION BY {_DAY} ORDER BY place) - 1 AS INTEGER) AS sequence"
    staged = staging.scratch()
    duck.write_parquet(
        f"SELECT {_STORED_COLUMNS} FROM (SELECT source, record_table, person_id, {dated}, {sequence} FROM told) "
        f"ORDER BY {_DAY}, sequence",
        staged,
    )
    staging.add(FEEDS_FOLDER, staged)


def _stored(duck: Duck, paths: Sequence[Path]) -> list[DeclaredFeed]:
    """The declarations in files, those of one day in the order in which they came."""
    if not paths:
        return []
    # Earlier versions of the program did not keep the order of a day: the one from the later month was the later.
    sequence = "sequence, " if "sequence" in duck.names(f"SELECT * FROM {files(paths)}") else ""
    rows = duck.rows(f"SELECT * FROM {files(paths)} ORDER BY {_DAY}, {sequence}from_month, until_month")
    return [
        DeclaredFeed(
            row["source"],
            row["record_table"],
            Month.of(row["from_month"]),
            Month.of(row["until_month"]) if row["until_month"] else None,
            row["person_id"],
            row["known_on"],
        )
        for row in rows
    ]


def feed_entries(workspace: Workspace) -> list[Entry]:
    """The files that declarations are in."""
    return list(workspace.catalogue.under(FEEDS_FOLDER))


def declared_feeds(workspace: Workspace, known_by: date | None = None) -> list[tuple[DeclaredFeed, date | None]]:
    """Every declaration known by a day, with the day from which a later one takes its place, None while none does."""
    entries = feed_entries(workspace)
    if not entries:
        return []
    with Duck() as duck:
        stored = _stored(duck, workspace.paths(entries))
    known = [feed for feed in stored if known_by is None or feed.known_on <= known_by]
    return [
        (feed, after.known_on if after and _day(after)[:-1] == _day(feed)[:-1] else None)
        for feed, after in zip_longest(known, known[1:])
    ]
