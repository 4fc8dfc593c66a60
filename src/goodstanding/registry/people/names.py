"""Names that people will read: kept as written, but never able to pass for another."""

import unicodedata

from goodstanding.errors import BadInput
from goodstanding.wording import tr

LONGEST = 120
# A letter and its marks: what is longer than this before they are composed is no name, and would take long to compose.
_LONGEST_WRITTEN = 4 * LONGEST
# Each writes names; of those in the first row letters look alike, so a name keeps to one. East Asian names mix theirs.
_ALPHABETS = (
    *("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC", "ETHIOPIC", "THAI", "LAO", "KHMER"),
    *("MYANMAR", "TIBETAN", "SINHALA", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU"),
    *("KANNADA", "MALAYALAM", "MONGOLIAN"),
)
_EAST_ASIAN = ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "YI")
# Signs that several alphabets borrow, such as the turned comma of Uzbek and Hawaiian.
_BORROWED = ("MODIFIER",)
# Their vowel am is one letter, which compatibility would take apart.
_WITH_AM = ("THAI", "LAO")
# Letters and marks that are not seen.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}


def clean_name(where: str, name: str) -> str:
    """A name in composed form (NFC). Raises BadInput for one that is empty, too long or made to mislead."""
    if len(name) > _LONGEST_WRITTEN:
        raise _bad_length(where, len(name))
    found = " ".join(part for part in unicodedata.normalize("NFC", name).strip().split(" ") if part)
    if len(found) > LONGEST or not any(unicodedata.category(sign)[0] in "LN" for sign in found):
        raise _bad_length(where, len(found))
    for sign in found:
        if not _may_stand(sign):
            raise BadInput(
                where=where,
                found=f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".strip(),
                expected=tr("letters, marks, digits, punctuation and spaces"),
                do=tr("Take the character out."),
            )
    alphabets = {alphabet for sign in found if sign.isalpha() and (alphabet := _alphabet(sign)) in _ALPHABETS}
    if len(alphabets) > 1:
        raise BadInput(
            where=where,
            found=tr("letters of {scripts}", scripts=", ".join(sorted(alphabet.title() for alphabet in alphabets))),
            expected=tr("letters of one alphabet"),
            do=tr("Write the name in one alphabet."),
        )
    return found


def _may_stand(sign: str) -> bool:
    kind = unicodedata.category(sign)
    if sign == " ":
        return True
    if kind[0] in "CZ" or kind in ("So", "Sk") or sign in _UNSEEN:
        return False
    if kind[0] in "LN":
        # A letter or a digit in another guise, such as a mathematical or a fullwidth one, passes for the plain one.
        plain = unicodedata.normalize("NFKC", sign) == sign or _alphabet(sign) in _WITH_AM
        return plain and (kind[0] == "N" or _alphabet(sign) is not None)
    return True


def _alphabet(sign: str) -> str | None:
    name = unicodedata.name(sign, "")
    return next((alphabet for alphabet in (*_ALPHABETS, *_EAST_ASIAN, *_BORROWED) if name.startswith(alphabet)), None)


def _bad_length(where: str, length: int) -> BadInput:
    expected = tr("a name of 1 to {most} characters", most=LONGEST)
    return BadInput(where=where, found=tr("{n} characters", n=length), expected=expected, do=tr("Correct the field."))
