"""Column types that both databases keep alike."""

from datetime import UTC, datetime

from sqlalchemy import Dialect, types


class UtcTime(types.TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond. SQLite keeps no time zone, so it is taken off there and put back."""

    impl = types.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a time without a zone, which could mean any moment of a day."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value}: expected a time with a zone")
        moved = value.astimezone(UTC)
        return moved.replace(tzinfo=None) if dialect.name == "sqlite" else moved

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The same moment, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)
