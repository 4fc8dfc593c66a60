"""No file of a folder passes unread in silence: it is read, named, or known to hold no records."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.months import today
from goodstanding.records import folder_feeds, list_files, load
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.records.table_files import look_through
from goodstanding.store import Workspace, sha256_of

Make = Callable[..., dict[str, object]]
Put = Callable[..., Path]

READ = [
    "dues.csv", "Dues.csv", "DUES.CSV", "dues.csv.gz", "DUES.CSV.GZ", "dues.parquet", "dues.pq", "Dues.Parquet",
    "dues_2024.csv", "dues-1.csv", "dues-2024-01.csv", "dues.2024-01.csv", "dues_part2.csv", "dues-2024-q1.csv",
    "dues/part-0000.parquet", "dues/part-0000.snappy.parquet", "dues/part-0000.csv", "dues/data.csv.gz",
    "dues.parquet/part-0000.parquet", "dues.csv/part-0.csv", "dues/month=2024-01/part-0.parquet",
    "dues/2024/01/part-0.csv", "2024/dues.csv", "2024-01/dues.csv", "month=2024-01/dues.csv", "region=north/dues.csv",
]  # fmt: skip
TOLD = [
    "due.csv", "dues.tsv", "dues.txt", "dues.xlsx", "dues.json", "dues.zip", "dues.csv.bz2", "dues", "dues (1).csv",
    "dues_old.csv", "copy of dues.csv", "notes.txt", "old/dues.csv", "2024/due.csv", "dues/notes.txt",
    "dues/people.csv", "dues/old/part-0.csv", "manifest2.json", "2024/manifest.json", "~$dues.xlsx",
]  # fmt: skip
SKIPPED = [
    ".DS_Store", "_SUCCESS", "manifest.json", ".dues.csv.crc", "dues.csv.crc", ".hidden/dues.csv", "Thumbs.db",
    "2024/_SUCCESS", "_metadata", "2024/.part-0.crc",
]  # fmt: skip


@pytest.fixture(scope="session")
def content(row: Make) -> Callable[[str], bytes]:
    """A due, in the form that a file's name says."""

    def make(name: str) -> bytes:
        rows = pd.DataFrame([row("dues")])
        if name.casefold().endswith((".parquet", ".pq")):
            return rows.to_parquet(index=False)
        text = rows.to_csv(index=False).encode()
        return gzip.compress(text) if name.casefold().endswith(".gz") else text

    return make


@pytest.fixture(scope="session")
def folder(row: Make, table_file: Put, content: Callable[[str], bytes]) -> Callable[..., Path]:
    """A folder with people.csv and files of these names."""

    def make(root: Path, *names: str) -> Path:
        table_file(root / "people.csv", [row("people")])
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(b"{}" if name == "manifest.json" else content(name))
        return root

    return make


@pytest.mark.parametrize("name", READ)
def test_a_file_named_after_its_table_is_read_wherever_it_stands(
    folder: Callable[..., Path], workspace: Workspace, tmp_path: Path, name: str
) -> None:
    counts = load(workspace, folder_feeds(folder(tmp_path / "in", name)), today()).counts
    assert counts["dues"].accepted == 1


@settings(max_examples=20, deadline=None)
@given(
    read=st.lists(st.sampled_from(READ), unique_by=lambda name: name.partition("/")[0].casefold(), max_size=3),
    told=st.lists(st.sampled_from(TOLD), unique=True, max_size=4),
    skipped=st.lists(st.sampled_from(SKIPPED), unique=True, max_size=3),
)
def test_each_file_is_read_or_named_or_known_to_hold_no_records(
    folder: Callable[..., Path], read: list[str], told: list[str], skipped: list[str]
) -> None:
    tops = {name.partition("/")[0].casefold() for name in read}
    told = [name for name in told if name.partition("/")[0].casefold() not in tops]
    told = [name for name in told if not ("dues" in told and name.startswith("dues/"))]
    with TemporaryDirectory() as root:
        listing = look_through(folder(Path(root), *read, *told, *skipped))
        assert {file.name for file in listing.files} == {"people.csv", *read}
        named = {name for other in listing.others for name in told if name == other or name.startswith(other)}
        assert named == set(told)
        if told:
            with pytest.raises(BadInput, match="expected only files named people") as refusal:
                folder_feeds(Path(root))
            assert all(other in str(refusal.value) for other in listing.others)


@settings(deadline=None)
@given(name=st.text(st.sampled_from("dues_-. 0123456789abcxyzDUE()"), min_size=1, max_size=14))
@example(name="dues-2024-01.csv")
def test_no_name_is_neither_read_nor_named(name: str) -> None:
    with TemporaryDirectory() as root:
        path = Path(root) / name
        if name in {".", ".."}:
            return
        path.write_text("x")
        listing = look_through(Path(root))
        hidden = name.startswith(".")
        assert [file.path.name for file in listing.files] + list(listing.others) == ([] if hidden else [name])


def test_what_is_not_read_stops_the_load_with_every_name_and_what_may_be_meant(
    folder: Callable[..., Path], refused: Callable[..., str], used_room: Path, tmp_path: Path
) -> None:
    said = refused(folder(tmp_path / "in", "due.csv", "transfer.csv", "notes.txt", "old/dues.csv"), used_room)
    assert "found due.csv (did you mean dues.csv?), notes.txt, old/, transfer.csv (did you mean transfers.csv?)" in said
    assert "or go on without them: --ignore. Nothing was loaded." in said


def test_without_them_the_load_goes_on_when_asked_and_says_so(
    folder: Callable[..., Path], standing: Callable[..., Any], tmp_path: Path
) -> None:
    root, room = folder(tmp_path / "in", "due.csv", "notes.txt"), tmp_path / "standing"
    answer = standing("ingest", "records", root, "--workspace", room, "--ignore", "--json")
    assert answer.code == 0
    said = json.loads(answer.out)
    assert (said["people"]["accepted"], said["ignored"]) == (1, ["due.csv", "notes.txt"])
    answer = standing("ingest", "records", root, "--workspace", room, "--ignore")
    assert "Left out, as no table is named so: due.csv, notes.txt" in answer.out


def test_two_files_of_a_table_are_both_read_and_it_is_said(
    folder: Callable[..., Path], standing: Callable[..., Any], tmp_path: Path
) -> None:
    root = folder(tmp_path / "in", "dues.csv", "2024/dues.csv", "dues-2.parquet")
    answer = standing("ingest", "records", root, "--workspace", tmp_path / "standing")
    assert answer.code == 0
    assert "dues is read from 2024/dues.csv, dues-2.parquet, dues.csv." in answer.out


def test_a_problem_names_the_file_by_its_path_in_the_folder(
    row: Make, folder: Callable[..., Path], table_file: Put, workspace: Workspace, tmp_path: Path
) -> None:
    root = folder(tmp_path / "in", "2024/dues.csv")
    table_file(root / "2025" / "dues.csv", [row("dues", record_id="ok"), row("dues", record_id="x", amount_minor="x")])
    problems = load(workspace, folder_feeds(root), today()).problems
    assert [(problem.file, problem.line) for problem in problems] == [("2025/dues.csv", 3)]


def test_a_column_that_stands_in_the_path_is_read_from_there(
    row: Make, table_file: Put, workspace: Workspace, tmp_path: Path, held: Callable[..., Any]
) -> None:
    # As Spark writes parts by a column: it is in the folder's name and no longer in the file.
    table_file(tmp_path / "in" / "people.csv", [row("people")])
    for kind in ("gas", "rent"):
        rows = [row("dues", kind=None, record_id=kind)]
        table_file(tmp_path / "in" / "dues" / f"kind={kind}" / "part-0.csv", rows)
    load(workspace, folder_feeds(tmp_path / "in"), today())
    assert [(one["record_id"], one["kind"]) for one in held(workspace, "dues")] == [("gas", "gas"), ("rent", "rent")]


def test_a_link_is_followed_and_one_that_leads_nowhere_or_round_is_named(
    folder: Callable[..., Path], tmp_path: Path
) -> None:
    root = folder(tmp_path / "in", "2024/dues.csv")
    (root / "dues_1.csv").symlink_to(root / "2024" / "dues.csv")
    (root / "dues_2.csv").symlink_to(root / "nowhere.csv")
    (root / "2024" / "2025").symlink_to(root)
    listing = list_files(root)
    assert [file.name for file in listing.files] == ["people.csv", "2024/dues.csv", "dues_1.csv"]
    assert listing.others == ["2024/2025/", "dues_2.csv"]


@pytest.mark.parametrize("header", ["Person_ID,Record_Id", " person_id , record_id ", "PERSON_ID,RECORD_ID"])
def test_a_header_in_other_letters_is_read(workspace: Workspace, tmp_path: Path, header: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{header},happened_on,known_on,source\nmia,j1,2024-01-03,2024-01-03,app\n")
    assert load(workspace, folder_feeds(path), today()).counts["people"].accepted == 1


def stamped(folder: Path, *names: str) -> None:
    files = {name: sha256_of(folder / name) for name in names}
    (folder / "manifest.json").write_text(json.dumps({"synthetic": True, "town": "a town", "files": files}))


@pytest.mark.parametrize("extra", ["dues.csv.gz", "DUES.csv", "2024/dues.csv", "dues/part-0.parquet"])
def test_every_file_that_would_be_read_stands_in_the_stamp(
    folder: Callable[..., Path], refused: Callable[..., str], tmp_path: Path, extra: str
) -> None:
    root = folder(tmp_path / "in", extra)
    stamped(root, "people.csv")
    assert f"found {extra}; expected only files that the stamp names" in refused(root, tmp_path / "standing")
    stamped(root, "people.csv", extra)
    assert read_stamp(root) == "a town"


def test_a_folder_below_a_stamp_is_held_to_it(folder: Callable[..., Path], tmp_path: Path) -> None:
    root = folder(tmp_path / "in", "2024/dues.csv")
    stamped(root, "people.csv", "2024/dues.csv")
    assert read_stamp(root / "2024") == "a town"
    assert read_stamp(root / "2024" / "dues.csv") == "a town"
    folder(root / "2025")
    with pytest.raises(BadInput, match="expected only files that the stamp names"):
        read_stamp(root / "2025")


def test_a_link_does_not_make_synthetic_records_real(folder: Callable[..., Path], tmp_path: Path) -> None:
    town, real = folder(tmp_path / "town", "dues.csv"), folder(tmp_path / "real")
    stamped(town, "people.csv", "dues.csv")
    (real / "dues.csv").symlink_to(town / "dues.csv")
    with pytest.raises(BadInput, match="Keep synthetic and other records apart"):
        read_stamp(real)


def test_what_the_stamp_names_beside_the_tables_is_no_file_that_nobody_reads(
    folder: Callable[..., Path], tmp_path: Path
) -> None:
    root = folder(tmp_path / "town")
    (root / "truth.parquet").write_bytes(b"what is true of its people")
    assert list_files(root).others == ["truth.parquet"]
    stamped(root, "people.csv", "truth.parquet")
    assert list_files(root).others == []


def test_the_workspace_may_stand_among_the_files(
    folder: Callable[..., Path], standing: Callable[..., Any], tmp_path: Path
) -> None:
    root = folder(tmp_path / "in", "dues.csv")
    for _ in range(2):
        assert standing("ingest", "records", root, "--workspace", root / "standing").code == 0
