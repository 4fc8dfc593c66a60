"""A town is drawn district by district, so that its size is not bound by memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.lab.town import money, particulars, promises
from goodstanding.lab.town.chance import Chance, Stream
from goodstanding.lab.town.observation import Columns, Observed
from goodstanding.lab.town.truth import Floats, live, make_people
from goodstanding.months import Month
from goodstanding.wording import tr

START = Month(2023, 1)
LEAST_MONTHS = 18
PEOPLE_OF_A_DISTRICT = 50_000
# Numbers that tell records apart: a district draws fewer than this.
_NUMBERS_OF_A_DISTRICT = 10**9


@dataclass(frozen=True)
class District:
    """A district's records by table, as numbers, and its loans: whose, and the true chance that each goes bad."""

    tables: dict[str, Columns]
    borrowers: NDArray[np.int64]
    chances: Floats


def check_town(people: int, months: int, seed: int) -> None:
    """Raise BadInput for a town that cannot be."""
    if people < 1 or months < LEAST_MONTHS or seed < 0:
        raise BadInput(
            where=tr("town"),
            found=tr("{people} people, {months} months, seed {seed}", people=people, months=months, seed=seed),
            expected=tr("at least 1 person and {n} months, and a seed of at least 0", n=LEAST_MONTHS),
            do=tr("Ask for another town."),
        )


def districts_of(people: int) -> int:
    """How many districts a town of so many people has."""
    return -(-people // PEOPLE_OF_A_DISTRICT)


def draw_districts(seed: int, people: int, months: int) -> Iterator[District]:
    """Draw a town's districts, one at a time. People of a district know only each other."""
    for number in range(districts_of(people)):
        first = number * PEOPLE_OF_A_DISTRICT
        yield _draw(Chance(seed, number), first, min(PEOPLE_OF_A_DISTRICT, people - first), months)


def _draw(chance: Chance, first: int, people: int, months: int) -> District:
    truth = make_people(chance, people, months)
    life = live(chance, truth, months)
    seen = Observed(truth, START, months, chance.draws(Stream.RECORDED))
    loans, chances = promises.outcomes(chance, truth, life, seen)
    tables: dict[str, Columns] = {
        "people": particulars.particulars(truth, seen),
        "details": particulars.details(chance, truth, seen),
        "payments": money.payments(chance, truth, life, seen),
        "transfers": particulars.transfers(chance, truth, seen),
        "dues": promises.dues(chance, truth, life, seen),
        "balances": money.balances(truth, life, seen),
        "orders": promises.orders(chance, truth, life, seen),
        "inquiries": particulars.inquiries(chance, life, seen),
        "public_records": particulars.public_records(chance, truth, seen),
        "outcomes": loans,
    }
    tables["payments"]["number"] = np.arange(1, len(tables["payments"]["person"]) + 1)
    for columns in tables.values():
        for whose in ("person", "other"):
            if whose in columns:
                columns[whose] = columns[whose] + first
        for number in ("number", "pair"):
            if number in columns:
                columns[number] = columns[number] + chance.district * _NUMBERS_OF_A_DISTRICT
    return District(tables, loans["person"], chances)
