"""Whoever has nothing but the addresses and the log's key gets its heads and its tree, and can check them."""

from dataclasses import replace

import pytest
from sqlalchemy import insert
from tests.registry.cosigning import WITNESS, cosignature, vkey_of, witnessed
from tests.registry.log.test_log import add_lines
from tests.service.api.caller import Api

from goodstanding.registry.database.schema import cosignatures
from goodstanding.registry.log.checkpoints import read_checkpoint
from goodstanding.registry.log.merkle_tree import root_of
from goodstanding.registry.log.signed_notes import Note, read_note, read_vkey, signed_by
from goodstanding.registry.log.tiles import TileName


def checkpoint(api: Api, path: str = "/v1/log/checkpoint") -> Note:
    found = api.call("GET", path)
    assert (found.status_code, found.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert found.headers["cache-control"] == "no-store"
    assert found.content == found.text.encode()
    return read_note(found.content)


def tile(api: Api, name: TileName) -> list[bytes]:
    found = api.call("GET", f"/v1/log/tile/{name}")
    assert (found.status_code, found.headers["content-type"]) == (200, "application/octet-stream")
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(found.content) == 32 * name.width
    return [found.content[at : at + 32] for at in range(0, len(found.content), 32)]


def level_of(api: Api, level: int, size: int) -> list[bytes]:
    """All hashes of a level, from its full tiles and the partial one, as tlog-tiles reckons them for a size."""
    full, rest = divmod(size // 256**level, 256)
    names = [TileName(level, place) for place in range(full)] + ([TileName(level, full, rest)] if rest else [])
    return [hash_ for name in names for hash_ in tile(api, name)]


def test_from_the_checkpoint_and_the_tiles_the_root_comes_out(api: Api) -> None:
    add_lines(api.registry, 600)
    told = api.good("GET", "/v1/log/keys")
    note = checkpoint(api)
    head = read_checkpoint(note)
    (key,) = map(read_vkey, told["keys"])
    assert [one.key for one in signed_by(note, [key])] == [key]
    assert head.origin == key.name == told["origin"]
    assert head.size == api.good("GET", "/v1/log/head")["size"] > 600

    leaves = level_of(api, 0, head.size)
    assert len(leaves) == head.size
    assert root_of(leaves) == head.root
    assert level_of(api, 1, head.size) == [root_of(leaves[:256]), root_of(leaves[256:512])]
    assert level_of(api, 2, head.size) == []
    # A head from before goes on to be found in the tiles of now.
    proof = api.good("GET", f"/v1/log/consistency?first=300&second={head.size}")
    assert proof["path"]
    assert tile(api, TileName(0, 1, 44)) == leaves[256:300]


def test_cosignatures_stand_under_the_checkpoint_that_they_are_over(api: Api) -> None:
    assert api.call("GET", "/v1/log/checkpoint/cosigned").status_code == 404
    cosigned = witnessed(api.registry)
    witnessed(api.registry, "w.example/2")  # one line on: the witness itself was added
    told = [read_vkey(one) for one in api.good("GET", "/v1/log/keys")["witnesses"]]
    assert told == [vkey_of(name).cosigning for name in (WITNESS, "w.example/2")]
    assert [one.key.name for one in signed_by(checkpoint(api), told)] == ["w.example/2"]
    witnessed(api.registry)
    for path in ("/v1/log/checkpoint", "/v1/log/checkpoint/cosigned"):
        assert [one.key.name for one in signed_by(checkpoint(api, path), told)] == [WITNESS, "w.example/2"]
    newest = read_checkpoint(checkpoint(api))
    assert newest.size == read_checkpoint(cosigned).size + 1

    add_lines(api.registry, 1)
    assert signed_by(checkpoint(api), told) == []
    assert read_checkpoint(checkpoint(api, "/v1/log/checkpoint/cosigned")) == newest
    assert len(signed_by(checkpoint(api, "/v1/log/checkpoint/cosigned"), told)) == 2


def test_a_cosignature_over_another_head_of_the_same_size_does_not_stand_under_ours(api: Api) -> None:
    witnessed(api.registry)
    head = read_checkpoint(checkpoint(api))
    text = replace(head, root=bytes(32)).text
    line = cosignature(text, "w.example/2", 5)
    row = {"witness": "w.example/2", "size": head.size, "checkpoint": str(Note(text, [line])), "line": str(line)}
    with api.registry.engine.begin() as connection:
        connection.execute(insert(cosignatures), row | {"at": api.office.clock.now})
    keys = [vkey_of(name).cosigning for name in (WITNESS, "w.example/2")]
    for path in ("/v1/log/checkpoint", "/v1/log/checkpoint/cosigned"):
        assert [one.key.name for one in signed_by(checkpoint(api, path), keys)] == [WITNESS]


@pytest.mark.parametrize(
    "name",
    [
        *("0/001", "0/000", "0/000.p/255", "1/000.p/1", "64/000.p/1", "00/000.p/1", "0/0.p/1", "0/x000/000.p/1"),
        *("entries/000.p/1", "-1/000.p/1", "0/000.p/0", "0/000.p/01", "0/000.p/1/2", "0/..%2f..%2fhead", "0/000%00"),
        *("0/x999/x999/x999/x999/x999/x999/999", "0/000.p/1%0a", "zero/000.p/1"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_tiles_that_there_are_not_are_told_as_a_problem_and_never_kept(api: Api, name: str) -> None:
    found = api.call("GET", f"/v1/log/tile/{name}")
    assert found.status_code in (400, 404)
    assert found.headers["content-type"] == "application/problem+json"
    assert found.headers["cache-control"] == "no-store"


def test_a_log_that_does_not_end_as_it_was_signed_has_no_checkpoint(api: Api) -> None:
    with api.registry.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log_head SET size = size - 1")
    for path in ("/v1/log/checkpoint", "/v1/log/keys"):
        found = api.call("GET", path)
        assert (found.status_code, found.json()["expected"]) == (422, "the log as it was signed")
