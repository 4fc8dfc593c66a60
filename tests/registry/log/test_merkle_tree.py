"""The Merkle tree against published figures, against its definition, and against whoever alters a path."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.registry.log.merkle_tree import (
    EMPTY_ROOT,
    Frontier,
    HashOf,
    consistency_path,
    consistent,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_by_inclusion,
    root_of,
    split,
)

# The log that the implementations of Certificate Transparency test themselves with.
KNOWN = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
KNOWN_INCLUSIONS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
KNOWN_CONSISTENCIES = {
    (1, 1): [],
    (1, 8): KNOWN_INCLUSIONS[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

# Different lines, so that no line can honestly stand in another's place.
LOGS = st.lists(st.binary(max_size=6), min_size=1, max_size=80, unique=True)


def defined_root(lines: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not lines:
        return sha256().digest()
    if len(lines) == 1:
        return sha256(b"\x00" + lines[0]).digest()
    k = 1
    while k * 2 < len(lines):
        k *= 2
    return sha256(b"\x01" + defined_root(lines[:k]) + defined_root(lines[k:])).digest()


def hashes_of(lines: Sequence[bytes]) -> HashOf:
    return lambda start, end: defined_root(lines[start:end])


def leaves_of(lines: Sequence[bytes]) -> list[bytes]:
    return [leaf_hash(line) for line in lines]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert root_of(leaves_of(KNOWN[:size])).hex() == KNOWN_ROOTS[size - 1]
    assert defined_root(KNOWN[:size]).hex() == KNOWN_ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == Frontier().root
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size"), KNOWN_INCLUSIONS)
def test_the_inclusion_paths_are_the_published_ones(index: int, size: int) -> None:
    path = inclusion_path(index, size, hashes_of(KNOWN[:size]))
    assert [found.hex() for found in path] == KNOWN_INCLUSIONS[index, size]
    found = root_by_inclusion(leaf_hash(KNOWN[index]), index, size, path)
    assert found is not None
    assert found.hex() == KNOWN_ROOTS[size - 1]


@pytest.mark.parametrize(("first", "second"), KNOWN_CONSISTENCIES)
def test_the_consistency_paths_are_the_published_ones(first: int, second: int) -> None:
    path = consistency_path(first, second, hashes_of(KNOWN[:second]))
    assert [found.hex() for found in path] == KNOWN_CONSISTENCIES[first, second]
    roots = [bytes.fromhex(KNOWN_ROOTS[size - 1]) for size in (first, second)]
    assert consistent(first, roots[0], second, roots[1], path)


def test_the_example_of_rfc_9162_comes_out_as_printed_there() -> None:
    lines = KNOWN[:7]
    a, b, c, d, e, f, j = leaves_of(lines)
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, l = node_hash(g, h), node_hash(i, j)  # noqa: E741 - the names of the figure in section 2.1.5
    assert root_of(leaves_of(lines)) == node_hash(k, l)
    included = {0: [b, h, l], 3: [c, g, l], 4: [f, j, k], 6: [i, k]}
    for index, path in included.items():
        assert inclusion_path(index, 7, hashes_of(lines)) == path
    continued = {3: [c, d, g, l], 4: [l], 6: [i, j, k]}
    for first, path in continued.items():
        assert consistency_path(first, 7, hashes_of(lines)) == path
    assert root_of([a, b, c]) == node_hash(g, c)
    assert root_of([a, b, c, d]) == k
    assert root_of([a, b, c, d, e, f]) == node_hash(k, i)


@pytest.mark.parametrize(("size", "left"), [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (256, 128), (257, 256)])
def test_a_tree_splits_at_the_greatest_power_of_two_below_its_size(size: int, left: int) -> None:
    assert split(size) == left


@given(LOGS, st.data())
def test_a_tree_grown_in_any_portions_has_the_defined_root(lines: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(lines)))
    grown = Frontier().grown(leaves_of(lines[:cut])).grown(leaves_of(lines[cut:]))
    assert (grown.size, grown.root) == (len(lines), defined_root(lines))
    assert len(grown.peaks) == len(lines).bit_count()


@given(LOGS, st.data())
def test_every_line_leads_to_the_root_by_its_path(lines: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(lines) - 1))
    path = inclusion_path(index, len(lines), hashes_of(lines))
    assert root_by_inclusion(leaf_hash(lines[index]), index, len(lines), path) == defined_root(lines)
    assert len(path) <= (len(lines) - 1).bit_length()


@given(LOGS, st.data())
def test_no_altered_path_leads_to_the_root(lines: list[bytes], data: st.DataObject) -> None:
    size = len(lines)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, hashes_of(lines))
    altered = data.draw(st.sampled_from(alterations(path)))
    assert root_by_inclusion(leaf_hash(lines[index]), index, size, altered) != defined_root(lines)


@given(LOGS, st.data())
def test_no_other_line_or_place_leads_to_the_root_by_a_path(lines: list[bytes], data: st.DataObject) -> None:
    size, root = len(lines), defined_root(lines)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, hashes_of(lines))
    other_line = data.draw(st.binary(max_size=8).filter(lambda line: line != lines[index]))
    assert root_by_inclusion(leaf_hash(other_line), index, size, path) != root
    other_index = data.draw(st.integers(-2, size + 2).filter(lambda found: found != index))
    assert root_by_inclusion(leaf_hash(lines[index]), other_index, size, path) != root


@given(LOGS, st.data())
def test_a_node_is_never_taken_for_a_line(lines: list[bytes], data: st.DataObject) -> None:
    # The line that an attacker would present is the two children of a node, one after the other.
    size = len(lines)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, hashes_of(lines))
    if path:
        pair = path[0] + leaf_hash(lines[index]) if index & 1 else leaf_hash(lines[index]) + path[0]
        assert root_by_inclusion(leaf_hash(pair), index >> 1, (size + 1) >> 1, path[1:]) != defined_root(lines)


@given(LOGS, st.data())
def test_every_earlier_log_is_shown_to_begin_the_later_one(lines: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(lines)))
    path = consistency_path(first, len(lines), hashes_of(lines))
    assert consistent(first, defined_root(lines[:first]), len(lines), defined_root(lines), path)


@given(LOGS, st.data())
def test_no_altered_path_shows_that_a_log_only_grew(lines: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(lines)))
    roots = defined_root(lines[:first]), defined_root(lines)
    path = consistency_path(first, len(lines), hashes_of(lines))
    altered = data.draw(st.sampled_from(alterations(path)))
    assert not consistent(first, roots[0], len(lines), roots[1], altered)


@given(LOGS, st.data())
def test_a_log_whose_past_was_changed_is_not_shown_to_have_only_grown(lines: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(lines)))
    changed = data.draw(st.integers(0, first - 1))
    forged = [*lines[:changed], lines[changed] + b"!", *lines[changed + 1 :]]
    for path in (consistency_path(first, len(lines), hashes_of(found)) for found in (lines, forged)):
        assert not consistent(first, defined_root(lines[:first]), len(lines), defined_root(forged), path)
        assert not consistent(first, defined_root(forged[:first]), len(lines), defined_root(lines), path)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (7, 5), (-1, 0)])
def test_there_is_no_path_to_a_line_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"leaf {index} of a tree of {size}"):
        inclusion_path(index, size, hashes_of(KNOWN))
    assert root_by_inclusion(leaf_hash(b""), index, size, []) is None


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_there_is_no_path_between_sizes_in_the_wrong_order(first: int, second: int) -> None:
    with pytest.raises(ValueError, match=f"from {first} leaves to {second}"):
        consistency_path(first, second, hashes_of(KNOWN))


@given(LOGS, st.data())
def test_a_path_that_is_too_long_or_too_short_leads_nowhere(lines: list[bytes], data: st.DataObject) -> None:
    size = len(lines)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, hashes_of(lines))
    for other in ([*path, EMPTY_ROOT], path[:-1]):
        if other != path:
            assert root_by_inclusion(leaf_hash(lines[index]), index, size, other) is None


@pytest.mark.parametrize(("first", "claimed"), [(1, 3), (1, 8), (2, 9), (3, 9), (4, 17)])
def test_a_log_is_not_shown_to_be_longer_than_it_is(first: int, claimed: int) -> None:
    second = first + 1
    path = consistency_path(first, second, hashes_of(KNOWN))
    roots = defined_root(KNOWN[:first]), defined_root(KNOWN[:second])
    assert consistent(first, roots[0], second, roots[1], path)
    assert not consistent(first, roots[0], claimed, roots[1], path)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (-1, 3), (4, 3), (8, 1), (0, 1)])
def test_no_path_shows_anything_of_sizes_in_the_wrong_order(first: int, second: int) -> None:
    root = defined_root(KNOWN[:second])
    for path in ([root], [root, root], [EMPTY_ROOT]):
        assert not consistent(first, root, second, root, path)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (3, 4), (3, 5)])
def test_no_empty_path_shows_anything_of_different_sizes(first: int, second: int) -> None:
    roots = defined_root(KNOWN[:first]), defined_root(KNOWN[:second])
    assert not consistent(first, roots[0], second, roots[1], [])
    assert not consistent(first, roots[0], second, roots[0], [])


def alterations(path: list[bytes]) -> list[list[bytes]]:
    """Every path that differs by one hash: changed, taken out, or put in anywhere."""
    stranger = sha256(b"stranger").digest()
    changed = [[*path[:at], stranger, *path[at + 1 :]] for at in range(len(path))]
    shortened = [[*path[:at], *path[at + 1 :]] for at in range(len(path))]
    lengthened = [[*path[:at], stranger, *path[at:]] for at in range(len(path) + 1)]
    swapped = [[*path[:at], path[at + 1], path[at], *path[at + 2 :]] for at in range(len(path) - 1)]
    return [*changed, *shortened, *lengthened, *swapped]
