"""A registry with many people in it, each with a consent and a score, for measuring.

The first person joins, consents and is scored as everybody does; the others' rows are written after that pattern, many
at a time and without lines in the log, so that a million take minutes and not hours.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Table, insert, select

from goodstanding.months import Month
from goodstanding.programmes import programme_texts
from goodstanding.registry import Registry, WriteTransaction, create_registry, open_registry
from goodstanding.registry.consent import ConsentTerms, Frequency, Period, grant_consent
from goodstanding.registry.database.schema import consents, identifiers, people, scores
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.people.identifiers import Identifier
from goodstanding.registry.programme_versions import draft, take_programme_step
from goodstanding.registry.scores import RunOf, publish_scores
from goodstanding.scoring import ScoreRow

AT_A_TIME = 20_000
LEAST, GREATEST = 350, 950
REASONS = [("dues_kept_12m", 0.75), ("inquiries_6m", 3.0)]
POINTS = {"behaviour": 12, "identity": -3}


def fill(folder: Path, url: str | None, count: int) -> None:
    """Make a registry of so many people in a folder, and a file with the merchant's id and the consents' ids."""
    create_registry(folder, url)
    with open_registry(folder, url) as registry:
        merchant = registry.do(_begin)
        person = registry.do(lambda transaction: _join(transaction, "person 0"))
        terms = _terms(person, merchant, registry.clock())
        consent = registry.do(lambda transaction: grant_consent(transaction, terms)).id
        with registry.read() as transaction:
            digest = transaction.connection.exec_driver_sql("SELECT digest FROM programmes").scalar_one()
        as_of = str(Month.of(registry.clock().date()).plus(-1))
        run = RunOf("sesame", "1.0.0", digest, "card", as_of, "run")
        row = ScoreRow("person 0", 700, 680, 720, "excellent", None, POINTS, REASONS)
        publish_scores(registry, run, [[row]])
        found = [consent, *_more(registry, count - 1)]
        _settle(registry)
    (folder / "consents.bin").write_bytes(b"".join(one.bytes for one in found))
    (folder / "merchant.txt").write_text(str(merchant), encoding="ascii")


def _settle(registry: Registry) -> None:
    """What a server does by itself within minutes of a load: count what its planner goes by, and write what waits."""
    with closing(registry.engine.raw_connection()) as connection:
        if registry.engine.dialect.name == "postgresql":
            connection.rollback()
            connection.driver_connection.autocommit = True
            for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
                connection.cursor().execute(statement)
        else:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _begin(transaction: WriteTransaction) -> UUID:
    text, expert = programme_texts("sesame")
    draft(transaction, text, expert, by="ann")
    take_programme_step(transaction, "sesame", "1.0.0", "review", by="bob")
    take_programme_step(transaction, "sesame", "1.0.0", "publish", by="bob")
    return admit(
        transaction,
        "Bicycles of Beijing",
        "merchant",
        code_kind="cn_social_credit_code",
        code="91110000600037341L",
        contexts=["deposit_waiver"],
        by="ann",
    ).id


def _join(transaction: WriteTransaction, record: str) -> UUID:
    known_by = [identifier("record_id", record)]
    return join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")


def _terms(person: UUID, merchant: UUID, now: datetime) -> ConsentTerms:
    return ConsentTerms(
        person=person,
        party=merchant,
        programme="sesame",
        scopes=["admittance", "band", "score"],
        context="deposit_waiver",
        purpose="rent_item",
        starts_at=now,
        expires_at=now + timedelta(days=365),
        frequency=Frequency("DAY", 1000),
        data_life=Period("DAY", 7),
    )


def _more(registry: Registry, count: int) -> Iterator[UUID]:
    """Write so many people more, after the first one's pattern; gives their consents."""
    with registry.read() as transaction:
        patterns = {table: _row(transaction.connection, table) for table in (people, identifiers, scores, consents)}
    terms = msgspec.convert(patterns[consents]["terms"], ConsentTerms)
    for start in range(1, count + 1, AT_A_TIME):
        rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in patterns}
        for place in range(start, min(start + AT_A_TIME, count + 1)):
            fresh, consent = uuid4(), uuid4()
            score = LEAST + place * 7919 % (GREATEST - LEAST + 1)
            own = msgspec.to_builtins(msgspec.structs.replace(terms, person=fresh))
            hashed = Identifier("record_id", f"person {place}").hash(registry.keyring)
            rows[people].append(patterns[people] | {"id": fresh})
            rows[identifiers].append(patterns[identifiers] | {"person_id": fresh, "hash": hashed})
            rows[scores].append(patterns[scores] | {"person_id": fresh, "place": place, "score": score})
            rows[consents].append(patterns[consents] | {"id": consent, "person_id": fresh, "terms": own})
            yield consent
        with registry.engine.begin() as connection:
            for table, several in rows.items():
                connection.execute(insert(table), several)


def _row(connection: Any, table: Table) -> dict[str, Any]:  # noqa: ANN401 - a connection
    return dict(connection.execute(select(table)).mappings().one())
