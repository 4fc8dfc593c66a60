"""Amounts of money that a text names: they are true of people with money in that currency, and of nobody else."""

import re

from goodstanding.records.checking import CURRENCIES

_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})[\s:(]{0,3}(?=\d)|\d[\s(]{0,2}([A-Z]{3})(?![A-Za-z])")
# Every sign of money that Unicode knows; what is written in letters beside a number; and the units that Chinese,
# Japanese and Korean write after the number, which may be in words as well.
_SIGNS = (
    r"$¢-¥\u058f\u060b\u07fe\u07ff\u09f2\u09f3\u09fb\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20cf\ua838\ufdfc\ufe69\uff04"
    r"\uffe0\uffe1\uffe5\uffe6\U00011fdd-\U00011fe0\U0001e2ff\U0001ecb0"
)
_BEFORE, _AFTER = r"rs\.?|ksh|rmb|zł|kr\.?", r"rs|ksh|rmb|zł|kr|yuan|euros?|dollars?|pounds?|rupees?|shillings?"
_DIGITS = "\\d一二两兩三四五六七八九十百千万萬亿億〇零"
_SIGN = re.compile(
    rf"[{_SIGNS}]\s?\d|\d\s?[km]?\s?[{_SIGNS}]|\b(?:{_BEFORE})\s?\d|\d\s?(?:{_AFTER})\b"
    rf"|[{_DIGITS}]\s?[元円원块塊]|人民[币幣]\s?[{_DIGITS}]",
    re.IGNORECASE,
)


def currencies_named(text: str) -> frozenset[str]:
    """The ISO 4217 codes beside a number of a text."""
    return CURRENCIES & {code for pair in _CODE.findall(text) for code in pair if code}


def names_money(text: str) -> bool:
    """Whether a text names an amount of money, by a code or by a sign that may be of several currencies."""
    return bool(currencies_named(text) or _SIGN.search(text))
