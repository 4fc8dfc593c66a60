"""Where the lines of the charts go: plain geometry, drawn as SVG by the templates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from goodstanding.months import Month
from goodstanding.scoring.standing import DimensionPoints

# Half the width of the chart of dimensions, labels included.
HALF_WIDTH = 148.0


@dataclass(frozen=True)
class Corner:
    """A dimension's corner: its axis' end, the point reached on it, where its label goes and how that is anchored."""

    name: str
    axis: tuple[float, float]
    reached: tuple[float, float]
    label: tuple[float, float]
    anchor: str


def polygon(dimensions: Sequence[DimensionPoints], radius: float) -> list[Corner]:
    """The chart of dimensions around (0, 0): each as far out as its points lie between its least and its most."""
    corners: list[Corner] = []
    for i, dimension in enumerate(dimensions):
        angle = 2 * math.pi * i / len(dimensions) - math.pi / 2
        x, y = math.cos(angle), math.sin(angle)
        reach = radius * _share(dimension)
        corners.append(
            Corner(dimension.name, _round(radius * x, radius * y), _round(reach * x, reach * y), *_label(x, y, radius))
        )
    return corners


def _label(x: float, y: float, radius: float) -> tuple[tuple[float, float], str]:
    """Where the label of the corner in direction (x, y) begins or ends: at the picture's sides, clear of the lines."""
    if abs(x) < 0.2:  # noqa: PLR2004 - straight up or down
        return _round(0, (radius + 20) * y), "middle"
    side = HALF_WIDTH if x > 0 else -HALF_WIDTH
    return _round(side, radius * y + (16 if y > 0 else -12)), "end" if x > 0 else "start"


def _share(dimension: DimensionPoints) -> float:
    """How far out: from a tenth for the least to all for the most; half where the card gives no points."""
    width = dimension.most - dimension.least
    return 0.1 + 0.9 * ((dimension.points - dimension.least) / width if width else 0.5)


def _round(x: float, y: float) -> tuple[float, float]:
    return round(x, 2), round(y, 2)


@dataclass(frozen=True)
class Line:
    """The month-by-month line: its points, broken where a month has no score, and the range it is drawn in."""

    pieces: Sequence[Sequence[tuple[float, float]]]
    low: int
    high: int


def line(history: Sequence[tuple[Month, int | None]], width: float, height: float) -> Line | None:
    """The line of scores over months in a box of width x height; None without two scores to join."""
    scores = [score for _, score in history if score is not None]
    if len(scores) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    low, high = 50 * (min(scores) // 50), 50 * (max(scores) // 50 + 1)
    first = history[0][0]
    span = max(first.until(history[-1][0]), 1)
    pieces: list[list[tuple[float, float]]] = [[]]
    last = first
    for month, score in history:
        if score is None or last.until(month) > 1:
            pieces.append([])
        last = month
        if score is not None:
            pieces[-1].append(_round(width * first.until(month) / span, height * (high - score) / (high - low)))
    return Line([piece for piece in pieces if piece], low, high)
