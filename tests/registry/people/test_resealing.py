"""Rotating keys: all is found and opened as before, whenever it stops, and the old keys are gone."""

from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Engine, event, func, select
from tests.registry.conftest import HandClock, Office
from tests.registry.people.conftest import Lived

from goodstanding.errors import BadInput, Conflict, StandingError
from goodstanding.registry.changing import Changes
from goodstanding.registry.database.schema import identifiers, log
from goodstanding.registry.keys import Keyring, read_keyring, sealed_by, unseal, write_keyring
from goodstanding.registry.opening import keys_folder, open_registry
from goodstanding.registry.people import NOTICE_VERSION, Identifier, find_person, identifier, join, resealing
from goodstanding.registry.people.resealing import rehash, reseal, sealed_columns
from goodstanding.registry.verifying import verify_registry

Purpose = Literal["sealing", "lookup"]
Keep = Callable[[Keyring], None]
PURPOSES: tuple[Purpose, ...] = ("sealing", "lookup")
ROTATE: dict[Purpose, Callable[[Changes, Keep], int]] = {"sealing": reseal, "lookup": rehash}
NEW = identifier("passport", "FR12AB34567")


SAME_NUMBER = pytest.mark.xfail(
    strict=True,
    raises=BadInput,
    reason="keys are told apart by their number alone: two rotations at once both make a key 2, and one is lost",
)


class Stopped(BaseException):
    """The process was killed here."""


@dataclass(frozen=True)
class Place:
    """A registry whose keyring is in a file; it is opened anew for each thing."""

    folder: Path
    engine: Engine
    clock: HandClock
    lived: Lived

    @property
    def ring(self) -> Keyring:
        return read_keyring(keys_folder(self.folder))

    def keep(self, ring: Keyring) -> None:
        write_keyring(keys_folder(self.folder), ring)

    @contextmanager
    def opened(self) -> Generator[Changes]:
        url = self.engine.url.render_as_string(hide_password=False)
        with open_registry(self.folder, url, self.clock) as changes:
            yield changes

    def rotate(self, purpose: Purpose) -> int:
        with self.opened() as changes:
            return ROTATE[purpose](changes, self.keep)

    def stopped(self, purpose: Purpose, moment: int) -> bool:
        """Rotate, and stop at the moment of that number: around each writing of the keyring, and before each commit."""
        left = moment

        def tick(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Stopped

        def keep(ring: Keyring) -> None:
            tick()
            self.keep(ring)
            tick()

        with self.opened() as changes:
            event.listen(changes.engine, "commit", tick)
            try:
                ROTATE[purpose](changes, keep)
            except Stopped:
                return True
        return False

    def plain(self) -> dict[str, list[str]]:
        """All that is sealed, opened, by column."""
        found: dict[str, list[str]] = {}
        with self.opened() as changes, changes.engine.connect() as connection:
            for column in sealed_columns():
                rows = connection.execute(select(column.table).where(column.is_not(None))).mappings().all()
                under = column.info["sealed_under"]
                found[str(column)] = sorted(
                    unseal(changes.keyring, row[column.name], under.format_map(row)) for row in rows
                )
        return found

    def check(self) -> None:
        """Everybody is found, nobody can join twice, and every row is what the log says."""
        with self.opened() as changes:
            assert {one: found(changes, one) for one in self.lived.people} == self.lived.people
            with pytest.raises(Conflict):
                joined(changes, next(iter(self.lived.people)))
            assert verify_registry(changes).findings == []

    def sealed_by(self) -> set[int]:
        """The numbers of the keys that something is sealed with."""
        with self.engine.connect() as connection:
            values = [
                value
                for column in sealed_columns()
                for value in connection.scalars(select(column).where(column.is_not(None)))
            ]
        return {sealed_by(value) for value in values}


def found(changes: Changes, one: Identifier) -> UUID | None:
    return changes.do(lambda change: find_person(change, one))


def joined(changes: Changes, one: Identifier) -> UUID:
    return changes.do(
        lambda change: join(change, [one], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )


@pytest.fixture
def place(office: Office, lived: Lived, tmp_path: Path, engine: Engine, clock: HandClock) -> Place:
    write_keyring(keys_folder(tmp_path), office.changes.keyring)
    return Place(tmp_path, engine, clock, lived)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_after_a_rotation_everything_is_found_and_opens_as_before(place: Place, purpose: Purpose) -> None:
    before = place.plain()
    assert all(before.values())
    counts = {"sealing": sum(map(len, before.values())), "lookup": len(place.lived.people)}
    assert place.rotate(purpose) == counts[purpose]
    assert place.plain() == before
    place.check()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_rotation_lets_the_old_key_go_and_touches_no_other(place: Place, purpose: Purpose) -> None:
    before = place.ring
    place.rotate(purpose)
    after = place.ring
    assert [key.number for key in after.keys[purpose]] == [before.in_force(purpose).number + 1]
    assert {other: keys for other, keys in after.keys.items() if other != purpose} == {
        other: keys for other, keys in before.keys.items() if other != purpose
    }
    file = (keys_folder(place.folder) / "keyring.json").read_bytes()
    assert b64encode(before.in_force(purpose).secret) not in file
    assert b64encode(after.in_force(purpose).secret) in file
    if purpose == "sealing":
        assert place.sealed_by() == {2}


def test_sealing_anew_changes_no_row_as_far_as_the_log_is_told(place: Place) -> None:
    with place.opened() as changes:
        before = verify_registry(changes).lines
    place.rotate("sealing")
    with place.engine.connect() as connection:
        lines = connection.execute(select(log).where(log.c.log_index >= before)).all()
    assert lines
    assert {line.kind.partition(".")[0] for line in lines} == {"keys"}
    assert [msgspec.json.decode(line.body)["rows"] for line in lines] == [[]] * len(lines)


@pytest.mark.parametrize("at_a_time", [1, 5, 12])
def test_everything_is_sealed_anew_however_much_there_is(
    place: Place, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    with place.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(identifiers)) == 12
    monkeypatch.setattr(resealing, "AT_A_TIME", at_a_time)
    before = place.plain()
    assert place.rotate("sealing") == sum(map(len, before.values()))
    assert place.sealed_by() == {2}
    assert place.plain() == before
    place.check()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_rotation_stopped_at_any_moment_leaves_all_readable_and_running_again_completes_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, purpose: Purpose
) -> None:
    monkeypatch.setattr(resealing, "AT_A_TIME", 4)
    before, moment = place.plain(), 0
    place.rotate(purpose)
    while place.stopped(purpose, moment):
        assert place.plain() == before
        place.check()
        place.rotate(purpose)
        assert len(place.ring.keys[purpose]) == 1
        moment += 1
    assert place.plain() == before
    place.check()
    # Around both writings of the keyring, and at each commit between them.
    assert moment > (4 + len(sealed_columns()) if purpose == "sealing" else 4)
    if purpose == "sealing":
        assert len(place.sealed_by()) == 1


@pytest.mark.parametrize("moment", [0, 1, 2, 3, 4])
def test_the_first_rotation_of_the_lookup_key_may_stop_at_any_moment_too(place: Place, moment: int) -> None:
    assert place.stopped("lookup", moment)
    place.check()
    place.rotate("lookup")
    place.check()


def test_who_joins_during_a_rotation_is_found_after_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "AT_A_TIME", 1)
    assert place.stopped("sealing", 6)
    assert place.sealed_by() == {1, 2}
    with place.opened() as changes:
        person = joined(changes, NEW)
    place.rotate("sealing")
    with place.opened() as changes:
        assert found(changes, NEW) == person
    assert place.sealed_by() == {2}
    place.check()


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_writes_with_the_old_keys_during_a_rotation_is_stopped_or_nothing_is_lost(
    place: Place, purpose: Purpose, turn: int
) -> None:
    written: dict[Identifier, UUID] = {}
    transactions = count()

    with place.opened() as stale, place.opened() as changes:

        def between(*_: object) -> None:
            """After every third transaction somebody joins, by way of who opened the registry before the rotation."""
            one = identifier("passport", f"FR{len(written):07d}")
            if next(transactions) % 3 == turn:
                with suppress(StandingError):
                    written[one] = joined(stale, one)

        event.listen(changes.engine, "checkin", between)
        ROTATE[purpose](changes, place.keep)
    with place.opened() as changes:
        assert {one: found(changes, one) for one in written} == written
    place.check()


def test_one_rotation_may_follow_another(place: Place) -> None:
    before = place.plain()
    for purpose in (*PURPOSES, *PURPOSES):
        place.rotate(purpose)
    assert {purpose: place.ring.in_force(purpose).number for purpose in PURPOSES} == {"sealing": 3, "lookup": 3}
    assert place.plain() == before
    place.check()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_registry_opened_before_a_rotation_writes_nothing_that_is_lost(place: Place, purpose: Purpose) -> None:
    with place.opened() as stale:
        place.rotate(purpose)
        try:
            joined(stale, NEW)
        except StandingError:
            return
    with place.opened() as changes:
        assert found(changes, NEW) is not None
    place.check()


def test_a_registry_opened_before_a_rotation_lets_nobody_join_twice(place: Place) -> None:
    taken = next(iter(place.lived.people))
    with place.opened() as stale:
        place.rotate("lookup")
        with pytest.raises(StandingError):
            joined(stale, taken)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sealing", "sealing"),
        ("sealing", "lookup"),
        ("lookup", "sealing"),
        ("lookup", "lookup"),
    ],
)
def test_a_rotation_with_the_keys_of_before_another_loses_no_key(place: Place, first: Purpose, second: Purpose) -> None:
    before = place.plain()
    with place.opened() as changes:
        ROTATE[first](changes, place.keep)
        with suppress(StandingError):
            ROTATE[second](changes, place.keep)
    assert place.plain() == before
    place.check()


@pytest.mark.parametrize("purpose", [pytest.param("sealing", marks=SAME_NUMBER), "lookup"])
def test_of_two_rotations_at_once_neither_loses_a_key(place: Place, purpose: Purpose) -> None:
    before = place.plain()
    with place.opened() as first, place.opened() as second:

        def overtaken(ring: Keyring) -> None:
            """The second begins and ends before the first has written its keyring."""
            if not done:
                done.append(ROTATE[purpose](second, place.keep))
            place.keep(ring)

        done: list[int] = []
        with suppress(StandingError):
            ROTATE[purpose](first, overtaken)
    assert place.plain() == before
    place.check()
