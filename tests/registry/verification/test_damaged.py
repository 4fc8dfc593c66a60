"""A database whose own files do not read: it is named and never a fault, whatever it is and whoever comes to it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.office import HandClock, manifest, open_office, score_row
from tests.registry.verification.built import fill

from goodstanding.errors import Damaged, NotReady, StandingError
from goodstanding.months import today
from goodstanding.programmes import programme_texts, read_definition
from goodstanding.registry import Registry, create_registry, keys_folder, open_registry, registry_to_verify
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.database import database_url, open_database, sweep
from goodstanding.registry.furnishing import collect, erase_leavers
from goodstanding.registry.key_rotation import rehash, reseal
from goodstanding.registry.keys import Keyring, Keys, write_keyring
from goodstanding.registry.rights import close_overdue
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.registry.verification import Finding, Verified, verify_registry
from goodstanding.store import Workspace

PAGE = 4096
DAMAGED = Finding("database", "*", "damaged")
RUN = run_of(
    manifest(read_definition("sesame", *map(str.encode, programme_texts("sesame"))).digest, "2026-05", "run 9")
)
# Where the file is hit, as a share of it, and what with.
PLACES = st.floats(0, 1, exclude_max=True)
SEEDS = st.integers(0, 1 << 32)
CHORES: dict[str, Callable[[Registry, Workspace], object]] = {
    "the clock": lambda registry, _: registry.do(
        lambda transaction: (close_overdue(transaction), expire_consents(transaction))
    ),
    "erasing": erase_leavers,
    "collecting": lambda registry, room: collect(registry, room, today()),
    "publishing": lambda registry, _: publish_scores(registry, RUN, [[score_row("person 1", 700)]]),
    "a new sealing key": lambda registry, _: reseal(registry),
    "a new lookup key": lambda registry, _: rehash(registry),
}
SAYS = "Restore it from a copy"


@pytest.fixture(scope="module")
def whole(migrated: Path, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose registry has rows in every table, at rest."""
    workspace = tmp_path_factory.mktemp("whole")
    shutil.copy(migrated, workspace / "registry.db")
    write_keyring(keys_folder(workspace), keyring)
    clock = HandClock()
    engine = open_database(database_url(workspace))
    ring = fill(open_office(Registry(engine, Keys(keyring), clock), clock)).keyring
    write_keyring(keys_folder(workspace), ring)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return workspace


@dataclass(frozen=True)
class Copied:
    """A copy of the workspace, of whose database other bytes can be made."""

    whole: Path
    workspace: Path

    @property
    def written(self) -> bytes:
        """The database as it was."""
        return (self.whole / "registry.db").read_bytes()

    def spoiled(self, written: bytes) -> Path:
        """The copy as it was, but for these bytes as its database."""
        for end in ("-wal", "-shm", "-journal"):
            (self.workspace / f"registry.db{end}").unlink(missing_ok=True)
        (self.workspace / "registry.db").write_bytes(written)
        # A rotation writes them anew.
        shutil.copytree(keys_folder(self.whole), keys_folder(self.workspace), dirs_exist_ok=True)
        return self.workspace

    def overwritten(self, start: int, length: int, seed: int) -> Path:
        """The copy with random bytes in a place of its database."""
        return self.spoiled(overwritten(self.written, start, length, seed))

    def page_overwritten(self, place: float, seed: int) -> Path:
        """The copy with a page of random bytes, at a share of its database."""
        return self.overwritten(int(place * (len(self.written) // PAGE)) * PAGE, PAGE, seed)


def overwritten(written: bytes, start: int, length: int, seed: int) -> bytes:
    noise = Random(seed).randbytes(length)  # noqa: S311 - to be the same again
    return written[:start] + noise + written[start + length :]


@pytest.fixture(scope="module")
def copied(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Copied:
    workspace = Path(shutil.copytree(whole, tmp_path_factory.mktemp("spoiled") / "workspace"))
    return Copied(whole, workspace)


def do(chore: str, workspace: Path) -> None:
    """Do a chore of a workspace."""
    if chore == "creating":
        create_registry(workspace)
        return
    with open_registry(workspace, None, HandClock()) as registry:
        CHORES[chore](registry, Workspace(workspace))


def checked(workspace: Path) -> Verified:
    with registry_to_verify(workspace, None, HandClock()) as registry:
        return verify_registry(registry)


@settings(max_examples=25, deadline=None)
@given(place=PLACES)
def test_a_file_that_was_cut_off_is_found(copied: Copied, place: float) -> None:
    length = 2 + int(place * (len(copied.written) - 2))
    found = checked(copied.spoiled(copied.written[:length])).findings
    # SQLite reads a part of a page as if the rest were zeros: where it is the last one, as rows that were changed.
    assert found if length > len(copied.written) - PAGE else DAMAGED in found


@settings(max_examples=25, deadline=None)
@given(place=PLACES, seed=SEEDS)
def test_a_page_that_was_written_over_is_found(copied: Copied, place: float, seed: int) -> None:
    assert checked(copied.page_overwritten(place, seed)).findings


@settings(max_examples=25, deadline=None)
@given(place=PLACES, length=st.integers(1, 3 * PAGE), seed=SEEDS)
def test_bytes_that_were_written_over_never_stop_the_check(
    copied: Copied, place: float, length: int, seed: int
) -> None:
    # What lies in a page's free space is missed by nobody: here only that the check comes to an end.
    checked(copied.overwritten(int(place * (len(copied.written) - length)), length, seed))


def test_a_structure_that_is_no_text_is_found(copied: Copied) -> None:
    # The driver stumbles over SQLite's own words, which repeat it.
    workspace = copied.spoiled(copied.written.replace(b"CREATE TABLE people", b"CREATE T\xfeBLE people"))
    assert DAMAGED in checked(workspace).findings
    with pytest.raises(Damaged, match=SAYS), open_registry(workspace):
        pass


@pytest.mark.parametrize("chore", CHORES)
@settings(max_examples=10, deadline=None)
@given(place=PLACES, seed=SEEDS)
def test_a_chore_ends_well_or_in_one_sentence(copied: Copied, chore: str, place: float, seed: int) -> None:
    workspace = copied.page_overwritten(place, seed)
    try:
        do(chore, workspace)
    except StandingError as error:  # or that this workspace has no runs
        said = str(error)
    else:
        said = ""
    assert "a damaged database" not in said or SAYS in said


@pytest.mark.parametrize("what", ["no database", "half of one"])
@pytest.mark.parametrize("chore", ["creating", *CHORES])
def test_a_chore_says_what_to_do(copied: Copied, what: str, chore: str) -> None:
    workspace = copied.spoiled(b"hello" if what == "no database" else copied.written[: len(copied.written) // 2])
    before = (workspace / "registry.db").read_bytes()
    with pytest.raises((Damaged, NotReady), match=SAYS):
        do(chore, workspace)
    assert (workspace / "registry.db").read_bytes() == before


def test_rows_that_cannot_be_are_no_want_of_room(copied: Copied) -> None:
    """Of some of them SQLite says, when it writes the file anew, that the disk is full."""
    said = set[str]()
    for page in range(100, len(copied.written) // PAGE):
        workspace = copied.page_overwritten((page + 0.5) * PAGE / len(copied.written), page)
        try:
            with open_registry(workspace, None, HandClock()) as registry:
                sweep(registry.engine)
        except Damaged as error:
            said.add(str(error.__cause__))
    assert "database or disk is full" in said
