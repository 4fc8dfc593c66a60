"""A card as SQL over a relation of characteristics."""

from goodstanding.engines import name
from goodstanding.scorecard.card import Card, CardCharacteristic

# 90 % of a normal distribution lies within 1.645 standard deviations.
NORMAL_90 = 1.6448536269514722


def points_sql(characteristic: CardCharacteristic) -> str:
    """SQL of a characteristic's integer points; 0 where it is not known."""
    return _case(characteristic, "points", 0)


def _case(characteristic: CardCharacteristic, what: str, missing: int) -> str:
    column = name(characteristic.name)
    steps = " ".join(
        f"WHEN {column} < {above.least!r} THEN {getattr(attribute, what)}"
        for attribute, above in zip(characteristic.attributes, characteristic.attributes[1:], strict=False)
    )
    last = getattr(characteristic.attributes[-1], what)
    return f"CASE WHEN {column} IS NULL THEN {missing} {steps} ELSE {last} END"


def total_sql(card: Card) -> str:
    """SQL of base and points together, before it is held inside the range."""
    return " + ".join([str(card.base), *(points_sql(characteristic) for characteristic in card.characteristics)])


def half_width_sql(card: Card) -> str:
    """SQL of half the 90 % interval's width in points: what sampling and missing data leave open."""
    parts = [_case(c, "variance", c.missing_variance) for c in card.characteristics]
    return f"CAST(round({NORMAL_90!r} * sqrt({' + '.join(['0', *parts])})) AS INTEGER)"
