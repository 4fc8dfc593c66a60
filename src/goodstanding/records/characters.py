"""What a text may be made of, so that two that look the same are the same: one rule, in Python and as SQL.

A text is taken in composed form (Unicode's NFC), without white space at its ends. Characters that nobody sees are
refused rather than removed: whoever sent them is told, and nobody guesses what was meant. An id is held to more than
other text: a name may be of several lines, and some scripts need joiners to be written rightly.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

from goodstanding.engines import Duck, literal
from goodstanding.wording import mark, tr

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
_ROUNDED = "[-+]?[0-9]{1,3}([.,][0-9]+)?[eE]\\+[0-9]{1,3}|[-+]?[0-9]{1,3}[.,][0-9]+[eE]-?[0-9]{1,3}"
_ROUNDED_EXPECTED = mark("the number in full; a spreadsheet has rounded it, so export the column as text")
_NO_ID = (
    "NULL|null|[(<\\[](NULL|null)[)>\\]]|\\\\N|-?(NaN|nan)|NAN|NaT|NA|<NA>|N/A|n/a|None|NONE|none|undefined"
    "|-?1\\.#(IND|QNAN)"
)
# What spreadsheets and programs write in place of an id or around it, and what is said of it. A pattern is of a whole
# id and means the same to Python and to the engine. 12e45 may be a digest's digits, 1e5 hardly; Nan and Null are names.
_SPOILT = (
    (f"{_ROUNDED}|[-+]?[1-9][eE][0-9]{{1,3}}", _ROUNDED_EXPECTED),
    (
        "#[^ !?]{2,20}[!?]|#N/[A-Z]|#NV|#GETTING_DATA|Err:[0-9]{3}",
        mark(
            "an id; a spreadsheet has written an error in its place, so correct the formula there and export it again"
        ),
    ),
    (
        "#+",
        mark("the id in full; a column of the spreadsheet was too narrow to show it, so widen it and export it again"),
    ),
    (
        "=.*|'[-+=@0-9].*",
        mark(
            "the id alone; a spreadsheet's mark of a text or formula stands before it, so export the column without it"
        ),
    ),
    (
        _NO_ID,
        mark("an id; this is what programs write where there is none, so fill it in or leave it empty"),
    ),
)

# The category of what is no character yet.
_UNKNOWN = "Cn"
_EDGES = "".join(chr(code) for first, last in _SPACES for code in range(first, last + 1))
_ANY_SPOILT = "|".join(pattern for pattern, _ in _SPOILT)
_PYTHON_UNSEEN = re.compile("[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in _UNSEEN_IN_ID) + "]")


def stored_form(text: str) -> str:
    """A text in the form in which it is kept: composed, without white space at its ends."""
    return text.strip(_EDGES) if text.isascii() else _composed(text).strip(_EDGES)


def _composed(text: str) -> str:
    """A text composed as the engine composes it, which knows characters that Python's own tables do not know yet."""
    if "\0" in text or not any(unicodedata.category(one) == _UNKNOWN for one in text):
        return unicodedata.normalize("NFC", text)
    with Duck() as duck:
        return str(duck.rows(f"SELECT nfc_normalize({literal(text)}) AS composed")[0]["composed"])


def one_form(text: str) -> str | None:
    """An id in the one form in which it is kept; None if it is empty or has a character that nobody sees."""
    composed = stored_form(text)
    return None if not composed or _PYTHON_UNSEEN.search(composed) else composed


def spoilt(text: str) -> str | None:
    """What should stand there in place of an id that a spreadsheet or a program has spoilt; None if it is sound."""
    return next((tr(expected) for pattern, expected in _SPOILT if re.fullmatch(pattern, text)), None)


def spoilt_sql(column: str) -> str:
    """SQL of what `spoilt` says of an id."""
    cases = " ".join(f"WHEN {_is(column, pattern)} THEN {literal(tr(expected))}" for pattern, expected in _SPOILT)
    # Hardly any id is: one pattern is looked for, not five.
    return f"CASE WHEN {_is(column, _ANY_SPOILT)} THEN CASE {cases} END END"


def one_form_sql(column: str) -> str:
    """SQL of what `kept_form` makes of a text."""
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
    """SQL of what should stand in place of a text that is a number that was rounded, such as 4.40E+17."""
    return f"CASE WHEN {_is(column, _ROUNDED)} THEN {literal(tr(_ROUNDED_EXPECTED))} END"


def _is(column: str, pattern: str) -> str:
    return f"regexp_full_match({column}, {literal(pattern)})"


def _class(ranges: Ranges) -> str:
    return literal("[" + "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges) + "]")
