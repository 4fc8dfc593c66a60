"""A registry over a scored town, with a furnisher, and one person of it who was late."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Table, select
from tests.registry.office import Office

from goodstanding.engines import Duck
from goodstanding.records import latest_records, record_versions
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import deliveries, messages
from goodstanding.registry.delivery_bodies import opened_body
from goodstanding.registry.furnishing import Collected, Sent, Submission, check_submissions, collect, furnish
from goodstanding.registry.furnishing.rescoring import publish_run
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION, Identifier, identifier, join
from goodstanding.registry.rights import Item
from goodstanding.registry.sealed_columns import open_in
from goodstanding.scoring import run_to_show, runs_of
from goodstanding.store import Workspace

BANK = "91330100799655058B"
PAID = {"kind": "loan", "amount_minor": "10000", "paid_minor": "10000", "currency": "CNY"}


@dataclass
class Branch:
    """A registry over a scored town, with one person of it who was late."""

    office: Office
    room: Workspace
    person: UUID
    record_id: str
    consent: UUID
    late: list[Item]
    bank: UUID
    others: list[str]

    def score(self) -> dict[str, object]:
        return self.office.ask(self.office.question(consent=self.consent, scope="score", threshold=None)).disclosed

    @property
    def today(self) -> date:
        return self.office.clock.now.date()

    def due(self, record_id: str, known_by: Identifier | None = None, **other: str) -> Submission:
        """A bill of this month, paid on the day."""
        day = self.today.isoformat()
        of = known_by or identifier("record_id", self.record_id)
        return Submission(of, "dues", record_id, PAID | {"happened_on": day, "paid_on": day} | other)

    def transfer(self, record_id: str, other: str) -> Submission:
        """Money that the person sent to another."""
        values = {"other_person": other, "direction": "out", "amount_minor": "500", "currency": "CNY"}
        of = identifier("record_id", self.record_id)
        return Submission(of, "transfers", record_id, values | {"happened_on": self.today.isoformat()})

    def send(self, *submissions: Submission) -> list[Sent]:
        """The bank sends records."""
        adverse = check_submissions(submissions, self.today, self.room.catalogue.values.get("currency"))
        return self.force(*submissions, adverse=adverse)

    def force(self, *submissions: Submission, adverse: Any = None) -> list[Sent]:
        """Records get past the door, as from a version of it that checked less."""
        pairs = list(zip(submissions, adverse or [False] * len(submissions), strict=True))
        return self.office.registry.do(lambda transaction: furnish(transaction, self.bank, pairs))

    def held(self, table: str = "dues") -> list[Mapping[str, Any]]:
        """The records of the bank's that the workspace holds, as known now."""
        versions = record_versions(self.room, table)
        assert versions is not None
        with Duck() as duck:
            latest = latest_records(versions, self.today)
            return duck.rows(f"SELECT * FROM ({latest}) AS r WHERE source = '{BANK}' ORDER BY record_id")

    def rows(self, table: Table) -> list[Any]:
        with self.office.registry.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)))

    def told_person(self, kind: str) -> list[dict[str, Any]]:
        """What the messages of a kind say to the person."""
        of = [row for row in self.rows(messages) if row.kind == kind and row.person_id == self.person]
        ring = self.office.registry.keyring
        return [msgspec.json.decode(open_in(ring, messages.c.sealed, row.sealed, person_id=self.person)) for row in of]

    def told_bank(self, kind: str) -> list[dict[str, Any]]:
        """What the bank is told."""
        of = [row for row in self.rows(deliveries) if row.kind == kind and row.party_id == self.bank]
        return [opened_body(self.office.registry.keyring, row.log_index, row.body) for row in of]

    def collect(self, days: int = 1) -> Collected:
        """The next day's collection."""
        self.office.clock.move(days=days)
        return collect(self.office.registry, self.room, self.today)


@pytest.fixture
def branch(office: Office, scored_town: Workspace, tmp_path: Path) -> Branch:
    renewed = max(runs_of(scored_town, "sesame")).plus(1).first_day + timedelta(days=9)
    office.clock.now = datetime.combine(renewed, time(9), UTC)
    room = Workspace(Path(shutil.copytree(scored_town.root, tmp_path / "standing")))
    versions = record_versions(room, "dues")
    assert versions is not None
    with Duck() as duck:
        late = duck.rows(
            f"SELECT person_id, source, record_id, happened_on FROM ({latest_records(versions, renewed)}) AS r "
            "WHERE paid_on > happened_on + 5 AND state = 'valid' ORDER BY happened_on DESC, person_id"
        )
    record_id = late[0]["person_id"]
    known_by = [identifier("record_id", record_id)]
    person = office.registry.do(
        lambda transaction: join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )
    published = publish_run(office.registry, room, run_to_show(room, "sesame"), office.clock.now.date())
    assert (published.publication is not None, published.put_right) == (True, [])
    terms = office.terms(person, expires_at=office.clock.now + timedelta(days=300))
    consent = office.registry.do(lambda transaction: grant_consent(transaction, terms))
    items = [Item("dues", row["source"], row["record_id"]) for row in late if row["person_id"] == record_id]
    bank = office.registry.do(
        lambda transaction: admit(
            transaction, "Bank", "furnisher", code_kind="cn_social_credit_code", code=BANK, contexts=[], by="operator"
        )
    ).id
    others = sorted({row["person_id"] for row in late} - {record_id})
    return Branch(office, room, person, record_id, consent.id, items, bank, others)
