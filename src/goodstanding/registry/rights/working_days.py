"""The working-day clock: what is due after so many working days of a jurisdiction."""

from datetime import datetime, timedelta
from functools import cache

from holidays import HolidayBase, country_holidays, financial_holidays

from goodstanding.months import day_of, midnight

FINANCIAL = frozenset({"ECB"})


def after_working_days(calendar: str, moment: datetime, days: int) -> datetime:
    """The end, in UTC, of the day that is so many working days after that of a moment; days are the operator's.

    A calendar is a country's two letters, with its public holidays and the weekends it works on instead, or ECB for
    the days on which the euro's payment system is open. Raises NotImplementedError for another.
    """
    day = day_of(moment)
    # A fresh look for each step: the library counts from the day after.
    for _ in range(days):
        day = _calendar(calendar).get_nth_working_day(day, 1)
    return midnight(day + timedelta(days=1))


@cache
def _calendar(name: str) -> HolidayBase:
    return financial_holidays(name) if name in FINANCIAL else country_holidays(name)
