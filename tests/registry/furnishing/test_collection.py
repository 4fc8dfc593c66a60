"""What was contested or furnished gets into the records, and the score of the same month is put right."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.registry.furnishing.branch import BANK, Branch

from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.registry.database.schema import furnished
from goodstanding.registry.furnishing import collect, collection, erase_leavers, withdraw_record
from goodstanding.registry.furnishing.rescoring import publish_run
from goodstanding.registry.people import NOTICE_VERSION, Identifier, identifier, join
from goodstanding.registry.rights import block, leave, take_back
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import Manifest, erase_people, score_month, score_rows
from goodstanding.store import Workspace

TOLD = ("as_of", "score", "interval", "band", "reasons")


def test_a_block_counts_at_once_and_the_score_is_put_right(branch: Branch) -> None:
    before = branch.score()
    case = branch.office.registry.do(
        lambda transaction: block(transaction, branch.person, branch.late, "it was not me")
    )
    assert branch.score()["outcome"] == "not_enough_data"
    done = branch.collect()
    assert (done.items, done.waiting, [p.people for p in done.publications]) == (len(branch.late), 0, [1])
    after = branch.score()
    assert after["contested"] is True
    assert after["as_of"] == before["as_of"]
    assert after["score"] > before["score"]
    branch.office.registry.do(lambda transaction: take_back(transaction, case.id, person=branch.person))
    branch.collect()
    again = branch.score()
    assert {name: again[name] for name in TOLD} == {name: before[name] for name in TOLD}
    assert "contested" not in again
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []


def test_who_left_is_erased_from_the_files_and_nothing_looks_changed(
    branch: Branch, files_naming: Callable[[Path, str], list[Path]]
) -> None:
    registry, room = branch.office.registry, branch.room
    assert erase_leavers(registry, room) == 0
    assert len(files_naming(room.root, branch.record_id)) > 10
    registry.do(lambda transaction: leave(transaction, branch.person))
    # Stopped after the files and before the registry knows of it: it is done over.
    erase_people(room, {branch.record_id: "gone-1"})
    assert erase_leavers(registry, room) == 1
    assert files_naming(room.root, branch.record_id) == []
    assert erase_leavers(registry, room) == 0
    assert verify_registry(registry, workspace=room).findings == []


def test_the_door_takes_no_other_currency_than_the_workspaces(branch: Branch) -> None:
    with pytest.raises(BadInput, match="dues r1, currency: found USD; expected CNY"):
        branch.send(branch.due("r1", currency="USD"))
    assert branch.rows(furnished) == []


@pytest.mark.parametrize("beside", [["good"], []], ids=["beside a good record", "alone"])
def test_a_record_that_the_workspace_does_not_take_stops_nothing_and_is_told(branch: Branch, beside: list[str]) -> None:
    if beside:
        branch.send(*map(branch.due, beside))
    branch.force(branch.due("r1", currency="USD"))
    joined = branch.rows(furnished)
    for _ in range(2):
        done = branch.collect()
        assert done.waiting == 1
    assert [row["record_id"] for row in branch.held()] == beside
    said = {"where": "dues r1, currency", "found": "USD"}
    for told, whose in (
        (branch.told_bank("record.waiting"), {}),
        (branch.told_person("record.waiting"), {"furnisher": "Bank"}),
    ):
        assert len(told) == 1
        item = {"table": "dues", "source": BANK, "record_id": "r1"}
        assert told[0].items() >= (said | whose | item).items()
    noted = {row.log_index: (row.collected_at is None, row.refused_at is None) for row in branch.rows(furnished)}
    assert noted[joined[-1].log_index] == (True, False)
    assert not list(branch.room.catalogue.under("quarantine"))
    assert verify_registry(branch.office.registry).findings == []


def test_a_record_that_waits_is_taken_once_it_is_corrected_and_let_go_once_it_is_withdrawn(branch: Branch) -> None:
    branch.force(branch.due("r1", currency="USD"), branch.due("r2", currency="USD"))
    assert branch.collect().waiting == 2
    branch.send(branch.due("r1"))
    branch.office.registry.do(lambda transaction: withdraw_record(transaction, branch.bank, "dues", "r2"))
    done = branch.collect()
    assert (done.items, done.waiting) == (2, 0)
    assert [(row["record_id"], row["state"]) for row in branch.held()] == [("r1", "valid")]
    assert branch.collect().items == 0
    assert len(branch.told_bank("record.waiting")) == 2


def test_a_correction_that_is_refused_is_told_again_and_what_was_taken_stays(branch: Branch) -> None:
    branch.send(branch.due("r1"))
    branch.collect()
    for _ in range(2):
        branch.force(branch.due("r1", currency="USD"))
        assert branch.collect().waiting == 1
    assert len(branch.told_bank("record.waiting")) == 2
    assert [row["currency"] for row in branch.held()] == ["CNY"]


def test_two_versions_of_one_day_are_both_taken(branch: Branch) -> None:
    for kind in ("loan", "rent"):
        branch.send(branch.due("r1", kind=kind))
        assert branch.collect(days=0).items == 1
    assert [row["kind"] for row in branch.held()] == ["rent"]


def test_what_was_taken_but_not_noted_is_not_taken_again_a_day_later(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    branch.send(branch.due("r1"))
    with monkeypatch.context() as patch:
        patch.setattr(collection, "_note_taken", stops)
        with pytest.raises(KeyboardInterrupt):
            branch.collect()
    (before,) = branch.held()
    assert branch.collect().items == 1
    assert branch.held() == [before]


def test_in_a_workspace_of_no_currency_the_commonest_wins_and_the_rest_waits(branch: Branch, tmp_path: Path) -> None:
    room = Workspace(tmp_path / "fresh")
    currencies = ("USD", "EUR", "EUR")
    branch.force(*(branch.due(f"r{n}", currency=currency) for n, currency in enumerate(currencies)))
    done = collect(branch.office.registry, room, branch.today)
    assert (done.items, done.waiting, room.catalogue.values["currency"]) == (2, 1, "EUR")


def test_a_person_whose_row_cannot_be_taken_keeps_nobody_elses_from_being_and_their_id_to_themselves(
    branch: Branch,
) -> None:
    # Earlier versions let them join under such an id.
    known_by = [Identifier("record_id", "#REF!"), identifier("phone", "+8613800000009")]
    branch.office.registry.do(
        lambda transaction: join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )
    branch.force(branch.due("odd", known_by[1]), branch.due("good"))
    done = branch.collect()
    assert (done.items, done.waiting) == (1, 1)
    assert [row["record_id"] for row in branch.held()] == ["good"]
    (told,) = branch.told_bank("record.waiting")
    assert (told["where"], told["found"]) == ("person", "an id that no record may have")
    assert "#REF!" not in str(told)


def test_an_id_as_long_as_one_can_be_is_taken(branch: Branch) -> None:
    known_by = identifier("record_id", "x" * 200)
    branch.office.registry.do(
        lambda transaction: join(
            transaction, [known_by], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
        )
    )
    branch.send(branch.due("long", known_by))
    assert branch.collect().waiting == 0


@pytest.fixture
def next_run(branch: Branch, sesame: Definition) -> Manifest:
    """A month later the next run is made, and waits to be published."""
    branch.office.clock.move(days=31)
    return score_month(branch.room, sesame, Month.of(branch.today).plus(-1), branch.today)


def test_what_was_won_before_a_run_is_published_is_not_published_wrong(branch: Branch, next_run: Manifest) -> None:
    branch.office.registry.do(lambda transaction: block(transaction, branch.person, branch.late, "it was not me"))
    branch.collect(days=0)
    row = next(row for some in score_rows(branch.room, next_run) for row in some if row.person == branch.record_id)
    done = publish_run(branch.office.registry, branch.room, next_run, branch.today)
    after = branch.score()
    assert (done.publication, [one.people for one in done.put_right]) == (None, [1])
    assert (after["as_of"], after["contested"]) == (next_run.basis.as_of, True)
    assert row.score is not None
    assert after["score"] > row.score
    # Whoever joins later is published from the same run, and nobody else again.
    again = publish_run(branch.office.registry, branch.room, next_run, branch.today)
    assert (again.publication, again.put_right) == (None, [])
    assert branch.score()["score"] == after["score"]
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []


def test_a_score_of_a_run_that_waits_is_not_answered_from_because_a_record_was_contested(
    branch: Branch, next_run: Manifest
) -> None:
    before = branch.score()
    branch.office.registry.do(lambda transaction: block(transaction, branch.person, branch.late, "it was not me"))
    branch.collect(days=0)
    after = branch.score()
    assert before["as_of"] == after["as_of"] != next_run.basis.as_of
    assert after["score"] > before["score"]
