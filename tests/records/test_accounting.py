"""Every row read is accounted for; loading again, or in another order, changes nothing."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.months import today
from goodstanding.records import Loaded, folder_feeds, load
from goodstanding.store import Workspace

Make = Callable[..., dict[str, object]]
Put = Callable[..., Path]
Rows = Callable[..., list[dict[str, Any]]]

IDS = st.sampled_from(["a", "b", "c", "d"])
# Sound values and bad ones; few ids, so that copies, clashes, corrections and moves come up.
CHANGES = st.fixed_dictionaries(
    {
        "record_id": IDS,
        "person_id": st.sampled_from(["p1", "p1", "p2", "p9", ""]),
        "happened_on": st.sampled_from(["2024-01-31", "2024-01-31", "2024-02-01", "2024-02-30"]),
        "known_on": st.sampled_from(["2024-06-30", "2024-06-30", "2024-07-01", "2023-01-01", "2027-01-01"]),
        "amount_minor": st.sampled_from(["1", "1", "2", "-3", "x"]),
        "state": st.sampled_from(["", "valid", "disputed", "withdrawn"]),
    }
)


def people(row: Make) -> list[dict[str, object]]:
    return [row("people", person_id=person, record_id=f"person-{person}") for person in ("p1", "p2")]


def take_in(room: Workspace, path: Path) -> Loaded:
    return load(room, folder_feeds(path), today())


@settings(max_examples=8, deadline=None)
@given(changes=st.lists(CHANGES, max_size=20))
def test_what_is_read_is_accepted_unchanged_or_quarantined(
    row: Make, table_file: Put, held: Rows, quarantined: Rows, changes: list[dict[str, object]]
) -> None:
    with TemporaryDirectory() as folder:
        root, room = Path(folder) / "files", Workspace(Path(folder) / "standing")
        table_file(root / "people.csv", people(row))
        table_file(
            root / "payments.csv", [row("payments", record_id="sound"), *(row("payments", **c) for c in changes)]
        )
        count = take_in(room, root).counts["payments"]
        assert count.read == 1 + len(changes)
        assert count.read == count.accepted + count.unchanged + count.quarantined
        assert len(held(room, "payments")) == count.accepted
        assert len(quarantined(room, "payments")) == count.quarantined
        before = room.catalogue.to_json()
        again = take_in(room, root).counts["payments"]
        assert room.catalogue.to_json() == before
        assert (again.read, again.accepted, again.quarantined) == (count.read, 0, count.quarantined)


SOUND = CHANGES.map(
    lambda changes: changes | {"person_id": "p1", "happened_on": "2024-01-31", "known_on": "2024-06-30"}
)


@settings(max_examples=4, deadline=None)
@given(rows=st.lists(SOUND, min_size=2, unique_by=lambda c: c["record_id"], max_size=4), data=st.data())
def test_the_order_of_rows_does_not_matter(
    row: Make, table_file: Put, rows: list[dict[str, object]], data: st.DataObject
) -> None:
    sound = [row("payments", **{**changes, "amount_minor": "5"}) for changes in rows]
    with TemporaryDirectory() as folder:
        catalogues: list[str] = []
        for name, ordered in (("as given", sound), ("shuffled", data.draw(st.permutations(sound)))):
            root, room = Path(folder) / name, Workspace(Path(folder) / f"{name} room")
            table_file(root / "people.csv", people(row))
            table_file(root / "payments.csv", ordered)
            take_in(room, root)
            catalogues.append((room.root / "catalogue.json").read_text())
        assert catalogues[0] == catalogues[1]


def test_loading_a_folder_twice_leaves_every_byte(
    row: Make, table_file: Put, workspace: Workspace, files_of: Callable[[Path], dict[str, bytes]], tmp_path: Path
) -> None:
    root = tmp_path / "files"
    table_file(root / "people.csv", people(row))
    table_file(root / "payments.csv", [row("payments"), row("payments", record_id="r2", amount_minor="x")])
    take_in(workspace, root)
    before = files_of(workspace.root)
    count = take_in(workspace, root).counts["payments"]
    assert files_of(workspace.root) == before
    assert (count.accepted, count.unchanged, count.quarantined) == (0, 1, 1)


def test_a_file_with_a_header_only_brings_nothing(
    row: Make, take: Callable[..., Any], workspace: Workspace, tmp_path: Path
) -> None:
    take("people", row("people"))
    before = workspace.catalogue
    path = tmp_path / "people.csv"
    path.write_text("person_id,record_id,happened_on,known_on,source\n")
    assert take_in(workspace, path).counts["people"].read == 0
    assert workspace.catalogue == before


def test_a_person_of_the_same_load_is_known(row: Make, table_file: Put, workspace: Workspace, tmp_path: Path) -> None:
    table_file(tmp_path / "files" / "people.csv", people(row))
    table_file(tmp_path / "files" / "details.csv", [row("details")])
    assert take_in(workspace, tmp_path / "files").counts["details"].accepted == 1


def test_a_person_of_an_earlier_load_is_known(row: Make, take: Callable[..., Any]) -> None:
    take("people", row("people"))
    assert take("details", row("details")).accepted == 1


def test_a_person_whose_own_row_is_quarantined_is_not_known(
    row: Make, table_file: Put, workspace: Workspace, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    bad = row("people", person_id="p9", happened_on="2024-02-30")
    table_file(files / "people.csv", [row("people", record_id="sound"), bad])
    table_file(files / "details.csv", [row("details"), row("details", record_id="r2", person_id="p9")])
    loaded = take_in(workspace, files)
    assert loaded.counts["people"].quarantined == 1
    assert (loaded.counts["details"].accepted, loaded.counts["details"].quarantined) == (1, 1)


def test_an_id_is_the_sources_own(row: Make, take: Callable[..., Any]) -> None:
    take("people", row("people"))
    count = take("payments", row("payments"), row("payments", source="another bank", amount_minor="9"))
    assert count.accepted == 2
