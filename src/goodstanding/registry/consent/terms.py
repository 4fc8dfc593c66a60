"""What a consent allows: the artefact of the Account Aggregator (ReBIT 2.0.0) with the scopes of this project."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, TypeAlias, get_args
from uuid import UUID

from msgspec import Meta, Struct

from goodstanding.errors import BadInput
from goodstanding.law import check_purpose
from goodstanding.wording import tr

Scope: TypeAlias = Literal["admittance", "band", "score", "dimensions", "report"]
Unit: TypeAlias = Literal["HOUR", "DAY", "MONTH", "YEAR"]
Mode: TypeAlias = Literal["VIEW", "STORE", "QUERY", "STREAM"]
Fetch: TypeAlias = Literal["ONETIME", "PERIODIC"]

SCOPES = get_args(Scope)
MONTHS_A_YEAR = 12
LONGEST_YEARS = 5
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Period(Struct, frozen=True, forbid_unknown_fields=True):
    """So many hours, days, months or years."""

    unit: Unit
    value: Annotated[int, Meta(ge=1, le=1000)]

    def after(self, moment: datetime) -> datetime:
        """The moment that much later; a month on from a day that the next one does not have is its last.

        >>> Period("MONTH", 1).after(datetime(2026, 1, 31, tzinfo=UTC)).date().isoformat()
        '2026-02-28'
        """
        return _moved(moment, self.unit, self.value)

    def before(self, moment: datetime) -> datetime:
        """The moment that much earlier."""
        return _moved(moment, self.unit, -self.value)


class Frequency(Struct, frozen=True, forbid_unknown_fields=True):
    """At most `value` answers in any one hour, day, month or year."""

    unit: Unit
    value: Annotated[int, Meta(ge=1, le=100_000)]

    def since(self, now: datetime) -> datetime:
        """From when on answers count against it: in any window of that length, not in calendar ones."""
        return _moved(now, self.unit, -1)


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    """The notice that a person was shown: its version, its language, and the SHA-256 of its text in hex."""

    version: str
    language: str
    sha256: str


class ConsentTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may be told what, for what, how often and until when. Times are in UTC.

    `threshold`: the one score that admittance may be asked for; None leaves it open, within the limit on probing.
    `data_life`: for how long an answer may be kept. A ONETIME consent gives one answer.
    """

    person: UUID
    party: UUID
    programme: str
    scopes: Annotated[Sequence[Scope], Meta(min_length=1)]
    context: str
    purpose: str
    starts_at: datetime
    expires_at: datetime
    frequency: Frequency
    data_life: Period
    mode: Mode = "QUERY"
    fetch: Fetch = "PERIODIC"
    threshold: int | None = None


def check_terms(terms: ConsentTerms, now: datetime) -> None:
    """Raise BadInput or AgainstTheLaw for terms that nobody could agree to."""
    check_purpose(tr("consent"), terms.context, terms.purpose)
    correct = tr("Correct the field.")
    if len(set(terms.scopes)) < len(terms.scopes):
        raise BadInput(where="scopes", found=", ".join(terms.scopes), expected=tr("each scope once"), do=correct)
    if terms.starts_at.tzinfo is None or terms.expires_at.tzinfo is None:
        raise BadInput(
            where="starts_at, expires_at",
            found=tr("a time without a zone"),
            expected=tr("a time with a zone"),
            do=correct,
        )
    if terms.starts_at < EARLIEST:
        raise BadInput(
            where="starts_at", found=terms.starts_at.isoformat(), expected=tr("a time from 1970 on"), do=correct
        )
    if not _NAME.fullmatch(terms.programme):
        raise BadInput(where="programme", found=ascii(terms.programme), expected=tr("a programme's name"), do=correct)
    if not terms.starts_at < terms.expires_at or terms.expires_at <= now:
        expected = tr("a time after its start and after now")
        raise BadInput(where="expires_at", found=terms.expires_at.isoformat(), expected=expected, do=correct)
    latest = _moved(now, "YEAR", LONGEST_YEARS)
    if terms.expires_at > latest:
        raise BadInput(
            where="expires_at",
            found=terms.expires_at.isoformat(),
            expected=tr("at most {n} years", n=LONGEST_YEARS),
            do=correct,
        )
    if terms.threshold is not None and "admittance" not in terms.scopes:
        raise BadInput(
            where="threshold", found=str(terms.threshold), expected=tr("a threshold only with admittance"), do=correct
        )


def _moved(moment: datetime, unit: Unit, count: int) -> datetime:
    """A moment moved by hours, days, months or years; a day that the month lacks becomes its last."""
    if unit in ("HOUR", "DAY"):
        return moment + timedelta(**{unit.lower() + "s": count})
    total = moment.year * MONTHS_A_YEAR + moment.month - 1 + count * (MONTHS_A_YEAR if unit == "YEAR" else 1)
    year, month = divmod(total, MONTHS_A_YEAR)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
