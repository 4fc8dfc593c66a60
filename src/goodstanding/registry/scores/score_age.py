"""How old a score may be that is answered from, and which programmes soon have none that is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from goodstanding.errors import BadInput
from goodstanding.months import Month, day_of
from goodstanding.registry.database.schema import programmes, publications
from goodstanding.registry.scores.in_effect import IN_EFFECT, OF_PROGRAMME_IN_FORCE
from goodstanding.registry.transactions import ReadTransaction

# A score is renewed each month; one of three months ago is no longer this person's.
OLDEST_MONTHS = 3


@dataclass(frozen=True)
class Ageing:
    """A programme whose newest published month is too old to be answered from, or is from the day `until` on."""

    programme: str
    newest: Month
    until: date


def oldest_answered(today: date) -> Month:
    """The oldest month whose scores are answered from."""
    return Month.of(today).plus(-OLDEST_MONTHS)


def answered_until(month: Month) -> date:
    """The first day on which a month's scores are too old to be answered from."""
    return month.plus(OLDEST_MONTHS + 1).first_day


def ageing(transaction: ReadTransaction) -> Sequence[Ageing]:
    """The programmes in force of which everybody's scores are too old by now, or will be when a month is over."""
    newest = (
        select(publications.c.programme, func.max(publications.c.as_of).label("as_of"))
        .join(programmes, OF_PROGRAMME_IN_FORCE)
        .where(IN_EFFECT)
        .group_by(publications.c.programme)
        .order_by(publications.c.programme)
    )
    soon = Month.of(day_of(transaction.now)).plus(1).first_day
    found: list[Ageing] = []
    for row in transaction.connection.execute(newest):
        try:
            month = Month.parse(row.as_of)
        except (BadInput, TypeError):
            continue  # `standing verify` names it
        if (until := answered_until(month)) <= soon:
            found.append(Ageing(row.programme, month, until))
    return found
