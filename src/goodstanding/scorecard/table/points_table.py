"""The points table: what a card is made of, whatever fitted it."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

Level: TypeAlias = str | float


class Attribute(Struct, frozen=True, omit_defaults=True):
    """A part of a characteristic's values and its points.

    A range goes from `least` (None: no lower end) up to the next range's; otherwise `levels` names the values.
    `weight` is the weight of evidence, ln(share of goods / share of bads), 0 for the average; `variance` is the
    sampling variance of the points, in points squared. Counts are sums of sample weights, rounded.
    """

    least: float | None = None
    levels: tuple[Level, ...] | None = None
    points: int = 0
    count: int = 0
    bads: int = 0
    weight: float = 0.0
    variance: int = 0


NOTHING = Attribute()


class Characteristic(Struct, frozen=True, omit_defaults=True):
    """A characteristic's attributes: ranges in rising order, or sets of levels with `other` for every other level.

    `special` values are attributes of their own and are looked at first; `missing` is for what is not known.
    `trend` is how the bad rate goes as the value rises. `least_seen` and `greatest_seen` are the ends of the ordinary
    values that it was developed on; None for levels, and on a card by hand.
    """

    name: str
    dimension: str
    attributes: tuple[Attribute, ...]
    special: tuple[Attribute, ...] = ()
    missing: Attribute = NOTHING
    other: Attribute | None = None
    information_value: float = 0.0
    trend: str = "none"
    least_seen: float | None = None
    greatest_seen: float | None = None

    @property
    def named(self) -> bool:
        """Whether its values are levels and not numbers."""
        return self.other is not None

    def is_special(self, number: int) -> bool:
        """Whether the attribute of this number is one of the special values."""
        return 0 < number <= len(self.special)

    @property
    def all_attributes(self) -> tuple[Attribute, ...]:
        """Missing, special, ranges or levels, and other: in the order of attribute numbers."""
        other = () if self.other is None else (self.other,)
        return (self.missing, *self.special, *self.attributes, *other)


class Cross(Struct, frozen=True, omit_defaults=True):
    """A two-way table: `points[i][j]` for attribute i of characteristic `row` with j of `column`, added to theirs.

    Attributes are numbered as in all_attributes.
    """

    name: str
    dimension: str
    row: str
    column: str
    points: tuple[tuple[int, ...], ...]


class Decision(Struct, frozen=True, omit_defaults=True):
    """Why a characteristic has no points: `why` in one word, and the figures behind it."""

    characteristic: str
    why: str
    information_value: float = 0.0
    figure: float | None = None
    beside: str | None = None


class Warned(Struct, frozen=True, omit_defaults=True):
    """What should be looked at in a characteristic's values: `why` in one word, and the figure behind it.

    "leak": it is the outcome over again; `figure` is its information value. "likely_code": `values` look like codes for
    something else; `figure` is their share of the sample's weight. "against_rates": an attribute gains where more than
    the average were bad, or loses where fewer were; `figure` is its points, the furthest of them.
    """

    characteristic: str
    why: Literal["leak", "likely_code", "against_rates"]
    figure: float
    values: tuple[float, ...] = ()


class Influence(Struct, frozen=True):
    """A dimension's share of all influence in percent: as allowed, as first fitted, on the card.

    Influence is the mean absolute deviation of the dimension's points over the development sample.
    """

    dimension: str
    greatest: float
    free: float
    card: float


class PointsTable(Struct, frozen=True, omit_defaults=True):
    """Points that add up: total = base + the points of each characteristic and cross, held inside `range`.

    `base_score` points mean `base_odds` goods for each bad; `points_to_double` more double the odds.
    """

    base: int
    range: tuple[int, int]
    base_score: float
    base_odds: float
    points_to_double: float
    characteristics: tuple[Characteristic, ...]
    crosses: tuple[Cross, ...] = ()

    def to_json(self) -> bytes:
        """The table as a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"
