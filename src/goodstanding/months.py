"""Calendar months, and the one clock.

A score is as of a closed month; records carry dates. Nothing in the project knows a time of day.
"""

import os
import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from goodstanding.errors import BadInput
from goodstanding.wording import tr

_FORM = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month; `Month.parse("2024-03")`, `str(month) == "2024-03"`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read YYYY-MM. Raises BadInput for anything else."""
        match = _FORM.fullmatch(text)
        if not match or not 1 <= int(match[2]) <= 12 or not 1 <= int(match[1]) <= date.max.year:  # noqa: PLR2004
            raise BadInput(tr("month"), repr(text), tr("a month as YYYY-MM"), tr("Write it like 2024-03."))
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that a day is in."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """Its first day; of a month after all that a date can say, the last day there is."""
        return date(self.year, self.month, 1) if self.year <= date.max.year else date.max

    @property
    def last_day(self) -> date:
        """Its last day."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> "Month":
        """The month that many months later (earlier if negative)."""
        total = self.year * 12 + self.month - 1 + months
        return Month(total // 12, total % 12 + 1)

    def until(self, other: "Month") -> int:
        """Months from this one to the other."""
        return (other.year - self.year) * 12 + other.month - self.month


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from first to last, both included."""
    for step in range(first.until(last) + 1):
        yield first.plus(step)


def today() -> date:
    """Today in UTC, or the day in STANDING_TODAY (YYYY-MM-DD), so that a run can be repeated on another day."""
    set_day = os.environ.get("STANDING_TODAY")
    if set_day is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(set_day)
    except ValueError:
        raise BadInput(
            "STANDING_TODAY", repr(set_day), tr("a date as YYYY-MM-DD"), tr("Correct it or unset it.")
        ) from None
