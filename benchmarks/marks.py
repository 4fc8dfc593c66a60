"""What marks that stand cost a collection with nothing else to do: none, and one on a due of each of so many people.

    python benchmarks/marks.py FOLDER [--people N] [--marks 0 100 10000]

FOLDER keeps the town, as scale.py does. Each table with a mark that stands is looked through once for what it names.
"""

import argparse
import shutil
from pathlib import Path

from commands import standing
from nursery import LENDER
from towns import room_of, town

from goodstanding.engines import Duck
from goodstanding.months import today
from goodstanding.records import latest_records, record_versions
from goodstanding.registry import Registry, WriteTransaction, create_registry, open_registry
from goodstanding.registry.furnishing import collect
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import Item, dispute
from goodstanding.store import Workspace

PEOPLE = 1_000_000
MARKS = (0, 100, 10_000)
ROUNDS = 3


def first_dues(room: Path, most: int) -> list[tuple[str, Item]]:
    """A due of each of the first people: who it is of, and what a dispute names."""
    versions = record_versions(Workspace(room), "dues")
    assert versions is not None
    with Duck() as duck:
        rows = duck.rows(
            f"SELECT person_id, min_by(source, record_id) AS source, min(record_id) AS record_id "
            f"FROM ({latest_records(versions, today())}) AS r GROUP BY person_id ORDER BY person_id LIMIT {most}"
        )
    return [(row["person_id"], Item("dues", row["source"], row["record_id"])) for row in rows]


def contest(registry: Registry, dues: list[tuple[str, Item]]) -> None:
    """Have people join, and each dispute one due."""

    def disputes(transaction: WriteTransaction) -> None:
        for person, item in dues:
            known_by = [identifier("record_id", person)]
            one = join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
            dispute(transaction, one, item, "not mine")

    def firm(transaction: WriteTransaction) -> None:
        admit(transaction, "Lender", "furnisher", code_kind="cn_social_credit_code", code=LENDER, contexts=[], by="ann")

    registry.do(firm)
    registry.do(disputes)


def show(folder: Path, people: int, numbers: list[int]) -> None:
    drawn = town(folder, people)
    for number in numbers:
        room = room_of(drawn, folder / "room")
        create_registry(room)
        with open_registry(room) as registry:
            contest(registry, first_dues(room, number))
            collected = collect(registry, Workspace(room), today())
        print(f"  {people:,} people, {number:,} marks: {collected.items:,} taken", flush=True)
        for _ in range(ROUNDS):
            print(f"  collect again    {standing(room, 'registry', 'collect')}", flush=True)
        shutil.rmtree(room)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--people", type=int, default=PEOPLE)
    asked.add_argument("--marks", type=int, nargs="+", default=list(MARKS))
    said = asked.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    show(said.folder, said.people, said.marks)


if __name__ == "__main__":
    main()
