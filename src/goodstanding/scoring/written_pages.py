"""Pages about people that were written into a workspace: where they are, and whom they are about.

They are no files of the catalogue: anybody may write one, and look at it, and nothing is made of it. Nor could they be:
its history is never written anew, and would name those who left for good.
"""

import hashlib
import html
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote_plus

from goodstanding.errors import Unavailable
from goodstanding.machine import in_words
from goodstanding.store import Workspace

_FOLDER = "reports"
_LONGEST_NAME = 120
# How much of what was found a line of quarantine quotes.
_QUOTED = 60
# So many characters of a longer id that was cut off may be enough to know it by.
_ENOUGH = 12
# A mark that stands where a character was that nobody sees.
_UNSEEN = "\ufffd"
_PLAIN = re.compile("[A-Za-z0-9]")


def page_file(workspace: Workspace, person: str) -> Path:
    """The file of a person's page, if no other is named."""
    return workspace.root / _FOLDER / f"{_file_name(person)}.html"


def _file_name(person: str) -> str:
    """An id as a file name: unsafe characters written as %XX, and cut to what any file system takes."""
    name = quote(person, safe="")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(person.encode()).hexdigest()[:16]}"


def count_pages(workspace: Workspace) -> int:
    """How many files there are among the written pages, whoever wrote them: nothing says what was in them."""
    return sum(path.is_file() for path in (workspace.root / _FOLDER).rglob("*"))


def erase_pages(workspace: Workspace, persons: Collection[str]) -> int:
    """Delete the pages that are about one of these people, or name one, in what they say or where they are.

    Gives how many. Raises Unavailable for the first that cannot be read or deleted, when all others are gone.
    """
    named, quoted = {page_file(workspace, person).name for person in persons}, quoting(persons)
    folder = workspace.root / _FOLDER
    refused: Unavailable | None = None
    erased = 0
    for path in sorted(folder.rglob("*")):
        try:
            with in_words(str(path)):
                if path.is_file() and (
                    path.name in named
                    or quoted.page(path.relative_to(folder).as_posix())
                    or quoted.page(path.read_text("utf-8", errors="replace"))
                ):
                    path.unlink(missing_ok=True)
                    erased += 1
        except Unavailable as error:
            refused = refused or error
    if refused is not None:
        raise refused
    return erased


@dataclass(frozen=True)
class Quoting:
    """Which texts quote one of some ids: `whole` finds one, `begun` are the beginnings that a text may be cut off in.

    An id within a longer one of ASCII letters and digits is another id; beside anything else it may be theirs, and then
    it is: what is found goes, and is better made once more than kept of who left.
    """

    whole: re.Pattern[str]
    begun: frozenset[str]

    def line(self, text: str) -> bool:
        """Does a cell of a quarantined line quote one, or was it cut off while it did?"""
        composed = unicodedata.normalize("NFC", text)
        if any(self.whole.search(form) for form in (text, composed, composed.replace(_UNSEEN, ""))):
            return True
        return len(text) == _QUOTED and any(
            text[at:] in self.begun and _begins(text, at) for at in range(_QUOTED - 1, -1, -1)
        )

    def page(self, text: str) -> bool:
        """Does a page, or its name, quote one: as it is, escaped by whatever rule, or as part of an address?"""
        plain = html.unescape(text)
        return any(self.line(form) for form in (text, plain, unquote_plus(plain)))


def quoting(persons: Collection[str]) -> Quoting:
    """What finds the ids of these people in texts."""
    ids = sorted({unicodedata.normalize("NFC", person) for person in persons} | set(persons), key=len, reverse=True)
    whole = "|".join(f"{_bound('<!', one[0])}{re.escape(one)}{_bound('!', one[-1])}" for one in ids)
    begun = {
        one[:length] for one in ids for length in range(min((len(one) + 1) // 2, _ENOUGH), min(len(one), _QUOTED) + 1)
    }
    return Quoting(re.compile(whole or "(?!)"), frozenset(begun))


def _bound(side: str, edge: str) -> str:
    """What must not stand beside an id that has this character at its edge."""
    return f"(?{side}{_PLAIN.pattern})" if _PLAIN.match(edge) else ""


def _begins(text: str, at: int) -> bool:
    return at == 0 or not (_PLAIN.match(text[at]) and _PLAIN.match(text[at - 1]))
