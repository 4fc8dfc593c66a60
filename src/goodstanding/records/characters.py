"""What a text may be made of, so that two that look the same are the same: one rule, in Python and as SQL.

A text is taken in composed form (Unicode's NFC), without white space at its ends. Characters that nobody sees are
refused rather than removed: whoever sent them is told, and nobody guesses what was meant. An id is held to more than
other text: a name may be of several lines, and some scripts need joiners to be written rightly.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

from goodstanding.engines import literal

Ranges: TypeAlias = Sequence[tuple[int, int]]

# What is white space at an end: Unicode's separators and the controls that move the pen.
_SPACES: Ranges = (
    *((0x09, 0x0D), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)),
    *((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)),
)
# Controls, spaces other than the common one, what has no width, what turns the direction, fillers and variants.
_UNSEEN_IN_ID: Ranges = (
    *((0x00, 0x1F), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x1680, 0x1680)),
    *((0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800)),
    *((0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
# Of these, what no name needs: joiners, variants and spaces of other widths stay, and line ends.
_UNSEEN_IN_TEXT: Ranges = (
    *((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200B)),
    *((0x200E, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),
)
# A long number as a spreadsheet shows it: what stood behind the digits that are left is gone.
_ROUNDED = "-?[0-9]([.,][0-9]+)?[eE]\\+[0-9]{1,3}|-?[0-9][.,][0-9]+[eE][0-9]{1,3}"
# What a spreadsheet shows in place of a value, how it guards digits, and what programs write where there is nothing.
_INSTEAD = (
    "#(N/A|NAME\\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|UNKNOWN!|GETTING_DATA)|#{3,}"
    '|=".*"|\'[0-9]+|(?i:null|nan|nat|none|n/a|<na>|undefined)'
)

_EDGES = "".join(chr(code) for first, last in _SPACES for code in range(first, last + 1))
_PYTHON_UNSEEN = re.compile("[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in _UNSEEN_IN_ID) + "]")


def one_form(text: str) -> str | None:
    """An id in the one form in which it is kept; None if it is empty or has a character that nobody sees."""
    composed = unicodedata.normalize("NFC", text).strip(_EDGES)
    return None if not composed or _PYTHON_UNSEEN.search(composed) else composed


def one_form_sql(column: str) -> str:
    """SQL of a text in composed form without white space at its ends."""
    # The plain trim knows the separators and is ten times as fast; controls at an end are rare.
    pens = _class(((0x09, 0x0D), (0x1C, 0x1F), (0x85, 0x85), (0x2028, 0x2029)))
    trimmed = (
        f"CASE WHEN regexp_matches({column}, {pens}) THEN trim({column}, {literal(_EDGES)}) ELSE trim({column}) END"
    )
    # DuckDB composes only what stands before a byte 0, and would drop the rest of the text with it.
    return f"CASE WHEN regexp_matches({column}, {_class(((0, 0),))}) THEN {trimmed} ELSE nfc_normalize({trimmed}) END"


def unseen_sql(column: str, *, within_id: bool) -> str:
    """SQL of the first character of a text that nobody sees, such as U+200B; NULL if there is none."""
    unseen = _class(_UNSEEN_IN_ID if within_id else _UNSEEN_IN_TEXT)
    code = f"unicode(regexp_extract({column}, {unseen}))"
    return f"CASE WHEN regexp_matches({column}, {unseen}) THEN format('U+{{:04X}}', {code}) END"


def shown_sql(column: str, *, within_id: bool) -> str:
    """SQL of a text with a mark where a character is that nobody sees."""
    unseen = _class(_UNSEEN_IN_ID if within_id else _UNSEEN_IN_TEXT)
    return f"regexp_replace({column}, {unseen}, '\ufffd', 'g')"


def rounded_sql(column: str) -> str:
    """SQL of whether a text is a number that was rounded, such as 4.40E+17."""
    return f"regexp_full_match({column}, {literal(_ROUNDED)})"


def instead_sql(column: str) -> str:
    """SQL of whether a text is what a program wrote in place of an id, such as #N/A or ="00123"."""
    return f"regexp_full_match({column}, {literal(_INSTEAD)})"


def _class(ranges: Ranges) -> str:
    return literal("[" + "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges) + "]")
