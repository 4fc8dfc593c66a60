"""What an engine says of a line that does not split into columns, in our own words: its words are English."""

import re

from goodstanding.engines import Rejected
from goodstanding.wording import tr

# The number found is the first that was one too many: the line may have more.
_COUNTED = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


def in_our_words(reject: Rejected) -> Rejected:
    """The same line, told in the language in force; as it is where nothing is known of what was said."""
    if (counted := _COUNTED.fullmatch(reject.found)) is not None:
        columns, values = map(int, counted.groups())
        if values < columns:
            expected = tr("as many as the header has columns: {n}", n=columns)
            return Rejected(reject.line, tr("number of values: {n}", n=values), expected)
        expected = tr(
            "as many as the header has columns: {n}; a value with a comma in it, such as 5,900, needs quotes",
            n=columns,
        )
        return Rejected(reject.line, tr("number of values: {n} or more", n=values), expected)
    if reject.found.startswith("Invalid unicode"):
        expected = tr("text in UTF-8; save the file again as CSV UTF-8")
        return Rejected(reject.line, tr("bytes that are not UTF-8"), expected)
    if "unterminated quote" in reject.found:
        expected = tr("quotes around a whole value, and doubled inside it")
        return Rejected(reject.line, tr("a quote in the midst of a value"), expected)
    return reject
