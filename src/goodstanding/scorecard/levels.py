"""Numbers and levels as text: one value has one text, whatever type it came in."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

# As programs write numbers; what begins with a 0 like 01 is a code.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*)?(e[+-]?[0-9]+)?", re.ASCII)
_WORDS = {"1": ("true", "True", "TRUE"), "0": ("false", "False", "FALSE")}
# From so many digits on, and with so many noughts after the point, some program writes a double with an exponent.
_LONG, _SMALL = 8, -3
# Beyond are no doubles.
_GREATEST = 308


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


def writes_number(level: str) -> bool:
    """Whether a level is the text of a number, so that the number is the level: "7" is, "07" and "7.0" are not."""
    number = number_in(level)
    return number is not None and level_text(number) == level


def readings(levels: Iterable[str]) -> dict[str, str]:
    """What else is read as one of the levels, by its text as `plain_text` gives it: "1.", "true" and "1e0" for "1".

    The same number in another type is the same level: doubles, decimals of a fixed scale, true and false as text. A
    number that several levels are is not among them: only their own texts are read as they.
    """
    spelled = {level: _spellings(level) for level in dict.fromkeys(levels)}
    times = Counter(text for texts in spelled.values() for text in texts)
    return {text: level for level, texts in spelled.items() for text in sorted(texts) if times[text] == 1}


def is_number_text(level: str) -> bool:
    """Whether a level is a number however it is written, or true or false: "7.0" is, "07" is a code."""
    return bool(_spellings(level))


def plain_text(text: str) -> str:
    """A text without the noughts at the end of a fraction: "1." for "1.00". Those of an exponent stay."""
    return text.rstrip("0") if "." in text and "e" not in text else text


def _spellings(level: str) -> set[str]:
    """How programs write the number of a level, as plain_text gives it; none where the level is no number."""
    word = next((number for number, words in _WORDS.items() if level in words), level)
    if not _NUMBER.fullmatch(word):
        return set()
    number = Decimal(word)
    if not number:
        return {"0", "0.", "-0", "-0.", *_WORDS["0"]}
    if abs(number.adjusted()) >= _GREATEST:
        return set()
    return {text for same in _same_double(number) for text in _texts_of(same)}


def _same_double(number: Decimal) -> set[Decimal]:
    """A number and, where it is a double past all precision, the digits it has in full and the fewest that name it."""
    double = float(number)
    shortest = Decimal(repr(double))
    full = Decimal(double) if double.is_integer() else shortest
    return {shortest, full} if number in {shortest, full} else {number}


def _texts_of(number: Decimal) -> set[str]:
    """The texts of a number that is not 0, as plain_text gives them."""
    digits = format(number, "f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    found = {digits, *_WORDS.get(digits, ())}
    if "." not in digits:
        found.add(f"{digits}.")
    exponent = number.adjusted()
    if not _SMALL <= exponent < _LONG - 1:
        sign, figures = "-" * (number < 0), "".join(map(str, number.as_tuple().digits)).rstrip("0")
        first, rest = f"{sign}{figures[0]}", figures[1:]
        for mantissa in {f"{first}.{rest}"} if rest else {first, f"{first}.0"}:
            found |= {f"{mantissa}e{exponent:+03d}", f"{mantissa}e{exponent}", f"{mantissa}E{exponent}"}
    return found
