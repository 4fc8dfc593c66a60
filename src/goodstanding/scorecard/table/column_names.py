"""Which names the columns of a card and of its exports may have, so that no two are one to an engine.

Most engines take Age and age for one column; PostgreSQL cuts what is longer than 63 bytes. An export adds `points_` and
the name of each characteristic and cross, and `score`.
"""

from collections.abc import Iterable, Sequence

from goodstanding.errors import BadInput
from goodstanding.wording import tr

SCORE = "score"
POINTS = "points_"
BETWEEN = " x "
# How many bytes of a name an engine reads.
LONGEST = {"postgres": 63, "redshift": 127}
SHORTEST = min(LONGEST.values())


def cross_name(row: str, column: str) -> str:
    """What the two-way table of two characteristics is called."""
    return f"{row}{BETWEEN}{column}"


def check_column_names(columns: Sequence[str]) -> None:
    """Raise BadInput for two columns that some engine takes for one, and for one that is named as an export's own."""
    seen: dict[str, str] = {}
    for column in columns:
        for one in (column.casefold(), _cut(column, SHORTEST)):
            if seen.setdefault(one, column) != column:
                other_name = tr("the name of {other}, where case or what follows 63 bytes is not read", other=seen[one])
                raise _refused(column, other_name)
    folded = {column.casefold() for column in columns}
    for column in columns:
        own = column.casefold()
        exported = own.removeprefix(POINTS)
        if own == SCORE:
            raise _refused(column, tr("the name that the score itself has in SQL"))
        if (exported != own and exported in folded) or any(_ways(one, folded) for one in (own, exported)):
            raise _refused(column, tr("the name that the points of another column have in SQL"))
        if BETWEEN in own and any(_ways(name, folded) > 1 for other in folded for name in _crosses(own, other)):
            raise _refused(column, tr("the name that the points of another column have in SQL"))


def points_names(parts: Iterable[str], columns: Iterable[str], dialect: str) -> list[str]:
    """What the columns of points of the parts are called in a dialect: cut as its engine would, but never two alike."""
    longest = LONGEST.get(dialect)
    taken = {(name if longest is None else _cut(name, longest)).casefold() for name in (*columns, SCORE)}
    return [_free(POINTS + part, taken, longest) for part in parts]


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name that is not taken: the one that is wanted, or that with `card_` before it."""
    others = set(taken)
    while wanted in others:
        wanted = f"card_{wanted}"
    return wanted


def _free(wanted: str, taken: set[str], longest: int | None) -> str:
    """The name, ending in a number where the name alone is taken; adds it to what is taken."""
    found, number = wanted if longest is None else _cut(wanted, longest), 1
    while found.casefold() in taken:
        number += 1
        ending = f"_{number}"
        found = (wanted if longest is None else _cut(wanted, longest - len(ending))) + ending
    taken.add(found.casefold())
    return found


def _crosses(one: str, other: str) -> tuple[str, str]:
    """What the two-way tables of two columns would be called."""
    return cross_name(one, other), cross_name(other, one)


def _ways(name: str, columns: set[str]) -> int:
    """Of how many two columns the two-way table would have the name."""
    parts = name.split(BETWEEN)
    return sum(
        BETWEEN.join(parts[:at]) in columns and BETWEEN.join(parts[at:]) in columns for at in range(1, len(parts))
    )


def _cut(name: str, longest: int) -> str:
    """As much of a name as an engine reads, whole characters of it."""
    return name.encode()[:longest].decode(errors="ignore")


def _refused(column: str, found: str) -> BadInput:
    return BadInput(
        where=tr("column {name}", name=column),
        found=found,
        expected=tr("a name that no other column has, here or in SQL"),
        do=tr("Rename it before fitting."),
    )
