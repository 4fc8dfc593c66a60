"""What was erased goes out of an SQLite file for good: moved rows leave copies in free space, until it is swept."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from goodstanding.cli.registry import collect_all
from goodstanding.registry.changing import Change, Changes
from goodstanding.registry.database import sweep
from goodstanding.registry.keys import write_keyring
from goodstanding.registry.opening import keys_folder
from goodstanding.registry.people import NOTICE_VERSION, identifier, join, leave
from goodstanding.registry.verifying import verify_registry

SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def free_pages(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def have_free_pages(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE passing AS SELECT zeroblob(100000) AS value")
        connection.exec_driver_sql("DROP TABLE passing")
    assert free_pages(engine) > 0


@SQLITE
def test_a_sweep_leaves_no_free_page_and_nothing_in_the_file_beside(changes: Changes, tmp_path: Path) -> None:
    have_free_pages(changes.engine)
    beside = tmp_path / "registry.db-wal"
    assert beside.stat().st_size > 0
    sweep(changes.engine)
    assert free_pages(changes.engine) == 0
    assert beside.stat().st_size == 0


def test_a_sweep_changes_no_row_on_either_database(changes: Changes) -> None:
    person = changes.do(joined)
    sweep(changes.engine)
    changes.do(lambda change: leave(change, person))
    assert verify_registry(changes).findings == []


def joined(change: Change) -> UUID:
    known_by = [identifier("phone", "+86 138 0000 0001")]
    return join(change, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")


@SQLITE
def test_collecting_sweeps_only_if_somebody_has_left(
    changes: Changes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_keyring(keys_folder(tmp_path), changes.keyring)
    erased, swept = [], []
    for leaving in (False, True, False):
        if leaving:
            person = changes.do(joined)
            changes.do(lambda change, who=person: leave(change, who))
        have_free_pages(changes.engine)
        collect_all(json=True, workspace=tmp_path)
        erased.append(json.loads(capsys.readouterr().out)["people_erased"])
        swept.append(free_pages(changes.engine) == 0)
    assert erased == [0, 1, 0]
    assert swept == [False, True, False]
