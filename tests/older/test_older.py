"""What an earlier version made opens, says the same, and goes on. `docs/compatibility.md` has the promise.

Each archive here was made by the version of its month: a workspace of synthetic people with a registry, and what that
version showed, told and exported.
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from goodstanding.errors import NotFound
from goodstanding.months import Month, today
from goodstanding.programmes import Definition
from goodstanding.registry import Registry, create_registry, open_registry
from goodstanding.registry.answers import Ask, Refused, answer_all
from goodstanding.registry.consent import find_consent, take_step
from goodstanding.registry.people import find_person, identifier
from goodstanding.registry.portability import export
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import run_to_show, score_month, score_rows, standing_of
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

ARCHIVES = sorted(Path(__file__).parent.glob("*.tar.xz"))


@dataclass
class Older:
    """A workspace with its registry, opened by this version; and what the earlier one showed and told."""

    workspace: Workspace
    registry: Registry
    shown: dict[str, Any]
    told: dict[str, Any]

    def ask(self, record: str, **other: Any) -> Any:
        asked = {"programme": "sesame", "context": "deposit_waiver", "purpose": "rent_item"}
        ids = {"party": UUID(self.told["firm"]), "consent": UUID(self.told["consents"][record])}
        (answer,) = self.registry.do(lambda transaction: answer_all(transaction, [Ask(**{**asked, **ids, **other})]))
        return answer


@pytest.fixture(params=ARCHIVES, ids=lambda archive: archive.name.split(".")[0])
def older(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Older]:
    # The day on which it was made: consents were given then.
    monkeypatch.setenv("STANDING_TODAY", "2026-11-30")
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    shown, told = (json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")) for name in ("shown", "told"))
    create_registry(tmp_path / "standing")
    with open_registry(tmp_path / "standing") as registry:
        yield Older(Workspace(tmp_path / "standing"), registry, shown, told)


def test_there_is_something_older() -> None:
    assert len(ARCHIVES) > 0


def test_what_was_shown_is_shown(older: Older, sesame: Definition) -> None:
    for person, shown in older.shown.items():
        assert json.loads(json.dumps(standing_of(older.workspace, sesame, person).to_json())) == shown


def test_its_scores_are_what_this_version_makes_of_its_records(older: Older, sesame: Definition) -> None:
    before = run_to_show(older.workspace, "sesame")
    rows = [row for some in score_rows(older.workspace, before) for row in some]
    build_statements(older.workspace)
    again = score_month(older.workspace, sesame, Month.parse(before.basis.as_of), today())
    assert again.supersedes in {None, before.run}
    assert [row for some in score_rows(older.workspace, again) for row in some] == rows


def test_nothing_is_found_changed(older: Older) -> None:
    assert verify_registry(older.registry, None, older.workspace).findings == []


def test_people_are_found_and_take_along_what_they_did(older: Older) -> None:
    for record, person in older.told["people"].items():
        found = older.registry.do(lambda transaction, r=record: find_person(transaction, identifier("record_id", r)))
        assert found in {UUID(person), None}
        if record in older.told["exports"]:
            with older.registry.read() as transaction:
                taken = export(transaction.connection, transaction.keyring, UUID(person), older.workspace)
            assert json.loads(msgspec.json.encode(taken)) == older.told["exports"][record]


def test_what_was_answered_is_answered_again_the_same(older: Older) -> None:
    for place, (record, told) in enumerate(older.told["answers"].items()):
        scope = {"scope": "score"} if place % 2 else {"scope": "admittance", "threshold": 650}
        answer = older.ask(record, transaction_id=f"t{place}", **scope)
        if isinstance(answer, Refused):
            assert answer.code == "consent_revoked"
            continue
        assert (answer.repeated, answer.disclosed) == (True, told)


def test_it_goes_on(older: Older) -> None:
    record, consent = next(iter(older.told["consents"].items()))
    person = UUID(older.told["people"][record])
    fresh = older.ask(record, transaction_id="fresh", scope="score")
    assert fresh.disclosed["outcome"] in {"given", "not_enough_data"}
    revoked = older.registry.do(lambda transaction: take_step(transaction, UUID(consent), "revoke", person=person))
    assert revoked.state == "REVOKED"
    assert older.ask(record, transaction_id="later", scope="score").code == "consent_revoked"
    older.registry.do(lambda transaction: leave(transaction, person))
    with older.registry.read() as transaction:
        assert find_consent(transaction, UUID(consent)).state == "REVOKED"
        with pytest.raises(NotFound):
            export(transaction.connection, transaction.keyring, person)
    assert verify_registry(older.registry, None, older.workspace).findings == []
