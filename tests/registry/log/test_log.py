"""The log in the database: lines, tiles and signed heads as they are written, and what is proved from them."""

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import combinations_with_replacement
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, select

from goodstanding.errors import BadInput, NotFound
from goodstanding.programmes import programme_texts
from goodstanding.registry import Registry, WriteTransaction
from goodstanding.registry.database import database_url, open_database
from goodstanding.registry.database.schema import log, log_tiles
from goodstanding.registry.keys import Keyring, Keys, KeysNamed, fresh_keyring, sign
from goodstanding.registry.keys.signing import key_ids
from goodstanding.registry.log import (
    Frontier,
    LogLine,
    hashes_of,
    line_hash,
    log_proofs,
    log_writer,
    prove_consistency,
    prove_inclusion,
    read_head,
    signed_head_now,
    stored_frontier,
)
from goodstanding.registry.log.merkle_tree import consistent, root_by_inclusion, root_of
from goodstanding.registry.log.signed_heads import KIND, keys_named
from goodstanding.registry.programme_versions import draft

AT = datetime(2026, 6, 15, 9, 30, 0, 123456, tzinfo=UTC)
# Within a tile, filling it exactly, across two at once, and one line alone: 643 lines in all.
PORTIONS = [1, 2, 253, 1, 255, 130, 1]
SMALL_TILE = 4


@pytest.fixture
def _small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles over 4 instead of 256, so that a short log has tiles over tiles."""
    monkeypatch.setattr(log_writer, "TILE", SMALL_TILE)
    monkeypatch.setattr(log_proofs, "TILE", SMALL_TILE)


def add_lines(registry: Registry, count: int) -> None:
    """One change that adds so many lines."""

    with registry.write() as transaction:
        for _ in range(count):
            transaction.add("test.line", transaction.next_index, [], n=transaction.next_index, name="王小明")


def model_leaves(connection: Connection) -> list[bytes]:
    """The leaves that the lines in the database should have, by another JSON writer and hash by hand."""
    found: list[bytes] = []
    for row in connection.execute(select(log).order_by(log.c.log_index)):
        line = [row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), row.kind, row.object, row.body]
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        found.append(sha256(b"\x00" + text.encode()).digest())
    return found


def test_an_empty_log_has_no_head(engine: Engine) -> None:
    with engine.connect() as connection:
        assert stored_frontier(connection) == Frontier()
        assert signed_head_now(connection) is None


def test_a_line_is_written_as_canonical_text_at_the_changes_time(registry: Registry, engine: Engine) -> None:
    with registry.write() as transaction:
        assert transaction.add("test.line", 7, [("people", "key", None)], b=1, a={"z": 1.5, "y": "王"}) == 0
    with engine.connect() as connection:
        row = connection.execute(select(log)).one()
    assert (row.log_index, row.at, row.kind, row.object) == (0, registry.clock(), "test.line", "7")
    assert row.body == '{"a":{"y":"王","z":1.5},"b":1,"rows":[["people","key",null]]}'


def test_a_change_without_lines_leaves_the_log_alone(registry: Registry, engine: Engine) -> None:
    add_lines(registry, 1)
    with engine.connect() as connection:
        before = signed_head_now(connection)
    registry.do(lambda transaction: transaction.now)
    with engine.connect() as connection:
        assert signed_head_now(connection) == before


def test_the_log_grows_over_many_changes_and_across_tiles(
    registry: Registry, engine: Engine, clock: Callable[[], datetime], keyring: Keyring
) -> None:
    size = 0
    for portion in PORTIONS:
        add_lines(registry, portion)
        size += portion
        with engine.connect() as connection:
            leaves = model_leaves(connection)
            frontier, signed = stored_frontier(connection), signed_head_now(connection)
        assert len(leaves) == size
        assert frontier == Frontier().grown(leaves)
        head = read_head(keyring, signed or "")
        assert (head.size, head.root) == (size, root_of(leaves))
        assert head.at == clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with engine.connect() as connection:
        assert list(connection.scalars(select(log.c.log_index).order_by(log.c.log_index))) == list(range(size))
        assert list(connection.scalars(select(log.c.leaf).order_by(log.c.log_index))) == leaves
        tiles = {(row.level, row.place): row.hash for row in connection.execute(select(log_tiles))}
    assert tiles == {(0, 0): root_of(leaves[:256]), (0, 1): root_of(leaves[256:512])}


def test_lines_of_a_long_log_are_proved_from_its_tiles(registry: Registry, engine: Engine, keyring: Keyring) -> None:
    for portion in PORTIONS:
        add_lines(registry, portion)
    size = sum(PORTIONS)
    edges = {0, 1, 254, 255, 256, 257, 510, 511, 512, 513, size - 2, size - 1}
    with engine.connect() as connection:
        for index in sorted(edges | set(range(0, size, 29))):
            proof = prove_inclusion(connection, index)
            head = read_head(keyring, proof.head)
            assert head.size == size
            assert root_by_inclusion(proof.line.leaf, index, head.size, proof.path) == head.root
            assert f'"n":{index}' in proof.line.body


def test_a_long_log_is_proved_to_have_only_grown(registry: Registry, engine: Engine) -> None:
    for portion in PORTIONS:
        add_lines(registry, portion)
    with engine.connect() as connection:
        leaves = model_leaves(connection)
        sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 600, 642, 643]
        for first, second in combinations_with_replacement(sizes, 2):
            path = prove_consistency(connection, first, second)
            assert consistent(first, root_of(leaves[:first]), second, root_of(leaves[:second]), path)


@pytest.mark.usefixtures("_small_tiles")
def test_tiles_over_tiles_are_filled_whatever_the_portions(registry: Registry, engine: Engine) -> None:
    for portion in (3, 1, 8, 53, 5):
        add_lines(registry, portion)
    with engine.connect() as connection:
        leaves = model_leaves(connection)
        tiles = {(row.level, row.place): row.hash for row in connection.execute(select(log_tiles))}
    assert tiles == model_tiles(leaves)
    assert {level for level, _ in tiles} == {0, 1, 2}


@pytest.mark.usefixtures("_small_tiles")
def test_every_line_and_every_size_is_proved_from_tiles_over_tiles(
    registry: Registry, engine: Engine, keyring: Keyring
) -> None:
    size = 23
    add_lines(registry, size)
    with engine.connect() as connection:
        leaves = model_leaves(connection)
        for index in range(size):
            proof = prove_inclusion(connection, index)
            found = root_by_inclusion(proof.line.leaf, index, size, proof.path)
            assert found == read_head(keyring, proof.head).root == root_of(leaves)
        for first, second in combinations_with_replacement(range(1, size + 1), 2):
            path = prove_consistency(connection, first, second)
            assert consistent(first, root_of(leaves[:first]), second, root_of(leaves[:second]), path)


@pytest.mark.usefixtures("_small_tiles")
def test_the_hash_over_any_run_of_a_long_log_is_the_trees(registry: Registry, engine: Engine) -> None:
    size = SMALL_TILE**4 + 3
    add_lines(registry, size)
    with engine.connect() as connection:
        leaves, hash_of = model_leaves(connection), hashes_of(connection)
        for start, end in runs_of(0, size):
            assert hash_of(start, end) == root_of(leaves[start:end])


@pytest.mark.usefixtures("_small_tiles")
def test_proofs_need_no_line_and_no_tile_under_a_full_tile(registry: Registry, engine: Engine) -> None:
    size = SMALL_TILE**3 + SMALL_TILE**2 + 2
    add_lines(registry, size)
    with engine.connect() as connection:
        whole = prove_inclusion(connection, size - 1), prove_consistency(connection, SMALL_TILE**3, size)
        connection.execute(delete(log).where(log.c.log_index < SMALL_TILE**3 + SMALL_TILE**2))
        connection.execute(delete(log_tiles).where(log_tiles.c.level == 0))
        connection.execute(delete(log_tiles).where(log_tiles.c.level == 1, log_tiles.c.place < SMALL_TILE))
        assert whole == (prove_inclusion(connection, size - 1), prove_consistency(connection, SMALL_TILE**3, size))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(portions=st.lists(st.integers(1, 40), min_size=1, max_size=6))
@pytest.mark.usefixtures("_small_tiles")
def test_portions_never_show_in_tiles_or_roots(migrated: Path, tmp_path: Path, portions: list[int]) -> None:
    folder = tmp_path / uuid4().hex
    folder.mkdir()
    shutil.copy(migrated, folder / "registry.db")
    engine = open_database(database_url(folder))
    keyring = fresh_keyring()
    for portion in portions:
        add_lines(Registry(engine, Keys(keyring), lambda: AT), portion)
    with engine.connect() as connection:
        leaves = model_leaves(connection)
        assert stored_frontier(connection) == Frontier().grown(leaves)
        tiles = {(row.level, row.place): row.hash for row in connection.execute(select(log_tiles))}
        assert tiles == model_tiles(leaves)
    engine.dispose()


@pytest.mark.parametrize("index", [-1, 2, 3, 2**40])
def test_a_line_there_is_not_is_not_proved(registry: Registry, engine: Engine, index: int) -> None:
    add_lines(registry, 2)
    with engine.connect() as connection, pytest.raises(NotFound, match=f"log: found {index}; .* below 2"):
        prove_inclusion(connection, index)


def test_nothing_is_proved_from_an_empty_log(engine: Engine) -> None:
    with engine.connect() as connection:
        with pytest.raises(NotFound):
            prove_inclusion(connection, 0)
        with pytest.raises(NotFound):
            prove_consistency(connection, 1, 1)


def test_a_line_after_the_head_is_not_proved(registry: Registry, engine: Engine) -> None:
    add_lines(registry, 2)
    with engine.begin() as connection:
        stray = {"log_index": 2, "at": AT, "kind": "test.line", "object": "", "body": "{}", "leaf": bytes(32)}
        connection.execute(log.insert(), stray)
    with engine.connect() as connection, pytest.raises(NotFound):
        prove_inclusion(connection, 2)


@pytest.mark.parametrize(("first", "second"), [(0, 1), (2, 1), (1, 4), (-1, 2), (4, 4)])
def test_sizes_the_log_never_had_are_not_proved(registry: Registry, engine: Engine, first: int, second: int) -> None:
    add_lines(registry, 3)
    with engine.connect() as connection, pytest.raises(NotFound, match="two sizes from 1 to 3"):
        prove_consistency(connection, first, second)


def test_the_log_goes_on_after_it_is_opened_again(
    registry: Registry, engine: Engine, keyring: Keyring, clock: Callable[[], datetime]
) -> None:
    add_lines(registry, 300)
    again = open_database(engine.url)
    add_lines(Registry(again, Keys(keyring), clock), 300)
    again.dispose()
    with engine.connect() as connection:
        head = read_head(keyring, signed_head_now(connection) or "")
        assert (head.size, head.root) == (600, root_of(model_leaves(connection)))


def test_heads_of_older_keys_are_still_read(registry: Registry, keyring: Keyring, engine: Engine) -> None:
    add_lines(registry, 1)
    with engine.connect() as connection:
        signed = signed_head_now(connection) or ""
    rotated = keyring.with_new("signing")
    assert read_head(rotated, signed) == read_head(keyring, signed)
    with pytest.raises(BadInput):
        read_head(rotated.without_old("signing"), signed)


def head_of(engine: Engine) -> str:
    with engine.connect() as connection:
        return signed_head_now(connection) or ""


def test_the_head_says_which_keys_are_in_force_and_who_has_older_ones_does_not_write(
    registry: Registry, keyring: Keyring, engine: Engine
) -> None:
    add_lines(registry, 1)
    rotated = keyring.with_new("sealing").with_new("lookup")

    def put_in_force(transaction: WriteTransaction) -> None:
        transaction.keyring = rotated
        transaction.add("test.line", "rotated", [])

    Registry(engine, Keys(rotated), registry.clock).do(put_in_force)
    assert read_head(keyring, head_of(engine)).keys == (2, 2)
    for older in (keyring, keyring.with_new("sealing"), keyring.with_new("lookup")):
        with pytest.raises(BadInput, match=r"keyring: found no (sealing|lookup) key 2"):
            add_lines(Registry(engine, Keys(older), registry.clock), 1)
    for newer in (rotated, rotated.with_new("sealing"), rotated.with_new("sealing").with_new("lookup")):
        add_lines(Registry(engine, Keys(newer), registry.clock), 1)
        # A key is not in force because somebody has it.
        assert read_head(keyring, head_of(engine)).keys == (2, 2)


def test_what_a_head_names_is_read_without_believing_it(registry: Registry, keyring: Keyring, engine: Engine) -> None:
    add_lines(registry, 1)
    signed = head_of(engine)
    assert keys_named(signed) == KeysNamed((("sealing", 1), ("lookup", 1)), key_ids(keyring)[-1])
    header, payload, signature = signed.split(".")
    for other in (None, "", "..", header, f"{header}.{payload}", f"{payload}.{header}.{signature}", f"{header}.e30.x"):
        assert keys_named(other) is None


def test_another_kind_of_signed_text_is_no_head(keyring: Keyring) -> None:
    value = {"size": 1, "root": "00" * 32, "at": "2026-06-15T09:30:00.000000Z", "keys": [1, 1]}
    assert read_head(keyring, sign(keyring, KIND, value)).size == 1
    with pytest.raises(BadInput):
        read_head(keyring, sign(keyring, "standing-consent+jws", value))


def test_a_line_of_a_programme_with_the_longest_name_fits(registry: Registry) -> None:
    text, expert = programme_texts("sesame")
    name = "s" * 63
    assert '\nname = "sesame"' in text
    longest = text.replace('\nname = "sesame"', f'\nname = "{name}"')
    drafted = registry.do(lambda transaction: draft(transaction, longest, expert, by="ann"))
    assert drafted.name == name


LINE = LogLine(AT, "test.line", "object", '{"a":1}')
OTHERS = {
    "a microsecond later": LogLine(AT + timedelta(microseconds=1), LINE.kind, LINE.object, LINE.body),
    "another kind": LogLine(AT, "test.lines", LINE.object, LINE.body),
    "another object": LogLine(AT, LINE.kind, "objects", LINE.body),
    "another body": LogLine(AT, LINE.kind, LINE.object, '{"a":2}'),
    "a space in the body": LogLine(AT, LINE.kind, LINE.object, '{"a": 1}'),
    "text moved from kind to object": LogLine(AT, "test.lin", "eobject", LINE.body),
    "text moved from object to body": LogLine(AT, LINE.kind, 'object","', '{"a":1}'),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_line_that_differs_in_anything_has_another_leaf(other: LogLine) -> None:
    assert other.leaf != LINE.leaf


def test_the_same_moment_in_another_zone_has_the_same_leaf() -> None:
    moved = AT.astimezone(timezone(timedelta(hours=8)))
    assert LogLine(moved, LINE.kind, LINE.object, LINE.body).leaf == LINE.leaf


def test_a_digest_is_the_hash_of_canonical_text() -> None:
    assert line_hash({"b": [1], "a": None}) == sha256(b'{"a":null,"b":[1]}').hexdigest()


def model_tiles(leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """Every full aligned run of 4, 16, 64, ... leaves, with its root."""
    found: dict[tuple[int, int], bytes] = {}
    level, width = 0, SMALL_TILE
    while width <= len(leaves):
        for place in range(len(leaves) // width):
            found[level, place] = root_of(leaves[place * width : (place + 1) * width])
        level, width = level + 1, width * SMALL_TILE
    return found


def runs_of(start: int, end: int) -> list[tuple[int, int]]:
    """Every run of leaves under a node of the tree."""
    if end - start == 1:
        return [(start, end)]
    width = 1
    while width * 2 < end - start:
        width *= 2
    return [(start, end), *runs_of(start, start + width), *runs_of(start + width, end)]
