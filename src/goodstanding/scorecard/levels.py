"""Numbers and levels as text: one value has one text, whatever type it came in."""

import math
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np


def number_text(value: float) -> str:
    """The fewest digits that read back as the same number, whole ones without a point: 1000999, 45.5, 1e+22."""
    return repr(float(value)).removesuffix(".0")


def is_number(value: object) -> bool:
    """Whether it is a number of any library; true and false are, spans of time are not."""
    return isinstance(value, Real | Decimal | np.bool_) and not isinstance(value, np.timedelta64)


def level_text(value: Any) -> str | None:  # noqa: ANN401 - whatever a category may hold
    """A level as text: 1, 1.0 and true are "1"; an interval is its bounds in brackets. None for any other kind."""
    if isinstance(value, str):
        return str(value)
    if is_number(value):
        number = float(value)
        # Whole numbers past the precision of doubles keep their digits: they may be codes.
        return str(int(value)) if math.isfinite(number) and number.is_integer() else number_text(number)
    bounds = [getattr(value, side, None) for side in ("left", "right")]
    if not all(map(is_number, bounds)):
        return None
    low, high = map(level_text, bounds)
    return f"{'[' if value.closed_left else '('}{low}, {high}{']' if value.closed_right else ')'}"


def number_in(text: str) -> float | None:
    """The finite number that a text writes in plain digits; None if it writes none."""
    if not text.isascii() or "_" in text or text != text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def level_of_number(text: str) -> str:
    """The level that a text stands for where every level is a number: "1" for "1.0", "1.00" and "true"."""
    if (truth := text.lower()) in {"true", "false"}:
        return "1" if truth == "true" else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def writes_number(level: str) -> bool:
    """Whether a level is the text of a number, so that the number is the level: "7" is, "07" and "7.0" are not."""
    number = number_in(level)
    return number is not None and level_text(number) == level
