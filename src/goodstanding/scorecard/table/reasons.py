"""Why a score is not higher: the characteristics that lost most to their best attribute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.codes import MISSING
from goodstanding.scorecard.levels import number_text
from goodstanding.scorecard.table.apply import Numbers, points_of, table_numbers
from goodstanding.scorecard.table.points_table import Attribute, Characteristic, PointsTable
from goodstanding.wording import tr

MOST_REASONS = 4
Unknown: TypeAlias = Literal["reason", "none"]
"""Whether it can be a reason that something is not known: where it was learned what that says, as of any value."""


@dataclass(frozen=True)
class Reason:
    """A characteristic, the attribute the value is in, its points, and how many more the best attribute has."""

    characteristic: str
    attribute: str
    points: int
    lost: int


def table_reasons(
    table: PointsTable, values: Mapping[str, NDArray[Any]], *, unknown: Unknown = "reason", most: int = MOST_REASONS
) -> list[tuple[Reason, ...]]:
    """The reasons for each of n rows, at most `most`, as `rank_losses` has them."""
    numbers = table_numbers(table, values)
    points, best = points_of(table, numbers), best_points(table, unknown=unknown)
    names = list(points)
    if not names:
        return [()] * len(next(iter(values.values()), ()))
    lost = np.stack([best[name] - points[name] for name in names], axis=1)
    if unknown == "none":
        lost[np.stack([_is_unknown(table, name, numbers) for name in names], axis=1)] = 0
    labels: dict[str, list[str]] = {
        c.name: [label(c, number) for number in range(len(c.all_attributes))] for c in table.characteristics
    }

    def attributes(name: str, row: int) -> str:
        return " x ".join(labels[part][int(numbers[part][row])] for part in _parts(table, name))

    return [
        tuple(
            Reason(names[j], attributes(names[j], row), int(points[names[j]][row]), int(lost[row, j])) for j in ranked
        )
        for row, ranked in enumerate(rank_losses(names, lost, most))
    ]


def best_points(table: PointsTable, *, unknown: Unknown) -> dict[str, int]:
    """The most points that a value can have, by characteristic and cross: a known value's, where the unknown is none.

    Those of a cross are of any two attributes.
    """
    found = {c.name: max(a.points for a in _that_count(c, unknown)) for c in table.characteristics}
    return found | {cross.name: max(max(line) for line in cross.points) for cross in table.crosses}


def rank_losses(names: Sequence[str], lost: NDArray[np.int64], most: int) -> list[list[int]]:
    """What counts as a reason, for everybody who gives one: the places of the greatest of p losses, of n rows (n x p).

    A loss is how many points a value has less than the best attribute (`best_points`); of what is not known it is 0
    where the unknown is no reason. Only losses above 0 count, the greatest come first, equal ones by their names, and
    there are at most so many.
    """
    by_name = np.argsort(np.array(names), kind="stable")
    order = by_name[np.argsort(-lost[:, by_name], axis=1, kind="stable")[:, :most]]
    ranked: list[list[int]] = order.tolist()
    return [[j for j in places if lost[row, j] > 0] for row, places in enumerate(ranked)]


def _that_count(characteristic: Characteristic, unknown: Unknown) -> Sequence[Attribute]:
    return characteristic.attributes if unknown == "none" else characteristic.all_attributes


def _parts(table: PointsTable, name: str) -> list[str]:
    """The characteristics that something with points is of: itself, or the two of a cross."""
    cross = next((cross for cross in table.crosses if cross.name == name), None)
    return [name] if cross is None else [cross.row, cross.column]


def _is_unknown(table: PointsTable, name: str, numbers: Mapping[str, Numbers]) -> NDArray[np.bool_]:
    """Of which rows it, or one of its two, is missing."""
    return np.logical_or.reduce([numbers[part] == MISSING for part in _parts(table, name)])


def label(characteristic: Characteristic, number: int) -> str:
    """An attribute in words: "missing", "10 to 20", "'rent', 'own'", "other"."""
    attributes = characteristic.all_attributes
    attribute = attributes[number]
    if number == 0:
        return tr("missing")
    if attribute.levels:
        return ", ".join(level if isinstance(level, str) else number_text(level) for level in attribute.levels)
    if characteristic.named:
        return tr("other")
    above = attributes[number + 1].least if number + 1 < len(attributes) else None
    return span(attribute, above)


def span(attribute: Attribute, above: float | None) -> str:
    """A range in signs: from its lower bound to below the next one's, in digits that read back as the same bounds."""
    least = "" if attribute.least is None else f"≥ {number_text(attribute.least)}"
    below = "" if above is None else f"< {number_text(above)}"
    return " ".join(part for part in (least, below) if part) or tr("any")
