"""Reading someone's file as text columns, whatever its format: values are checked later, in one place."""

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from goodstanding.engines.duck import Duck
from goodstanding.engines.sql_text import literal, name, path_literal
from goodstanding.errors import BadInput, EngineFailed
from goodstanding.wording import mark, tr

LONGEST_LINE_BYTES = 1_000_000
_TOO_LONG = "LINE SIZE OVER MAXIMUM"
_DIVIDERS = {
    ",": mark("commas"),
    ";": mark("semicolons"),
    "\t": mark("tabs"),
    "|": mark("upright bars"),
    "，": mark("full-width commas"),
}


@dataclass(frozen=True)
class Rejected:
    """A line that does not split into the header's columns. Lines count records, the header being line 1."""

    line: int
    found: str
    expected: str


def scan_csv(duck: Duck, path: Path, table: str, delimiter: str = ",", encoding: str = "utf-8") -> list[Rejected]:
    """Make `table` of a CSV's rows as text, with `line` (record number, header = 1) first.

    Returns the lines that do not split into the header's columns. Raises BadInput if the file cannot be
    read as CSV at all: empty, a directory, not UTF-8, divided by something else, a line over LONGEST_LINE_BYTES. A file
    named .gz is unpacked on the way.
    """
    header = _header(path, delimiter, encoding)
    _check_records(path, delimiter.encode())
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in header)
    duck.run("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    try:
        duck.run(
            f"CREATE OR REPLACE TABLE raw_lines AS SELECT row_number() OVER () AS line, * FROM read_csv("
            f"{path_literal(path)}, auto_detect = false, header = true, all_varchar = true, "
            f"delim = {literal(delimiter)}, "
            f"quote = '\"', escape = '\"', nullstr = '', columns = {{{columns}}}, store_rejects = true, "
            f"rejects_limit = 0, max_line_size = {LONGEST_LINE_BYTES}, "
            f"hive_partitioning = false, compression = '{'gzip' if _is_packed(path) else 'none'}')"
        )
    except EngineFailed as error:
        raise _unreadable(path, error.found.splitlines()[0]) from error
    rejects = duck.rows(
        "SELECT line, first(error_type) AS kind, first(error_message) AS says "
        "FROM reject_errors GROUP BY line ORDER BY line"
    )
    for reject in rejects:
        if str(reject["kind"]) == _TOO_LONG:
            raise _too_long(path, int(reject["line"]))
    # DuckDB numbers the rows it kept; the lines it rejected lie between them.
    skipped = "(SELECT count(*) FROM gaps WHERE gap <= raw_lines.line)"
    duck.run(
        f"CREATE OR REPLACE TABLE {name(table)} AS WITH rejected AS (SELECT DISTINCT line FROM reject_errors), "
        "gaps AS (SELECT line - row_number() OVER (ORDER BY line) AS gap FROM rejected) "
        f"SELECT CAST(line + 1 + {skipped if rejects else 0} AS BIGINT) AS line, * EXCLUDE (line) FROM raw_lines"
    )
    duck.run("DROP TABLE raw_lines")
    expected = tr("{n} columns of UTF-8 text", n=len(header))
    return [Rejected(int(row["line"]), str(row["says"]), expected) for row in rejects]


def check_is_file(path: Path) -> None:
    """Raise BadInput unless there is a file that can be read, with something in it."""
    if path.is_dir():
        raise BadInput(
            where=str(path), found=tr("a directory"), expected=tr("a file"), do=tr("Name the file inside it.")
        )
    if not path.is_file():
        raise BadInput(where=str(path), found=tr("nothing there"), expected=tr("a file"), do=tr("Check the path."))
    with _opened(path) as stream:
        empty = not stream.read(1)
    if empty:
        raise BadInput(
            where=str(path),
            found=tr("an empty file"),
            expected=tr("a header and rows"),
            do=tr("Export the file again, or leave it out."),
        )


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


@contextmanager
def _opened(path: Path) -> Generator[IO[bytes]]:
    """A file's bytes, unpacked if it is packed. Raises BadInput where it cannot be read, or not to its end."""
    try:
        with cast("IO[bytes]", gzip.open(path, "rb")) if _is_packed(path) else path.open("rb") as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise _broken_off(path, error) from error


def _broken_off(path: Path, error: Exception) -> BadInput:
    if isinstance(error, OSError) and error.strerror:
        return BadInput(
            where=str(path),
            found=error.strerror,
            expected=tr("a file that can be read"),
            do=tr("Check its permissions."),
        )
    return BadInput(
        where=str(path),
        found=tr("a file that does not unpack to its end ({reason})", reason=error),
        expected=tr("a whole .gz file"),
        do=tr("Pack the file again, or copy it again in full."),
    )


def _header(path: Path, delimiter: str, encoding: str) -> Sequence[str]:
    """The column names of the first line."""
    check_is_file(path)
    with _opened(path) as stream:
        start = stream.read(LONGEST_LINE_BYTES)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start.partition(b"\n")[0]:
        raise BadInput(
            where=str(path),
            found=tr("UTF-16 or binary content"),
            expected=tr("CSV in UTF-8"),
            do=tr("Save the file again as CSV UTF-8."),
        )
    line, newline, _ = start.partition(b"\n")
    if not newline and len(start) == LONGEST_LINE_BYTES:
        raise _too_long(path, 1)
    try:
        text = line.removeprefix(codecs.BOM_UTF8).decode(encoding)
    except UnicodeDecodeError as error:
        raise _unreadable(tr("{path}, line {line}", path=path, line=1), str(error)) from error
    _check_delimiter(path, text, delimiter)
    try:
        header = [column.strip() for column in next(csv.reader([text.rstrip("\r")], delimiter=delimiter), list[str]())]
    except csv.Error as error:
        raise _unreadable(path, str(error)) from error
    plain = [column.casefold() for column in header]
    # `line` is what a row's place is called on its way in.
    if not header or len(set(plain)) != len(plain) or {"", "line"} & set(plain):
        raise BadInput(
            where=tr("{path}, line 1", path=path),
            found=", ".join(header) or tr("an empty header"),
            expected=tr("a header that names each column once, none of them `line`"),
            do=tr("Correct the header line."),
        )
    return header


def _check_delimiter(path: Path, header: str, delimiter: str) -> None:
    """Raise BadInput for a header that is divided by something else, or that says what divides, as Excel does."""
    declared = re.match(r'"?sep=', header, flags=re.IGNORECASE)
    other = next((sign for sign in _DIVIDERS if sign != delimiter and sign in header), None)
    if not declared and (delimiter in header or other is None):
        return
    found = (
        header.strip()[:60] if declared else tr("columns divided by {dividers}", dividers=tr(_DIVIDERS[other or ","]))
    )
    raise BadInput(
        where=tr("{path}, line {line}", path=path, line=1),
        found=found,
        expected=tr("a header whose columns are divided by {dividers}", dividers=tr(_DIVIDERS[delimiter])),
        do=tr(
            "Save the file again with {dividers} between the columns, and no line before the header.",
            dividers=tr(_DIVIDERS[delimiter]),
        ),
    )


def _check_records(path: Path, delimiter: bytes) -> None:
    """Raise BadInput for what would end the reading early or make its line numbers wrong.

    That is a record over the limit (also one that a quote never closes) and an empty line inside the file.
    """
    length, inside, blank = 0, False, 0
    with _opened(path) as stream:
        number = first = 0
        while line := stream.readline(LONGEST_LINE_BYTES + 1):
            number += 1
            if not inside:
                length, first = 0, number
            length += len(line)
            inside = _open_after(line, delimiter, inside=inside)
            if length > LONGEST_LINE_BYTES:
                raise _too_long(path, first)
            if blank and line.strip():
                raise BadInput(
                    where=tr("{path}, line {line}", path=path, line=blank),
                    found=tr("an empty line"),
                    expected=tr("one record a line"),
                    do=tr("Take it out."),
                )
            blank = blank or (number if not inside and not line.strip() else 0)
    if inside:
        raise BadInput(
            where=tr("{path}, line {line}", path=path, line=first),
            found=tr("a quote that is never closed"),
            expected=tr("quotes in pairs"),
            do=tr("Close it, or double it inside a field."),
        )


def _open_after(line: bytes, delimiter: bytes, *, inside: bool) -> bool:
    """Whether a quoted field is open after a line: a quote opens one only where a field begins."""
    if b'"' not in line:
        return inside
    for field in line.rstrip(b"\r\n").split(delimiter):
        if inside or field.startswith(b'"'):
            # Each pair of quotes closes and opens again; the first of a new field only opens.
            inside ^= field.count(b'"') % 2 == 1
    return inside


def _too_long(path: Path, line: int) -> BadInput:
    return BadInput(
        where=tr("{path}, line {line}", path=path, line=line),
        found=tr("a line longer than {n} bytes", n=LONGEST_LINE_BYTES),
        expected=tr("one record a line"),
        do=tr("Check the line ends and the quotes."),
    )


def _unreadable(where: Path | str, reason: str) -> BadInput:
    return BadInput(
        where=str(where),
        found=tr("content that does not read as CSV ({reason})", reason=reason),
        expected=tr("CSV in UTF-8"),
        do=tr("Save the file again as CSV UTF-8 with a header line and one kind of line end."),
    )
