"""Which files of a folder hold which table, and which of them nobody would read: none passes in silence.

A file is named after its table, in any letters, with what tells parts of it apart: `dues.csv`, `Dues.csv.gz`,
`dues-2024-01.csv`, `dues_2.parquet`, `dues.pq`. It may stand in folders of years, months or parts (`2024/dues.csv`,
`region=north/dues.csv`), or have any name in a folder of its table, as Spark writes it (`dues/part-0000.parquet`).
Declared feeds stand beside them, as `feeds.csv` in any letters and parts, and in no folder below.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from goodstanding.errors import BadInput
from goodstanding.records.stamp_file import STAMP, read_stamp_file
from goodstanding.records.tables import TABLES
from goodstanding.store import is_workspace
from goodstanding.wording import first_of, tr

_READ = (".csv", ".csv.gz", ".parquet", ".pq")
# What tells parts of a table apart: numbers, months, days, quarters.
_PART = r"([-_. ]?(part[-_]?|q|w)?\d+)*"
_FEEDS = re.compile(rf"feeds{_PART}\.csv(\.gz)?")
_NAMED = re.compile(rf"(?P<table>{'|'.join(TABLES)}){_PART}")
_PERIOD = re.compile(r"\d{2}|\d{4}([-_.]?\d{2}){0,2}|\d{4}[-_]?q[1-4]")
_PARTITION = re.compile(r"(?P<column>\w+)=(?P<value>.*)")
# What Spark, Hadoop, the lab and desktops leave beside the files that they write; hidden files besides.
_BESIDE = re.compile(r"_(success|metadata|common_metadata|started_.*|committed_.*)|.*\.crc|thumbs\.db|desktop\.ini")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_MOST_NAMED = 20


@dataclass(frozen=True)
class TableFile:
    """A file of a table; `name` is its path in the folder that was given, `columns` what the path says of its rows."""

    table: str
    path: Path
    name: str
    columns: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Listing:
    """What a path holds: files of tables, in the order in which they are read, and the names of all others.

    `feeds` are the files of declared feeds beside them.
    """

    root: Path
    files: Sequence[TableFile]
    others: Sequence[str]
    feeds: Sequence[Path] = ()

    @property
    def shared(self) -> Mapping[str, Sequence[str]]:
        """The files of each table that is read from more than one."""
        named: dict[str, list[str]] = {}
        for file in self.files:
            named.setdefault(file.table, []).append(file.name)
        return {table: names for table, names in named.items() if len(names) > 1}


def list_files(path: Path) -> Listing:
    """The files of a path: one file of a table, or a folder. Raises BadInput where there is none of a table."""
    listing = look_through(path)
    if not listing.files:
        alone = bool(listing.feeds) or _is_feeds(path.name)
        raise BadInput(
            where=str(path),
            found=tr("declared feeds without a table file") if alone else _none_of_ours(listing),
            expected=tr("files named {names} ({ends})", names=", ".join(TABLES), ends=", ".join(_READ)),
            do=tr("Give feeds alone to `standing ingest feeds FILE`.")
            if alone
            else tr("Name each file after its table."),
        )
    return listing


def _is_feeds(name: str) -> bool:
    """Whether a file is named as one of declared feeds is, in any letters and parts."""
    return _FEEDS.fullmatch(name.casefold()) is not None


def _none_of_ours(listing: Listing) -> str:
    if not listing.root.is_dir():
        return _suggested(listing.others)
    if not listing.others:
        return tr("a directory without a table file")
    return tr("a directory without a table file, but with {names}", names=_suggested(listing.others))


def look_through(path: Path) -> Listing:
    """What a path holds, be it nothing of ours. Raises BadInput where there is nothing, or it cannot be read."""
    if not path.exists():
        raise BadInput(
            where=str(path), found=tr("nothing there"), expected=tr("a file or a folder"), do=tr("Check the path.")
        )
    try:
        found = list(_found(path))
    except OSError as error:
        raise BadInput(
            where=str(error.filename or path),
            found=error.strerror or str(error),
            expected=tr("a folder that can be read"),
            do=tr("Check its permissions."),
        ) from error
    files = [one for one in found if isinstance(one, TableFile)]
    # What the lab keeps beside a town's records, such as what is true of its people, its stamp names.
    stamp = read_stamp_file(path) if path.is_dir() else None
    stamped = stamp.files if stamp else {}
    others = [one for one in found if isinstance(one, str) and one not in stamped]
    feeds = [one for one in others if path.is_dir() and _is_feeds(one)]
    others = [one for one in others if one not in feeds]
    order = list(TABLES)
    files.sort(key=lambda one: (order.index(one.table), one.name))
    return Listing(path, files, others, [path / one for one in feeds])


def check_all_read(listing: Listing) -> None:
    """Raise BadInput, naming them all, if there are files that nobody would read."""
    if listing.others:
        raise BadInput(
            where=str(listing.root),
            found=_suggested(listing.others),
            expected=tr(
                "only files named {names} ({ends}), and beside them feeds (.csv, .csv.gz)",
                names=", ".join(TABLES),
                ends=", ".join(_READ),
            ),
            do=tr("Rename them, take them away, or go on without them: --ignore. Nothing was loaded."),
        )


def _found(path: Path) -> Iterator[TableFile | str]:
    """What stands at a path, hidden files and what writers leave beside their files apart."""
    if path.is_dir():
        inside, table = list(_in_folder(path, "", {}, {path.resolve()})), _table_of(path.name)
        if table and not any(isinstance(one, TableFile) for one in inside):
            # The folder itself may be what Spark wrote for a table; its files are then named for nothing else.
            inside = list(_in_table(path, table, "", {}, {path.resolve()}))
        yield from inside
    elif table := _table_of_file(path.name):
        yield TableFile(table, path, path.name, _columns_of(path.parent.parts))
    else:
        yield path.name


def _in_folder(folder: Path, prefix: str, columns: Mapping[str, str], above: set[Path]) -> Iterator[TableFile | str]:
    """What stands in a folder of several tables."""
    for entry in _entries(folder, top=not prefix):
        name = prefix + entry.name
        if not entry.is_dir():
            table = _table_of_file(entry.name) if entry.is_file() else None
            yield TableFile(table, entry, name, columns) if table else name
            continue
        table, inside = _table_of(entry.name), above | {entry.resolve()}
        if entry.resolve() in above:
            yield f"{name}/"
        elif table:
            yield from _in_table(entry, table, f"{name}/", columns, inside)
        elif partition := _PARTITION.fullmatch(entry.name):
            yield from _in_folder(entry, f"{name}/", {**columns, **_column(partition)}, inside)
        elif _PERIOD.fullmatch(entry.name.casefold()):
            yield from _in_folder(entry, f"{name}/", columns, inside)
        elif any(_entries(entry, top=False)):
            yield f"{name}/"


def _in_table(
    folder: Path, table: str, prefix: str, columns: Mapping[str, str], above: set[Path]
) -> Iterator[TableFile | str]:
    """What stands in a folder of one table, whatever its files are called; an empty one is a file that is none."""
    entries = list(_entries(folder, top=False))
    if not entries:
        yield TableFile(table, folder, prefix.rstrip("/") or folder.name)
    for entry in entries:
        name = prefix + entry.name
        if entry.is_dir() and entry.resolve() not in above:
            partition = _PARTITION.fullmatch(entry.name)
            if partition or _PERIOD.fullmatch(entry.name.casefold()):
                more = {**columns, **(_column(partition) if partition else {})}
                yield from _in_table(entry, table, f"{name}/", more, above | {entry.resolve()})
            else:
                yield f"{name}/"
        elif entry.is_file() and _is_read(entry.name) and _table_of_file(entry.name) in {table, None}:
            yield TableFile(table, entry, name, columns)
        else:
            yield name


def _entries(folder: Path, *, top: bool) -> Iterator[Path]:
    """The entries of a folder by name, but for those that are nobody's records."""
    for entry in sorted(folder.iterdir()):
        beside = entry.name.startswith(".") or _BESIDE.fullmatch(entry.name.casefold())
        # By default the workspace is a folder where the command is given, be that among the records.
        if not beside and not (top and entry.name == STAMP) and not is_workspace(entry):
            yield entry


def _is_read(name: str) -> bool:
    return name.casefold().endswith(_READ)


def _table_of_file(name: str) -> str | None:
    """The table that a file is named after, if it is of a kind that is read."""
    return _table_of(name) if _is_read(name) else None


def _table_of(name: str) -> str | None:
    plain = name.casefold()
    for end in sorted(_READ, key=len, reverse=True):
        plain = plain.removesuffix(end)
    named = _NAMED.fullmatch(plain)
    return named["table"] if named else None


def _column(partition: re.Match[str]) -> dict[str, str]:
    """The column that a folder such as `kind=loan` stands for."""
    value = unquote(partition["value"])
    return {partition["column"]: "" if value == _NO_VALUE else value}


def _columns_of(folders: Sequence[str]) -> dict[str, str]:
    """What the folders above a file say of its rows."""
    found: dict[str, str] = {}
    for partition in map(_PARTITION.fullmatch, folders):
        if partition:
            found |= _column(partition)
    return found


def _suggested(names: Sequence[str]) -> str:
    """Names of files that are not read, each with the table that may be meant."""
    names = [
        f"{name} ({tr('did you mean {table}.csv?', table=near)})" if (near := _near(name)) else name for name in names
    ]
    return first_of(names, _MOST_NAMED)


def _near(name: str) -> str | None:
    """The table that a file may have been meant for."""
    plain = re.split(r"[^a-z_]", name.rstrip("/").rpartition("/")[2].casefold())[0].strip("_")
    return next(iter(get_close_matches(plain, [*TABLES, "feeds"], n=1, cutoff=0.75)), None)
