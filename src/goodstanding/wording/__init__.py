"""Every sentence a user reads, in their language.

`tr("Found {n} rows", n=3)` gives the sentence in the language in force. English is the text in the code;
other languages are gettext catalogues in this folder, one file each.
"""

from goodstanding.wording.mismatch import Mismatch, mismatch_of
from goodstanding.wording.shortened import first_of
from goodstanding.wording.translations import (
    ENGLISH,
    LANGUAGES,
    Language,
    in_every_language,
    language,
    mark,
    messages,
    one_of,
    spoken,
    tr,
    use_language,
)

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Language",
    "Mismatch",
    "first_of",
    "in_every_language",
    "language",
    "mark",
    "messages",
    "mismatch_of",
    "one_of",
    "spoken",
    "tr",
    "use_language",
]
