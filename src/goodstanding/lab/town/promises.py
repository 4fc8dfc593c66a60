"""What the town's people promised: dues, orders, loans, and how they ended."""

import numpy as np

from goodstanding.lab.town.chance import Chance, Stream
from goodstanding.lab.town.observation import Columns, Observed, days, joined_columns
from goodstanding.lab.town.truth import Flags, Floats, Ints, Months, People, default_chance, late_chance

DUES = ("phone", "electricity", "rent", "loan", "card")
ORDERS = ("power_bank", "umbrella", "bicycle", "car", "hotel")
NEVER = -1
WINDOW_MONTHS = 6
FIRST_DECISION = 6


def dues(chance: Chance, people: People, months: Months, observed: Observed) -> Columns:
    """Bills, rent and instalments; one that is late is furnished twice: as unpaid, and as paid once it is."""
    rng = chance.draws(Stream.DUES)
    shape = months.shape
    lateness = late_chance(people, months)
    instalments = _loan_months(rng, shape)
    everybody = np.ones(shape, dtype=np.bool_)
    has: list[Flags] = [
        everybody,
        everybody & (np.arange(shape[1]) % 2 == 0),
        everybody & people.renter[:, None],
        instalments,
        everybody & people.card[:, None],
    ]
    amounts = [
        6_000 * np.ones(shape),
        15_000 * np.ones(shape),
        *(people.income[:, None] * np.full(shape, s) for s in (0.25, 0.15, 0.1)),
    ]
    parts = [_dues_of(rng, observed, kind, (has[kind], amounts[kind]), lateness) for kind in range(len(DUES))]
    return observed.keep(joined_columns(parts), share=0.3)


def _loan_months(rng: np.random.Generator, shape: tuple[int, int]) -> Flags:
    """Some people pay off an older loan: when it began and how long it runs."""
    borrows = rng.random(shape[0]) < 0.3
    begins = rng.integers(-12, shape[1], shape[0])
    runs = rng.choice(np.array([12, 24, 36]), shape[0])
    month = np.arange(shape[1])
    return borrows[:, None] & (month >= begins[:, None]) & (month < (begins + runs)[:, None])


def _dues_of(
    rng: np.random.Generator, observed: Observed, kind: int, each: tuple[Flags, Floats], lateness: Floats
) -> Columns:
    has, amount = each
    person, month = np.nonzero(has)
    n = len(person)
    due = days(observed.start, month, 4 + (person * 3 + kind * 5) % 22)
    late = rng.random(n) < lateness[person, month]
    never = late & (rng.random(n) < 0.12)
    paid = np.where(late, due + 2 + rng.geometric(0.08, n), due - rng.integers(0, 5, n))
    paid = np.where(never, NEVER, paid)
    row = {
        "person": person,
        "month": month,
        "happened": due,
        "kind": np.full(n, kind),
        "amount": np.maximum(np.rint(amount[person, month]), 1).astype(np.int64),
    }
    unpaid = {name: values[late] for name, values in row.items()} | {
        "paid": np.full(late.sum(), NEVER),
        "known": due[late] + 2,
    }
    paid_late = paid != NEVER
    done = {name: values[paid_late] for name, values in row.items()} | {
        "paid": paid[paid_late],
        "known": paid[paid_late],
    }
    both = joined_columns([unpaid, done])
    return {name: values[both["known"] <= observed.last_day] for name, values in both.items()}


def orders(chance: Chance, people: People, months: Months, observed: Observed) -> Columns:
    """Deposit-free rentals; willingness decides whether they come back on time."""
    rng = chance.draws(Stream.ORDERS)
    shape = months.shape
    person, month = np.nonzero(rng.random(shape) < 0.25)
    n = len(person)
    begun = days(observed.start, month, rng.integers(0, 25, n))
    promised = begun + rng.integers(0, 4, n)
    late = rng.random(n) < late_chance(people, months)[person, month]
    returned = np.where(late, promised + rng.integers(1, 12, n), promised - (rng.random(n) < 0.5) * (promised > begun))
    columns = {
        "person": person,
        "month": month,
        "happened": begun,
        "kind": rng.integers(0, len(ORDERS), n),
        "promised": promised,
        "returned": returned,
        "known": returned,
        "deposit": rng.integers(1, 20, n) * 5_000,
    }
    return observed.keep({name: values[returned <= observed.last_day] for name, values in columns.items()}, share=0.2)


def outcomes(chance: Chance, people: People, months: Months, observed: Observed) -> tuple[Columns, Floats]:
    """Loans decided in the town, and the true chance with which each went bad."""
    rng = chance.draws(Stream.OUTCOMES)
    n, t = months.shape
    month: Ints = rng.integers(FIRST_DECISION, t - WINDOW_MONTHS - 1, n)
    truth = default_chance(people, months)[np.arange(n), month]
    decided = days(observed.start, month, rng.integers(0, 28, n))
    bad = rng.random(n) < truth
    person = np.flatnonzero((rng.random(n) < 0.75) & (month > people.joined + 2))
    until = days(observed.start, month[person] + WINDOW_MONTHS + 1, 0) - 1
    columns = {
        "person": person,
        "month": month[person],
        "happened": decided[person],
        "bad": bad[person],
        "until": until,
    }
    return columns, truth[person]
