"""A registry on each database: fresh for every test, copied from one that was migrated once."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import URL, Connection, Engine, make_url
from tests.postgresql import started_server

from goodstanding.months import Month
from goodstanding.programmes import programme_texts, read_definition
from goodstanding.registry import Registry
from goodstanding.registry.answers import Answer, Ask, answer_all
from goodstanding.registry.consent import ConsentTerms, Frequency, Period
from goodstanding.registry.database import database_url, open_database, upgrade
from goodstanding.registry.keys import Keyring, Keys, fresh_keyring
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.programme_versions import draft, take_programme_step
from goodstanding.registry.scores import Publication, publish_scores, run_of
from goodstanding.scoring import Manifest, ScoreRow
from goodstanding.scoring.manifest import Basis

START = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
AS_OF = "2026-05"
FIRM = "91110000600037341L"


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return fresh_keyring()


@dataclass(frozen=True)
class Copies:
    """Databases on a server, each copied from one that was migrated once."""

    server: Connection
    template: URL

    def made(self) -> str:
        """The URL of a fresh one."""
        name = f"t{uuid4().hex}"
        # File by file: a server that waits for no disk does that in a fourth of the time that page by page takes.
        self.server.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {self.template.database} STRATEGY file_copy")
        return self.template.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self.server.exec_driver_sql(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Copies]:
    """A PostgreSQL of this machine."""
    with started_server() as server:
        server.psql("CREATE DATABASE migrated")
        engine = open_database(database_url(Path(), server.get_uri("migrated")))
        upgrade(engine)
        engine.dispose()
        # Of its own `postgres` database: one that is copied has nobody in it.
        maker = open_database(database_url(Path(), server.get_uri("postgres")))
        with maker.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield Copies(connection, make_url(server.get_uri("migrated")))
        maker.dispose()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database to copy."""
    folder = tmp_path_factory.mktemp("migrated")
    engine = open_database(database_url(folder))
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "registry.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A fresh registry's database, of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "registry.db")
        opened = open_database(database_url(tmp_path))
        yield opened
        opened.dispose()
        return
    copies: Copies = request.getfixturevalue("postgresql")
    url = copies.made()
    opened = open_database(database_url(tmp_path, url))
    yield opened
    opened.dispose()
    copies.drop(url)


@pytest.fixture
def registry(engine: Engine, keyring: Keyring, clock: HandClock) -> Registry:
    """A fresh registry, empty."""
    return Registry(engine, Keys(keyring), clock)


@dataclass
class Office:
    """A registry with a merchant and a programme in force, and short ways to do what many tests begin with."""

    registry: Registry
    clock: HandClock
    merchant: UUID
    digest: str
    joined: int = 0
    asked: int = 0
    record_ids: dict[UUID, str] = field(default_factory=dict)

    def person(self) -> UUID:
        """Somebody new joins."""
        self.joined += 1
        record = f"person {self.joined}"
        known_by = [identifier("record_id", record), identifier("phone", f"+86 138 0000 {self.joined:04d}")]
        person = self.registry.do(
            lambda transaction: join(
                transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
            )
        )
        self.record_ids[person] = record
        return person

    def terms(self, person: UUID, **other: object) -> ConsentTerms:
        """Terms that cover everything for a month."""
        terms = ConsentTerms(
            person=person,
            party=self.merchant,
            programme="sesame",
            scopes=["admittance", "band", "score", "dimensions", "report"],
            context="deposit_waiver",
            purpose="rent_item",
            starts_at=self.clock.now,
            expires_at=self.clock.now + timedelta(days=30),
            frequency=Frequency("DAY", 1000),
            data_life=Period("DAY", 7),
        )
        return replace_struct(terms, **other)

    def publish(self, scores: dict[UUID, int | None], as_of: str = AS_OF, run: str = "run") -> Publication | None:
        """Publish scores by hand."""
        rows = [score_row(self.record_ids[person], score) for person, score in scores.items()]
        return publish_scores(self.registry, run_of(manifest(self.digest, as_of, run)), [rows])

    def question(self, **other: object) -> Ask:
        """ "Is it at least 650?", under a new transaction id."""
        self.asked += 1
        ask = Ask(
            party=self.merchant,
            programme="sesame",
            scope="admittance",
            context="deposit_waiver",
            purpose="rent_item",
            transaction_id=f"T{self.asked}",
            threshold=650,
        )
        return msgspec.structs.replace(ask, **other)

    def ask(self, question: Ask) -> Answer:
        """Ask alone. Raises what is refused."""
        (found,) = self.registry.do(lambda transaction: answer_all(transaction, [question]))
        if isinstance(found, Exception):
            raise found
        return found


def replace_struct(terms: ConsentTerms, **other: object) -> ConsentTerms:
    return msgspec.structs.replace(terms, **other)


def score_row(record: str, score: int | None) -> ScoreRow:
    """A score with its interval, its points and two reasons, as a run would give it."""
    if score is None:
        return ScoreRow(record, None, None, None, None, "file_too_short", {"behaviour": 0}, [])
    band = "excellent" if score >= 650 else "good"
    reasons = [("dues_kept_12m", 0.75), ("inquiries_6m", 3.0)]
    return ScoreRow(record, score, score - 20, score + 20, band, None, {"behaviour": 12, "identity": -3}, reasons)


def manifest(digest: str, as_of: str, run: str) -> Manifest:
    """A run's manifest, as far as publishing reads it."""
    basis = Basis("sesame", "1.0.0", digest, "card", "", "", "", str(Month.parse(as_of)), "", {})
    return Manifest(run, basis, None, "duckdb", {}, 0, 0, {}, {}, "")


@pytest.fixture
def office(registry: Registry, clock: HandClock) -> Office:
    """A registry with a merchant and `sesame` in force."""
    return open_office(registry, clock)


def open_office(registry: Registry, clock: HandClock) -> Office:
    text_, expert = programme_texts("sesame")
    merchant = registry.do(
        lambda transaction: admit(
            transaction,
            "Bicycles of Beijing",
            "merchant",
            code_kind="cn_social_credit_code",
            code=FIRM,
            contexts=["deposit_waiver", "vehicle_rental"],
            by="operator",
        )
    )
    registry.do(lambda transaction: draft(transaction, text_, expert, by="ann"))
    registry.do(lambda transaction: take_programme_step(transaction, "sesame", "1.0.0", "review", by="bob"))
    registry.do(lambda transaction: take_programme_step(transaction, "sesame", "1.0.0", "publish", by="bob"))
    return Office(registry, clock, merchant.id, read_definition("sesame", text_.encode(), expert.encode()).digest)


Refusal = Callable[[Ask], str]


@pytest.fixture
def refusal(office: Office) -> Refusal:
    """Ask, and give the code of the refusal."""
    from goodstanding.registry.answers import Refused  # noqa: PLC0415

    def ask(question: Ask) -> str:
        with pytest.raises(Refused) as caught:
            office.ask(question)
        return caught.value.code

    return ask
