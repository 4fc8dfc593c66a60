"""Rotating keys: all is found and opened as before, whenever it stops, and the old keys are gone."""

import re
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count, cycle, product
from pathlib import Path
from threading import Event, Thread
from typing import Literal
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Engine, and_, event, func, select, update
from tests.registry.office import AS_OF, HandClock, Office, manifest, score_row
from tests.registry.people.lived import Lived

from goodstanding.errors import BadInput, Busy, Conflict, StandingError
from goodstanding.registry import Registry, key_rotation, keys_folder, open_registry
from goodstanding.registry.database.schema import METADATA, identifiers, log
from goodstanding.registry.idempotency import StoredResponse, store_response
from goodstanding.registry.key_rotation import Rotated, rehash, reseal, sealed_columns
from goodstanding.registry.keys import Keep, Keyring, read_keyring, sealed_by, unseal, write_keyring
from goodstanding.registry.people import NOTICE_VERSION, Identifier, find_person, identifier, join
from goodstanding.registry.people.identifiers import read_identifier
from goodstanding.registry.row_digests import row_key
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import ScoreRow

Purpose = Literal["sealing", "lookup"]
PURPOSES: tuple[Purpose, ...] = ("sealing", "lookup")
ROTATE: dict[Purpose, Callable[[Registry], Rotated]] = {"sealing": reseal, "lookup": rehash}
NEW = identifier("passport", "FR12AB34567")
TWO = (2).to_bytes(2, "big")


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

    @contextmanager
    def opened(self) -> Generator[Registry]:
        url = self.engine.url.render_as_string(hide_password=False)
        with open_registry(self.folder, url, self.clock) as registry:
            yield registry

    def rotate(self, purpose: Purpose) -> Rotated:
        with self.opened() as registry:
            return ROTATE[purpose](registry)

    def stopped(self, purpose: Purpose, moment: int) -> bool:
        """Rotate, and stop at the moment of that number: around each writing of the keyring, and before each commit."""
        left = moment

        def tick(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Stopped

        with self.opened() as registry:
            event.listen(registry.engine, "commit", tick)
            around_keeping(registry, lambda keep, ring: (tick(), keep(ring), tick()))
            try:
                ROTATE[purpose](registry)
            except Stopped:
                return True
        return False

    def plain(self) -> dict[str, list[str]]:
        """All that is sealed, opened, by column."""
        found: dict[str, list[str]] = {}
        with self.opened() as registry, registry.engine.connect() as connection:
            for column in sealed_columns():
                rows = connection.execute(select(column.table).where(column.is_not(None))).mappings().all()
                under = column.info["sealed_under"]
                found[str(column)] = sorted(
                    unseal(registry.keyring, row[column.name], under.format_map(row)) for row in rows
                )
        return found

    def check(self) -> None:
        """Everybody is found, nobody can join twice, and every row is what the log says."""
        with self.opened() as registry:
            assert {one: found(registry, one) for one in self.lived.people} == self.lived.people
            with pytest.raises(Conflict):
                joined(registry, next(iter(self.lived.people)))
            assert verify_registry(registry).findings == []

    def sealed_by(self) -> set[int]:
        """The numbers of the keys that something is sealed with."""
        with self.engine.connect() as connection:
            values = [
                value
                for column in sealed_columns()
                for value in connection.scalars(select(column).where(column.is_not(None)))
            ]
        return {sealed_by(value) for value in values}


def around_keeping(registry: Registry, keeping: Callable[[Keep, Keyring], object]) -> None:
    """Have something done around each writing of the keyring, beside the writing."""
    held = registry.keys.exclusive

    @contextmanager
    def holding() -> Generator[tuple[Keyring, Keep]]:
        with held() as (ring, keep):
            yield ring, lambda ring: keeping(keep, ring)

    registry.keys.exclusive = holding  # type: ignore[method-assign]


def found(registry: Registry, one: Identifier) -> UUID | None:
    return registry.do(lambda transaction: find_person(transaction, one))


def joined(registry: Registry, one: Identifier) -> UUID:
    return registry.do(
        lambda transaction: join(transaction, [one], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )


@pytest.fixture
def place(office: Office, lived: Lived, tmp_path: Path, engine: Engine, clock: HandClock) -> Place:
    write_keyring(keys_folder(tmp_path), office.registry.keyring)
    return Place(tmp_path, engine, clock, lived)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_after_a_rotation_everything_is_found_and_opens_as_before(place: Place, purpose: Purpose) -> None:
    before = place.plain()
    assert all(before.values())
    counts = {"sealing": sum(map(len, before.values())), "lookup": len(place.lived.people)}
    assert place.rotate(purpose) == Rotated(counts[purpose], counts[purpose])
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
    with place.opened() as registry:
        before = verify_registry(registry).lines
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
    monkeypatch.setattr(key_rotation, "AT_A_TIME", at_a_time)
    before = place.plain()
    assert place.rotate("sealing").done == sum(map(len, before.values()))
    assert place.sealed_by() == {2}
    assert place.plain() == before
    place.check()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_rotation_stopped_at_any_moment_leaves_all_readable_and_running_again_completes_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, purpose: Purpose
) -> None:
    monkeypatch.setattr(key_rotation, "AT_A_TIME", 4)
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
    monkeypatch.setattr(key_rotation, "AT_A_TIME", 1)
    assert place.stopped("sealing", 6)
    assert place.sealed_by() == {1, 2}
    with place.opened() as registry:
        person = joined(registry, NEW)
    place.rotate("sealing")
    with place.opened() as registry:
        assert found(registry, NEW) == person
    assert place.sealed_by() == {2}
    place.check()


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_writes_with_the_old_keys_during_a_rotation_is_stopped_or_nothing_is_lost(
    place: Place, purpose: Purpose, turn: int
) -> None:
    written: dict[Identifier, UUID] = {}
    transactions = count()

    with place.opened() as stale, place.opened() as registry:

        def between(*_: object) -> None:
            """After every third transaction somebody joins, by way of who opened the registry before the rotation."""
            one = identifier("passport", f"FR{len(written):07d}")
            if next(transactions) % 3 == turn:
                with suppress(StandingError):
                    written[one] = joined(stale, one)

        event.listen(registry.engine, "checkin", between)
        ROTATE[purpose](registry)
    with place.opened() as registry:
        assert {one: found(registry, one) for one in written} == written
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
    with place.opened() as registry:
        assert found(registry, NEW) is not None
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
    with place.opened() as registry:
        ROTATE[first](registry)
        with suppress(StandingError):
            ROTATE[second](registry)
    assert place.plain() == before
    place.check()


@pytest.mark.parametrize(("first", "second"), list(product(PURPOSES, PURPOSES)))
@pytest.mark.parametrize("after", [False, True])
def test_a_rotation_beside_another_is_told_to_wait_and_loses_nothing(
    place: Place, first: Purpose, second: Purpose, *, after: bool
) -> None:
    """The second begins before or after the first has written its keyring, each time that it does."""
    before, told = place.plain(), list[Busy]()

    def overtaken(keep: Keep, ring: Keyring) -> None:
        if after:
            keep(ring)
        with pytest.raises(Busy, match="found another command writing to it; expected one at a time") as refusal:
            place.rotate(second)
        told.append(refusal.value)
        if not after:
            keep(ring)

    with place.opened() as registry:
        around_keeping(registry, overtaken)
        ROTATE[first](registry)
    assert len(told) == 2
    place.rotate(second)
    assert place.plain() == before
    assert {purpose: len(place.ring.keys[purpose]) for purpose in PURPOSES} == dict.fromkeys(PURPOSES, 1)
    place.check()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_rotation_works_on_the_keyring_as_it_is_when_the_lock_is_had(place: Place, purpose: Purpose) -> None:
    before = place.plain()
    with place.opened() as early:
        place.rotate(purpose)
        ROTATE[purpose](early)
    assert [key.number for key in place.ring.keys[purpose]] == [3]
    assert place.plain() == before
    place.check()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_keyring_put_back_to_what_it_was_is_not_rotated(place: Place, purpose: Purpose) -> None:
    old = place.ring
    with place.opened() as registry:
        place.rotate(purpose)
        write_keyring(keys_folder(place.folder), old)
        with pytest.raises(BadInput, match=f"no {purpose} key 2"):
            ROTATE[purpose](registry)
    assert place.ring == old


def harmed(place: Place, column: str) -> str:
    """Change a sealed value behind the registry's back; gives what its table and row are called."""
    table_name, _, name = column.partition(".")
    table = METADATA.tables[table_name]
    with place.engine.begin() as connection:
        row = connection.execute(select(table).where(table.c[name].is_not(None))).mappings().first()
        assert row is not None
        own = and_(*(key == row[key.name] for key in table.primary_key))
        connection.execute(update(table).where(own).values({name: row[name][:-1] + bytes([row[name][-1] ^ 1])}))
    return f"{table_name} {row_key(table, row)}: "


@pytest.mark.parametrize("column", [str(column) for column in sealed_columns()])
def test_if_a_value_does_not_open_the_old_key_stays_and_the_row_is_named(place: Place, column: str) -> None:
    before = place.ring
    name = harmed(place, column)
    with pytest.raises(
        BadInput, match=f"^{re.escape(name)}found a sealed value that does not open.*the old key is kept"
    ):
        place.rotate("sealing")
    assert place.ring.keys["sealing"][0] == before.in_force("sealing")
    with pytest.raises(BadInput, match=f"^{re.escape(name)}"):
        place.rotate("sealing")
    assert [key.number for key in place.ring.keys["sealing"]] == [1, 2]


def test_what_is_sealed_with_the_new_key_has_to_open_as_well(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prefix says which key sealed a value, and not that it opens."""
    monkeypatch.setattr(key_rotation, "AT_A_TIME", 1)
    assert place.stopped("sealing", 8)
    with place.engine.connect() as connection:
        columns = [c for c in sealed_columns() if any(v and v[:2] == TWO for v in connection.scalars(select(c)))]
    column = columns[0]
    with place.engine.begin() as connection:
        rows = connection.execute(select(column.table)).mappings().all()
        row = next(row for row in rows if (row[column.name] or b"")[:2] == TWO)
        own = and_(*(key == row[key.name] for key in column.table.primary_key))
        connection.execute(update(column.table).where(own).values({column.name: row[column.name][:-1] + b"!"}))
    with pytest.raises(BadInput, match=f"^{column.table.name} .*found a sealed value that does not open"):
        place.rotate("sealing")
    assert [key.number for key in place.ring.keys["sealing"]] == [1, 2]


def test_if_an_identifier_would_not_be_found_all_is_as_before_and_it_is_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, right = place.ring, Identifier.hash
    wrong = iter([True])
    monkeypatch.setattr(Identifier, "hash", lambda one, ring: bytes(32) if next(wrong, False) else right(one, ring))
    with pytest.raises(BadInput, match=r"^identifiers .*found an identifier that is not found.*the old key is kept"):
        place.rotate("lookup")
    monkeypatch.undo()
    assert place.ring.keys["lookup"][0] == ring.in_force("lookup")
    place.check()
    place.rotate("lookup")
    place.check()


def test_a_running_registry_takes_up_new_keys_by_itself(place: Place) -> None:
    with place.opened() as running:
        for turn, purpose in enumerate((*PURPOSES, *PURPOSES)):
            place.rotate(purpose)
            one = identifier("passport", f"FR{turn:07d}")
            # A look before any change: reading follows by itself too.
            for known_by, person in place.lived.people.items():
                with running.read() as transaction:
                    assert find_person(transaction, known_by) == person
            person = joined(running, one)
            with place.opened() as fresh:
                assert found(fresh, one) == person
            with pytest.raises(Conflict):
                joined(running, next(iter(place.lived.people)))
    assert place.sealed_by() == {3}
    place.check()


def test_a_look_goes_by_the_keys_of_the_moment_it_reads(place: Place) -> None:
    """Begun before a rotation and used after it: what it reads is as it was, and so are its keys."""
    with place.opened() as running, running.read() as early:
        for purpose in PURPOSES:
            place.rotate(purpose)
        for known_by, person in place.lived.people.items():
            assert find_person(early, known_by) == person
        for row in early.connection.execute(select(identifiers)):
            assert read_identifier(early.keyring, row.kind, row.sealed).hash(early.keyring) == row.hash
        with running.read() as late:
            assert late.keyring.in_force("lookup").number == 2
            for known_by, person in place.lived.people.items():
                assert find_person(late, known_by) == person
                assert find_person(early, known_by) == person


def test_after_two_rotations_a_look_amid_the_second_opens_all_that_it_reads(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keyring that it reads again may lack a key of the moment that it reads: it takes a later moment."""
    monkeypatch.setattr(key_rotation, "AT_A_TIME", 4)
    with place.opened() as behind:
        place.rotate("sealing")
        assert place.stopped("sealing", 6)
        assert place.sealed_by() == {2, 3}
        again = behind.keys.read_again

        def too_late() -> bool:
            place.rotate("sealing")
            return again()

        monkeypatch.setattr(behind.keys, "read_again", too_late)
        with behind.read() as transaction:
            for row in transaction.connection.execute(select(identifiers)):
                read_identifier(transaction.keyring, row.kind, row.sealed)


@pytest.mark.parametrize("turns", [1, 4])
def test_nothing_is_sealed_with_the_old_key_once_the_new_one_is_in_force(place: Place, turns: int) -> None:
    """Several who had the registry open before write all the while: each change goes by the head that it comes upon."""
    stop, errors, number = Event(), list[Exception](), count()

    def writing(running: Registry) -> None:
        # A moment between, as SQLite gives its lock to whoever asks at the right one.
        while not stop.wait(0.005):
            try:
                joined(running, identifier("passport", f"FR{next(number):07d}"))
            except Exception as error:  # noqa: BLE001 - it is looked at below
                errors.append(error)

    with ExitStack() as stack:
        threads = [Thread(target=writing, args=(stack.enter_context(place.opened()),)) for _ in range(2)]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(stop.set)
        for _ in range(turns):
            place.rotate("sealing")
    assert errors == []
    assert place.sealed_by() == {1 + turns}
    with place.engine.connect() as connection:
        # Who joins gets an id in the records as well.
        assert connection.scalar(select(func.count()).select_from(identifiers)) == 12 + 2 * next(number)
    place.check()


def test_a_value_that_comes_with_no_line_is_sealed_with_the_key_in_force_too(place: Place) -> None:
    """What a change writes without a line in the log goes by its head as well."""
    with place.opened() as running:
        place.rotate("sealing")
        with place.engine.connect() as connection:
            lines = connection.scalar(select(func.count()).select_from(log))
        running.do(
            lambda transaction: store_response(transaction, "caller", "key", bytes(32), StoredResponse(201, "{}"))
        )
        with place.engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(log)) == lines
    assert place.sealed_by() == {2}


def test_scores_published_across_a_rotation_reach_everybody(place: Place, office: Office) -> None:
    persons = list(dict.fromkeys(place.lived.people.values()))
    rows = [score_row(office.record_ids[person], 640) for person in persons]

    def slowly() -> Iterator[list[ScoreRow]]:
        for purpose, row in zip(cycle(PURPOSES), rows, strict=False):
            place.rotate(purpose)
            yield [row]

    with place.opened() as running:
        found_ = publish_scores(running, run_of(manifest(office.digest, AS_OF, "another")), slowly())
        assert found_ is not None
        assert found_.people == len(persons)
    place.check()
