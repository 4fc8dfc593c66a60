"""Quarantine: rows that cannot be taken, each with its place and its reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from goodstanding.engines import Duck, Rejected, literal
from goodstanding.errors import BadInput, StandingError
from goodstanding.records.line_errors import in_our_words
from goodstanding.store import Staging
from goodstanding.store.layout import QUARANTINE_FILE, quarantine_folder
from goodstanding.wording import tr

# The field of a line that has no fields.
_WHOLE_LINE = "*"


@dataclass(frozen=True)
class RowProblem:
    """Why a row is in quarantine."""

    table: str
    file: str
    line: int
    field: str
    found: str
    expected: str

    def as_error(self, do: str) -> StandingError:
        """The problem as an error."""
        if self.field == _WHOLE_LINE:
            return BadInput(
                where=tr("{path}, line {line}", path=self.file, line=self.line),
                found=self.found,
                expected=self.expected,
                do=do,
            )
        where = tr("{file}, line {line}, {field}", file=self.file, line=self.line, field=self.field)
        return BadInput(where=where, found=repr(self.found), expected=self.expected, do=do)


def reject_sql(file: str, reject: Rejected) -> str:
    """SQL of the row of a line that did not split; `file` is a literal."""
    problem = in_our_words(reject)
    return (
        f"SELECT {file} AS file, {problem.line} AS line, {literal(_WHOLE_LINE)} AS field, "
        f"{literal(problem.found)} AS found, {literal(problem.expected)} AS expected"
    )


def refuse_hopeless(duck: Duck, tables: Iterable[str], *, strict: bool) -> None:
    """A file of which no row is good was not meant for its table; nothing of the load is taken."""
    for table in tables:
        bad = duck.rows(
            f"SELECT file, count(*) AS read, count(field) AS bad FROM checked_{table} GROUP BY file "
            f"HAVING bad > 0 AND (bad = read OR {literal(strict)}) ORDER BY file"
        )
        if not bad:
            continue
        problem = first_problems(duck, [table], 1, f"file = {literal(bad[0]['file'])}")[0]
        do = tr(
            "{bad} of {read} rows of the file are bad; nothing was loaded. Correct them.",
            bad=bad[0]["bad"],
            read=bad[0]["read"],
        )
        raise problem.as_error(do)


def write_quarantined(duck: Duck, staging: Staging, table: str) -> None:
    """Stage a table's quarantined rows as one CSV file, if there are any."""
    if duck.value(f"SELECT count(*) FROM checked_{table} WHERE fate = 'quarantined'"):
        staged = staging.scratch()
        duck.write_csv(f"{_quarantine_sql(table)} ORDER BY file, line", staged)
        staging.add(quarantine_folder(table), staged, QUARANTINE_FILE)


def first_problems(duck: Duck, tables: Iterable[str], most: int, only: str = "TRUE") -> list[RowProblem]:
    """The first few problems of some tables, by file and line; `only` is a condition on them."""
    found = [
        RowProblem(table, row["file"], int(row["line"]), row["field"], row["found"], row["expected"])
        for table in tables
        for row in duck.rows(f"SELECT * FROM ({_quarantine_sql(table)}) WHERE {only} ORDER BY file, line LIMIT {most}")
    ]
    return found[:most]


def _quarantine_sql(table: str) -> str:
    return f"SELECT file, line, field, found, expected FROM checked_{table} WHERE field IS NOT NULL"
