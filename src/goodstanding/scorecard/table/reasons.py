"""Why a score is not higher: the characteristics that lost most to their best attribute."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.levels import number_text
from goodstanding.scorecard.table.apply import points_of, table_numbers
from goodstanding.scorecard.table.points_table import Attribute, Characteristic, PointsTable
from goodstanding.wording import tr

MOST_REASONS = 4


@dataclass(frozen=True)
class Reason:
    """A characteristic, the attribute the value is in, its points, and how many more the best attribute has."""

    characteristic: str
    attribute: str
    points: int
    lost: int


def table_reasons(table: PointsTable, values: Mapping[str, NDArray[Any]]) -> list[tuple[Reason, ...]]:
    """Up to four reasons for each of n rows, the greatest loss first; of equal losses the table's order decides."""
    numbers = table_numbers(table, values)
    points = points_of(table, numbers)
    best = {c.name: max(a.points for a in c.all_attributes) for c in table.characteristics}
    best |= {cross.name: max(max(line) for line in cross.points) for cross in table.crosses}
    names = list(points)
    if not names:
        return [()] * len(next(iter(values.values()), ()))
    lost = np.stack([best[name] - points[name] for name in names], axis=1)
    order = np.argsort(-lost, axis=1, kind="stable")[:, :MOST_REASONS]
    labels: dict[str, list[str]] = {
        c.name: [label(c, number) for number in range(len(c.all_attributes))] for c in table.characteristics
    }

    def said(name: str, row: int) -> str:
        cross = next((cross for cross in table.crosses if cross.name == name), None)
        of: list[str] = [name] if cross is None else [cross.row, cross.column]
        return " x ".join(labels[part][int(numbers[part][row])] for part in of)

    ranked: list[list[int]] = order.tolist()
    return [
        tuple(
            Reason(names[j], said(names[j], row), int(points[names[j]][row]), int(lost[row, j]))
            for j in ranked[row]
            if lost[row, j] > 0
        )
        for row in range(len(lost))
    ]


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
