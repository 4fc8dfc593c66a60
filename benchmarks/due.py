"""A small workspace with a registry in which much is due: what was furnished, contested, decided, and who left."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from nursery import LENDER, Room

from goodstanding.engines import Duck, files, literal
from goodstanding.lab import build_town
from goodstanding.months import Month, today
from goodstanding.programmes import load_programme, programme_texts
from goodstanding.records import TABLES, folder_feeds, latest_records, load, record_versions
from goodstanding.registry import Registry, WriteTransaction, create_registry, open_registry
from goodstanding.registry.furnishing import Submission, furnish, publish_run, withdraw_record
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.programme_versions import draft, take_programme_step
from goodstanding.registry.rights import Item, block, dispute, end_case, leave
from goodstanding.scoring import score_month
from goodstanding.scoring.written_pages import page_file
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

PEOPLE, TOWN_MONTHS, MONTHS = 12, 18, 9
PAID = {"kind": "loan", "amount_minor": "10000", "paid_minor": "10000", "currency": "CNY"}


@dataclass(frozen=True)
class Due:
    """Where it is, the folder of records that are not taken in yet, and the month that is not scored yet."""

    room: Room
    fresh: Path
    month: str


def prepare(folder: Path, url: str | None) -> Due:
    """Make it in a folder and a database that is still empty."""
    old, fresh, last = _records(folder)
    place = Room(folder / "standing", url)
    room = Workspace(place.folder)
    load(room, folder_feeds(old), today())
    build_statements(room)
    definition = load_programme("sesame")
    run = score_month(room, definition, last.plus(-1), today())
    create_registry(place.folder, url)
    with open_registry(place.folder, url) as registry:
        people, bank = registry.do(_people_and_firms)
        assert publish_run(registry, room, run, today()).publication is not None
        _make_due(registry, room, people, bank)
    file = page_file(room, "P000001")
    file.parent.mkdir()
    file.write_text("A page about P000001.", encoding="utf-8")
    return Due(place, fresh, str(last))


def _records(folder: Path) -> tuple[Path, Path, Month]:
    """A town's records of the months that matter, those of the last month apart, and which that is."""
    town = build_town(folder / "town", people=PEOPLE, months=TOWN_MONTHS, seed=6)
    old, fresh = folder / "old", folder / "fresh"
    old.mkdir()
    fresh.mkdir()
    since, last = (literal(month.first_day) for month in (town.last.plus(1 - MONTHS), town.last))
    with Duck() as duck:
        for table in set(TABLES) - {"outcomes"}:
            rows = files([town.folder / f"{table}.parquet"])
            chosen = {old: f"happened_on BETWEEN {since} AND {last}", fresh: f"happened_on > {last}"}
            if table == "people":
                chosen = {old: "TRUE"}
            for place, which in chosen.items():
                if duck.value(f"SELECT count(*) FROM {rows} WHERE {which}"):
                    duck.write_parquet(f"SELECT * FROM {rows} WHERE {which}", place / f"{table}.parquet")
    shutil.rmtree(town.folder)
    return old, fresh, town.last


def _people_and_firms(transaction: WriteTransaction) -> tuple[dict[str, UUID], UUID]:
    text, expert = programme_texts("sesame")
    draft(transaction, text, expert, by="ann")
    take_programme_step(transaction, "sesame", "1.0.0", "review", by="bob")
    take_programme_step(transaction, "sesame", "1.0.0", "publish", by="bob")
    bank = admit(
        transaction, "Bank", "furnisher", code_kind="cn_social_credit_code", code=LENDER, contexts=[], by="ann"
    ).id
    people = {
        record: join(
            transaction,
            [identifier("record_id", record)],
            notice_version=NOTICE_VERSION,
            language="en",
            jurisdiction="cn",
        )
        for record in (f"P{place:06d}" for place in range(1, PEOPLE))
    }
    return people, bank


def _make_due(registry: Registry, room: Workspace, people: dict[str, UUID], bank: UUID) -> None:
    """A block, a dispute that is won, records good and bad, one withdrawn, and two who left, whom a transfer names."""
    day = today()
    late = _late(room, day)
    record, items = max(late.items(), key=lambda one: len(one[1]))
    person, leaving = people[record], [one for one in people if one != record][:2]

    def due(record_id: str, **other: str) -> Submission:
        values = PAID | {"happened_on": day.isoformat(), "paid_on": day.isoformat()} | other
        return Submission(identifier("record_id", record), "dues", record_id, values)

    def sent(place: int) -> Submission:
        values = {"other_person": leaving[0], "direction": "out", "amount_minor": "500", "currency": "CNY"}
        of = identifier("record_id", record)
        return Submission(of, "transfers", f"to {place}", values | {"happened_on": day.isoformat()})

    singles = [due("good"), due("taken back"), due("bad", currency="USD"), sent(1), sent(2)]
    steps: Sequence[Callable[[WriteTransaction], object]] = [
        lambda transaction: block(transaction, person, items[:1], "it was not me"),
        lambda transaction: furnish(transaction, bank, [(one, False) for one in singles]),
        lambda transaction: withdraw_record(transaction, bank, "dues", "taken back"),
        *(lambda transaction, one=one: leave(transaction, people[one]) for one in leaving),
    ]
    for step in steps:
        registry.do(step)
    won = registry.do(lambda transaction: dispute(transaction, person, items[1], "wrong"))
    registry.do(lambda transaction: end_case(transaction, won.id, "deleted", words="you are right", by="operator"))


def _late(room: Workspace, day: date) -> dict[str, list[Item]]:
    """What people paid late, person by person."""
    versions = record_versions(room, "dues")
    assert versions is not None
    found: dict[str, list[Item]] = {}
    with Duck() as duck:
        rows = duck.rows(
            f"SELECT person_id, source, record_id FROM ({latest_records(versions, day)}) AS r "
            "WHERE paid_on > happened_on + 5 AND state = 'valid' ORDER BY happened_on DESC, person_id"
        )
    for row in rows:
        found.setdefault(row["person_id"], []).append(Item("dues", row["source"], row["record_id"]))
    return found
