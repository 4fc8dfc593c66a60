"""The registry's clock: the one place where a time of day is known, in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from goodstanding.months import now

Clock: TypeAlias = Callable[[], datetime]


def system_clock() -> datetime:
    """Now in UTC, to the microsecond; on the day in STANDING_TODAY if that is set."""
    return now()


def instant_text(at: datetime) -> str:
    """A time as RFC 3339 text in UTC, always with six digits of a second: texts sort as the times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
