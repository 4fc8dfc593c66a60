"""Every sentence a user reads, in their language.

`tr("Found {n} rows", n=3)` gives the sentence in the language in force. English is the text in the code;
other languages are gettext catalogues in this folder, one file each.
"""

from goodstanding.wording.mismatch import Mismatch, mismatch_of
from goodstanding.wording.shortened import first_of
from goodstanding.wording.translations import LANGUAGES, language, mark, messages, tr, use_language

__all__ = ["LANGUAGES", "Mismatch", "first_of", "language", "mark", "messages", "mismatch_of", "tr", "use_language"]
