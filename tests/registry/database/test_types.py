"""A moment is the same moment on both databases, and a time that could mean any is refused."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import StatementError
from tests.registry.office import START

from goodstanding.registry.database.schema import consents, people

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.timezones()
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=ZONES, allow_imaginary=False)  # noqa: DTZ001
EACH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


def row(joined_at: datetime) -> dict[str, object]:
    said = {"state": "open", "language": "en", "jurisdiction": "cn", "notice": {}}
    return {"id": uuid4(), "joined_at": joined_at, **said}


@EACH
@given(moment=MOMENTS)
def test_a_moment_in_any_zone_comes_back_as_it_was_in_utc(engine: Engine, moment: datetime) -> None:
    with engine.connect() as connection:
        connection.execute(insert(people), row(moment))
        found = connection.scalars(select(people.c.joined_at)).one()
    # Python does not call times of two zones equal in an hour that a clock shows twice.
    assert found == moment.astimezone(UTC)
    assert found.tzinfo is UTC


@EACH
@given(moments=st.lists(MOMENTS, min_size=2, max_size=6))
def test_moments_sort_as_they_follow_each_other(engine: Engine, moments: list[datetime]) -> None:
    in_utc = [moment.astimezone(UTC) for moment in moments]
    with engine.connect() as connection:
        connection.execute(insert(people), [row(moment) for moment in moments])
        found = list(connection.scalars(select(people.c.joined_at).order_by(people.c.joined_at)))
        later = select(people.c.joined_at).where(people.c.joined_at > moments[0])
        assert sorted(connection.scalars(later)) == sorted(one for one in in_utc if one > in_utc[0])
    assert found == sorted(in_utc)


def test_the_zone_of_the_session_changes_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TIME ZONE 'Asia/Kathmandu'")
        connection.execute(insert(people), row(START))
        found = connection.scalars(select(people.c.joined_at)).one()
    assert (found, found.tzinfo) == (START, UTC)


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    naive = START.replace(tzinfo=None)
    with engine.connect() as connection:
        with pytest.raises(StatementError, match="expected a time with a zone"):
            connection.execute(insert(people), row(naive))
        with pytest.raises(StatementError, match="expected a time with a zone"):
            connection.execute(select(consents).where(consents.c.expires_at <= naive))


def test_no_time_is_no_time(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(insert(people), row(START))
        assert connection.scalars(select(people.c.left_at)).one() is None
