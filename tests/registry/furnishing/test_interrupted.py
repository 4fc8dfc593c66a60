"""A chore that was stopped between any two of its steps and is run again ends as one that was not stopped."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.registry.furnishing.conftest import Branch

from goodstanding.engines import Duck, files
from goodstanding.lab import build_town
from goodstanding.months import Month, today
from goodstanding.programmes import Definition
from goodstanding.records import folder_feeds, load
from goodstanding.records.stamping import read_stamp
from goodstanding.registry.changing import Changes
from goodstanding.registry.database import database_url, open_database
from goodstanding.registry.database.schema import (
    cases,
    deliveries,
    furnished,
    leavers,
    log,
    marks,
    messages,
    people,
    publications,
    scores,
)
from goodstanding.registry.furnishing import collect, erase_leavers, erasing, publish_run, withdraw_record
from goodstanding.registry.furnishing.opening import opened_record
from goodstanding.registry.keys import unseal
from goodstanding.registry.people import NOTICE_VERSION, identifier, join, leave
from goodstanding.registry.rights import block, dispute, end_case
from goodstanding.registry.rights.notifying import message_context
from goodstanding.registry.verifying import verify_registry
from goodstanding.scoring import Manifest, score_month
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

PLAIN = {
    marks: ("person_id", "state"),
    people: ("id", "state", "contested", "held"),
    cases: ("id", "state"),
    deliveries: ("party_id", "kind", "body"),
    leavers: ("person_id",),
}


MOST_STEPS_OF_ONE = 3


class Killed(BaseException):
    """As if the process had been killed: nothing after it is done, and nothing catches it."""


@dataclass
class Steps:
    """Counts what is done step by step, and ends it before a step."""

    ends_before: int
    done: int = 0

    def next(self) -> None:
        self.done += 1
        if self.done == self.ends_before:
            raise Killed


@contextmanager
def ended_before(step: int) -> Iterator[Steps]:
    """Every transaction, every change of the workspace and every sweep is a step; nothing is between two of them."""
    steps = Steps(step)
    transaction, change, sweep = Changes.change, Workspace.change, erasing.sweep

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            steps.next()
            return method(*args)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Changes, "change", counted(transaction))
        patch.setattr(Workspace, "change", counted(change))
        patch.setattr(erasing, "sweep", counted(sweep))
        yield steps


def effects(changes: Changes, room: Workspace) -> Mapping[str, list[str]]:
    """All that the chores do, in plain words and without what differs from run to run: times, lines, secrets."""
    found: dict[str, list[str]] = {}
    with changes.look() as look:
        read = look.connection.execute
        for table, columns in PLAIN.items():
            found[table.name] = sorted(repr([row[name] for name in columns]) for row in read(select(table)).mappings())
        found["collected"] = [repr(row.collected_at is None) for row in read(select(marks.c.collected_at))]
        found["furnished"] = [
            repr((opened_record(changes.keyring, row), row.collected_at is None, row.refused_at is None))
            for row in read(select(furnished).order_by(furnished.c.log_index))
        ]
        found["messages"] = sorted(
            repr((row.kind, unseal(changes.keyring, row.sealed, message_context(row.person_id))))
            for row in read(select(messages))
        )
        columns = (scores.c.person_id, scores.c.as_of, scores.c.score, scores.c.low, scores.c.high, scores.c.reasons)
        in_effect = select(*columns).join(publications, publications.c.id == scores.c.publication)
        in_effect = in_effect.where(publications.c.log_index.is_not(None)).order_by(publications.c.log_index)
        found["scores"] = sorted(repr(tuple(row)) for row in read(in_effect))
        skipped = {"scores.begun", "records.renamed"}
        found["lines"] = sorted(row.kind for row in read(select(log.c.kind)) if row.kind not in skipped)
    with Duck() as duck:
        for folder in ("records", "statements", "dealings", "scores"):
            paths = [room.path(entry) for entry in room.catalogue.under(folder) if entry.path.endswith(".parquet")]
            by_kind: dict[str, list[Path]] = {}
            for path in paths:
                by_kind.setdefault("/".join(path.relative_to(room.root).parts[:2]), []).append(path)
            for kind, some in by_kind.items():
                counted = f"SELECT count(*) AS n, sum(hash(CAST(f AS VARCHAR))) AS all FROM {files(some)} AS f"
                found[kind] = [repr(row) for row in duck.rows(counted)]
    return found


@pytest.fixture(scope="session")
def scored_town(sesame: Definition, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A hamlet in place of the town: it is gone through many times."""
    town = build_town(tmp_path_factory.mktemp("hamlet"), people=30, months=18, seed=6)
    room = Workspace(tmp_path_factory.mktemp("scored-hamlet") / "standing")
    load(room, folder_feeds(town.folder), today(), stamp=read_stamp(town.folder))
    build_statements(room)
    score_month(room, sesame, town.last, today())
    return room


@dataclass(frozen=True)
class Morning:
    """A registry in which much is due, to be copied."""

    branch: Branch
    run: Manifest
    folder: Path

    def copied(self, root: Path, name: str) -> tuple[Changes, Workspace]:
        """A workspace with its registry, copied."""
        room = self.folder / name
        shutil.copytree(root, room)
        return replace(self.branch.office.changes, engine=open_database(database_url(room))), Workspace(room)


@pytest.fixture
def morning(branch: Branch, sesame: Definition, tmp_path: Path) -> Morning:
    """A block, a dispute that is won, records good and bad, one withdrawn, somebody who left whom a transfer names."""
    changes, gone = branch.office.changes, branch.others[0]
    leaver = changes.do(
        lambda change: join(
            change, [identifier("record_id", gone)], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
        )
    )
    changes.do(lambda change: block(change, branch.person, branch.late[:1], "it was not me"))
    won = changes.do(lambda change: dispute(change, branch.person, branch.late[1], "wrong"))
    branch.send(branch.due("good"), branch.due("taken back"))
    branch.force(branch.due("bad", currency="USD"))
    changes.do(lambda change: withdraw_record(change, branch.bank, "dues", "taken back"))
    branch.send(branch.transfer("to who left", gone))
    changes.do(lambda change: end_case(change, won.id, "deleted", words="you are right", by="operator"))
    changes.do(lambda change: leave(change, leaver))
    branch.office.clock.move(days=31)
    run = score_month(branch.room, sesame, Month.of(branch.today).plus(-1), branch.today)
    with changes.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(changes.engine.url.database or "", branch.room.root / "registry.db")
    return Morning(branch, run, tmp_path)


def chores(run: Manifest, day: date) -> Mapping[str, Callable[[Changes, Workspace], object]]:
    return {
        "erase": erase_leavers,
        "collect": lambda changes, room: collect(changes, room, day),
        "publish": lambda changes, room: publish_run(changes, room, run, day),
    }


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_stopped_between_any_two_steps_and_run_again_all_is_as_if_it_had_not_been(morning: Morning) -> None:
    before = morning.copied(morning.branch.room.root, "before")
    for name, work in chores(morning.run, morning.branch.today).items():
        whole = morning.copied(before[1].root, f"{name}-whole")
        with ended_before(0) as steps:
            work(*whole)
        undisturbed = effects(*whole)
        assert steps.done > MOST_STEPS_OF_ONE
        for step in range(1, steps.done + 1):
            changes, room = morning.copied(before[1].root, f"{name}-{step}")
            with ended_before(step), pytest.raises(Killed):
                work(changes, room)
            work(changes, room)
            assert effects(changes, room) == undisturbed, (name, step)
            changes.engine.dispose()
        assert verify_registry(whole[0], workspace=whole[1]).findings == []
        before = whole
