"""Amounts of money that a text names: they are true of people with money in that currency, and of nobody else."""

import re

from goodstanding.records.checking import CURRENCIES

_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})\s?(?=\d)|(?<=\d)\s?([A-Z]{3})(?![A-Za-z])")
# $ and its like, by Unicode; and the units that Chinese, Japanese and Korean write after the number.
_SIGN = re.compile(r"[$¢-¥₠-⃏]\s?\d|\d\s?[$¢-¥₠-⃏]|\d\s?[万萬亿億千百]*[元円원]")


def currencies_named(text: str) -> frozenset[str]:
    """The ISO 4217 codes beside a number of a text."""
    return CURRENCIES & {code for pair in _CODE.findall(text) for code in pair if code}


def names_money(text: str) -> bool:
    """Whether a text names an amount of money, by a code or by a sign that may be of several currencies."""
    return bool(currencies_named(text) or _SIGN.search(text))
