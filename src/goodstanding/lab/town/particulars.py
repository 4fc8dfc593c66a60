"""Who the town's people are, where they live, whom they know, who asked about them, what courts say."""

import numpy as np

from goodstanding.lab.town.chance import Chance, Stream
from goodstanding.lab.town.observation import Columns, Observed, days, joined_columns
from goodstanding.lab.town.truth import Ints, Months, People

DETAILS = ("address", "phone", "employer", "document")
_CHANGES_A_MONTH = (0.012, 0.008, 0.012, 0.0)
_CHECKED = (0.5, 0.9, 0.4, 0.95)
# Of each so many pairs of neighbours one lives together: its second joins at the first's address.
PAIRS_TO_A_COUPLE = 3
TIES_EACH_SIDE = 3


def particulars(people: People, observed: Observed) -> Columns:
    """One row a person, on the day they joined."""
    person = np.arange(len(people))
    happened = days(observed.start, people.joined, 0)
    return {
        "person": person,
        "month": people.joined,
        "happened": happened,
        "born": people.born,
        "female": people.female,
    }


def details(chance: Chance, people: People, observed: Observed) -> Columns:
    """Address, phone, employer and document at joining, and each change since."""
    rng = chance.draws(Stream.PARTICULARS)
    shape = (len(people), observed.months)
    parts: list[Columns] = []
    for kind in range(len(DETAILS)):
        # Assumption: those who keep what they promise also move and change less.
        rate = np.clip(_CHANGES_A_MONTH[kind] * np.exp(-0.9 * people.willingness), 0, 0.2)
        changes = rng.random(shape) < rate[:, None]
        changes[np.arange(len(people)), people.joined] = True
        person, month = np.nonzero(changes)
        n = len(person)
        happened = days(observed.start, month, 0) + rng.integers(0, 28, n)
        value = rng.integers(0, 10**9, n)
        if DETAILS[kind] == "address":
            value = _together(people, person, month, value)
        parts.append(
            {
                "person": person,
                "month": month,
                "happened": happened,
                "kind": np.full(n, kind),
                "value": value,
                "verified": rng.random(n) < _CHECKED[kind],
            }
        )
    return observed.keep(joined_columns(parts), share=0.7)


def _together(people: People, person: Ints, month: Ints, value: Ints) -> Ints:
    """Addresses (one a row), the second of a couple joining at the address at which the first joined."""
    joining = month == people.joined[person]
    first = np.zeros(len(people), dtype=np.int64)
    first[person[joining]] = value[joining]
    second = joining & (person % 2 == 1) & (person // 2 % PAIRS_TO_A_COUPLE == 0)
    return np.where(second, first[person - 1], value)


def transfers(chance: Chance, people: People, observed: Observed) -> Columns:
    """Money between neighbours on a ring with some far ties; each side has its own row."""
    rng = chance.draws(Stream.TIES)
    n = len(people)
    count = rng.poisson(0.6, (n, observed.months))
    sender, month = (np.repeat(axis, count.ravel()) for axis in np.indices(count.shape).reshape(2, -1))
    step = rng.integers(1, TIES_EACH_SIDE + 1, len(sender)) * rng.choice(np.array([-1, 1]), len(sender))
    far = rng.random(len(sender)) < 0.1
    receiver = np.where(far, (sender * 31 + 17) % n, (sender + step) % n)
    happened = days(observed.start, month, rng.integers(0, 28, len(sender)))
    amount = rng.integers(1, 50, len(sender)) * 1_000
    apart = sender != receiver
    common = {
        "month": month[apart],
        "happened": happened[apart],
        "amount": amount[apart],
        "pair": np.flatnonzero(apart),
    }
    sent = {"person": sender[apart], "other": receiver[apart], "out": np.ones(apart.sum(), dtype=np.bool_)}
    got = {"person": receiver[apart], "other": sender[apart], "out": np.zeros(apart.sum(), dtype=np.bool_)}
    return observed.keep(joined_columns([common | sent, common | got]), share=0.2)


def inquiries(chance: Chance, months: Months, observed: Observed) -> Columns:
    """Those under stress apply for more credit."""
    rng = chance.draws(Stream.INQUIRIES)
    person, month = np.nonzero(rng.random(months.shape) < np.clip(0.04 + 0.05 * months.stress, 0.01, 1))
    columns = {
        "person": person,
        "month": month,
        "happened": days(observed.start, month, rng.integers(0, 28, len(person))),
    }
    return observed.keep(columns, share=0.5)


def public_records(chance: Chance, people: People, observed: Observed) -> Columns:
    """A few judgments, most against those who keep least; half are settled within the year."""
    rng = chance.draws(Stream.JUDGMENTS)
    judged = np.clip(0.0006 - 0.0008 * people.willingness, 0.0002, 0.01)
    person, month = np.nonzero(rng.random((len(people), observed.months)) < judged[:, None])
    n = len(person)
    happened = days(observed.start, month, rng.integers(0, 28, n))
    paid_on = happened + rng.integers(30, 360, n)
    paid = (rng.random(n) < 0.5) & (paid_on <= observed.last_day)
    row = {
        "person": person,
        "month": month,
        "happened": happened,
        "amount": rng.integers(1, 100, n) * 100_000,
    }
    first = row | {"settled": np.full(n, -1), "known": happened}
    second = {name: values[paid] for name, values in row.items()} | {
        "settled": paid_on[paid],
        "known": paid_on[paid],
    }
    return observed.keep(joined_columns([first, second]), share=1.0)
