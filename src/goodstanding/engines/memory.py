"""Amounts of memory as people write them, and the share of one that queries may have."""

import re

from goodstanding.errors import BadInput
from goodstanding.wording import tr

_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(k|m|g|t)(i?)b", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}
# The program itself, its libraries and compiled code.
PROGRAM_BYTES = 350_000_000
# Beside what DuckDB counts as held there are buffers of readers and writers that it does not count.
COUNTED_SHARE = 0.6
LEAST_BYTES = 1_000_000_000


def bytes_of(text: str) -> int:
    """An amount such as 2GB or 1.5GiB in bytes. Raises BadInput for anything else, and for less than 1 GB."""
    match = _FORM.fullmatch(text.strip())
    found = int(float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[match[2].lower()]) if match else 0
    if found < LEAST_BYTES:
        raise BadInput(
            where=tr("memory"),
            found=text,
            expected=tr("at least 1GB, such as 2GB"),
            do=tr("Give more, or leave it out."),
        )
    return found


def queries_share(text: str) -> int:
    """How many bytes queries may hold so that the whole program keeps within the amount. Raises BadInput."""
    return int((bytes_of(text) - PROGRAM_BYTES) * COUNTED_SHARE)
