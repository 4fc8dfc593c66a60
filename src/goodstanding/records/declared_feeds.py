"""Declared feeds: which tables a source furnishes, of whom, and from when until when.

Without a declaration a table is furnished of a person from its first record of theirs on. A declaration says more: that
no record in a month means that there was nothing, or that a source has stopped. A later declaration of the same source,
table and person takes the place of an earlier one, from its `known_on` on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from goodstanding.engines import Duck, files, literal, scan_csv
from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.records.characters import one_form
from goodstanding.records.tables import TABLES
from goodstanding.store import Change, Entry, Workspace
from goodstanding.wording import tr

FOLDER = "feeds"
_COLUMNS = ("source", "table", "from", "until", "person_id", "known_on")
_REQUIRED = ("source", "table", "from", "known_on")
_SAID = "source, record_table, person_id, from_month, until_month, known_on"


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
            raise BadInput(_line(path, rejected[0].line), rejected[0].found, rejected[0].expected, tr("Correct it."))
        present = [column for column in duck.names("SELECT * FROM raw") if column != "line"]
        wrong = [column for column in present if column not in _COLUMNS]
        missing = [column for column in _REQUIRED if column not in present]
        if wrong or missing:
            found = ", ".join(wrong) if wrong else tr("no column {names}", names=", ".join(missing))
            raise BadInput(
                str(path), found, tr("the columns {names}", names=", ".join(_COLUMNS)), tr("Correct the header line.")
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
        return BadInput(f"{_line(path, line)}, {column}", found, expected, tr("Correct it and load the file again."))

    if not row["source"]:
        raise refuse("source", tr("who furnishes it"))
    if row["table"] not in TABLES:
        raise refuse("table", tr("one of {names}", names=", ".join(TABLES)))

    def month(column: str) -> Month:
        try:
            return Month.parse(row[column])
        except BadInput:
            raise refuse(column, tr("a month as YYYY-MM")) from None

    first, last = month("from"), month("until") if row.get("until") else None
    if last is not None and last < first:
        raise refuse("until", tr("a month not before {month}", month=first))
    try:
        known_on = date.fromisoformat(row["known_on"])
    except ValueError:
        raise refuse("known_on", tr("a date as YYYY-MM-DD")) from None
    if known_on > today:
        raise refuse("known_on", tr("a day not after today, {today}", today=today.isoformat()))
    person = one_form(row["person_id"]) if row.get("person_id") else ""
    if person is None:
        raise refuse("person_id", tr("text without characters that nobody sees"))
    return DeclaredFeed(row["source"], row["table"], first, last, person, known_on)


def _line(path: Path, line: int) -> str:
    return tr("{path}, line {line}", path=path, line=line)


def declare_feeds(workspace: Workspace, feeds: Sequence[DeclaredFeed]) -> int:
    """Take declarations into the workspace beside those that are there; how many are new."""
    with workspace.change() as change, Duck() as duck:
        before = change.under(FOLDER)
        columns = {
            "place": list(range(len(feeds))),
            "source": [feed.source for feed in feeds],
            "record_table": [feed.table for feed in feeds],
            "person_id": [feed.person for feed in feeds],
            "from_month": [feed.first.first_day.isoformat() for feed in feeds],
            "until_month": [feed.last.first_day.isoformat() if feed.last else None for feed in feeds],
            "known_on": [feed.known_on.isoformat() for feed in feeds],
        }
        duck.table("told", {name: np.array(values, dtype=object) for name, values in columns.items()})
        dated = ", ".join(f"CAST({column} AS DATE) AS {column}" for column in ("from_month", "until_month", "known_on"))
        fresh = f"SELECT source, record_table, person_id, {dated}, CAST(place AS BIGINT) AS place FROM told"
        held = _held(duck, [change.path(entry) for entry in before])
        duck.keep("held", held or f"SELECT {_SAID}, place AS sequence FROM ({fresh}) AS f WHERE FALSE")
        same = " AND ".join(f"h.{column} IS NOT DISTINCT FROM f.{column}" for column in _SAID.split(", "))
        new = f"SELECT {_SAID}, min(place) AS place FROM ({fresh}) AS f ANTI JOIN held AS h ON {same} GROUP BY {_SAID}"
        last = "(SELECT coalesce(max(sequence), -1) FROM held)"
        duck.keep("new_feeds", f"SELECT {_SAID}, {last} + row_number() OVER (ORDER BY place) AS sequence FROM ({new})")
        added = int(duck.value("SELECT count(*) FROM new_feeds"))
        if added:
            _replace(duck, change, before)
    return added


def _held(duck: Duck, paths: Sequence[Path]) -> str | None:
    """SQL of the declarations in files, each with its `sequence`, the order in which they came; None without files."""
    if not paths:
        return None
    relation = files(paths)
    # Files of earlier versions did not keep the order: there it is that of the months.
    order = f"row_number() OVER (ORDER BY known_on, from_month, {_SAID}) - 1"
    has_order = "sequence" in duck.names(f"SELECT * FROM {relation}")
    return f"SELECT {_SAID}, {'sequence' if has_order else order} AS sequence FROM {relation}"


def _replace(duck: Duck, change: Change, before: Sequence[Entry]) -> None:
    for entry in before:
        change.remove(entry)
    staged = change.scratch()
    both = f"SELECT {_SAID}, sequence FROM held UNION ALL SELECT {_SAID}, sequence FROM new_feeds"
    duck.write_parquet(f"SELECT * FROM ({both}) ORDER BY sequence", staged)
    change.add(FOLDER, staged)


def feed_entries(workspace: Workspace) -> list[Entry]:
    """The files that declarations are in."""
    return list(workspace.catalogue.under(FOLDER))


def declared_feeds(workspace: Workspace, known_by: date | None = None) -> list[tuple[DeclaredFeed, date | None]]:
    """Every declaration known by a day, with the day from which a later one takes its place, None while none does."""
    entries = feed_entries(workspace)
    if not entries:
        return []
    known = "" if known_by is None else f"WHERE known_on <= {literal(known_by)}"
    nobody_after = "lead(known_on) OVER (PARTITION BY source, record_table, person_id ORDER BY known_on, sequence)"
    with Duck() as duck:
        rows = duck.rows(
            f"SELECT *, {nobody_after} AS superseded_on FROM ({_held(duck, [workspace.path(e) for e in entries])}) "
            f"{known} ORDER BY source, record_table, person_id, known_on, sequence"
        )
    return [
        (
            DeclaredFeed(
                row["source"],
                row["record_table"],
                Month.of(row["from_month"]),
                Month.of(row["until_month"]) if row["until_month"] else None,
                row["person_id"],
                row["known_on"],
            ),
            row["superseded_on"],
        )
        for row in rows
    ]
