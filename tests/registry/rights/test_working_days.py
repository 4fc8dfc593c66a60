"""The working-day clock."""

from datetime import UTC, datetime

import pytest

from goodstanding.law import load_packs
from goodstanding.registry.rights import after_working_days

CASES = {
    "within a week": ("US", datetime(2026, 6, 1, 12, tzinfo=UTC), 3, "2026-06-05"),
    "over a weekend": ("US", datetime(2026, 6, 5, 12, tzinfo=UTC), 1, "2026-06-09"),
    "over Christmas": ("US", datetime(2026, 12, 24, 12, tzinfo=UTC), 1, "2026-12-29"),
    "over China's National Day": ("CN", datetime(2026, 9, 30, 12, tzinfo=UTC), 1, "2026-10-09"),
    "on a Saturday that China works": ("CN", datetime(2026, 10, 9, 12, tzinfo=UTC), 1, "2026-10-11"),
    "over Boxing Day in the euro's system": ("ECB", datetime(2026, 12, 24, 12, tzinfo=UTC), 1, "2026-12-29"),
    "over Independence Day in India": ("IN", datetime(2026, 8, 14, 12, tzinfo=UTC), 1, "2026-08-18"),
    "none is the end of the day itself": ("US", datetime(2026, 6, 6, 12, tzinfo=UTC), 0, "2026-06-07"),
}


@pytest.mark.parametrize(("calendar", "moment", "days", "due"), CASES.values(), ids=CASES)
def test_what_is_due_after_working_days_is_due_at_the_end_of_the_last(
    calendar: str, moment: datetime, days: int, due: str
) -> None:
    assert after_working_days(calendar, moment, days) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize("pack", load_packs().values(), ids=lambda pack: pack.name)
def test_every_law_pack_has_a_calendar(pack: object) -> None:
    calendar = pack.calendar  # type: ignore[attr-defined]
    assert after_working_days(calendar, datetime(2026, 6, 1, tzinfo=UTC), 5) > datetime(2026, 6, 5, tzinfo=UTC)
