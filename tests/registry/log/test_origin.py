"""What the log tells those who keep its heads: its name for good, signed checkpoints, and its tree as tiles."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update
from tests.registry.log.test_log import PORTIONS, SMALL_TILE, add_lines

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry import Registry, create_registry, open_registry
from goodstanding.registry.database import downgrade, upgrade
from goodstanding.registry.database.schema import log, log_head, log_tiles
from goodstanding.registry.keys import Keys
from goodstanding.registry.log import log_writer, read_frontier, tiles
from goodstanding.registry.log.checkpoints import read_checkpoint
from goodstanding.registry.log.merkle_tree import root_of
from goodstanding.registry.log.origin import check_origin, checkpoint_now, first_origin, log_keys
from goodstanding.registry.log.signed_notes import Note, read_note, signed_by
from goodstanding.registry.log.tiles import TileName, read_tile_name, tile_of
from goodstanding.registry.verification import verify_registry


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def issued(registry: Registry) -> Note:
    with registry.read() as transaction:
        return checkpoint_now(transaction.connection, transaction.keyring)


def test_a_checkpoint_says_what_the_signed_head_says_under_the_key_in_force(registry: Registry) -> None:
    for portion in PORTIONS[:3]:
        add_lines(registry, portion)
        note = issued(registry)
        assert read_note(str(note).encode()) == note
        found = read_checkpoint(note)
        with registry.read() as transaction:
            frontier = read_frontier(transaction.connection, transaction.keyring)
        assert (found.size, found.root, found.extensions) == (frontier.size, frontier.root, ())
        (signed,) = signed_by(note, log_keys(registry.keyring, found.origin))
        assert signed.key.name == found.origin
        assert signed_by(note, [replace(signed.key, public=bytes(32))]) == []


def test_after_a_new_signing_key_checkpoints_are_signed_with_it_and_older_ones_still_verify(registry: Registry) -> None:
    add_lines(registry, 1)
    before = issued(registry)
    later = replace(registry, keys=Keys(registry.keyring.with_new("signing")))
    after = issued(later)
    keys = log_keys(later.keyring, read_checkpoint(before).origin)
    assert len(set(keys)) == 2
    assert [signed.key for note in (before, after) for signed in signed_by(note, keys)] == keys


def test_a_log_without_lines_has_no_checkpoint(registry: Registry) -> None:
    with pytest.raises(NotFound, match="no line yet"):
        issued(registry)


def test_what_was_forged_is_not_signed_as_a_checkpoint(registry: Registry, engine: Engine) -> None:
    add_lines(registry, 5)
    with engine.begin() as connection:
        peaks = connection.scalar(select(log_head.c.peaks)) or b""
        connection.execute(update(log_head).values(peaks=bytes([peaks[0] ^ 1]) + peaks[1:]))
    with pytest.raises(BadInput, match="another end than the one that is signed"):
        issued(registry)


def test_a_name_that_was_put_into_the_first_line_afterwards_is_not_signed(registry: Registry, engine: Engine) -> None:
    add_lines(registry, 5)
    with engine.begin() as connection:
        row = connection.execute(select(log).where(log.c.log_index == 0)).one()
        body = row.body.replace('"name":"王小明"', '"name":"other.example/log"')
        assert body != row.body
        connection.execute(update(log).where(log.c.log_index == 0).values(body=body))
    with pytest.raises(BadInput, match="another first line than the one that is signed"):
        issued(registry)


def test_every_log_has_a_name_of_its_own_that_never_changes(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path / "one", url_of(engine))
    create_registry(tmp_path / "two")
    with open_registry(tmp_path / "one", url_of(engine)) as registry:
        with registry.read() as transaction:
            leaf = transaction.connection.scalar(select(log.c.leaf).where(log.c.log_index == 0)) or b""
        origin = read_checkpoint(issued(registry)).origin
        assert origin == f"goodstanding/{leaf.hex()[:16]}"
        assert check_origin(origin) == origin
        add_lines(registry, 300)
        assert read_checkpoint(issued(registry)).origin == origin
    create_registry(tmp_path / "one", url_of(engine))
    with open_registry(tmp_path / "two") as registry:
        assert read_checkpoint(issued(registry)).origin != origin


def test_a_registry_from_before_there_were_witnesses_is_brought_up_and_has_a_name(
    engine: Engine, tmp_path: Path
) -> None:
    create_registry(tmp_path, url_of(engine))
    with open_registry(tmp_path, url_of(engine)) as registry, registry.read() as transaction:
        origin = first_origin(transaction.connection)
    downgrade(engine, "0002")
    create_registry(tmp_path, url_of(engine))
    with open_registry(tmp_path, url_of(engine)) as registry:
        assert read_checkpoint(issued(registry)).origin == origin
        assert verify_registry(registry).findings == []
    upgrade(engine)


def test_a_name_is_chosen_when_the_log_is_begun_and_stays(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path, url_of(engine), name="standing.example/log")
    for name in (None, "standing.example/log"):
        create_registry(tmp_path, url_of(engine), name=name)
    with pytest.raises(Conflict, match=r"which stays: standing\.example/log"):
        create_registry(tmp_path, url_of(engine), name="standing.example/other")
    with open_registry(tmp_path, url_of(engine)) as registry:
        assert read_checkpoint(issued(registry)).origin == "standing.example/log"
        assert verify_registry(registry).findings == []


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "https://a.example/log", "a/", "/a", "A.example", "a\n", "王", "a" * 121, "a//b", "-a"]
)
def test_what_could_not_be_a_name_is_refused_and_nothing_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="--name: found"):
        create_registry(tmp_path / "workspace", name=name)
    assert not (tmp_path / "workspace").exists()


# --- Tiles ---


@pytest.mark.parametrize(
    ("place", "written"),
    [
        (0, "000"),
        (7, "007"),
        (255, "255"),
        (999, "999"),
        (1000, "x001/000"),
        (1234067, "x001/x234/067"),  # of tlog-tiles
        (10**9, "x001/x000/x000/000"),
    ],
)
def test_the_place_of_a_tile_is_written_in_groups_of_three(place: int, written: str) -> None:
    assert str(TileName(3, place)) == f"3/{written}"
    assert str(TileName(0, place, 17)) == f"0/{written}.p/17"
    assert read_tile_name("3", written) == TileName(3, place)
    assert read_tile_name("0", f"{written}.p/17") == TileName(0, place, 17)


@settings(deadline=None)
@given(st.integers(0, 63), st.integers(0, (1 << 55) - 2), st.integers(1, 256))
def test_every_name_of_a_tile_reads_back_as_it_was(level: int, place: int, width: int) -> None:
    name = TileName(level, place, width)
    written_level, _, written = str(name).partition("/")
    assert read_tile_name(written_level, written) == name


@pytest.mark.parametrize(
    "name",
    [
        *(
            "0/0",
            "0/00",
            "0/0000",
            "0/x000",
            "0/x000/067",
            "0/x001",
            "0/001/002",
            "0/x1/002",
            "0/-01",
            "0/ 00",
            "0/٠٠٠",
        ),
        *("00/000", "01/000", "64/000", "-1/000", "/000", "x/000", "٣/000", "entries/000", "0/", "0/000/"),
        *("0/000.p/0", "0/000.p/256", "0/000.p/300", "0/000.p/01", "0/000.p/", "0/000.p", "0/000.p/x", "0/000.p/1/2"),
        *("0/x999/x999/x999/x999/x999/x999/999", "0/x036/x028/x797/x018/x963/967", "0/\n000", "0/000\n"),
    ],
)
def test_what_is_not_exactly_the_name_of_a_tile_is_of_none(name: str) -> None:
    with pytest.raises(NotFound, match="tile: found"):
        read_tile_name(*name.split("/", 1))


def test_tiles_hold_the_hashes_of_the_tree(registry: Registry, engine: Engine) -> None:
    for portion in PORTIONS:
        add_lines(registry, portion)
    size = sum(PORTIONS)
    with engine.connect() as connection:
        leaves = list(connection.scalars(select(log.c.leaf).order_by(log.c.log_index)))

        def tile(name: str) -> bytes:
            return tile_of(connection, read_tile_name(*name.split("/", 1)))

        assert tile("0/000") == b"".join(leaves[:256])
        assert tile("0/001") == b"".join(leaves[256:512])
        assert tile(f"0/002.p/{size - 512}") == b"".join(leaves[512:])
        # What was a partial tile once stays one, also beside the full one.
        assert (tile("0/002.p/1"), tile("0/000.p/255")) == (leaves[512], b"".join(leaves[:255]))
        assert tile("1/000.p/2") == root_of(leaves[:256]) + root_of(leaves[256:512])
        for missing in ("0/002", f"0/002.p/{size - 511}", "0/003", "1/000", "1/000.p/3", "2/000.p/1", "63/000.p/1"):
            with pytest.raises(NotFound, match="a tile that the log has filled so far"):
                tile(missing)


def test_tiles_over_tiles_over_tiles(registry: Registry, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (log_writer, tiles):
        monkeypatch.setattr(module, "TILE", SMALL_TILE)
    add_lines(registry, 4 * 4 * 4 + 9)
    with engine.connect() as connection:
        leaves = list(connection.scalars(select(log.c.leaf).order_by(log.c.log_index)))
        levels = {row.level for row in connection.execute(select(log_tiles))}
        assert levels == {0, 1, 2}
        for level, unit in ((0, 1), (1, 4), (2, 16), (3, 64)):
            known = [root_of(leaves[at : at + unit]) for at in range(0, len(leaves) - unit + 1, unit)]
            for place in range(-(-len(known) // 4)):
                own = known[place * 4 : place * 4 + 4]
                assert tile_of(connection, TileName(level, place, len(own))) == b"".join(own)
