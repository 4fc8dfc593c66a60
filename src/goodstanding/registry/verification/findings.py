"""What a check finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from goodstanding.errors import Damaged
from goodstanding.registry.unreadable import UNREADABLE
from goodstanding.wording import mark, tr

What: TypeAlias = Literal[
    "changed",
    "changed before",
    "removed",
    "added",
    "not signed",
    "missing",
    "stale",
    "another log",
    "damaged",
    "cut off",
]


def reading(table: str, findings: Iterator["Finding"]) -> Iterator["Finding"]:
    """The findings of a check; if it comes to what does not read at all, that the table or the database holds it."""
    try:
        yield from findings
    except Damaged:
        # Of the database's own files nobody can say which of them it is that does not read.
        yield DAMAGED
    except UNREADABLE:
        yield Finding(table, "*", "changed")


_WORDS = {
    "changed": mark("{table} {row}: changed."),
    "changed before": mark(
        "{table} {row}: was not what the log said of it when the registry itself changed it. What came of that is "
        "signed since then."
    ),
    "removed": mark("{table} {row}: removed."),
    "added": mark("{table} {row}: added."),
    "not signed": mark("{table} {row}: the signature does not hold."),
    "missing": mark("{table} {row}: there is none."),
    "stale": mark("{table} {row}: older than it may be."),
    "another log": mark("{table} {row}: of another log."),
    "cut off": mark(
        "{table} {row}: missing. The log is shorter than a head that was kept or cosigned: it is an older copy, or was "
        "cut off."
    ),
    "damaged": mark(
        "{table} {row}: damaged, and does not read. Restore it from a copy. What else is found may follow from that."
    ),
}


@dataclass(frozen=True, order=True)
class Finding:
    """What is not as it should be: a row by its table and key, or a part of the database by its kind and name."""

    table: str
    row: str
    what: What

    def __str__(self) -> str:
        return tr(_WORDS[self.what], table=self.table, row=self.row)


DAMAGED = Finding("database", "*", "damaged")
