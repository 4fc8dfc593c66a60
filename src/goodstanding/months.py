"""Calendar months, and the one clock.

A score is as of a closed month; records carry dates. A day is a day where the operator is: in the time zone that
STANDING_TIME_ZONE names (such as Asia/Shanghai), else in the machine's own. Instants are the registry's, in UTC.
"""

import os
import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

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
            raise BadInput(
                where=tr("month"), found=repr(text), expected=tr("a month as YYYY-MM"), do=tr("Write it like 2024-03.")
            )
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
        """The month that many months later (earlier if negative).

        >>> str(Month(2025, 11).plus(3))
        '2026-02'
        """
        total = self.year * 12 + self.month - 1 + months
        return Month(total // 12, total % 12 + 1)

    def until(self, other: "Month") -> int:
        """Months from this one to the other.

        >>> Month(2025, 11).until(Month(2026, 2))
        3
        """
        return (other.year - self.year) * 12 + other.month - self.month


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from first to last, both included."""
    for step in range(first.until(last) + 1):
        yield first.plus(step)


def today() -> date:
    """Today where the operator is, or the day in STANDING_TODAY (YYYY-MM-DD), so that a run can be repeated.

    Raises BadInput for a day or a time zone that is none.
    """
    set_day = os.environ.get("STANDING_TODAY")
    if set_day is None:
        return datetime.now(_zone()).date()
    try:
        return date.fromisoformat(set_day)
    except ValueError:
        raise BadInput(
            where="STANDING_TODAY",
            found=repr(set_day),
            expected=tr("a date as YYYY-MM-DD"),
            do=tr("Correct it or unset it."),
        ) from None


def now() -> datetime:
    """This instant in UTC, to the microsecond; on the day in STANDING_TODAY, at the present time, if that is set."""
    if "STANDING_TODAY" not in os.environ:
        return datetime.now(UTC)
    zone = _zone()
    return datetime.combine(today(), datetime.now(zone).time(), zone).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """The day of an instant where the operator is."""
    return moment.astimezone(_zone()).date()


def midnight(day: date) -> datetime:
    """The instant, in UTC, at which a day begins where the operator is."""
    # The first and the last day there are may begin, in UTC, where no calendar reaches.
    zone = _zone() if date.min.year < day.year < date.max.year else UTC
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _zone() -> ZoneInfo | None:
    """Where the operator is; None is the machine's own zone, as the system tells it."""
    named = os.environ.get("STANDING_TIME_ZONE")
    try:
        # The system may have looked at TZ before it was set; what TZ may also hold, such as CST-8, only it can read.
        return ZoneInfo(named or os.environ.get("TZ", ""))
    except (ValueError, OSError, KeyError):
        if not named:
            return None
        expected = tr("the name of a time zone such as Asia/Shanghai")
        raise BadInput(
            where="STANDING_TIME_ZONE", found=repr(named), expected=expected, do=tr("Correct it or unset it.")
        ) from None
