"""What is plausible at all: days and amounts beyond it stand for something else, or would not add up.

A date that stands for "no date" (9999-12-31, 1900-01-01) is no fact, and a sum of amounts has to fit 64 bits.
"""

from datetime import date

from goodstanding.engines import literal, name
from goodstanding.records.tables import Field, Table
from goodstanding.wording import tr

# The day before is what a spreadsheet makes of an empty date.
EARLIEST = date(1900, 1, 2)
# A due may be announced for as long as the longest mortgages run.
YEARS_AHEAD = 50
# 922,337 of them in one person's month still add up in 64 bits.
LARGEST_AMOUNT = 10**13


def limits_of(table: Table) -> list[tuple[str, str, str]]:
    """What each date and amount of a table has to keep to: its field, the condition as SQL, and how that is said."""
    return [
        _day(field, table) if field.kind == "date" else _amount(field)
        for field in table.fields
        if field.kind in {"date", "integer"}
    ]


def _day(field: Field, table: Table) -> tuple[str, str, str]:
    column, holds = name(field.name), f"{name(field.name)} >= {literal(EARLIEST)}"
    ahead = field.ahead
    if field.name == "happened_on" and not table.known_after:
        ahead = YEARS_AHEAD
    last = "known_on" if not ahead else tr("{n} years after known_on", n=ahead)
    if ahead is not None:
        holds += f" AND {column} <= known_on + INTERVAL {ahead} YEAR"
    if field.required:
        expected = tr("a day from {first} to {last}; leave the row out where there is none", first=EARLIEST, last=last)
        return field.name, holds, expected
    expected = tr("a day from {first} to {last}; leave the field empty where there is none", first=EARLIEST, last=last)
    return field.name, f"{column} IS NULL OR ({holds})", expected


def _amount(field: Field) -> tuple[str, str, str]:
    column = name(field.name)
    holds = f"{column} IS NULL OR {column} BETWEEN -{LARGEST_AMOUNT} AND {LARGEST_AMOUNT}"
    return field.name, holds, tr("an amount of at most {most} minor units", most=f"{LARGEST_AMOUNT:,}")
