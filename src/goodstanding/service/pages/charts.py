"""Where the lines of the charts go: plain geometry, drawn as SVG by the templates."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from goodstanding.months import Month
from goodstanding.scoring.standing import DimensionPoints

# A left and a top, a right and a bottom.
Box: TypeAlias = tuple[float, float, float, float]

RADIUS = 66.0
# Half the width of the radar, labels included: on a narrow phone it is drawn at its own size.
HALF_WIDTH = 164.0
FONT, LINE_HEIGHT, GAP, MARGIN = 12.0, 13.0, 8.0, 2.0
# With fewer there is no surface, with more the labels of neighbours meet.
FEWEST_CORNERS, MOST_CORNERS = 3, 8
MOST_LINES = 3
# A label straight above or below the middle may be wide, where that leaves its neighbours their place.
_WIDTHS = (200.0, 120.0, 80.0)
# Signs by their width in a font that is wide as fonts go.
_NARROW, _BROAD = frozenset("fijlrtI .,:;'|()[]!-"), frozenset("mwMW@%&")
# A chart's scale has some twelve steps from end to end of the programme's range.
_STEPS = 12


@dataclass(frozen=True)
class Corner:
    """A dimension's corner: its axis' end, the point reached on it, and its title's lines.

    `label` is where the first line stands and `anchor` what of it stands there; `box` is what it covers, with its
    points in one more line.
    """

    name: str
    axis: tuple[float, float]
    reached: tuple[float, float]
    lines: Sequence[str]
    label: tuple[float, float]
    anchor: str
    box: Box


@dataclass(frozen=True)
class Radar:
    """The chart of dimensions around (0, 0), and the picture that it fills with its labels."""

    corners: Sequence[Corner]
    picture: Box


def radar(dimensions: Sequence[DimensionPoints], titles: Mapping[str, str]) -> Radar | None:
    """A corner for each dimension, as far out as its points lie between its least and its most.

    None where bars read better: too few or too many dimensions, or titles that find no room beside one another.
    """
    if not FEWEST_CORNERS <= len(dimensions) <= MOST_CORNERS:
        return None
    for width in _WIDTHS:
        found = [_corner(dimension, titles, i, len(dimensions), width) for i, dimension in enumerate(dimensions)]
        corners = [corner for corner in found if corner is not None]
        if len(corners) == len(found) and not any(_meet(a.box, b.box) for a, b in combinations(corners, 2)):
            boxes = [(-RADIUS, -RADIUS, RADIUS, RADIUS), *(corner.box for corner in corners)]
            top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
            return Radar(corners, (-HALF_WIDTH, top - MARGIN, HALF_WIDTH, bottom + MARGIN))
    return None


def _corner(dimension: DimensionPoints, titles: Mapping[str, str], place: int, of: int, width: float) -> Corner | None:
    """The corner at a place of so many; None if its title does not fit where it is."""
    angle = 2 * math.pi * place / of - math.pi / 2
    x, y = math.cos(angle), math.sin(angle)
    reach = RADIUS * (0.1 + 0.9 * share_reached(dimension))
    middle = abs(x) < 0.2  # noqa: PLR2004 - straight up or down
    left = 0.0 if middle else (RADIUS + GAP) * x
    lines = _wrapped(titles[dimension.name], width if middle else HALF_WIDTH - abs(left))
    if lines is None:
        return None
    height = (len(lines) + 1) * LINE_HEIGHT
    wide = max(map(_width, [*lines, f"{dimension.points:+d}"]))
    # Pushed out by half of itself, so that it clears the lines wherever it is.
    top = (RADIUS + GAP) * y + y * height / 2 - height / 2
    begins = left - wide / 2 if middle else left if x > 0 else left - wide
    return Corner(
        name=dimension.name,
        axis=_round(RADIUS * x, RADIUS * y),
        reached=_round(reach * x, reach * y),
        lines=lines,
        label=_round(left, top + FONT - MARGIN),
        anchor="middle" if middle else "start" if x > 0 else "end",
        box=(begins, top, begins + wide, top + height),
    )


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _wrapped(title: str, width: float) -> Sequence[str] | None:
    """A title in a few lines of at most a width, broken between words or signs; None if it takes more."""
    lines = [""]
    for piece in _pieces(title):
        if _width((lines[-1] + piece).strip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    found = [line.strip() for line in lines if line.strip()]
    return found if len(found) <= MOST_LINES and all(_width(line) <= width for line in found) else None


def _pieces(title: str) -> list[str]:
    """What is not broken: words with the space before them, and signs of scripts that are written without spaces."""
    pieces = [""]
    for sign in title:
        if _is_wide(sign) or sign.isspace() or (pieces[-1] and _is_wide(pieces[-1][-1])):
            pieces.append(sign)
        else:
            pieces[-1] += sign
    return pieces


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in ("W", "F")


def _width(text: str) -> float:
    """How wide a text is at most: a font is not known here, so each sign is given its room."""
    return sum(_em(sign) for sign in text) * FONT


def _em(sign: str) -> float:
    if unicodedata.category(sign) in ("Mn", "Cf"):
        return 0.0
    if _is_wide(sign):
        return 1.0
    if sign in _NARROW:
        return 0.4
    if sign in _BROAD:
        return 1.0
    return 0.75 if sign.isupper() else 0.635


def share_reached(dimension: DimensionPoints) -> float:
    """How far a dimension's points lie from its least, 0, to its most, 1; half where the card gives no points."""
    width = dimension.most - dimension.least
    return (dimension.points - dimension.least) / width if width else 0.5


def _round(x: float, y: float) -> tuple[float, float]:
    return round(x, 2), round(y, 2)


@dataclass(frozen=True)
class ChartLine:
    """The month-by-month line: its points, broken where a month has no score, and the range it is drawn in."""

    pieces: Sequence[Sequence[tuple[float, float]]]
    low: int
    high: int


def line(
    history: Sequence[tuple[Month, int | None]], scale: tuple[int, int], width: float, height: float
) -> ChartLine | None:
    """The line of scores over months in a box of width x height, its ends round numbers of the scale of scores.

    None without two scores to join.
    """
    scores = [score for _, score in history if score is not None]
    if len(scores) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    low, high = _ends(min(scores), max(scores), scale)
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
    return ChartLine([piece for piece in pieces if piece], low, high)


def _ends(lowest: int, highest: int, scale: tuple[int, int]) -> tuple[int, int]:
    """The round numbers around scores, no further out than the scale."""
    least, greatest = scale
    step = _step((greatest - least) / _STEPS)
    high = min(greatest, step * (highest // step + 1))
    low = max(least, step * (lowest // step))
    return (low, high) if low < high else (max(least, high - step), high)


def _step(width: float) -> int:
    """The least of 1, 2, 5, 10, 20, 50, ... that is at least so wide."""
    return next(n * 10**power for power in range(9) for n in (1, 2, 5) if n * 10**power >= width)
