"""Pages about people that were written into a workspace: where they are, and whom they are about.

They are no files of the catalogue: anybody may write one, and look at it, and nothing is made of it.
"""

import hashlib
import html
import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote

from goodstanding.errors import Unavailable
from goodstanding.machine import in_words
from goodstanding.store import Workspace

_FOLDER = "reports"
_LONGEST_NAME = 120
# How much of what was found a line of quarantine quotes.
_QUOTED = 60


def page_file(workspace: Workspace, person: str) -> Path:
    """The file of a person's page, if no other is named."""
    return workspace.root / _FOLDER / f"{_file_name(person)}.html"


def _file_name(person: str) -> str:
    """An id as a file name: unsafe characters written as %XX, and cut to what any file system takes."""
    name = quote(person, safe="")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(person.encode()).hexdigest()[:16]}"


def erase_pages(workspace: Workspace, persons: Collection[str]) -> int:
    """Delete the pages that are about one of these people, or name one; gives how many.

    Raises Unavailable for the first that cannot be read or deleted, when all others are gone.
    """
    named = {page_file(workspace, person).name for person in persons}
    quoted = quoting([form for person in persons for form in (person, html.escape(person))])
    refused: Unavailable | None = None
    erased = 0
    for path in sorted((workspace.root / _FOLDER).rglob("*")):
        try:
            with in_words(str(path)):
                if path.is_file() and (path.name in named or quoted.search(path.read_text("utf-8", errors="replace"))):
                    path.unlink(missing_ok=True)
                    erased += 1
        except Unavailable as error:
            refused = refused or error
    if refused is not None:
        raise refused
    return erased


def quoting(persons: Collection[str]) -> re.Pattern[str]:
    """What a text matches that quotes one of these ids, whole or as quarantine cuts it off; not within another word."""
    forms = {form for person in persons for form in (person, person[:_QUOTED])}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(forms, key=len, reverse=True)))})(?!\w)")
