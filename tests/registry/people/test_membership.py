"""Opting in: under the notice in force, once for each identifier, whoever else joins at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib import resources
from threading import Barrier
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, func, select
from tests.registry.office import HandClock

from goodstanding.errors import BadInput, Conflict, NotFound, StandingError
from goodstanding.registry import Registry
from goodstanding.registry.database.schema import identifiers, log, people
from goodstanding.registry.keys import unseal
from goodstanding.registry.log import stored_frontier
from goodstanding.registry.people import NOTICE_VERSION, Identifier, find_person, identifier, join, notice_text
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry

NOTICES = resources.files("goodstanding.registry.people") / "notices"
PHONE = identifier("phone", "+86 138 0000 0001")
SPELLINGS = {
    "record_id": ("Person 1", "Person 1"),
    "phone": ("+86 138 0000 0001", "＋８６（１３８）００００-０００１"),
    "cn_resident_id": ("11010519491231002X", "１１０１０５１９４９１２３１００２ｘ"),
    "passport": ("CNE12345678", "cn-e 1234 5678"),
    "de_tax_id": ("36574261809", "36 574.261/809"),
}
TOGETHER = 4
ROUNDS = 5


def joined(registry: Registry, *known_by: Identifier, **other: str) -> UUID:
    said = {"notice_version": NOTICE_VERSION, "language": "en", "jurisdiction": "cn"} | other
    return registry.do(lambda transaction: join(transaction, known_by, **said))


def found(registry: Registry, known_by: Identifier) -> UUID | None:
    return registry.do(lambda transaction: find_person(transaction, known_by))


def rows(registry: Registry) -> Sequence[Row[tuple[object, ...]]]:
    with registry.engine.connect() as connection:
        return connection.execute(select(people)).all()


def counted(registry: Registry) -> tuple[int, ...]:
    """How many people, identifiers and lines there are."""
    with registry.engine.connect() as connection:
        tables = (people, identifiers, log)
        return tuple(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_joining_records_the_very_notice_that_was_shown(registry: Registry, clock: HandClock, language: str) -> None:
    person = joined(registry, PHONE, language=language, jurisdiction="us")
    shown = (NOTICES / f"{NOTICE_VERSION}.{language}.md").read_bytes()
    assert notice_text(NOTICE_VERSION, language).encode() == shown
    notice = {"version": NOTICE_VERSION, "language": language, "sha256": sha256(shown).hexdigest()}
    (row,) = rows(registry)
    assert (row.id, row.state, row.language, row.jurisdiction) == (person, "open", language, "us")
    assert (row.notice, row.joined_at, row.left_at, row.frozen_at) == (notice, clock.now, None, None)
    with registry.engine.connect() as connection:
        (line,) = connection.execute(select(log)).all()
    assert (line.kind, line.object, line.at) == ("person.joined", str(person), clock.now)


def test_the_notice_in_force_is_there_in_every_language_and_no_two_are_alike() -> None:
    texts = {language: notice_text(NOTICE_VERSION, language) for language in ("en", "zh-Hans")}
    assert len({sha256(text.encode()).hexdigest() for text in texts.values()}) == len(texts)
    assert all(text.startswith("# ") for text in texts.values())


@pytest.mark.parametrize("version", ["2025-01", "2026-10", "", "2026-11 ", "../2026-11"])
def test_an_old_notice_is_refused(registry: Registry, version: str) -> None:
    with pytest.raises(BadInput, match="notice_version") as refusal:
        joined(registry, PHONE, notice_version=version)
    assert refusal.value.expected == NOTICE_VERSION
    assert counted(registry) == (0, 0, 0)


@pytest.mark.parametrize("language", ["fr", "", "en.md", "../names", "EN"])
def test_a_language_without_a_notice_is_refused(registry: Registry, language: str) -> None:
    with pytest.raises(BadInput, match=r"one of 2026-11\.en, 2026-11\.zh-Hans"):
        joined(registry, PHONE, language=language)
    assert counted(registry) == (0, 0, 0)


def test_a_jurisdiction_without_a_law_pack_is_refused(registry: Registry) -> None:
    with pytest.raises(NotFound, match="one of cn, eu, in, us"):
        joined(registry, PHONE, jurisdiction="moon")
    assert counted(registry) == (0, 0, 0)


@pytest.mark.parametrize(
    "known_by", [(), (PHONE, PHONE), (PHONE, identifier("phone", "+86 138 0000 0002"))], ids=["none", "same", "two"]
)
def test_a_person_is_known_by_something_and_by_each_kind_once(
    registry: Registry, known_by: tuple[Identifier, ...]
) -> None:
    with pytest.raises(BadInput, match="at least one, each kind once"):
        joined(registry, *known_by)
    assert counted(registry) == (0, 0, 0)


def test_a_person_is_found_by_everything_they_gave_and_by_nothing_else(registry: Registry) -> None:
    given_ = [identifier(kind, value) for kind, (value, _) in SPELLINGS.items()]
    person = joined(registry, *given_)
    assert [found(registry, one) for one in given_] == [person] * len(given_)
    assert found(registry, identifier("record_id", "Person 2")) is None
    # The same signs as another kind are somebody else's.
    assert found(registry, identifier("record_id", "CNE12345678")) is None


def test_what_a_person_gave_opens_again_under_the_key(registry: Registry) -> None:
    joined(registry, *(identifier(kind, value) for kind, (value, _) in SPELLINGS.items()))
    with registry.engine.connect() as connection:
        kept = connection.execute(select(identifiers)).all()
    opened = {row.kind: unseal(registry.keyring, row.sealed, f"identifier {row.kind}") for row in kept}
    assert opened == {kind: identifier(kind, value).value for kind, (value, _) in SPELLINGS.items()}


@pytest.mark.parametrize("kind", SPELLINGS)
def test_nobody_joins_twice_in_any_spelling(registry: Registry, kind: str) -> None:
    first, again = SPELLINGS[kind]
    person = joined(registry, identifier(kind, first))
    before = counted(registry)
    other = identifier("phone" if kind == "record_id" else "record_id", "+8613900000000")
    with pytest.raises(Conflict, match=f"identifier {kind}") as refusal:
        joined(registry, other, identifier(kind, again))
    assert first not in str(refusal.value)
    assert str(person) not in str(refusal.value)
    assert counted(registry) == before
    assert found(registry, other) is None


def test_who_has_left_may_join_again_as_somebody_new(registry: Registry) -> None:
    first = joined(registry, PHONE)
    registry.do(lambda transaction: leave(transaction, first))
    assert found(registry, PHONE) is None
    second = joined(registry, PHONE)
    assert second != first
    assert found(registry, PHONE) == second
    assert {row.id: row.state for row in rows(registry)} == {first: "closed", second: "open"}
    assert verify_registry(registry).findings == []


def test_of_those_who_join_at_once_with_one_identifier_one_does(registry: Registry) -> None:
    ready = Barrier(TOGETHER)

    def attempt(number: int) -> UUID | StandingError:
        ready.wait()
        try:
            return joined(registry, identifier("record_id", f"{number}"), PHONE)
        except StandingError as refusal:
            return refusal

    with ThreadPoolExecutor(TOGETHER) as pool:
        for turn in range(ROUNDS):
            results = list(pool.map(attempt, range(turn * TOGETHER, (turn + 1) * TOGETHER)))
            (person,) = [result for result in results if isinstance(result, UUID)]
            assert [type(result) for result in results if result != person] == [Conflict] * (TOGETHER - 1)
            assert found(registry, PHONE) == person
            registry.do(lambda transaction, who=person: leave(transaction, who))
    assert counted(registry) == (ROUNDS, 0, 2 * ROUNDS)
    assert verify_registry(registry).findings == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["record_id", "passport"]), st.integers(0, 5)), min_size=1, max_size=12))
def test_an_identifier_is_of_one_open_person_at_most(registry: Registry, asked: list[tuple[str, int]]) -> None:
    holders: dict[tuple[str, int], UUID] = {}
    for kind, number in asked:
        one = identifier(kind, f"CNE{number:06d}")
        if (kind, number) in holders:
            with pytest.raises(Conflict):
                joined(registry, one)
            holder = holders.pop((kind, number))
            registry.do(lambda transaction, who=holder: leave(transaction, who))
        else:
            holders[kind, number] = joined(registry, one)
    for (kind, number), person in holders.items():
        assert found(registry, identifier(kind, f"CNE{number:06d}")) == person
        registry.do(lambda transaction, who=person: leave(transaction, who))
    assert counted(registry)[1] == 0


def test_a_refused_person_does_not_stop_the_next_in_a_batch(registry: Registry) -> None:
    joined(registry, PHONE)
    size = registry.do(lambda transaction: stored_frontier(transaction.connection).size)
    with registry.write() as transaction:
        with pytest.raises(Conflict), transaction.step():
            join(transaction, [PHONE], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
        passport = identifier("passport", "CNE12345678")
        person = join(transaction, [passport], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    assert found(registry, passport) == person
    assert registry.do(lambda transaction: stored_frontier(transaction.connection).size) == size + 1
    assert verify_registry(registry).findings == []
