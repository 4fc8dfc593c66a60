"""A points table written line by line, as it fits on paper: an attribute each, then the cells of crosses."""

from dataclasses import dataclass
from itertools import product

from goodstanding.scorecard.table.points_table import Characteristic, Cross, PointsTable
from goodstanding.scorecard.table.reasons import label


@dataclass(frozen=True)
class WrittenLine:
    """An attribute with its points, and how many were in it in development; None of a cell, where that is not kept."""

    name: str
    label: str
    points: int
    count: int | None = None
    bad_rate: float | None = None
    weight: float | None = None


def written_lines(table: PointsTable) -> list[WrittenLine]:
    """Every attribute that somebody was in, has points or is special; and every cell that has points."""
    named = {c.name: c for c in table.characteristics}
    lines = [line for c in table.characteristics for line in _of_characteristic(c)]
    return lines + [line for cross in table.crosses for line in _of_cross(cross, named[cross.row], named[cross.column])]


def _of_characteristic(c: Characteristic) -> list[WrittenLine]:
    return [
        WrittenLine(
            c.name,
            label(c, number),
            attribute.points,
            attribute.count,
            attribute.bads / attribute.count if attribute.count else 0.0,
            attribute.weight,
        )
        for number, attribute in enumerate(c.all_attributes)
        if attribute.count or attribute.points or c.is_special(number)
    ]


def _of_cross(cross: Cross, row: Characteristic, column: Characteristic) -> list[WrittenLine]:
    cells = product(range(len(row.all_attributes)), range(len(column.all_attributes)))
    return [
        WrittenLine(cross.name, f"{label(row, i)} x {label(column, j)}", cross.points[i][j])
        for i, j in cells
        if cross.points[i][j]
    ]
